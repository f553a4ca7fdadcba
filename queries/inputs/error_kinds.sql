-- purpose: The kinds of errors of a span: how often each came, when first and last, and the newest one.
-- purpose.ko: 기간 안의 오류를 종류별로 세고, 처음과 마지막 시각, 가장 최근 예를 함께 보여 줍니다.
-- note: It holds the thousand commonest kinds.
-- note.ko: 가장 흔한 천 종류까지만 담습니다.
-- needs: events
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: label | VARCHAR | what the app was doing, in its own words; null where the record does not say
-- column: error_name | VARCHAR | name of the error; null likewise
-- column: mask_id | VARCHAR | hash of the masked message; key of lake.templates
-- column: unmasked | VARCHAR | first line of the message where lake.templates does not know its mask; else null
-- column: records | BIGINT | log records of severity error or fatal, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | when the first of them was written
-- column: last_ts | TIMESTAMP WITH TIME ZONE | when the newest was
-- column: sample | VARCHAR | first line of the newest, redacted
-- column: place | VARCHAR | where it stands: source:line
WITH found AS (
  SELECT
    ts, file_id, line_no, mask_id, source,
    split_part(message, chr(10), 1) AS first_line,
    template,
    json_transform(attrs, '{"label": "VARCHAR", "error_name": "VARCHAR"}') AS a
  FROM events
  WHERE during(ts, date, $since, $until) AND severity IN ('error', 'fatal') AND of_service(service, $service)
)
SELECT
  a.label AS label,
  a.error_name AS error_name,
  mask_id,
  CASE WHEN template IS NULL THEN first_line END AS unmasked,
  count(*) AS records,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  last(first_line ORDER BY ts, file_id, line_no) AS sample,
  last(place_of(source, line_no) ORDER BY ts, file_id, line_no) AS place
FROM found
GROUP BY ALL
ORDER BY records DESC, label, error_name, mask_id, unmasked
LIMIT 1000
