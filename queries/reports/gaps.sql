-- purpose: Hours without any log record and days without an export, between the first and the last there are.
-- purpose.ko: 처음과 마지막 사이에 로그 기록이 하나도 없는 시간과 내보내기가 없는 날을 찾습니다.
-- column: missing | VARCHAR | events, or documents/<collection>
-- column: since | TIMESTAMP WITH TIME ZONE | first instant of the gap
-- column: until | TIMESTAMP WITH TIME ZONE | first instant after it
-- column: hours | BIGINT | its length, hours
WITH hours AS (
  -- Copies in overlapping pages do not matter here, so the table is read, not the view.
  SELECT DISTINCT utc_hour(ts) AS hour FROM lake.events WHERE ts IS NOT NULL
),
days AS (
  SELECT DISTINCT collection, local_day(snapshot) AS day FROM lake.documents
),
spans AS (
  SELECT
    'events' AS missing,
    hour + INTERVAL 1 HOUR AS since,
    lead(hour) OVER (ORDER BY hour) AS until
  FROM hours
  UNION ALL
  SELECT
    'documents/' || collection AS missing,
    CAST(day + 1 AS TIMESTAMPTZ) AS since,
    CAST(lead(day) OVER (PARTITION BY collection ORDER BY day) AS TIMESTAMPTZ) AS until
  FROM days
)
SELECT missing, since, until, (epoch_us(until) - epoch_us(since)) // 3600000000 AS hours
FROM spans
WHERE until > since
ORDER BY missing, since
