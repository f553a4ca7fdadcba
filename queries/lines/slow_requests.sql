-- purpose: The slowest requests, the slowest first.
-- purpose.ko: 가장 오래 걸린 요청을 느린 것부터 보여 줍니다.
-- figures: response_time slow_request_share slow_routes
-- needs: requests
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request, its status and its time
-- column: weight | DOUBLE | how slow it was, ms: the greatest come first
SELECT ts, source, line_no, what, weight
FROM timed_requests($since, $until, $service)
WHERE NOT is_health_route(http_route)
ORDER BY weight DESC, ts, source, line_no
LIMIT 20
