-- purpose: When was all logs silent for longest?
-- purpose.ko: 모든 로그가 가장 오래 조용했던 때는 언제입니까?
-- reader: engineer
WITH steps AS (
  SELECT ts, lead(ts) OVER (ORDER BY ts) AS next
  FROM events
  WHERE ts IS NOT NULL
)
SELECT ts AS silent_from, next AS silent_until, round(epoch(next - ts) / 60, 1) AS minutes
FROM steps
ORDER BY minutes DESC NULLS LAST
LIMIT 3;
