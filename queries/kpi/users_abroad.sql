-- purpose: How many client times came from another zone than the home one, day by day; `h33 report users_by_region` shows all.
-- purpose.ko: 국내가 아닌 시간대에서 온 클라이언트 시간의 비율을 날마다 셉니다. 전체는 `h33 report users_by_region`에 있습니다.
-- title: Client times from other zones
-- title.ko: 다른 시간대의 클라이언트 시간
-- group: Usage
-- group.ko: 사용 현황
-- order: 196
-- unit: ratio
-- direction: higher
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 5, 3 months: users abroad; success within a month: users abroad
-- merge: share
-- minimum: 1
-- denominator: decisions that name a zone
-- denominator.ko: 시간대를 알 수 있는 결정
-- sentence: {value} of the client times came from another zone
-- sentence.ko: 클라이언트 시간의 {value}가 다른 시간대에서 왔습니다
-- needs: time_checks events
-- missing: No TimeProcessor line holds this day: the app prints them only where NODE_ENV is development.
-- missing.ko: 이 날의 TimeProcessor 줄이 없습니다. 앱은 NODE_ENV가 development일 때만 출력합니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: home | VARCHAR | Asia/Seoul | the zone that is not abroad
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them in another zone, 0 to 1; null where n is 0
-- column: n | BIGINT | decisions of the TimeProcessor that name a zone
SELECT
  local_day(ts) AS day,
  count(*) FILTER (WHERE zone <> $home) / nullif(count(zone), 0) AS value,
  count(zone) AS n
FROM time_checks
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
GROUP BY day
ORDER BY day
