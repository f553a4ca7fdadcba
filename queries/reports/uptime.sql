-- purpose: How long each service was up and down, day by day, and what that leaves of its budget.
-- purpose.ko: 서비스가 날마다 얼마나 살아 있고 죽어 있었는지, 허용된 중단 시간이 얼마나 남았는지 보여 줍니다.
-- note: Minutes that nobody probed are neither up nor down: they are unknown, and stand apart.
-- note.ko: 아무도 확인하지 않은 시간은 정상도 중단도 아닌 알 수 없는 시간이므로 따로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- param: slo | DOUBLE | 0.999 | share of the time that the service is to be up, 0 to 1
-- column: day | DATE | day in the reporting zone
-- column: service | VARCHAR | service that was probed
-- column: probes | BIGINT | probes, count
-- column: failed_probes | BIGINT | those that found it down: no 200-299, or the database not connected, count
-- column: up_min | DOUBLE | time up, minutes: a probe speaks for the time until the next
-- column: down_min | DOUBLE | time down, minutes
-- column: unknown_min | DOUBLE | time without a probe, minutes
-- column: uptime_ratio | DOUBLE | up_min / (up_min + down_min), 0 to 1; null where nobody probed
-- column: budget_min | DOUBLE | time that the service may be down on that day, minutes
-- column: budget_left_min | DOUBLE | budget_min - down_min, minutes; below 0 it is overdrawn
WITH asked AS (
  SELECT service, ts, is_up, lead(ts) OVER (PARTITION BY service ORDER BY ts, file_id, line_no) AS next_ts
  FROM probes
  -- The probe before the first speaks for the time up to it.
  WHERE during(ts, date, CAST($since AS TIMESTAMPTZ) - INTERVAL 1 HOUR, CAST($until AS TIMESTAMPTZ))
    AND of_service(service, $service)
),
-- The prober's own rhythm: the median of the steps.
rhythm AS (
  SELECT service, coalesce(median(epoch_us(next_ts) - epoch_us(ts)), 60e6) AS step
  FROM asked
  GROUP BY service
),
spoken AS (
  SELECT
    a.service, a.ts, a.is_up,
    -- A step and a half after a probe without another, its answer holds for a step only.
    CASE
      WHEN epoch_us(a.next_ts) - epoch_us(a.ts) <= 1.5 * r.step THEN a.next_ts
      ELSE a.ts + to_microseconds(CAST(r.step AS BIGINT))
    END AS until
  FROM asked AS a
  -- A probe that names no service counts too.
  JOIN rhythm AS r ON a.service IS NOT DISTINCT FROM r.service
),
days AS (
  SELECT
    CAST(day AS DATE) AS day,
    greatest(CAST(CAST(day AS DATE) AS TIMESTAMPTZ), $since) AS day_start,
    least(CAST(CAST(day AS DATE) + 1 AS TIMESTAMPTZ), $until) AS day_end
  FROM (
    SELECT unnest(generate_series(
      CAST(local_day(CAST($since AS TIMESTAMPTZ)) AS TIMESTAMP),
      CAST(local_day(CAST($until AS TIMESTAMPTZ) - INTERVAL 1 MICROSECOND) AS TIMESTAMP),
      INTERVAL 1 DAY
    )) AS day
  )
),
held AS (
  SELECT
    d.day, r.service,
    (epoch_us(d.day_end) - epoch_us(d.day_start)) / 60e6 AS minutes,
    s.ts, s.is_up,
    s.ts >= d.day_start AS starts_here,
    (least(epoch_us(s.until), epoch_us(d.day_end)) - greatest(epoch_us(s.ts), epoch_us(d.day_start))) / 60e6 AS share_min
  FROM days AS d
  CROSS JOIN rhythm AS r
  LEFT JOIN spoken AS s ON s.service IS NOT DISTINCT FROM r.service AND s.ts < d.day_end AND s.until > d.day_start
),
summed AS (
  SELECT
    day, service, minutes,
    count(*) FILTER (WHERE starts_here) AS probes,
    count(*) FILTER (WHERE starts_here AND NOT is_up) AS failed_probes,
    coalesce(sum(share_min) FILTER (WHERE is_up), 0) AS up_min,
    coalesce(sum(share_min) FILTER (WHERE NOT is_up), 0) AS down_min
  FROM held
  GROUP BY day, service, minutes
)
SELECT
  day, service, probes, failed_probes, up_min, down_min,
  greatest(minutes - up_min - down_min, 0) AS unknown_min,
  up_min / nullif(up_min + down_min, 0) AS uptime_ratio,
  (1 - $slo) * minutes AS budget_min,
  budget_min - down_min AS budget_left_min
FROM summed
ORDER BY day, service
