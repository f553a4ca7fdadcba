-- purpose: The errors of a span with how often each came on the eight days up to its end, and when it was first seen at all.
-- purpose.ko: 기간 안의 오류를 종류별로 세고, 마지막 여드레의 추이와 처음 나타난 시각을 함께 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: label | VARCHAR | what the app was doing, in its own words; null where the record does not say
-- column: error_name | VARCHAR | name of the error; null likewise
-- column: pattern | VARCHAR | the message with its values masked
-- column: records | BIGINT | log records of severity error or fatal in the span, count
-- column: first_seen | TIMESTAMP WITH TIME ZONE | when any record of this kind was first seen, in the whole lake
-- column: by_day | BIGINT[] | records of the eight reporting days up to until, oldest first
-- column: sample | VARCHAR | first line of the newest in the span, redacted
-- column: place | VARCHAR | where it stands: source:line
WITH bounds AS (
  SELECT local_day($until - INTERVAL 1 MICROSECOND) AS last_day
),
found AS (
  SELECT
    ts, file_id, line_no, template_id,
    local_day(ts) AS day,
    ts >= $since AS is_counted,
    place_of(source, line_no) AS place,
    split_part(message, chr(10), 1) AS first_line,
    template,
    json_transform(attrs, '{"label": "VARCHAR", "error_name": "VARCHAR"}') AS a
  FROM errors
  WHERE during(ts, date, least($since, $until - INTERVAL 8 DAY), $until) AND of_service(service, $service)
),
kinds AS (
  SELECT
    a.label AS label,
    a.error_name AS error_name,
    coalesce(template, first_line) AS pattern,
    any_value(template_id) AS template_id,
    count(*) FILTER (WHERE is_counted) AS records,
    min(ts) AS first_ts,
    histogram(day) AS days,
    last(first_line ORDER BY ts, file_id, line_no) AS sample,
    last(place ORDER BY ts, file_id, line_no) AS place
  FROM found
  GROUP BY ALL
  HAVING records > 0
),
first_seen AS (
  SELECT coalesce(alias_of, template_id) AS template_id, min(first_ts) AS first_ts
  FROM lake.templates
  GROUP BY ALL
)
SELECT
  label, error_name, pattern, records,
  least(k.first_ts, f.first_ts) AS first_seen,
  list_transform(range(8), lambda i: CAST(coalesce(days[last_day - 7 + CAST(i AS INTEGER)], 0) AS BIGINT)) AS by_day,
  sample, place
FROM kinds AS k
CROSS JOIN bounds
LEFT JOIN first_seen AS f ON f.template_id = k.template_id
ORDER BY records DESC, label, error_name, pattern
