-- purpose: How many clients asked within the busiest five minutes of each day.
-- purpose.ko: 날마다 가장 붐빈 5분 동안 요청한 클라이언트 수를 셉니다.
-- title: Clients at once, highest
-- title.ko: 동시 사용자 최댓값
-- group: Usage
-- group.ko: 사용 현황
-- order: 190
-- unit: count
-- direction: higher
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 5, 7 days: more users at once
-- merge: max
-- minimum: 1
-- denominator: requests that name a client
-- denominator.ko: 클라이언트를 알 수 있는 요청
-- sentence: {value} [client|clients] asked within the busiest span
-- sentence.ko: 가장 붐빈 구간에 클라이언트 {value}명이 요청했습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: minutes | BIGINT | 5 | length of a span
-- column: day | DATE | reporting day
-- column: value | DOUBLE | distinct users, else addresses, of the busiest span, count; null where n is 0
-- column: n | BIGINT | requests without health checks that name a user or an address
WITH spans AS (
  SELECT
    local_day(ts) AS day,
    epoch_us(ts) // ($minutes * 60000000) AS span,
    count(DISTINCT coalesce(user_id, client_address)) FILTER (WHERE NOT is_health) AS clients,
    count(coalesce(user_id, client_address)) FILTER (WHERE NOT is_health) AS n
  FROM requests
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
  GROUP BY ALL
)
SELECT
  day,
  CASE WHEN sum(n) > 0 THEN CAST(max(clients) AS DOUBLE) END AS value,
  CAST(sum(n) AS BIGINT) AS n
FROM spans
GROUP BY day
ORDER BY day
