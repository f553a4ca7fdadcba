-- purpose: What the rollout plan's greps catch of the time handling's outcomes, and what they miss.
-- purpose.ko: 배포 계획의 grep이 시간 처리 결과 가운데 무엇을 잡고 무엇을 놓치는지 보여 줍니다.
-- note: A grep sees single lines. The app prints no ERROR where it falls back, so most failures pass the second pattern unseen.
-- note.ko: grep은 한 줄씩 봅니다. 앱은 서버 시간으로 대체할 때 ERROR를 찍지 않으므로 실패 대부분이 두 번째 패턴을 빠져나갑니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: pattern | VARCHAR | the grep, an extended regular expression
-- column: outcome | VARCHAR | what the record tells: client_time, why the server's time was used, or unrelated: not of the time handling
-- column: records | BIGINT | log records with that outcome, count; null for unrelated
-- column: caught | BIGINT | those with a line that the grep shows, count
-- column: missed | BIGINT | those without, count; null for unrelated
-- column: place | VARCHAR | where the first missed one stands, of unrelated the first caught: source:line
WITH patterns AS (
  SELECT unnest(['TimeProcessor', '(TimeProcessor.*ERROR|시간.*오류)']) AS pattern
),
checks AS (
  SELECT
    file_id, byte_offset,
    CASE outcome WHEN 'client' THEN 'client_time' ELSE coalesce(reason, 'reason_not_printed') END AS outcome
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
),
-- Only lines with one of these words can match any of the patterns.
told AS (
  SELECT source, file_id, line_no, byte_offset, ts, message
  FROM events
  WHERE during(ts, date, $since, $until) AND of_service(service, $service)
    AND (contains(message, 'TimeProcessor') OR contains(message, '시간'))
),
seen AS (
  SELECT
    pattern, ts, file_id, byte_offset, place_of(source, line_no) AS place,
    coalesce(outcome, 'unrelated') AS outcome,
    -- A dot matches no end of a line here, as in grep.
    regexp_matches(message, pattern) AS is_caught
  FROM told
  LEFT JOIN checks USING (file_id, byte_offset)
  CROSS JOIN patterns
)
SELECT
  pattern,
  outcome,
  CASE WHEN outcome <> 'unrelated' THEN count(*) END AS records,
  count(*) FILTER (WHERE is_caught) AS caught,
  CASE WHEN outcome <> 'unrelated' THEN count(*) FILTER (WHERE NOT is_caught) END AS missed,
  first(place ORDER BY ts, file_id, byte_offset) FILTER (WHERE is_caught = (outcome = 'unrelated')) AS place
FROM seen
GROUP BY pattern, outcome
HAVING outcome <> 'unrelated' OR caught > 0
ORDER BY length(pattern), outcome = 'unrelated', outcome
