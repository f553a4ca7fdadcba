-- purpose: What is stored of each day: log records, the errors among them, and exported documents.
-- purpose.ko: 날마다 저장된 로그 기록, 그중 오류, 그리고 내보낸 문서를 셉니다.
-- column: day | DATE | day in the reporting zone; null for records without a time
-- column: events | BIGINT | log records, each once, count
-- column: errors | BIGINT | those of severity error or fatal, count
-- column: documents | BIGINT | documents in the exports of that day, count
WITH logged AS (
  SELECT
    local_day(ts) AS day,
    count(*) AS events,
    count(*) FILTER (WHERE severity IN ('error', 'fatal')) AS errors
  FROM events
  GROUP BY day
),
exported AS (
  SELECT local_day(snapshot) AS day, count(*) AS documents
  FROM lake.documents
  GROUP BY day
)
SELECT day, coalesce(events, 0) AS events, coalesce(errors, 0) AS errors, coalesce(documents, 0) AS documents
FROM logged
FULL JOIN exported USING (day)
ORDER BY day NULLS LAST
