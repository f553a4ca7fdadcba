-- purpose: Creations of memos that were answered with success, the newest first.
-- purpose.ko: 성공으로 응답한 메모 생성 요청을 새것부터 보여 줍니다.
-- title: Memos were acknowledged and are not there
-- title.ko: 저장했다고 응답한 메모가 없습니다
-- severity: critical
-- figure: creations_without_memo
-- needs: requests
-- fires: WARN
-- for: 1
-- measure: rollback
-- advice: Data loss is suspected: compare these requests with the export, and keep the database's backup.
-- advice.ko: 데이터 손실이 의심됩니다. 요청과 내보내기를 비교하고 데이터베이스 백업을 보존하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the request and its status
SELECT ts, source, line_no, concat_ws(' ', http_method, http_path, http_status) AS what
FROM requests
WHERE during(ts, date, $since, $until) AND http_method = 'POST' AND http_route = '/api/notes'
  AND http_status BETWEEN 200 AND 299 AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
