-- purpose: How many errors the app logged, day by day.
-- purpose.ko: 앱이 기록한 오류 수를 날마다 셉니다.
-- title: Errors in the app's log
-- title.ko: 앱 로그의 오류
-- group: Server
-- group.ko: 서버
-- order: 71
-- unit: count
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.3 and post-deployment: review the error log
-- merge: sum
-- minimum: 1
-- denominator: log records of the app
-- denominator.ko: 앱 로그 레코드
-- sentence: The app logged {value} [error|errors]
-- sentence.ko: 앱이 오류를 {value}건 기록했습니다
-- needs: events
-- missing: No app log holds this day.
-- missing.ko: 이 날의 앱 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | records of severity error or fatal, count
-- column: n | BIGINT | log records, requests left out
SELECT
  local_day(ts) AS day,
  CAST(count(*) FILTER (WHERE severity IN ('error', 'fatal')) AS DOUBLE) AS value,
  count(*) AS n
FROM events
WHERE during(ts, date, $since, $until) AND input_of(format, http_method) = 'app_log' AND of_service(service, $service)
GROUP BY day
ORDER BY day
