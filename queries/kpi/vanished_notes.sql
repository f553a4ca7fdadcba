-- purpose: How many memos a whole export lacks that the one before holds and that nobody is known to have deleted, by the day of the later one.
-- purpose.ko: 앞선 전체 내보내기에는 있었으나 다음 것에 없고 삭제 요청도 확인되지 않은 메모를, 나중 내보내기의 날짜로 셉니다.
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
-- sentence: {value} [memo of the export before is|memos of the export before are] missing from the next one, and no logged deletion explains it
-- sentence.ko: 앞선 내보내기의 메모 {value}건이 다음 내보내기에 없고, 이를 설명하는 삭제 요청 기록도 없습니다
-- needs: notes requests
-- looks_back: 15
-- missing: No two whole exports of the notes can be compared on this day.
-- missing.ko: 이 날 비교할 수 있는 전체 노트 내보내기 두 개가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | memos missing from the later export whose deletion no request log tells, count; without such a log all that are missing
-- column: n | BIGINT | memos of the export before
WITH compared AS (
  SELECT e.snapshot, before.documents AS held
  FROM exports AS e
  JOIN exports AS before ON before.collection = e.collection AND before.snapshot = e.previous
  WHERE e.collection = 'notes' AND e.snapshot >= $since AND e.snapshot < $until
),
unexplained AS (
  SELECT vanished_snapshot AS snapshot, count(*) AS memos
  FROM missing_memos($since, $until)
  WHERE NOT is_deleted
  GROUP BY snapshot
)
SELECT
  local_day(snapshot) AS day,
  CAST(coalesce(sum(memos), 0) AS DOUBLE) AS value,
  CAST(sum(held) AS BIGINT) AS n
FROM compared
LEFT JOIN unexplained USING (snapshot)
GROUP BY day
ORDER BY day
