-- purpose: Answers of the health check, and what check scripts printed.
-- purpose.ko: 상태 확인의 응답과 점검 스크립트의 출력을 보여 줍니다.
-- after: events

CREATE VIEW probes AS
WITH read AS (
  SELECT
    *,
    json_transform(
      attrs, '{"database_status": "VARCHAR", "is_korean_time": "BOOLEAN", "uptime_s": "DOUBLE", "error": "VARCHAR"}'
    ) AS a
  FROM events
  WHERE format = 'health-probe'
)
SELECT
  ts, date, service, http_status, duration_ms,
  coalesce(http_status BETWEEN 200 AND 299 AND coalesce(a.database_status, 'connected') = 'connected', false) AS is_up,
  a.database_status, a.is_korean_time, a.uptime_s, a.error,
  source, file_id, line_no
FROM read;

COMMENT ON VIEW probes IS 'Answers of the health check, as a prober outside the service got them.';
COMMENT ON COLUMN probes.ts IS 'when it was asked';
COMMENT ON COLUMN probes.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN probes.service IS 'the service that was asked, by the settings';
COMMENT ON COLUMN probes.http_status IS 'response status; null where no answer came';
COMMENT ON COLUMN probes.duration_ms IS 'time to the answer, milliseconds';
COMMENT ON COLUMN probes.is_up IS 'answered 200-299 and, where the answer tells of the database, with the database connected';
COMMENT ON COLUMN probes.database_status IS 'database.status of the answer: the app says ok without its database too';
COMMENT ON COLUMN probes.is_korean_time IS 'timezone.isKoreanTime of the answer';
COMMENT ON COLUMN probes.uptime_s IS 'how long the process had run, seconds';
COMMENT ON COLUMN probes.error IS 'why no answer came';
COMMENT ON COLUMN probes.source IS 'path of the source, as given';
COMMENT ON COLUMN probes.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN probes.line_no IS 'line of the probe in its source, from 1';

CREATE VIEW checks AS
SELECT
  ts, date,
  attrs ->> 'script' AS script,
  attrs ->> 'check' AS check_name,
  TRY_CAST(attrs ->> 'passed' AS BOOLEAN) AS passed,
  message,
  source, file_id, line_no
FROM events
WHERE format = 'check-output';

COMMENT ON VIEW checks IS 'What the apps check scripts printed, a check a row. They end with 0 on failed checks too: only this tells.';
COMMENT ON COLUMN checks.ts IS 'when it ran; null where its output tells no time';
COMMENT ON COLUMN checks.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN checks.script IS 'the script';
COMMENT ON COLUMN checks.check_name IS 'what was checked';
COMMENT ON COLUMN checks.passed IS 'it held';
COMMENT ON COLUMN checks.message IS 'the line that was printed';
COMMENT ON COLUMN checks.source IS 'path of the source, as given';
COMMENT ON COLUMN checks.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN checks.line_no IS 'line of the check in its source, from 1';
