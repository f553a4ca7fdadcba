-- purpose: How far the clients' clocks are off the server's: memos by difference, in steps of 15 minutes.
-- purpose.ko: 클라이언트 시계와 서버 시계의 차이를 15분 단위로 나누어 메모를 셉니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant of creation (server's clock) counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: from_min | BIGINT | least difference of the bin, client - server, minutes
-- column: to_min | BIGINT | first difference of the next bin, minutes
-- column: memos | BIGINT | memos with a client time in the bin, count; bins without any are left out
-- column: memos_ratio | DOUBLE | share of all memos with a client time, 0 to 1
SELECT
  CAST(floor(diff_min / 15) AS BIGINT) * 15 AS from_min,
  from_min + 15 AS to_min,
  count(*) AS memos,
  count(*) / sum(count(*)) OVER () AS memos_ratio
FROM notes
WHERE created_at >= $since AND created_at < $until AND diff_min IS NOT NULL
GROUP BY from_min
ORDER BY from_min
