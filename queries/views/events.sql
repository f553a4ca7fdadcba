-- purpose: Log records, each once, and those that tell of errors.
-- purpose.ko: 로그 기록을 한 번씩만 보여 주고, 그 가운데 오류를 가려냅니다.

-- Pages and chunks that overlap hold copies of one record. All are stored and counted; `lake.repeats` names those that
-- are not shown. A left join on equal keys, not an anti join: through it a condition on `date` reaches the files of
-- both sides. Grouping tells the engine that a key stands once, so that it joins templates only where one is asked for.
CREATE VIEW events AS
WITH repeats AS (
  SELECT date, file_id, byte_offset, true AS is_repeat FROM lake.repeats
),
masks AS (
  SELECT mask_id, any_value(coalesce(alias_of, template_id)) AS template_id, any_value(text) AS template
  FROM lake.templates
  GROUP BY mask_id
)
SELECT
  e.ts, e.date, e.severity, e.service, e.instance, e.logger, e.message, m.template_id, m.template,
  e.http_method, e.http_path, e.http_route, e.http_status, e.duration_ms, e.response_bytes,
  e.client_address, e.user_agent, e.request_id, e.session_id, e.user_id, e.attrs,
  e.format, e.ts_source, e.ts_assumed, e.source, e.file_id, e.line_no, e.line_count, e.line_spans, e.byte_offset,
  e.mask_id, e.dedupe_key
FROM lake.events AS e
LEFT JOIN repeats AS r ON r.date = e.date AND r.file_id = e.file_id AND r.byte_offset = e.byte_offset
LEFT JOIN masks AS m ON m.mask_id = e.mask_id
WHERE r.is_repeat IS NULL;

COMMENT ON VIEW events IS 'Log records, each once: copies in overlapping pages and chunks are left out.';
COMMENT ON COLUMN events.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN events.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN events.severity IS 'trace, debug, info, warn, error or fatal; null where not stated';
COMMENT ON COLUMN events.service IS 'the service that wrote it';
COMMENT ON COLUMN events.instance IS 'the instance that wrote it';
COMMENT ON COLUMN events.logger IS 'component, such as [TimeProcessor]';
COMMENT ON COLUMN events.message IS 'what was said, redacted, lines joined by a newline';
COMMENT ON COLUMN events.template_id IS 'the kind of message: equal for messages that differ in values only';
COMMENT ON COLUMN events.template IS 'the message with its values masked';
COMMENT ON COLUMN events.http_method IS 'request method; null where the record is no request';
COMMENT ON COLUMN events.http_path IS 'request path without its query';
COMMENT ON COLUMN events.http_route IS 'path with ids replaced, such as /api/notes/:id';
COMMENT ON COLUMN events.http_status IS 'response status; null where the client gave up';
COMMENT ON COLUMN events.duration_ms IS 'time taken, milliseconds';
COMMENT ON COLUMN events.response_bytes IS 'size of the response''s body, bytes';
COMMENT ON COLUMN events.client_address IS 'the client''s address';
COMMENT ON COLUMN events.user_agent IS 'the client''s User-Agent';
COMMENT ON COLUMN events.request_id IS 'the request''s id';
COMMENT ON COLUMN events.session_id IS 'the app''s session, such as a reading session';
COMMENT ON COLUMN events.user_id IS 'the app''s user';
COMMENT ON COLUMN events.attrs IS 'further fields, a JSON object';
COMMENT ON COLUMN events.format IS 'label of the record''s format; generic where none matched';
COMMENT ON COLUMN events.ts_source IS 'where ts was read: line or envelope';
COMMENT ON COLUMN events.ts_assumed IS 'what of ts was assumed: zone, year, date';
COMMENT ON COLUMN events.source IS 'path of the source, as given';
COMMENT ON COLUMN events.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN events.line_no IS 'first line of the record in its source, from 1';
COMMENT ON COLUMN events.line_count IS 'lines of the record';
COMMENT ON COLUMN events.line_spans IS 'the record''s runs of lines; null where they are contiguous';
COMMENT ON COLUMN events.byte_offset IS 'first byte of the record in its decompressed source';
COMMENT ON COLUMN events.mask_id IS 'hash of the masked message; key of lake.templates';
COMMENT ON COLUMN events.dedupe_key IS 'equal in copies of one record; null where a source cannot overlap';

CREATE VIEW errors AS
SELECT
  ts, date, severity, service, instance, logger, message, template_id, template,
  session_id, user_id, attrs, format, source, file_id, line_no, line_count
FROM events
WHERE severity IN ('error', 'fatal');

COMMENT ON VIEW errors IS 'Log records of severity error or fatal; failed requests stand in requests.';
COMMENT ON COLUMN errors.ts IS 'when it happened; null where the line tells no time';
COMMENT ON COLUMN errors.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN errors.severity IS 'error or fatal';
COMMENT ON COLUMN errors.service IS 'the service that wrote it';
COMMENT ON COLUMN errors.instance IS 'the instance that wrote it';
COMMENT ON COLUMN errors.logger IS 'component';
COMMENT ON COLUMN errors.message IS 'what was said, with its stack, redacted';
COMMENT ON COLUMN errors.template_id IS 'the kind of message: equal for messages that differ in values only';
COMMENT ON COLUMN errors.template IS 'the message with its values masked';
COMMENT ON COLUMN errors.session_id IS 'the app''s session';
COMMENT ON COLUMN errors.user_id IS 'the app''s user';
COMMENT ON COLUMN errors.attrs IS 'further fields, a JSON object';
COMMENT ON COLUMN errors.format IS 'label of the record''s format';
COMMENT ON COLUMN errors.source IS 'path of the source, as given';
COMMENT ON COLUMN errors.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN errors.line_no IS 'first line of the record in its source, from 1';
COMMENT ON COLUMN errors.line_count IS 'lines of the record';
