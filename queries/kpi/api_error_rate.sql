-- purpose: How many requests the server failed, day by day.
-- purpose.ko: 서버가 실패한 요청의 비율을 날마다 셉니다.
-- title: API errors (5xx)
-- title.ko: API 오류율 (5xx)
-- group: Server
-- group.ko: 서버
-- order: 50
-- unit: ratio
-- direction: lower
-- warn: 0.01
-- fail: 0.03
-- required: false
-- plan: Phase 3.3; success within 24 hours: below 1 %; rollback: above 3 %
-- merge: share
-- incident: true
-- objective: 0.99
-- minimum: 1
-- denominator: requests without health checks
-- denominator.ko: 헬스체크를 뺀 요청
-- sentence: The server failed {value} of the requests
-- sentence.ko: 요청의 {value}가 서버 오류로 끝났습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them answered 500-599, 0 to 1; null where n is 0
-- column: n | BIGINT | answered requests without health checks
WITH counted AS (
  SELECT
    day,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class IS NOT NULL), 0) AS BIGINT) AS n,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 5), 0) AS BIGINT) AS k
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
