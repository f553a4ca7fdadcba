-- purpose: How many of the memos that could carry the client's time do, day by day.
-- purpose.ko: 클라이언트 시간을 담을 수 있는 메모 중 실제로 담은 비율을 날마다 셉니다.
-- title: Client time used: eligible memos
-- title.ko: 클라이언트 시간 사용률: 대상 메모
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 10
-- unit: ratio
-- direction: higher
-- warn: 0.8
-- fail: none
-- required: false
-- plan: Phase 3.1; Phase 4 warning: below 80 %; 7 days: 85 %
-- merge: share
-- minimum: 1
-- denominator: memos of a session since the release
-- denominator.ko: 배포 이후 세션 메모
-- sentence: {value} of the memos that could carry the client's time do
-- sentence.ko: 클라이언트 시간을 담을 수 있는 메모의 {value}가 담고 있습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release that eligible memos count from
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that carry the client's time, 0 to 1; null where n is 0
-- column: n | BIGINT | memos of a reading session since the release
WITH counted AS (
  SELECT
    local_day(created_at) AS day,
    count(*) FILTER (WHERE client_time_eligible(origin_session, created_at, $deploy)) AS n,
    count(*) FILTER (WHERE client_time_eligible(origin_session, created_at, $deploy) AND client_state = 'value') AS k
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND client_state <> 'unknown'
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
