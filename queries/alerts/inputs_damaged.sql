-- purpose: Inputs that could not be read whole, by path.
-- purpose.ko: 온전히 읽지 못한 입력을 보여 줍니다.
-- title: Inputs could not be read whole
-- title.ko: 온전히 읽지 못한 입력이 있습니다
-- severity: warning
-- figure: damaged_sources
-- needs: files
-- fires: WARN
-- for: 1
-- measure: none
-- advice: Fetch them again: figures over a hole are figures of a part.
-- advice.ko: 다시 받아 오십시오. 빠진 입력이 있으면 지표는 일부만의 값입니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | its newest record, or the run that met it
-- column: source | VARCHAR | the input
-- column: line_no | BIGINT | always 1
-- column: what | VARCHAR | its status and what is wrong with it
SELECT coalesce(last_ts, run_ts) AS ts, path AS source, CAST(1 AS BIGINT) AS line_no, concat_ws(': ', status, problem) AS what
FROM (SELECT * FROM lake.files QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1)
WHERE status IN ('partial', 'rejected', 'failed')
  AND coalesce(last_ts, run_ts) >= $since AND coalesce(last_ts, run_ts) < $until
ORDER BY source
LIMIT 20
