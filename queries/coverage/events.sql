-- purpose: How many hours of each day have a log record of the service.
-- purpose.ko: 날마다 로그 레코드가 하나라도 있는 시간 수를 셉니다.
-- needs: events
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | hours that have any, count
-- column: n | BIGINT | the same
WITH hours AS (
  SELECT local_day(ts) AS day, count(DISTINCT utc_hour(ts)) AS n
  FROM lake.events
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
  GROUP BY day
)
SELECT day, CAST(n AS DOUBLE) AS value, n
FROM hours
ORDER BY day
