-- purpose: How many probes found the service up, its database included, day by day.
-- purpose.ko: 서비스와 데이터베이스가 정상이라고 답한 프로브의 비율을 날마다 셉니다.
-- title: Uptime
-- title.ko: 가동률
-- group: Availability
-- group.ko: 가용성
-- order: 140
-- unit: ratio
-- direction: higher
-- warn: 0.999
-- fail: none
-- required: false
-- plan: Phase 5, 7 days and success within a month: 99.9 %
-- merge: share
-- objective: 0.999
-- minimum: 1
-- denominator: probes
-- denominator.ko: 프로브
-- sentence: The service was up in {value} of the probes
-- sentence.ko: 프로브의 {value}에서 서비스가 정상이었습니다
-- needs: probes
-- missing: No probe of the health check holds this day.
-- missing.ko: 이 날의 헬스체크 프로브가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them answered 200-299 with the database connected, 0 to 1
-- column: n | BIGINT | probes; minutes that nobody probed are unknown
SELECT local_day(ts) AS day, count(*) FILTER (WHERE is_up) / count(*) AS value, count(*) AS n
FROM probes
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
GROUP BY day
ORDER BY day
