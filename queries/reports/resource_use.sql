-- purpose: How much of the machines was used, day by day: Render's CPU and memory, Atlas's and mongostat's series.
-- purpose.ko: Render의 CPU와 메모리, Atlas와 mongostat의 측정값을 날마다 요약합니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: name | VARCHAR | none | only series whose name begins so, such as render. or atlas.; none for all
-- column: day | DATE | day in the reporting zone
-- column: name | VARCHAR | the series: render.cpu, atlas.connections, mongostat.res …
-- column: unit | VARCHAR | unit of the values, as the source names it
-- column: of | VARCHAR | what was measured: the instance, process or host; null where the labels name none
-- column: points | BIGINT | points with a value, count
-- column: missing_points | BIGINT | points without one, count
-- column: least | DOUBLE | least value
-- column: mean | DOUBLE | mean of the points
-- column: highest | DOUBLE | highest value
-- column: highest_ts | TIMESTAMP WITH TIME ZONE | when it was first reached
SELECT
  local_day(ts) AS day,
  name,
  unit,
  coalesce(instance, labels ->> 'process', labels ->> 'host', labels ->> 'resource') AS "of",
  count(value) AS points,
  count(*) - count(value) AS missing_points,
  min(value) AS least,
  -- In one order, so that the same points give the same last digit whatever files they lie in.
  avg(value ORDER BY value) AS mean,
  max(value) AS highest,
  arg_max(ts, value ORDER BY ts) AS highest_ts
FROM metrics
WHERE during(ts, date, $since, $until) AND ($name IS NULL OR starts_with(name, $name))
GROUP BY ALL
ORDER BY day, name, "of", unit
