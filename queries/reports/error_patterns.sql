-- purpose: Which errors were logged: each kind with how often, since when, and one of them in full.
-- purpose.ko: 로그에 남은 오류를 종류별로 세고, 처음과 마지막 시각, 그리고 한 건의 위치를 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: label | VARCHAR | what the app was doing, in its own words; null where the record does not say
-- column: error_name | VARCHAR | name of the error, such as MongoNetworkError; null likewise
-- column: pattern | VARCHAR | the message with its values masked
-- column: records | BIGINT | log records of severity error or fatal, count
-- column: instances | BIGINT | instances that wrote any, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | the first
-- column: last_ts | TIMESTAMP WITH TIME ZONE | the last
-- column: sample | VARCHAR | first line of the last, redacted
-- column: place | VARCHAR | where the last stands: source:line
WITH named AS (
  SELECT
    *,
    split_part(message, chr(10), 1) AS first_line,
    json_transform(attrs, '{"label": "VARCHAR", "error_name": "VARCHAR"}') AS a
  FROM errors
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
)
SELECT
  a.label AS label,
  a.error_name AS error_name,
  coalesce(template, first_line) AS pattern,
  count(*) AS records,
  count(DISTINCT instance) AS instances,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  last(first_line ORDER BY ts, file_id, line_no) AS sample,
  last(place_of(source, line_no) ORDER BY ts, file_id, line_no) AS place
FROM named
GROUP BY ALL
ORDER BY records DESC, label, error_name, pattern
