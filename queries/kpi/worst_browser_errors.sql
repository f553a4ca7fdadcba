-- purpose: How many requests failed or were refused in the browser with the most of them, day by day; `h33 report browsers` names it.
-- purpose.ko: 오류와 거절이 가장 많은 브라우저의 비율을 날마다 구합니다. 이름은 `h33 report browsers`에 있습니다.
-- title: Errors in the worst browser
-- title.ko: 가장 나쁜 브라우저의 오류율
-- group: Usage
-- group.ko: 사용 현황
-- order: 192
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 5, 1 month: compatibility of browsers
-- merge: max
-- minimum: 1
-- denominator: requests that name a known browser
-- denominator.ko: 브라우저를 알 수 있는 요청
-- sentence: In the worst browser {value} of the requests failed or were refused
-- sentence.ko: 가장 나쁜 브라우저에서 요청의 {value}가 실패하거나 거절되었습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- param: least | BIGINT | 100 | requests that a browser takes
-- column: day | DATE | reporting day
-- column: value | DOUBLE | highest share answered 400-599 among browsers with enough requests, 0 to 1
-- column: n | BIGINT | their requests
WITH browsers AS (
  SELECT
    local_day(ts) AS day,
    regexp_extract(browser_of(user_agent), '^[A-Za-z]+') AS browser,
    count(*) FILTER (WHERE NOT is_health AND status_class IS NOT NULL) AS n,
    count(*) FILTER (WHERE NOT is_health AND status_class IN (4, 5)) AS k
  FROM requests
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
  GROUP BY ALL
)
SELECT
  day,
  max(k / n) FILTER (WHERE browser <> '' AND n >= $least) AS value,
  CAST(coalesce(sum(n) FILTER (WHERE browser <> '' AND n >= $least), 0) AS BIGINT) AS n
FROM browsers
GROUP BY day
ORDER BY day
