-- purpose: How many requests did we answer each day, and how many failed?
-- purpose.ko: 날마다 요청에 몇 번 응답했고 그중 몇 번 실패했습니까?
-- reader: analyst
SELECT local_day(ts) AS day, count(*) AS requests, count(*) FILTER (WHERE status_class = 5) AS failed
FROM requests
WHERE format = 'render-request' AND date BETWEEN '2025-06-25' AND '2025-06-27' AND NOT is_health
GROUP BY day
ORDER BY day;
