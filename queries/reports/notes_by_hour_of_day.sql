-- purpose: At which hours of the day people write memos, in the reporting zone.
-- purpose.ko: 사람들이 하루 중 몇 시에 메모를 쓰는지 보고 시간대 기준으로 셉니다.
-- param: since | TIMESTAMPTZ | 28d | first instant of creation (server's clock) counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: hour_of_day | BIGINT | hour of the day in the reporting zone, 0 to 23; hours without a memo are left out
-- column: memos | BIGINT | memos, count
-- column: memos_ratio | DOUBLE | share of all memos of the span, 0 to 1
-- column: users | BIGINT | users who wrote them, count
-- column: days | BIGINT | days on which any was written in this hour, count
SELECT
  date_part('hour', created_at) AS hour_of_day,
  count(*) AS memos,
  count(*) / sum(count(*)) OVER () AS memos_ratio,
  count(DISTINCT user_id) AS users,
  count(DISTINCT local_day(created_at)) AS days
FROM notes
WHERE created_at >= $since AND created_at < $until
GROUP BY hour_of_day
ORDER BY hour_of_day
