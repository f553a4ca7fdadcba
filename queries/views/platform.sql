-- purpose: What Render did, and measurements of it and of the database.
-- purpose.ko: Render에서 일어난 일과 Render·데이터베이스의 측정값을 보여 줍니다.
-- after: events

CREATE VIEW deploys AS
WITH read AS (
  SELECT
    *,
    json_transform(
      attrs,
      '{"type": "VARCHAR", "event": "VARCHAR", "deploy_id": "VARCHAR", "status": "VARCHAR", "exit_code": "BIGINT"}'
    ) AS a
  FROM events
  WHERE format IN ('render-event', 'platform')
)
SELECT
  ts, date, service, instance,
  coalesce(a.type, a.event) AS event_type,
  a.deploy_id, a.status, a.exit_code, message,
  source, file_id, line_no
FROM read;

COMMENT ON VIEW deploys IS 'What Render did: its events (deploys, builds, instances that failed or came up) and its ==> lines in the log.';
COMMENT ON COLUMN deploys.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN deploys.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN deploys.service IS 'the service; in Renders events its id';
COMMENT ON COLUMN deploys.instance IS 'the instance, where one is named';
COMMENT ON COLUMN deploys.event_type IS 'Renders event, such as deploy_ended, or what its line says: service_live, exited, deploy_failed …';
COMMENT ON COLUMN deploys.deploy_id IS 'the deploy';
COMMENT ON COLUMN deploys.status IS 'how it ended: succeeded, failed, canceled';
COMMENT ON COLUMN deploys.exit_code IS 'of a process that ended';
COMMENT ON COLUMN deploys.message IS 'what was said';
COMMENT ON COLUMN deploys.source IS 'path of the source, as given';
COMMENT ON COLUMN deploys.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN deploys.line_no IS 'first line of the event in its source, from 1';

-- Series that overlap hold copies of a point: of each instant one is shown.
CREATE VIEW metrics AS
WITH taken AS (
  SELECT file_id, arg_max(path, run_id) AS source FROM lake.files GROUP BY file_id
)
SELECT ts, date, name, unit, value, labels, labels ->> 'instance' AS instance, source, file_id, line_no
FROM lake.metrics
LEFT JOIN taken USING (file_id)
QUALIFY row_number() OVER (
  PARTITION BY date, ts, name, labels ORDER BY value IS NULL, file_id, line_no, byte_offset
) = 1;

COMMENT ON VIEW metrics IS 'Measurements of Render, Atlas and mongostat, a point a row, each once.';
COMMENT ON COLUMN metrics.ts IS 'when it was measured';
COMMENT ON COLUMN metrics.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN metrics.name IS 'the series: render.cpu, atlas.connections, mongostat.res …';
COMMENT ON COLUMN metrics.unit IS 'unit of value, as its source names it';
COMMENT ON COLUMN metrics.value IS 'what was measured; null is a gap in the series';
COMMENT ON COLUMN metrics.labels IS 'what tells this series from others of its name, a JSON object';
COMMENT ON COLUMN metrics.instance IS 'the instance, where the labels name one';
COMMENT ON COLUMN metrics.source IS 'path of the source, as given';
COMMENT ON COLUMN metrics.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN metrics.line_no IS 'first line of the point in its source, from 1';
