-- purpose: Memos that fell back to the server's clock although a client time was possible, the newest first.
-- purpose.ko: 클라이언트 시간을 쓸 수 있었는데 서버 시간으로 저장된 메모를 새것부터 보여 줍니다.
-- title: Client time is used too seldom
-- title.ko: 클라이언트 시간 사용률이 낮습니다
-- severity: warning
-- figure: client_time_use_eligible
-- needs: notes
-- fires: WARN
-- for: 2
-- measure: none
-- advice: `h33 report fallback_reasons` says why; a browser that sends no time looks like one that sends a wrong one.
-- advice.ko: 이유는 `h33 report fallback_reasons`로 확인하십시오. 시간을 보내지 않는 브라우저도 여기에 잡힙니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release
-- column: ts | TIMESTAMP WITH TIME ZONE | when the memo was stored
-- column: source | VARCHAR | the export
-- column: line_no | BIGINT | line in the export, from 1
-- column: what | VARCHAR | the memo's id and what its client time was
SELECT n.created_at AS ts, f.path AS source, n.line_no, concat_ws(' ', 'memo', n.doc_id, n.client_state) AS what
FROM notes AS n
JOIN (SELECT file_id, any_value(path) AS path FROM lake.files GROUP BY file_id) AS f ON f.file_id = n.file_id
WHERE n.created_at >= $since AND n.created_at < $until
  AND client_time_eligible(n.origin_session, n.created_at, $deploy) AND n.client_state <> 'value'
ORDER BY ts DESC, source, line_no
LIMIT 20
