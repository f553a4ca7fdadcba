-- purpose: Events of some UTC hours that are copies of another, which pages and chunks repeat where they overlap.
-- purpose.ko: 겹치는 페이지와 조각 때문에 다시 실린 이벤트를 찾습니다.
-- param: hours | TIMESTAMPTZ[] | none | starts of the UTC hours to look at
-- param: since | TIMESTAMPTZ | none | the first of them
-- param: until | TIMESTAMPTZ | none | end of the last of them
-- column: date | DATE | UTC date of hour
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour
-- column: file_id | VARCHAR | source of the copy
-- column: line_no | BIGINT | its first line in the source, from 1
-- column: byte_offset | BIGINT | its first byte in the decompressed source
WITH keyed AS (
  SELECT date, ts, dedupe_key, line_count, file_id, line_no, byte_offset
  FROM lake.events
  -- A list of hours, no join with them: the engine would hash the events, not the hours.
  WHERE during(ts, date, $since, $until) AND dedupe_key IS NOT NULL AND list_contains($hours, utc_hour(ts))
),
-- Copies have the same instant. Counting instants is cheap, so only events that share theirs are compared.
crowded AS (
  SELECT ts FROM keyed GROUP BY ts HAVING count(*) > 1
)
SELECT date, utc_hour(ts) AS hour, file_id, line_no, byte_offset
FROM keyed
SEMI JOIN crowded USING (ts)
-- Shown is the copy with the most lines, since a page may end inside a record; of equals the first.
QUALIFY row_number() OVER (PARTITION BY ts, dedupe_key ORDER BY line_count DESC, file_id, line_no, byte_offset) > 1
ORDER BY hour, file_id, byte_offset
