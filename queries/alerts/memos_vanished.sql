-- purpose: Memos that the newest whole export lacks and the one before it holds.
-- purpose.ko: 직전 내보내기에는 있었으나 이번 내보내기에 없는 메모를 보여 줍니다.
-- title: Memos vanished between two exports
-- title.ko: 내보내기 사이에 메모가 사라졌습니다
-- severity: warning
-- figure: vanished_notes
-- fires: WARN
-- for: 1
-- measure: none
-- advice: Readers delete memos, too: look whether these are more than on other days, and of one user or of many.
-- advice.ko: 사용자가 직접 지운 메모일 수도 있습니다. 다른 날보다 많은지, 한 사람의 것인지 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | instant of the export that lacks it
-- column: source | VARCHAR | the export that holds it
-- column: line_no | BIGINT | line in that export, from 1
-- column: what | VARCHAR | the memo
SELECT v.vanished_snapshot AS ts, f.path AS source, d.line_no, concat_ws(' ', 'memo', v.doc_id) AS what
FROM vanished_documents AS v
JOIN lake.documents AS d ON d.collection = v.collection AND d.doc_id = v.doc_id AND d.snapshot = v.last_snapshot
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = d.file_id
WHERE v.collection = 'notes' AND v.vanished_snapshot >= $since AND v.vanished_snapshot < $until
ORDER BY ts DESC, source, line_no
LIMIT 20
