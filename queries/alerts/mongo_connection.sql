-- purpose: Log records that tell of a lost or refused database connection, the newest first.
-- purpose.ko: 데이터베이스 연결이 끊기거나 거부되었다는 로그를 새것부터 보여 줍니다.
-- title: MongoDB could not be reached
-- title.ko: MongoDB에 연결하지 못했습니다
-- severity: critical
-- figure: mongo_connection_failures
-- needs: events
-- fires: FAIL
-- for: 1
-- measure: restart
-- advice: Look at Atlas and the health checks; /api/health says "ok" even while database.status is disconnected.
-- advice.ko: Atlas 상태와 헬스체크를 확인하십시오. /api/health는 database.status가 disconnected여도 ok라고 답합니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was printed
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the record's first line
SELECT ts, source, line_no, split_part(message, chr(10), 1) AS what
FROM events
WHERE during(ts, date, $since, $until) AND input_of(format, http_method) = 'app_log' AND of_service(service, $service)
  AND mongo_connection_failure(message)
ORDER BY ts DESC, source, line_no
LIMIT 20
