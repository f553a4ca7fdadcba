-- purpose: The users whose clocks are furthest off, with the memo that says so: the latest of their readings, for a memo may have waited.
-- purpose.ko: 시계가 가장 많이 틀린 사용자를 보여 줍니다. 메모가 기기에서 기다렸을 수 있어 가장 늦은 시각을 그 시계로 봅니다.
-- figures: wrong_clock_users
-- figure: wrong_clock_users
-- needs: notes
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: least | BIGINT | 3 | fewest client times of a user, count
-- column: ts | TIMESTAMP WITH TIME ZONE | when the memo was stored
-- column: source | VARCHAR | the export
-- column: line_no | BIGINT | line in the export, from 1
-- column: what | VARCHAR | the user, how far off the clock was, and the memo
WITH latest AS (
  SELECT created_at, user_id, doc_id, diff_min, file_id, line_no
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND diff_min IS NOT NULL AND user_id IS NOT NULL
  QUALIFY count(*) OVER (PARTITION BY user_id) >= $least
    AND row_number() OVER (PARTITION BY user_id ORDER BY diff_min DESC, created_at, doc_id) = 1
)
SELECT
  l.created_at AS ts, f.path AS source, l.line_no,
  concat_ws(' ', 'user', l.user_id, printf('%+.1f min', l.diff_min), 'memo', l.doc_id) AS what
FROM latest AS l
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = l.file_id
ORDER BY abs(l.diff_min) DESC, source, line_no
LIMIT 20
