-- purpose: Why the app used the server's time instead of the client's.
-- purpose.ko: 앱이 클라이언트 시간 대신 서버 시간을 쓴 이유를 셉니다.
-- note: The app prints its reasons only where NODE_ENV is development: no row means unknown, not that nothing fell back.
-- note.ko: 앱은 NODE_ENV가 development일 때만 이유를 출력합니다. 행이 없으면 대체가 없었다는 뜻이 아니라 알 수 없다는 뜻입니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: reason | VARCHAR | no_data, client_invalid, bad_timestamp, bad_zone, excessive_difference or exception; null where none was printed
-- column: fallbacks | BIGINT | decisions for the server's time with this reason, count
-- column: of_checks_ratio | DOUBLE | fallbacks / all decisions that were printed, 0 to 1
-- column: sessions | BIGINT | reading sessions among them, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | the first
-- column: last_ts | TIMESTAMP WITH TIME ZONE | the last
-- column: place | VARCHAR | where the last stands: source:line
WITH decided AS (
  SELECT *, count(*) OVER () AS checks
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND of_service(service, $service) AND outcome IS NOT NULL
)
SELECT
  reason,
  count(*) AS fallbacks,
  fallbacks / checks AS of_checks_ratio,
  count(DISTINCT session_id) AS sessions,
  min(ts) AS first_ts,
  max(ts) AS last_ts,
  last(place_of(source, line_no) ORDER BY ts, file_id, line_no) AS place
FROM decided
WHERE outcome = 'server'
GROUP BY reason, checks
ORDER BY fallbacks DESC, reason
