-- purpose: Memos of the span, those whose client clock was farthest off first, then those without.
-- purpose.ko: 기간 안의 메모를 클라이언트 시계 차이가 큰 것부터 보여 줍니다.
-- figures: client_time_use_all fallback_rate time_accuracy busiest_hour_share
-- needs: notes
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the memo's id, the state of its client time and how far off it was
SELECT
  n.created_at AS ts, f.path AS source, n.line_no,
  concat_ws(' ', 'memo', n.doc_id, n.client_state, printf('%+.1f min', n.diff_min)) AS what
FROM notes AS n
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = n.file_id
WHERE n.created_at >= $since AND n.created_at < $until
ORDER BY abs(n.diff_min) DESC NULLS LAST, ts DESC, source, line_no
LIMIT 20
