-- purpose: For how many memos of a reading session was the client's time kept, week by week?
-- purpose.ko: 독서 세션에서 쓴 메모 가운데 클라이언트의 시각이 저장된 것은 주마다 몇 개입니까?
-- reader: analyst
SELECT
  CAST(date_trunc('week', created_at) AS DATE) AS week,
  count(*) AS memos,
  count(client_created_at) AS with_client_time,
  round(count(client_created_at) / count(*), 3) AS share
FROM notes
WHERE origin_session IS NOT NULL
GROUP BY week
ORDER BY week;
