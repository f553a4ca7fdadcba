-- purpose: Which routes are slow, of those asked for at least 20 times?
-- purpose.ko: 20번 이상 요청된 경로 가운데 어느 것이 느립니까?
-- reader: engineer
SELECT http_method, http_route, count(duration_ms) AS n, quantile_disc(duration_ms, 0.9) AS p90_ms
FROM requests
WHERE date BETWEEN '2025-06-25' AND '2025-06-27'
GROUP BY ALL
HAVING n >= 20
ORDER BY p90_ms DESC
LIMIT 5;
