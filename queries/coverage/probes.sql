-- purpose: How many hours of each day have a probe of the service.
-- purpose.ko: 날마다 프로브가 하나라도 있는 시간 수를 셉니다.
-- needs: probes
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | hours of probing: an hour's probes over those that the prober's rhythm makes, 1 at most
-- column: n | BIGINT | hours that have any probe
WITH stepped AS (
  SELECT
    local_day(ts) AS day, utc_hour(ts) AS hour,
    epoch_us(ts) - lag(epoch_us(ts)) OVER (ORDER BY ts, file_id, line_no) AS step_us
  FROM probes
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
),
rhythm AS (
  SELECT coalesce(median(step_us), 60e6) AS step_us FROM stepped
),
hours AS (
  SELECT day, hour, count(*) AS probes FROM stepped GROUP BY ALL
)
SELECT day, sum(least(probes * step_us / 3600e6, 1)) AS value, count(*) AS n
FROM hours, rhythm
GROUP BY day
ORDER BY day
