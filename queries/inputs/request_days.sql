-- purpose: Requests of each day by route, method, service and duration, without statuses, instances and hours.
-- purpose.ko: 날마다의 요청을 경로, 메서드, 서비스, 걸린 시간별로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | the reporting day
-- column: http_route | VARCHAR | path with ids replaced
-- column: http_method | VARCHAR | request method
-- column: service | VARCHAR | the service that answered
-- column: is_health | BOOLEAN | a health check
-- column: duration_ms | DOUBLE | the duration that its bucket stands for, ms; null where none was measured
-- column: n | BIGINT | requests, count
SELECT day, http_route, http_method, service, is_health, duration_ms, n
FROM request_days($since, $until)
ORDER BY ALL
