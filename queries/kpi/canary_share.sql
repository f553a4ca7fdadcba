-- purpose: How many of the requests the canary's instances answered, day by day; `h33 gate` judges it.
-- purpose.ko: 카나리 인스턴스가 응답한 요청의 비율을 날마다 셉니다. 판정은 `h33 gate`가 합니다.
-- title: Traffic of the canary
-- title.ko: 카나리 트래픽
-- group: Usage
-- group.ko: 사용 현황
-- order: 198
-- unit: ratio
-- direction: higher
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 2: 10, 50, 100 %
-- merge: share
-- minimum: 1
-- denominator: requests without health checks
-- denominator.ko: 헬스체크를 뺀 요청
-- sentence: The canary answered {value} of the requests
-- sentence.ko: 카나리가 요청의 {value}에 응답했습니다
-- needs: requests
-- missing: No request log holds this day, or the settings name no instances under [kpi.canary_share].
-- missing.ko: 이 날의 요청 로그가 없거나 설정의 [kpi.canary_share]에 인스턴스가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: instances | VARCHAR | none | the canary's instances, with commas between
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them answered by the instances, 0 to 1; null where n is 0
-- column: n | BIGINT | requests that name an instance
WITH counted AS (
  SELECT
    day,
    CAST(coalesce(sum(n) FILTER (WHERE NOT is_health AND instance IS NOT NULL), 0) AS BIGINT) AS n,
    CAST(
      coalesce(sum(n) FILTER (WHERE NOT is_health AND list_contains(string_split($instances, ','), instance)), 0) AS BIGINT
    ) AS k
  FROM request_counts($since, $until)
  WHERE of_service(service, $service) AND $instances IS NOT NULL
  GROUP BY day
)
SELECT day, k / nullif(n, 0) AS value, n
FROM counted
ORDER BY day
