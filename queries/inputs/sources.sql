-- purpose: Every source as the newest run that read it tells of it.
-- purpose.ko: 원본 파일마다 마지막으로 읽었을 때의 상태를 보여 줍니다.
-- needs: files
-- column: file_id | VARCHAR | the source
-- column: path | VARCHAR | as given
-- column: format | VARCHAR | of most of its records
-- column: rejected | BIGINT | lines that could not be understood, count
-- column: status | VARCHAR | how reading it ended
-- column: fingerprint | VARCHAR | SHA-256 of what was read of it
SELECT file_id, path, format, rejected, status, content AS fingerprint
FROM lake.files
QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
ORDER BY path, file_id
