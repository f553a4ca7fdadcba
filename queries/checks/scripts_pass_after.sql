-- purpose: Whether every check of every script passed since the release; exit codes say nothing.
-- purpose.ko: 배포 이후 실행한 모든 스크립트의 모든 검사가 통과했는지 봅니다. 종료 코드는 아무것도 말하지 않습니다.
-- needs: checks
-- missing: No captured output of a check script tells that it ran since the release.
-- missing.ko: 배포 이후에 실행한 검사 스크립트 출력이 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant looked at
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- column: passed | BOOLEAN | whether it holds; null where that is not known
-- column: n | BIGINT | records that tell
-- column: at | TIMESTAMP WITH TIME ZONE | when; null where not stated
-- column: detail | VARCHAR | what was found
-- column: source | VARCHAR | path of the source of one of them
-- column: line_no | BIGINT | its line, from 1
WITH captured AS (
  SELECT
    *,
    coalesce(
      ts,
      CAST(
        try_strptime(regexp_extract(source, '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{4}'), '%Y-%m-%dT%H%M') AS TIMESTAMPTZ
      )
    ) AS captured
  FROM checks
  WHERE date IS NULL OR during(ts, date, $since, $until)
)
SELECT
  bool_and(passed) AS passed,
  count(*) AS n,
  max(captured) AS at,
  coalesce(string_agg(script || ': ' || message, '; ' ORDER BY source, line_no) FILTER (WHERE NOT passed), count(*) || ' ✅')
    AS detail,
  arg_min(source, (passed, source, line_no)) AS source,
  arg_min(line_no, (passed, source, line_no)) AS line_no
FROM captured
WHERE captured >= $since AND captured < $until
HAVING count(*) > 0
ORDER BY ALL
