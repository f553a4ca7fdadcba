-- purpose: Requests that the server failed, the newest first.
-- purpose.ko: 서버가 실패한 요청을 새것부터 보여 줍니다.
-- title: API errors are above the goal
-- title.ko: API 오류율이 목표를 넘었습니다
-- severity: warning
-- figure: api_error_rate
-- needs: requests
-- fires: WARN
-- for: 2
-- measure: none
-- advice: `h33 report error_patterns` shows which errors are new.
-- advice.ko: 새로 생긴 오류는 `h33 report error_patterns`로 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when the request was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request and its status
SELECT ts, source, line_no, concat_ws(' ', http_method, http_path, http_status) AS what
FROM requests
WHERE during(ts, date, $since, $until) AND http_status BETWEEN 500 AND 599 AND NOT is_health_route(http_route)
  AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
