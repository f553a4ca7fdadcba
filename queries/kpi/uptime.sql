-- purpose: How many probes were answered 200-299 with the database connected, day by day; an answer that tells nothing of it counts by its status.
-- purpose.ko: 2xx로 응답하고 데이터베이스도 연결된 프로브의 비율을 날마다 셉니다. 응답에 데이터베이스 상태가 없으면 HTTP 상태만 봅니다.
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
-- sentence: {value} of the probes were answered 200-299 with the database connected
-- sentence.ko: 프로브의 {value}가 2xx 응답을 받았고 데이터베이스도 연결되어 있었습니다
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
