-- purpose: What the app decided on the time of a memo.
-- purpose.ko: 메모의 시각을 앱이 어떻게 정했는지 보여 줍니다.
-- after: events

CREATE VIEW time_checks AS
SELECT
  ts, date, service, instance, session_id, user_id,
  attrs ->> 'memo_id' AS memo_id,
  attrs ->> 'outcome' AS outcome,
  attrs ->> 'reason' AS reason,
  TRY_CAST(attrs ->> 'client_ts' AS TIMESTAMPTZ) AS client_ts,
  TRY_CAST(attrs ->> 'server_ts' AS TIMESTAMPTZ) AS server_ts,
  attrs ->> 'timezone' AS zone,
  TRY_CAST(attrs ->> 'offset_min' AS DOUBLE) AS offset_min,
  coalesce(TRY_CAST(attrs ->> 'diff_min' AS DOUBLE), TRY_CAST(attrs ->> 'diff_ms' AS DOUBLE) / 60000) AS diff_min,
  source, file_id, line_no, byte_offset
FROM events
WHERE format IN ('time-processor', 'time-processor-line', 'time-processor-fallback', 'time-processor-failure')
  AND NOT coalesce(TRY_CAST(attrs ->> 'fragment' AS BOOLEAN), false);

COMMENT ON VIEW time_checks IS 'Decisions of the app''s TimeProcessor, one a row; parts of a block whose head is not there are left out. It prints only where NODE_ENV is development: none means unknown, not zero.';
COMMENT ON COLUMN time_checks.ts IS 'when it was printed';
COMMENT ON COLUMN time_checks.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN time_checks.service IS 'the service that decided';
COMMENT ON COLUMN time_checks.instance IS 'the instance that decided';
COMMENT ON COLUMN time_checks.session_id IS 'the reading session that was completed';
COMMENT ON COLUMN time_checks.user_id IS 'the app''s user, where it was printed';
COMMENT ON COLUMN time_checks.memo_id IS 'the memo, where it was printed';
COMMENT ON COLUMN time_checks.outcome IS 'client or server: whose time was used; null where the record is cut off';
COMMENT ON COLUMN time_checks.reason IS 'why the server''s time was used: no_data, client_invalid, bad_timestamp, bad_zone, excessive_difference or exception';
COMMENT ON COLUMN time_checks.client_ts IS 'the client''s clock; null where it was not printed';
COMMENT ON COLUMN time_checks.server_ts IS 'the server''s clock';
COMMENT ON COLUMN time_checks.zone IS 'the zone that the client named';
COMMENT ON COLUMN time_checks.offset_min IS 'getTimezoneOffset of the client, minutes: -540 for Seoul';
COMMENT ON COLUMN time_checks.diff_min IS 'client clock - server clock, minutes, as precise as it was printed';
COMMENT ON COLUMN time_checks.source IS 'path of the source, as given';
COMMENT ON COLUMN time_checks.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN time_checks.line_no IS 'first line of the block in its source, from 1';
COMMENT ON COLUMN time_checks.byte_offset IS 'first byte of the block in its decompressed source; many records of a page stand on one line';
