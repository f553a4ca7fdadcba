-- purpose: How many client times are more than an hour off the server's, day by day.
-- purpose.ko: 서버 시계와 한 시간 넘게 차이 나는 클라이언트 시간의 비율을 날마다 셉니다.
-- title: Clocks more than 1 h apart
-- title.ko: 시계 차이 1시간 초과
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 40
-- unit: ratio
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.1; Phase 4 warning: more than 1 h, rising
-- merge: share
-- minimum: 1
-- denominator: memos with a client time
-- denominator.ko: 클라이언트 시간이 있는 메모
-- sentence: {value} of the memos with a client time are more than an hour off the server's clock
-- sentence.ko: 클라이언트 시간이 있는 메모의 {value}가 서버 시계와 한 시간 넘게 다릅니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them whose two clocks differ by more than an hour, either way, 0 to 1; null where n is 0
-- column: n | BIGINT | memos with a client time
SELECT
  local_day(created_at) AS day,
  count(*) FILTER (WHERE abs(diff_min) > 60) / nullif(count(diff_min), 0) AS value,
  count(diff_min) AS n
FROM notes
WHERE created_at >= $since AND created_at < $until
GROUP BY day
ORDER BY day
