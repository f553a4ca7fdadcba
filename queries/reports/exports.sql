-- purpose: What each export of a collection holds, adds to the one before and lacks of it.
-- purpose.ko: 내보내기마다 담긴 문서, 새 문서, 사라진 문서의 수를 보여 줍니다.
-- note: Only whole exports are compared with each other. An export that holds less than half of what one before it held is taken for one of a query, unless the settings say otherwise ([[source]] whole).
-- note.ko: 전체를 담은 내보내기끼리만 비교합니다. 설정([[source]] whole)에 따로 없으면, 앞선 내보내기의 절반도 담지 않은 것은 조건을 붙인 내보내기로 봅니다.
-- param: since | TIMESTAMPTZ | 30d | first instant of an export shown
-- param: until | TIMESTAMPTZ | now | first instant not shown
-- column: collection | VARCHAR | Mongo collection
-- column: snapshot | TIMESTAMP WITH TIME ZONE | instant of the export
-- column: extent | VARCHAR | whole, filtered (of a query) or damaged (not read to its end, or documents of it rejected)
-- column: documents | BIGINT | documents that it holds, count
-- column: added | BIGINT | those of them that the whole export before lacks, count; null where none is before or it is not whole
-- column: vanished | BIGINT | documents of the whole export before that it lacks, count; null alike
-- column: returned | BIGINT | those of the vanished that a later export holds again, count; null alike
-- column: sources | VARCHAR[] | paths of its files
WITH lost AS (
  SELECT collection, vanished_snapshot, count(*) AS vanished, count(returned_snapshot) AS returned
  FROM vanished_documents
  GROUP BY ALL
),
before AS (
  SELECT e.collection, e.snapshot, p.documents
  FROM exports AS e
  JOIN exports AS p ON p.collection = e.collection AND p.snapshot = e.previous
)
SELECT
  e.collection, e.snapshot, e.extent, e.documents,
  e.documents - (b.documents - coalesce(l.vanished, 0)) AS added,
  CASE WHEN e.previous IS NOT NULL THEN coalesce(l.vanished, 0) END AS vanished,
  CASE WHEN e.previous IS NOT NULL THEN coalesce(l.returned, 0) END AS returned,
  e.sources
FROM exports AS e
LEFT JOIN before AS b ON b.collection = e.collection AND b.snapshot = e.snapshot
LEFT JOIN lost AS l ON l.collection = e.collection AND l.vanished_snapshot = e.snapshot
WHERE e.snapshot >= $since AND e.snapshot < $until
ORDER BY e.collection, e.snapshot
