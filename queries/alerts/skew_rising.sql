-- purpose: Memos whose client clock was more than an hour off, the farthest first.
-- purpose.ko: 클라이언트 시계가 한 시간 넘게 어긋난 메모를 차이가 큰 것부터 보여 줍니다.
-- title: More client clocks are more than an hour off
-- title.ko: 시계가 1시간 넘게 어긋난 메모가 늘었습니다
-- severity: warning
-- figure: skew_over_1h_share
-- needs: notes
-- fires: WARN
-- for: 2
-- measure: none
-- advice: `h33 skew` names the fault of each clock; many at +9 h at once are local times labelled as UTC.
-- advice.ko: 시계마다 원인은 `h33 skew`로 확인하십시오. +9시간이 한꺼번에 늘면 현지 시간에 Z를 붙인 것입니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when the memo was stored
-- column: source | VARCHAR | the export
-- column: line_no | BIGINT | line in the export, from 1
-- column: what | VARCHAR | the memo's id and how far off its clock was
SELECT
  n.created_at AS ts, f.path AS source, n.line_no,
  concat_ws(' ', 'memo', n.doc_id, printf('%+.1f', n.diff_min), 'min') AS what
FROM notes AS n
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = n.file_id
WHERE n.created_at >= $since AND n.created_at < $until AND abs(n.diff_min) > 60
ORDER BY abs(n.diff_min) DESC, source, line_no
LIMIT 20
