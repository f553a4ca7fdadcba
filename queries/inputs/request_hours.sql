-- purpose: Requests of each hour by service and duration, without routes, statuses and instances.
-- purpose.ko: 시간마다의 요청을 서비스와 걸린 시간별로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | the reporting day
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour
-- column: service | VARCHAR | the service that answered
-- column: is_health | BOOLEAN | a health check
-- column: duration_ms | DOUBLE | the duration that its bucket stands for, ms; null where none was measured
-- column: n | BIGINT | requests, count
SELECT day, hour, service, is_health, duration_ms, n
FROM request_hours($since, $until)
ORDER BY ALL
