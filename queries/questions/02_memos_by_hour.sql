-- purpose: At which hours of the day do people write memos?
-- purpose.ko: 사람들은 하루 중 몇 시에 메모를 씁니까?
-- reader: analyst
SELECT hour(created_at) AS hour_of_day, count(*) AS memos
FROM notes
WHERE created_at >= TIMESTAMPTZ '2025-06-26 00:00:00+09:00'
GROUP BY hour_of_day
ORDER BY memos DESC, hour_of_day
LIMIT 5;
