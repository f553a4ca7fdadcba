-- purpose: How many requests the server refused, day by day: no fault of the server, counted apart from its errors.
-- purpose.ko: 서버가 거절한 요청의 비율을 날마다 셉니다. 서버 오류와 따로 셉니다.
-- title: API refusals (4xx)
-- title.ko: API 거절률 (4xx)
-- group: Server
-- group.ko: 서버
-- order: 60
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3.3: errors of the API, those of the caller apart
-- merge: share
-- minimum: 1
-- denominator: requests without health checks
-- denominator.ko: 헬스체크를 뺀 요청
-- sentence: The server refused {value} of the requests
-- sentence.ko: 요청의 {value}가 거절되었습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them answered 400-499, 0 to 1; null where n is 0
-- column: n | BIGINT | answered requests without health checks
WITH counted AS (
  SELECT
    day,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class IS NOT NULL), 0) AS BIGINT) AS n,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND status_class = 4), 0) AS BIGINT) AS k
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
