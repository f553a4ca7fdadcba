-- purpose: How many memos carry the client's time, day by day, of the eligible ones and of all.
-- purpose.ko: 클라이언트 시간을 담은 메모를 날마다, 대상 메모와 전체 메모를 분모로 각각 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant of creation (server's clock) counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release that eligible memos count from
-- column: day | DATE | day of creation in the reporting zone
-- column: memos | BIGINT | memos of any kind, count
-- column: with_client_time | BIGINT | those that carry the client's time, count
-- column: of_all_ratio | DOUBLE | with_client_time / memos, 0 to 1
-- column: eligible | BIGINT | memos of a reading session since the release, count
-- column: eligible_with_client_time | BIGINT | those of them that carry the client's time, count
-- column: of_eligible_ratio | DOUBLE | eligible_with_client_time / eligible, 0 to 1; null where none is eligible
SELECT
  local_day(created_at) AS day,
  count(*) AS memos,
  count(*) FILTER (WHERE client_state = 'value') AS with_client_time,
  with_client_time / memos AS of_all_ratio,
  count(*) FILTER (WHERE client_time_eligible(origin_session, created_at, $deploy)) AS eligible,
  count(*) FILTER (
    WHERE client_state = 'value' AND client_time_eligible(origin_session, created_at, $deploy)
  ) AS eligible_with_client_time,
  eligible_with_client_time / nullif(eligible, 0) AS of_eligible_ratio
FROM notes
WHERE created_at >= $since AND created_at < $until AND client_state <> 'unknown'
GROUP BY day
ORDER BY day
