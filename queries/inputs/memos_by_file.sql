-- purpose: Memos created in a span by the export that tells their newest state.
-- purpose.ko: 기간 안에 만들어진 메모를 최신 상태가 담긴 내보내기 파일별로 셉니다.
-- needs: notes
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: file_id | VARCHAR | the export; key of lake.files
-- column: records | BIGINT | memos, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | when the first of them was created
-- column: last_ts | TIMESTAMP WITH TIME ZONE | when the last was
SELECT file_id, count(*) AS records, min(created_at) AS first_ts, max(created_at) AS last_ts
FROM notes
WHERE created_at >= $since AND created_at < $until
GROUP BY file_id
ORDER BY file_id
