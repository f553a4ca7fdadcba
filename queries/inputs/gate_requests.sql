-- purpose: The requests of a window, as the deployment gate compares them.
-- purpose.ko: 배포 게이트가 비교하는 그대로, 한 구간의 요청을 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: instance | VARCHAR | none | only what this instance answered; none for all
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was answered
-- column: http_status | SMALLINT | response status; null where the client gave up
-- column: duration_ms | DOUBLE | time taken, milliseconds; null where not stated
-- column: user_id | VARCHAR | the user, else the client's address; null where neither is known
SELECT ts, http_status, duration_ms, coalesce(user_id, client_address) AS user_id
FROM requests
WHERE during(ts, date, $since, $until)
  AND NOT is_health
  AND ($instance IS NULL OR instance = $instance)
  AND of_service(service, $service)
ORDER BY ts, file_id, line_no
