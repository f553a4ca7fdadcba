-- purpose: Where the records of a span come from: each source with how many it gave.
-- purpose.ko: 어떤 기간의 기록이 어느 소스에서 몇 건 왔는지 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: path | VARCHAR | the source, as given
-- column: format | VARCHAR | format of most of its records
-- column: records | BIGINT | log records, or memos by their creation as the newest export has them, in the span, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | earliest of them
-- column: last_ts | TIMESTAMP WITH TIME ZONE | latest of them
-- column: rejected | BIGINT | lines of the whole source that were not understood, count
-- column: status | VARCHAR | of the whole source: ok or partial
-- column: fingerprint | VARCHAR | SHA-256 of what was read of the whole source, decompressed, 64 hex digits
WITH held AS (
  SELECT file_id, count(*) AS records, min(ts) AS first_ts, max(ts) AS last_ts
  FROM events
  WHERE during(ts, date, $since, $until)
  GROUP BY file_id
  UNION ALL
  SELECT file_id, count(*), min(created_at), max(created_at)
  FROM notes
  WHERE created_at >= $since AND created_at < $until
  GROUP BY file_id
),
sources AS (
  SELECT file_id, path, format, rejected, status, content AS fingerprint
  FROM lake.files
  QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
)
SELECT path, format, records, first_ts, last_ts, rejected, status, fingerprint
FROM held
JOIN sources USING (file_id)
ORDER BY path, file_id
