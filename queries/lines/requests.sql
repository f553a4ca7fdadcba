-- purpose: Requests of the span, the newest first, with the instance and the browser.
-- purpose.ko: 기간 안의 요청을 인스턴스, 브라우저와 함께 새것부터 보여 줍니다.
-- figures: canary_share busy_clients request_hours_known silent_instance_hours worst_browser_errors
-- needs: requests
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request, its status, the instance and the browser
SELECT
  ts, source, line_no,
  concat_ws(' ', http_method, http_path, http_status, instance, browser_of(user_agent)) AS what
FROM requests
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
