-- purpose: How many kinds of errors appeared for the first time, day by day.
-- purpose.ko: 처음 나타난 오류 유형의 수를 날마다 셉니다.
-- title: New kinds of errors
-- title.ko: 새로운 오류 유형
-- group: Server
-- group.ko: 서버
-- order: 72
-- unit: count
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 3, tools A: error patterns
-- merge: sum
-- minimum: 1
-- denominator: log records of the app
-- denominator.ko: 앱 로그 레코드
-- sentence: {value} [kind of error was|kinds of errors were] seen for the first time
-- sentence.ko: 처음 보는 오류 유형이 {value}가지 있었습니다
-- needs: events
-- missing: No app log holds this day.
-- missing.ko: 이 날의 앱 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | kinds of error messages first seen then, count
-- column: n | BIGINT | log records, requests left out
WITH first_seen AS (
  SELECT coalesce(alias_of, template_id) AS template_id, min(first_ts) AS first_ts FROM lake.templates GROUP BY ALL
)
SELECT
  local_day(ts) AS day,
  CAST(
    count(DISTINCT e.template_id) FILTER (
      WHERE severity IN ('error', 'fatal') AND local_day(first_ts) = local_day(ts)
    ) AS DOUBLE
  ) AS value,
  count(*) AS n
FROM events AS e
LEFT JOIN first_seen USING (template_id)
WHERE during(ts, date, $since, $until) AND input_of(format, http_method) = 'app_log' AND of_service(service, $service)
GROUP BY day
ORDER BY day
