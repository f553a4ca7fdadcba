-- purpose: The highest point of each series that figures judge, the newest first.
-- purpose.ko: 지표가 보는 측정값마다 가장 높은 점을 새것부터 보여 줍니다.
-- figures: render_cpu render_memory atlas_cpu atlas_connections atlas_query_targeting
-- needs: metrics
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the series, its value and its unit
SELECT ts, source, line_no, concat_ws(' ', name, printf('%.6g', value), unit, instance) AS what
FROM metrics
WHERE during(ts, date, $since, $until) AND value IS NOT NULL AND name IN (
  'render.cpu', 'render.memory', 'atlas.process_cpu_user', 'atlas.connections',
  'atlas.query_targeting_scanned_objects_per_returned'
)
QUALIFY row_number() OVER (PARTITION BY name ORDER BY value DESC, ts DESC, source, line_no) = 1
ORDER BY ts DESC, source, line_no
LIMIT 20
