-- purpose: How many memos of an export are missing from the next one, by the day of the later export.
-- purpose.ko: 앞선 내보내기의 메모 중 다음 내보내기에 없는 수를, 나중 내보내기의 날짜로 셉니다.
-- title: Memos that vanished
-- title.ko: 사라진 메모
-- group: Data loss
-- group.ko: 데이터 손실
-- order: 180
-- unit: count
-- direction: lower
-- warn: 0
-- fail: none
-- required: false
-- plan: danger: data loss suspected
-- merge: sum
-- minimum: 1
-- denominator: memos of the export before
-- denominator.ko: 앞선 내보내기의 메모
-- sentence: {value} memos of the export before are missing
-- sentence.ko: 앞선 내보내기의 메모 {value}건이 없습니다
-- needs: notes
-- missing: No two exports of the notes can be compared on this day.
-- missing.ko: 이 날 비교할 수 있는 노트 내보내기 두 개가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | memos missing from the later export, count; users may have deleted some
-- column: n | BIGINT | memos of the export before that the later one should hold
WITH exports AS (
  SELECT snapshot, min(created_at) AS first_created, lag(snapshot) OVER (ORDER BY snapshot) AS before
  FROM documents
  WHERE collection = 'notes'
  GROUP BY snapshot
),
compared AS (
  SELECT * FROM exports WHERE before IS NOT NULL AND snapshot >= $since AND snapshot < $until
),
-- An export of a part of the notes says nothing of those from before its first.
expected AS (
  SELECT DISTINCT c.snapshot, d.doc_id
  FROM compared AS c
  JOIN documents AS d ON d.collection = 'notes' AND d.snapshot = c.before AND d.created_at >= c.first_created
),
present AS (
  SELECT DISTINCT snapshot, doc_id, true AS is_there FROM lake.documents WHERE collection = 'notes'
)
SELECT
  local_day(snapshot) AS day,
  CAST(count(*) FILTER (WHERE is_there IS NULL) AS DOUBLE) AS value,
  count(*) AS n
FROM expected
LEFT JOIN present USING (snapshot, doc_id)
GROUP BY day
ORDER BY day
