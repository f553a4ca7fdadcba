-- purpose: How many of each day's hours have a request, health checks included.
-- purpose.ko: 날마다 요청이 하나라도 있는 시간의 비율을 셉니다.
-- title: Hours with a request log
-- title.ko: 요청 로그가 있는 시간
-- group: Data loss
-- group.ko: 데이터 손실
-- order: 188
-- unit: ratio
-- direction: higher
-- warn: none
-- fail: none
-- required: false
-- plan: after deployment: 24 hours of monitoring
-- merge: share
-- minimum: 1
-- denominator: hours
-- denominator.ko: 시간
-- sentence: {value} of the hours have a request log
-- sentence.ko: 전체 시간의 {value}에 요청 로그가 있습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them with any request, 0 to 1
-- column: n | BIGINT | hours of the day
WITH hours AS (
  SELECT unnest(generate_series($since, $until - INTERVAL 1 MICROSECOND, INTERVAL 1 HOUR)) AS hour
),
days AS (
  SELECT local_day(hour) AS day, count(*) AS n FROM hours GROUP BY day
),
heard AS (
  SELECT day, count(DISTINCT hour) AS n FROM request_counts($since, $until) WHERE of_service(service, $service) GROUP BY day
)
SELECT day, least(heard.n / days.n, 1) AS value, days.n AS n
FROM days
JOIN heard USING (day)
ORDER BY day
