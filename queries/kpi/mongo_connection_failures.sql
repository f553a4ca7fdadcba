-- purpose: How often the app said that it had lost MongoDB or could not reach it, day by day.
-- purpose.ko: 앱이 MongoDB 연결을 잃었거나 맺지 못했다고 기록한 횟수를 날마다 셉니다.
-- title: MongoDB connection failures
-- title.ko: MongoDB 연결 실패
-- group: Server
-- group.ko: 서버
-- order: 70
-- unit: count
-- direction: lower
-- warn: none
-- fail: 0
-- required: false
-- needs: events
-- plan: Phase 4 critical: MongoDB cannot be reached
-- merge: sum
-- incident: true
-- minimum: 1
-- denominator: log records of the app
-- denominator.ko: 앱 로그 레코드
-- sentence: The app logged {value} MongoDB connection [failure|failures]
-- sentence.ko: 앱이 MongoDB 연결 실패를 {value}건 기록했습니다
-- missing: No app log holds this day.
-- missing.ko: 이 날의 앱 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | log records that tell of a lost or refused connection, count
-- column: n | BIGINT | log records of the app, requests left out
SELECT
  local_day(ts) AS day,
  CAST(count(*) FILTER (WHERE mongo_connection_failure(message)) AS DOUBLE) AS value,
  count(*) AS n
FROM events
WHERE during(ts, date, $since, $until) AND input_of(format, http_method) = 'app_log' AND of_service(service, $service)
GROUP BY day
ORDER BY day
