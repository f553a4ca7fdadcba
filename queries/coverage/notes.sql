-- purpose: How many hours of each day lie before the newest export of the notes.
-- purpose.ko: 날마다 가장 새로운 노트 내보내기보다 앞선 시간 수를 셉니다.
-- needs: notes
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | hours before it, count
-- column: n | BIGINT | the same, rounded
WITH newest AS (
  SELECT max(snapshot) AS taken FROM lake.documents WHERE collection = 'notes'
),
hours AS (
  SELECT unnest(generate_series($since, $until - INTERVAL 1 MICROSECOND, INTERVAL 1 HOUR)) AS hour
),
known AS (
  SELECT
    local_day(hour) AS day,
    greatest(epoch(least(hour + INTERVAL 1 HOUR, $until, taken) - hour), 0) / 3600 AS known
  FROM hours, newest
  WHERE taken IS NOT NULL
)
SELECT day, sum(known) AS value, CAST(round(sum(known)) AS BIGINT) AS n
FROM known
GROUP BY day
ORDER BY day
