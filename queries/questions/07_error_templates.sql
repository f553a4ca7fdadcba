-- purpose: Which kinds of errors were logged, how often, and when first and last?
-- purpose.ko: 어떤 종류의 오류가 몇 번, 언제 처음과 마지막으로 기록되었습니까?
-- reader: engineer
SELECT left(template, 48) AS template, count(*) AS n, min(ts) AS first_seen, max(ts) AS last_seen
FROM errors
WHERE ts IS NOT NULL
GROUP BY ALL
ORDER BY n DESC, first_seen, template
LIMIT 5;
