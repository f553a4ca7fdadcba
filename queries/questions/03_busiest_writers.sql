-- purpose: Who wrote the most memos, and in how many reading sessions?
-- purpose.ko: 메모를 가장 많이 쓴 사람은 누구이고, 몇 번의 독서 세션에서 썼습니까?
-- reader: analyst
SELECT user_id, count(*) AS memos, count(DISTINCT origin_session) AS sessions
FROM notes
GROUP BY user_id
ORDER BY memos DESC, user_id
LIMIT 5;
