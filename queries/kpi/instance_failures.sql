-- purpose: How often an instance failed, day by day, as Render tells.
-- purpose.ko: Render가 알린 인스턴스 실패 수를 날마다 셉니다.
-- title: Instances that failed
-- title.ko: 실패한 인스턴스
-- group: Availability
-- group.ko: 가용성
-- order: 144
-- unit: count
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 4: automatic restart
-- merge: sum
-- minimum: 1
-- denominator: hours that the exports reach
-- denominator.ko: 내보내기가 닿는 시간
-- sentence: {value} [instance|instances] failed
-- sentence.ko: 인스턴스가 {value}번 실패했습니다
-- needs: deploys exports
-- missing: No export of Render's events reaches this day.
-- missing.ko: 이 날까지 닿는 Render 이벤트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | server_failed events, count
-- column: n | BIGINT | hours that the exports reach
WITH reach AS (
  -- Nothing on a day is told from nothing known of it by how far the exports reach.
  SELECT min(first_ts) AS first_ts, max(last_ts) AS last_ts FROM lake.files WHERE format = 'render-event'
),
hours AS (
  SELECT unnest(generate_series($since, $until - INTERVAL 1 MICROSECOND, INTERVAL 1 HOUR)) AS hour
),
days AS (
  SELECT local_day(hour) AS day, count(*) AS n
  FROM hours, reach
  WHERE hour + INTERVAL 1 HOUR > first_ts AND hour <= last_ts
  GROUP BY day
),
seen AS (
  SELECT local_day(ts) AS day, count(*) AS k
  FROM deploys
  WHERE during(ts, date, $since, $until) AND event_type = 'server_failed' AND of_service(service, $service)
  GROUP BY day
)
SELECT day, CAST(coalesce(k, 0) AS DOUBLE) AS value, n
FROM days
LEFT JOIN seen USING (day)
ORDER BY day
