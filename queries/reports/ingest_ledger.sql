-- purpose: What was taken in: every source with its lines, each counted once.
-- purpose.ko: 받아들인 모든 소스와 그 줄 수를 보여 줍니다. 모든 줄은 한 번씩만 셉니다.
-- column: path | VARCHAR | the source, as given
-- column: format | VARCHAR | format of most of its records
-- column: lines | BIGINT | physical lines, count; events + continuation + rejected + blank
-- column: records | BIGINT | stored records, count; may be more than lines
-- column: events | BIGINT | lines on which a stored record starts, count
-- column: continuation | BIGINT | other lines of records, headers and brackets, count
-- column: rejected | BIGINT | lines that were not understood, count; their text is in lake.rejects
-- column: blank | BIGINT | white-space lines between records, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | earliest instant of a record; null where none has a time
-- column: last_ts | TIMESTAMP WITH TIME ZONE | latest instant of a record
-- column: status | VARCHAR | ok, partial, duplicate, rejected or failed
-- column: problem | VARCHAR | what was wrong; null where nothing was
SELECT
  path, format, lines, records, events, continuation, rejected, blank, first_ts, last_ts, status, problem
FROM lake.files
QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
ORDER BY path, first_ts, file_id
