-- purpose: How often the app fell back to the server's time, day by day.
-- purpose.ko: 앱이 서버 시간으로 대체한 비율을 날마다 셉니다.
-- title: Fallback to the server's time
-- title.ko: 서버 시간 대체율
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 30
-- unit: ratio
-- direction: lower
-- warn: 0.05
-- fail: none
-- required: false
-- plan: Phase 3.1: fallbacks for odd times
-- merge: share
-- minimum: 1
-- denominator: memos of a session since the release
-- denominator.ko: 배포 이후 세션 메모
-- sentence: {value} of the memos that could carry the client's time fell back to the server's
-- sentence.ko: 클라이언트 시간을 담을 수 있는 메모의 {value}가 서버 시간으로 대체되었습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release that eligible memos count from
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them whose client time is null, 0 to 1; null where n is 0
-- column: n | BIGINT | memos of a reading session since the release
WITH counted AS (
  SELECT
    local_day(created_at) AS day,
    count(*) FILTER (WHERE client_time_eligible(origin_session, created_at, $deploy)) AS n,
    -- CSV cannot tell null from absent; since the release the field is always there.
    count(*) FILTER (
      WHERE client_time_eligible(origin_session, created_at, $deploy) AND client_state IN ('null', 'empty')
    ) AS k
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND client_state <> 'unknown'
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
