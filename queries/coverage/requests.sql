-- purpose: How many hours of each day have a request of the service, health checks included.
-- purpose.ko: 날마다 요청이 (헬스체크 포함) 하나라도 있는 시간 수를 셉니다.
-- needs: requests
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | hours that have any, count
-- column: n | BIGINT | the same
WITH hours AS (
  SELECT day, count(DISTINCT hour) AS n
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY day
)
SELECT day, CAST(n AS DOUBLE) AS value, n
FROM hours
ORDER BY day
