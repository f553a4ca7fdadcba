-- purpose: What else happened within five minutes of each failed request?
-- purpose.ko: 실패한 요청마다 앞뒤 5분 동안 무슨 일이 있었습니까?
-- reader: engineer
SELECT
  f.ts AS failed_at,
  f.http_route,
  count(e.ts) AS events,
  count(e.ts) FILTER (WHERE e.severity IN ('warn', 'error', 'fatal')) AS warnings
FROM requests AS f
LEFT JOIN events AS e ON e.ts BETWEEN f.ts - INTERVAL 5 MINUTE AND f.ts + INTERVAL 5 MINUTE
WHERE f.format = 'render-request' AND f.status_class = 5
GROUP BY ALL
ORDER BY failed_at;
