-- purpose: How many failures of time processing the plan's grep does not show, day by day.
-- purpose.ko: 배포 계획의 grep이 보여 주지 않는 시간 처리 실패의 비율을 날마다 셉니다.
-- title: Failures that the team's grep misses
-- title.ko: 팀 grep이 놓치는 실패
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 49
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3, tools A: grep -E "(TimeProcessor.*ERROR|시간.*오류)"
-- merge: share
-- minimum: 1
-- denominator: failures of time processing
-- denominator.ko: 시간 처리 실패
-- sentence: The plan's grep misses {value} of the failures
-- sentence.ko: 계획의 grep이 실패의 {value}를 놓칩니다
-- needs: time_checks events
-- missing: No TimeProcessor line holds this day: the app prints them only where NODE_ENV is development.
-- missing.ko: 이 날의 TimeProcessor 줄이 없습니다. 앱은 NODE_ENV가 development일 때만 출력합니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them without a line that the grep matches, 0 to 1; null where n is 0
-- column: n | BIGINT | failures that were printed
WITH decided AS (
  SELECT local_day(ts) AS day, message, attrs ->> 'outcome' AS outcome, attrs ->> 'reason' AS reason
  FROM events
  WHERE during(ts, date, $since, $until)
    AND of_service(service, $service)
    AND format IN ('time-processor', 'time-processor-line', 'time-processor-fallback', 'time-processor-failure')
)
SELECT
  day,
  count(*) FILTER (
    WHERE outcome = 'server' AND reason <> 'no_data'
      AND NOT regexp_matches(message, '(TimeProcessor.*ERROR|시간.*오류)')
  ) / nullif(count(*) FILTER (WHERE outcome = 'server' AND reason <> 'no_data'), 0) AS value,
  count(*) FILTER (WHERE outcome = 'server' AND reason <> 'no_data') AS n
FROM decided
GROUP BY day
ORDER BY day
