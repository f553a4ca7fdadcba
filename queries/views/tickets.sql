-- purpose: Tickets of the help desk.
-- purpose.ko: 고객 문의를 보여 줍니다.

-- Exports of the help desk overlap, and a ticket's status changes between them: shown is the one taken in last.
CREATE VIEW tickets AS
WITH taken AS (
  SELECT file_id, max(run_id) AS run_id FROM lake.files GROUP BY file_id
)
SELECT
  ts, date,
  attrs ->> 'ticket_id' AS ticket_id,
  attrs ->> 'topic' AS topic,
  attrs ->> 'status' AS status,
  message AS text,
  source, file_id, line_no
FROM lake.events
LEFT JOIN taken USING (file_id)
WHERE format = 'ticket'
QUALIFY row_number() OVER (
  PARTITION BY date, coalesce(attrs ->> 'ticket_id', file_id || ':' || byte_offset)
  ORDER BY run_id DESC, source DESC, line_no DESC, byte_offset DESC
) = 1;

COMMENT ON VIEW tickets IS 'Tickets of the help desk, each as the export that was taken in last has it.';
COMMENT ON COLUMN tickets.ts IS 'when it was opened';
COMMENT ON COLUMN tickets.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN tickets.ticket_id IS 'its id';
COMMENT ON COLUMN tickets.topic IS 'what it is about, in the words of the help desk';
COMMENT ON COLUMN tickets.status IS 'its state when it was exported';
COMMENT ON COLUMN tickets.text IS 'what was said, redacted';
COMMENT ON COLUMN tickets.source IS 'path of the source, as given';
COMMENT ON COLUMN tickets.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN tickets.line_no IS 'first line of the ticket in its source, from 1';
