-- purpose: Whether every memo that a whole export lacks was deleted by a request or is there again in a later export.
-- purpose.ko: 전체 내보내기에서 빠진 메모가 모두 삭제 요청으로 지워졌거나 이후 내보내기에 다시 있는지 봅니다.
-- needs: notes requests
-- looks_back: 15
-- missing: No two whole exports of the notes can be compared on this day.
-- missing.ko: 이 날 비교할 수 있는 전체 노트 내보내기 두 개가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant of the later export
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: passed | BOOLEAN | whether it holds; null where the request log has too few hours to tell
-- column: n | BIGINT | memos of the export before
-- column: at | TIMESTAMP WITH TIME ZONE | the newest export compared
-- column: detail | VARCHAR | what was found
-- column: detail_ko | VARCHAR | the same in Korean
WITH compared AS (
  SELECT e.snapshot, e.previous, before.documents AS held
  FROM exports AS e
  JOIN exports AS before ON before.collection = e.collection AND before.snapshot = e.previous
  WHERE e.collection = 'notes' AND e.snapshot >= $since AND e.snapshot < $until
),
logged AS (
  SELECT DISTINCT hour
  FROM lake.rollups
  WHERE metric = 'request_duration' AND of_service(service, $service)
    AND date BETWEEN utc_date(CAST($since AS TIMESTAMPTZ) - INTERVAL 15 DAY) AND utc_date($until)
),
-- Between the exports, an hour counts by its start.
hours AS (
  SELECT
    (SELECT count(*) FROM logged AS l WHERE EXISTS (FROM compared AS c WHERE l.hour >= c.previous AND l.hour < c.snapshot))
      AS known,
    (SELECT CAST(ceil(sum(epoch(snapshot - previous)) / 3600) AS BIGINT) FROM compared) AS wanted
),
counted AS (
  SELECT
    count(*) AS missing,
    count(*) FILTER (WHERE is_deleted) AS deleted,
    count(*) FILTER (WHERE NOT is_deleted AND returned_snapshot IS NOT NULL) AS back,
    count(*) FILTER (WHERE NOT is_deleted AND returned_snapshot IS NULL) AS lost
  FROM missing_memos($since, $until)
),
found AS (
  SELECT count(*) AS exports, CAST(sum(held) AS BIGINT) AS n, max(snapshot) AS newest FROM compared
)
SELECT
  -- Nine hours in ten: what a source must cover for its silence to say anything.
  CASE WHEN lost = 0 THEN true WHEN known >= 0.9 * wanted THEN false END AS passed,
  n, newest AS at,
  printf('%d memos missing: %d deleted by request, %d there again in a later export, %d unexplained; request log: %d of %d h',
    missing, deleted, back, lost, known, wanted) AS detail,
  printf('빠진 메모 %d건: 삭제 요청 %d건, 이후 내보내기에 다시 있음 %d건, 설명되지 않음 %d건. 요청 로그: %d/%d시간',
    missing, deleted, back, lost, known, wanted) AS detail_ko
FROM found, counted, hours
WHERE exports > 0
ORDER BY n
