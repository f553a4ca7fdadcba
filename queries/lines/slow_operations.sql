-- purpose: Slow operations of MongoDB, the slowest first.
-- purpose.ko: MongoDB의 느린 작업을 느린 것부터 보여 줍니다.
-- figures: slow_operations collection_scan_share memory_sort_share documents_per_returned
-- needs: db_ops
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the operation, its shape, its plan and its time
-- column: weight | DOUBLE | how slow it was, ms: the greatest come first
SELECT
  ts, source, line_no,
  concat_ws(' ', shape, plan_summary, CASE WHEN has_sort_stage THEN 'SORT' END, printf('%.0f ms', duration_ms)) AS what,
  duration_ms AS weight
FROM db_ops
WHERE during(ts, date, $since, $until) AND origin = 'log' AND duration_ms IS NOT NULL
ORDER BY duration_ms DESC, ts, source, line_no
LIMIT 20
