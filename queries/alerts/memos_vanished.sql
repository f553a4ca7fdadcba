-- purpose: Memos that a whole export lacks although the one before holds them, and that no logged request deleted.
-- purpose.ko: 앞선 전체 내보내기에는 있었으나 다음 것에 없고 삭제 요청 기록도 없는 메모를 보여 줍니다.
-- title: Memos vanished between two exports
-- title.ko: 내보내기 사이에 메모가 사라졌습니다
-- severity: warning
-- figure: vanished_notes
-- needs: exports
-- fires: WARN
-- for: 1
-- measure: none
-- advice: Memos that are there again point to an export that was cut short; for the rest keep the database's backup, and see whether one account or book was deleted as a whole.
-- advice.ko: 이후 다시 나타난 메모라면 내보내기가 중간에 끊긴 것입니다. 나머지는 데이터베이스 백업을 보존하고, 계정이나 책이 통째로 삭제되었는지 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | instant of the export that lacks it
-- column: source | VARCHAR | the export that holds it
-- column: line_no | BIGINT | line in that export, from 1
-- column: what | VARCHAR | the memo, and the instant of the export that holds it again
SELECT
  m.vanished_snapshot AS ts, f.path AS source, d.line_no,
  concat_ws(' ', 'memo', m.doc_id, 'there again: ' || strftime(m.returned_snapshot, '%Y-%m-%d %H:%M')) AS what
FROM missing_memos($since, $until) AS m
JOIN lake.documents AS d ON d.collection = 'notes' AND d.doc_id = m.doc_id AND d.snapshot = m.last_snapshot
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = d.file_id
WHERE NOT m.is_deleted
ORDER BY ts DESC, source, line_no
LIMIT 20
