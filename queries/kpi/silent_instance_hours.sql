-- purpose: How many hours instances said nothing between their first and their last request, day by day.
-- purpose.ko: 인스턴스가 처음과 마지막 요청 사이에서 아무 기록도 남기지 않은 시간 수를 날마다 셉니다.
-- title: Hours in which an instance was silent
-- title.ko: 인스턴스가 침묵한 시간
-- group: Data loss
-- group.ko: 데이터 손실
-- order: 186
-- unit: count
-- direction: lower
-- warn: 0
-- fail: none
-- required: false
-- plan: danger: data loss suspected; after deployment: 24 hours of monitoring
-- merge: sum
-- minimum: 1
-- denominator: hours of instances
-- denominator.ko: 인스턴스 시간
-- sentence: Instances were silent for {value} [hour|hours]
-- sentence.ko: 인스턴스가 {value}시간 동안 침묵했습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | hours of an instance without a request, health checks included, count
-- column: n | BIGINT | hours between an instance's first and last of the day
WITH heard AS (
  SELECT DISTINCT day, coalesce(instance, '') AS instance, hour
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
),
spans AS (
  SELECT day, instance, count(*) AS heard, (epoch(max(hour)) - epoch(min(hour))) / 3600 + 1 AS hours
  FROM heard
  GROUP BY ALL
)
SELECT day, CAST(sum(hours - heard) AS DOUBLE) AS value, CAST(sum(hours) AS BIGINT) AS n
FROM spans
GROUP BY day
ORDER BY day
