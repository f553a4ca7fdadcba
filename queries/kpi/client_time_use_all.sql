-- purpose: How many of all memos carry the client's time, day by day; memos outside a session never do.
-- purpose.ko: 전체 메모 중 클라이언트 시간을 담은 비율을 날마다 셉니다. 세션 밖의 메모는 담는 일이 없습니다.
-- title: Client time used: all memos
-- title.ko: 클라이언트 시간 사용률: 전체 메모
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 20
-- unit: ratio
-- direction: higher
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3.1: share of client time, of all memos
-- merge: share
-- minimum: 1
-- denominator: memos
-- denominator.ko: 전체 메모
-- sentence: {value} of all memos carry the client's time; those written outside a session never do
-- sentence.ko: 전체 메모의 {value}가 클라이언트 시간을 담고 있습니다. 세션 밖의 메모는 담는 일이 없습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that carry the client's time, 0 to 1
-- column: n | BIGINT | memos
SELECT
  local_day(created_at) AS day,
  count(*) FILTER (WHERE client_state = 'value') / count(*) AS value,
  count(*) AS n
FROM notes
WHERE created_at >= $since AND created_at < $until AND client_state <> 'unknown'
GROUP BY day
ORDER BY day
