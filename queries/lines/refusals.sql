-- purpose: Requests that the server refused, the newest first.
-- purpose.ko: 서버가 거절한 요청을 새것부터 보여 줍니다.
-- figures: api_refusal_rate
-- needs: requests
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request and its status
SELECT ts, source, line_no, concat_ws(' ', http_method, http_path, http_status) AS what
FROM requests
WHERE during(ts, date, $since, $until) AND http_status BETWEEN 400 AND 499 AND NOT is_health_route(http_route)
  AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
