-- purpose: How many client times the app refused because of their zone, day by day: its list lacks many real ones.
-- purpose.ko: 시간대 때문에 거절된 클라이언트 시간의 비율을 날마다 셉니다. 앱의 목록에는 실제 시간대가 많이 빠져 있습니다.
-- title: Zones refused
-- title.ko: 거절된 시간대
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 48
-- unit: ratio
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.1: odd times; months: users by zone
-- merge: share
-- minimum: 1
-- denominator: decisions of the TimeProcessor
-- denominator.ko: TimeProcessor의 결정
-- sentence: {value} of the decisions refused the client's zone
-- sentence.ko: 결정의 {value}가 클라이언트 시간대를 거절했습니다
-- needs: time_checks events
-- missing: No TimeProcessor line holds this day: the app prints them only where NODE_ENV is development.
-- missing.ko: 이 날의 TimeProcessor 줄이 없습니다. 앱은 NODE_ENV가 development일 때만 출력합니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that refused the zone, 0 to 1
-- column: n | BIGINT | decisions whose outcome was printed
WITH decided AS (
  SELECT local_day(ts) AS day, outcome, reason, zone
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND of_service(service, $service) AND outcome IS NOT NULL
)
SELECT
  day,
  count(*) FILTER (WHERE reason = 'bad_zone') / nullif(count(*), 0) AS value,
  count(*) AS n
FROM decided
GROUP BY day
ORDER BY day
