-- purpose: Log records of a span by the source that they stand in.
-- purpose.ko: 기간 안의 로그 기록을 원본 파일별로 셉니다.
-- needs: events
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: file_id | VARCHAR | the source; key of lake.files
-- column: records | BIGINT | log records, copies in overlapping sources left out, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | when the first of them was written
-- column: last_ts | TIMESTAMP WITH TIME ZONE | when the last was
SELECT file_id, count(*) AS records, min(ts) AS first_ts, max(ts) AS last_ts
FROM events
WHERE during(ts, date, $since, $until)
GROUP BY file_id
ORDER BY file_id
