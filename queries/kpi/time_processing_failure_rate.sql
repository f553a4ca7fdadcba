-- purpose: How many client times the app refused or could not process, day by day, as its log says.
-- purpose.ko: 앱이 거절했거나 처리하지 못한 클라이언트 시간의 비율을 로그에서 날마다 셉니다.
-- title: Time processing failed
-- title.ko: 시간 처리 실패율
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 46
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: 0.05
-- required: false
-- plan: Phase 4 critical: failures above 5 %; Phase 3.3: errors of time processing
-- merge: share
-- minimum: 72
-- denominator: client times that were checked
-- denominator.ko: 검사한 클라이언트 시간
-- sentence: {value} of the client times were refused or could not be processed
-- sentence.ko: 클라이언트 시간의 {value}가 거절되었거나 처리되지 못했습니다
-- needs: time_checks events
-- missing: No TimeProcessor line holds this day: the app prints them only where NODE_ENV is development.
-- missing.ko: 이 날의 TimeProcessor 줄이 없습니다. 앱은 NODE_ENV가 development일 때만 출력합니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that failed, 0 to 1; null where n is 0
-- column: n | BIGINT | decisions about a client time that was sent
WITH decided AS (
  SELECT local_day(ts) AS day, outcome, reason
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND of_service(service, $service) AND outcome IS NOT NULL
)
-- Of fewer than 72 client times, the least n, a single user's decide: not even none that failed would say that less than
-- 5 % do (0.95^72 < 2.5 %).
SELECT
  day,
  -- Where nothing was sent nothing failed; where the reason was not printed, nobody knows.
  count(*) FILTER (WHERE outcome = 'server' AND reason <> 'no_data')
    / nullif(count(*) FILTER (WHERE outcome = 'client' OR reason <> 'no_data'), 0) AS value,
  count(*) FILTER (WHERE outcome = 'client' OR reason <> 'no_data') AS n
FROM decided
GROUP BY day
ORDER BY day
