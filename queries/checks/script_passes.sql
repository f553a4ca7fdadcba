-- purpose: Whether every check of a script passed when it last ran before the release; its exit code says nothing.
-- purpose.ko: 배포 전에 마지막으로 실행한 스크립트의 모든 검사가 통과했는지 봅니다. 종료 코드는 아무것도 말하지 않습니다.
-- needs: checks
-- missing: No captured output of this script tells when it ran before the release.
-- missing.ko: 배포 전에 실행한 시각을 알 수 있는 출력이 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant looked at
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- param: script | VARCHAR | none | name of the script
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
),
newest AS (
  SELECT * FROM captured
  WHERE script = $script AND captured >= $since AND captured < $until
  QUALIFY captured = max(captured) OVER ()
)
SELECT
  bool_and(passed) AS passed,
  count(*) AS n,
  max(captured) AS at,
  coalesce(
    string_agg(message, '; ' ORDER BY source, line_no) FILTER (WHERE NOT passed),
    any_value(script) || ': ' || count(*) || ' ✅'
  ) AS detail,
  arg_min(source, (passed, line_no)) AS source,
  arg_min(line_no, (passed, line_no)) AS line_no
FROM newest
HAVING count(*) > 0
ORDER BY ALL
