-- purpose: Requests that the server failed, the newest first.
-- purpose.ko: 서버가 실패한 요청을 새것부터 보여 줍니다.
-- title: The API fails too many requests
-- title.ko: API 오류가 너무 많습니다
-- severity: critical
-- figure: api_error_rate
-- needs: requests
-- fires: FAIL
-- for: 1
-- measure: rollback
-- advice: Above this limit the rollout plan asks for a rollback; `h33 gate` says whether the release is to blame.
-- advice.ko: 이 기준을 넘으면 배포 계획은 롤백을 권합니다. 릴리스 탓인지는 `h33 gate`로 확인하십시오.
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
