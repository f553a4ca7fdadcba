-- purpose: How many client times agree with the server's clock, day by day: a proxy for the right local time on the screen.
-- purpose.ko: 클라이언트 시간이 서버 시계와 맞는 비율을 날마다 셉니다. 화면의 현지 시간이 맞는지를 대신하는 값입니다.
-- title: Client time right
-- title.ko: 클라이언트 시간 정확도
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 42
-- unit: ratio
-- direction: higher
-- warn: 0.95
-- fail: none
-- required: false
-- plan: Phase 5, 7 days: accuracy of 95 %; success within a week
-- merge: share
-- minimum: 1
-- denominator: memos with a client time
-- denominator.ko: 클라이언트 시간이 있는 메모
-- sentence: {value} of the client times agree with the server's clock within the tolerance
-- sentence.ko: 클라이언트 시간의 {value}가 허용 오차 안에서 서버 시계와 맞습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: tolerance_min | DOUBLE | 5 | how far the clocks may differ, minutes
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them whose two clocks differ by the tolerance at most, 0 to 1; null where n is 0
-- column: n | BIGINT | memos with a client time
SELECT
  local_day(created_at) AS day,
  count(*) FILTER (WHERE abs(diff_min) <= $tolerance_min) / nullif(count(diff_min), 0) AS value,
  count(diff_min) AS n
FROM notes
WHERE created_at >= $since AND created_at < $until
GROUP BY day
ORDER BY day
