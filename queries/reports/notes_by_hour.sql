-- purpose: How many memos were written, hour by hour.
-- purpose.ko: 메모 수를 시간대별로 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant of creation (server's clock) counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release that eligible memos count from
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour of creation
-- column: memos | BIGINT | memos, count
-- column: users | BIGINT | users who wrote them, count
-- column: of_sessions | BIGINT | memos of a reading session, count
-- column: eligible | BIGINT | those of them since the release, count
-- column: with_client_time | BIGINT | memos that carry the client's time, count
SELECT
  utc_hour(created_at) AS hour,
  count(*) AS memos,
  count(DISTINCT user_id) AS users,
  count(origin_session) AS of_sessions,
  count(*) FILTER (WHERE client_time_eligible(origin_session, created_at, $deploy)) AS eligible,
  count(*) FILTER (WHERE client_state = 'value') AS with_client_time
FROM notes
WHERE created_at >= $since AND created_at < $until
GROUP BY hour
ORDER BY hour
