-- purpose: How often the health check said that the database was not connected, day by day: its status is 200 all the same.
-- purpose.ko: 헬스체크가 데이터베이스 연결이 끊겼다고 답한 횟수를 날마다 셉니다. 상태 코드는 그래도 200입니다.
-- title: Probes that found no database
-- title.ko: 데이터베이스가 끊긴 프로브
-- group: Availability
-- group.ko: 가용성
-- order: 142
-- unit: count
-- direction: lower
-- warn: none
-- fail: 0
-- required: false
-- plan: Phase 4 critical: MongoDB cannot be reached, the health check fails
-- merge: sum
-- incident: true
-- minimum: 1
-- denominator: probes that tell
-- denominator.ko: 데이터베이스를 알려 준 프로브
-- sentence: {value} [probe|probes] found the database disconnected
-- sentence.ko: 프로브 {value}건에서 데이터베이스가 끊겨 있었습니다
-- needs: probes
-- missing: No probe of the health check holds this day.
-- missing.ko: 이 날의 헬스체크 프로브가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | probes whose database.status is not connected, count
-- column: n | BIGINT | probes that tell of the database
SELECT
  local_day(ts) AS day,
  CAST(count(*) FILTER (WHERE database_status <> 'connected') AS DOUBLE) AS value,
  count(database_status) AS n
FROM probes
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
GROUP BY day
ORDER BY day
