-- purpose: What was not understood, by reason, with the first place of each.
-- purpose.ko: 이해하지 못한 기록을 이유별로 세고, 각각 처음 나온 위치를 보여 줍니다.
-- column: reason | VARCHAR | why it was not understood
-- column: records | BIGINT | rejected records, count
-- column: lines | BIGINT | their physical lines, count
-- column: sources | BIGINT | sources that hold any, count
-- column: first_place | VARCHAR | the first of them by source: path:line
WITH paths AS (
  SELECT file_id, arg_max(path, run_id) AS path FROM lake.files GROUP BY file_id
)
SELECT
  reason,
  count(*) AS records,
  CAST(sum(line_count) AS BIGINT) AS lines,
  count(DISTINCT file_id) AS sources,
  first(path || ':' || line_no ORDER BY path, line_no, byte_offset) AS first_place
FROM lake.rejects
LEFT JOIN paths USING (file_id)
GROUP BY reason
ORDER BY records DESC, reason
