-- purpose: Creations answered with success in hours with fewer memos than creations, the hour that lacks most first, with memos/creations of the hour: no log names a creation's memo.
-- purpose.ko: 성공으로 응답한 생성 요청보다 메모가 적은 시간대의 생성 요청을 가장 많이 모자란 시간대부터 보여 줍니다. 괄호 안은 그 시간대의 메모/생성 요청 수이며, 어느 요청이 어느 메모를 만들었는지는 로그에 없습니다.
-- title: Memos were acknowledged and are not there
-- title.ko: 저장했다고 응답한 메모가 없습니다
-- severity: critical
-- figure: creations_without_memo
-- needs: requests notes
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
-- column: what | VARCHAR | the request, its status, and the memos and creations of its hour
-- column: weight | DOUBLE | how many memos the hour lacks: the most come first
WITH newest AS (
  SELECT max(snapshot) AS taken FROM lake.documents WHERE collection = 'notes'
),
asked AS (
  SELECT hour, CAST(sum(n) AS BIGINT) AS creations
  FROM request_counts($since, $until)
  WHERE http_method = 'POST' AND http_route = '/api/notes' AND status_class = 2 AND of_service(service, $service)
  GROUP BY hour
),
-- A completed session stores memos, too; those name it.
stored AS (
  SELECT utc_hour(created_at) AS hour, count(*) AS memos
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND origin_session IS NULL
  GROUP BY hour
),
-- What the newest export cannot hold yet says nothing.
lacking AS MATERIALIZED (
  SELECT hour, utc_date(hour) AS date, creations, coalesce(memos, 0) AS memos
  FROM asked
  LEFT JOIN stored USING (hour)
  WHERE creations > coalesce(memos, 0) AND hour + INTERVAL 1 HOUR <= (SELECT taken FROM newest)
)
-- The condition on the date opens the files of these hours alone.
SELECT
  r.ts, r.source, r.line_no,
  concat_ws(' ', r.http_method, r.http_path, r.http_status, printf('(%d/%d)', l.memos, l.creations)) AS what,
  CAST(l.creations - l.memos AS DOUBLE) AS weight
FROM requests AS r
JOIN lacking AS l ON l.hour = utc_hour(r.ts)
WHERE during(r.ts, r.date, $since, $until) AND r.date IN (SELECT date FROM lacking)
  AND r.http_method = 'POST' AND r.http_route = '/api/notes' AND r.http_status BETWEEN 200 AND 299
  AND of_service(r.service, $service)
ORDER BY weight DESC, r.ts DESC, r.source, r.line_no
LIMIT 20
