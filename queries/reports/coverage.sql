-- purpose: Which inputs are there hour by hour: what is missing, and which instances fell silent.
-- purpose.ko: 입력마다 기록이 있는 시간과 없는 시간, 그리고 조용해진 인스턴스를 보여 줍니다.
-- note: What spoke in the 7 days before the span is expected in it. Tickets, deploys and checks have no hours of their own and are not listed.
-- note.ko: 기간 앞의 7일 동안 기록이 있던 것은 기간 안에도 있어야 합니다. 문의, 배포, 점검은 시간마다 있는 것이 아니므로 뺐습니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: input | VARCHAR | render_requests, access_log, app_log, mongod, mongo_profile, probes, notes, or metrics by their source
-- column: service | VARCHAR | service; null where not stated
-- column: instance | VARCHAR | instance; null where not stated
-- column: records | BIGINT | records in the span, count
-- column: hours_present | BIGINT | hours of the span with any record, count
-- column: hours_missing | BIGINT | hours of the span without one, count
-- column: longest_gap_hours | BIGINT | longest run of hours without one, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | first record in the span; null where there is none
-- column: last_ts | TIMESTAMP WITH TIME ZONE | last record in the span, or before it where there is none
-- column: is_silent | BOOLEAN | it had stopped before the last hour in which another instance of its input and service spoke
WITH told AS (
  SELECT input_of(format, http_method) AS input, service, instance, utc_hour(ts) AS hour, ts
  FROM events
  WHERE during(ts, date, CAST($since AS TIMESTAMPTZ) - INTERVAL 7 DAY, CAST($until AS TIMESTAMPTZ))
    AND format NOT IN ('ticket', 'render-event', 'platform', 'check-output')
  UNION ALL
  SELECT split_part(name, '.', 1) || '_metrics', NULL, instance, utc_hour(ts), ts
  FROM metrics
  WHERE during(ts, date, CAST($since AS TIMESTAMPTZ) - INTERVAL 7 DAY, CAST($until AS TIMESTAMPTZ))
  UNION ALL
  SELECT 'notes', NULL, NULL, utc_hour(created_at), created_at
  FROM notes
  WHERE created_at >= CAST($since AS TIMESTAMPTZ) - INTERVAL 7 DAY AND created_at < $until
),
hours AS (
  SELECT
    input, service, instance, hour,
    count(*) FILTER (WHERE ts >= $since) AS records,
    min(ts) FILTER (WHERE ts >= $since) AS first_ts,
    max(ts) AS last_ts
  FROM told
  GROUP BY ALL
),
steps AS (
  SELECT
    *,
    max(hour) OVER (PARTITION BY input, service) AS last_of_service,
    records > 0 AS is_inside,
    -- From the end of the hour with the record before, or from the start of the span, to this hour.
    (epoch_us(hour) - epoch_us(greatest(
      coalesce(lag(hour) OVER same + INTERVAL 1 HOUR, utc_hour($since)), utc_hour($since)
    ))) // 3600000000 AS gap_before
  FROM hours
  WINDOW same AS (PARTITION BY input, service, instance ORDER BY hour)
),
series AS (
  SELECT
    input, service, instance, last_of_service,
    CAST(sum(records) AS BIGINT) AS records,
    count(*) FILTER (WHERE is_inside) AS hours_present,
    (epoch_us(next_utc_hour($until)) - epoch_us(utc_hour($since))) // 3600000000 AS hours,
    greatest(
      coalesce(max(gap_before) FILTER (WHERE is_inside), 0),
      (epoch_us(next_utc_hour($until)) - epoch_us(greatest(max(hour) + INTERVAL 1 HOUR, utc_hour($since)))) // 3600000000
    ) AS longest_gap_hours,
    min(first_ts) AS first_ts,
    max(last_ts) AS last_ts,
    max(hour) AS last_hour
  FROM steps
  GROUP BY ALL
)
SELECT
  input, service, instance, records, hours_present,
  hours - hours_present AS hours_missing,
  longest_gap_hours, first_ts, last_ts,
  last_hour < last_of_service AS is_silent
FROM series
ORDER BY input, service, instance
