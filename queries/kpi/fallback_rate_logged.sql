-- purpose: How often the app's log says that it fell back to the server's time, day by day; `h33 report fallback_reasons` says why.
-- purpose.ko: 로그에 남은 서버 시간 대체 비율을 날마다 셉니다. 이유는 `h33 report fallback_reasons`에 있습니다.
-- title: Fallback to the server's time, as logged
-- title.ko: 서버 시간 대체율 (로그)
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 47
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3.1: fallbacks for odd times
-- merge: share
-- minimum: 1
-- denominator: decisions of the TimeProcessor
-- denominator.ko: TimeProcessor의 결정
-- sentence: The TimeProcessor fell back in {value} of its decisions
-- sentence.ko: TimeProcessor가 결정의 {value}에서 서버 시간으로 대체했습니다
-- needs: time_checks events
-- missing: No TimeProcessor line holds this day: the app prints them only where NODE_ENV is development.
-- missing.ko: 이 날의 TimeProcessor 줄이 없습니다. 앱은 NODE_ENV가 development일 때만 출력합니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that used the server's time, 0 to 1
-- column: n | BIGINT | decisions whose outcome was printed
WITH decided AS (
  SELECT local_day(ts) AS day, outcome, reason, zone
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND of_service(service, $service) AND outcome IS NOT NULL
)
SELECT
  day,
  count(*) FILTER (WHERE outcome = 'server') / nullif(count(*), 0) AS value,
  count(*) AS n
FROM decided
GROUP BY day
ORDER BY day
