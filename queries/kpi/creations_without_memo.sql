-- purpose: How many memos the API said it had stored are in no export, day by day.
-- purpose.ko: API가 저장했다고 답했지만 내보내기에 없는 메모의 비율을 날마다 셉니다.
-- title: Creations without a memo
-- title.ko: 메모가 없는 생성 요청
-- group: Data loss
-- group.ko: 데이터 손실
-- order: 182
-- unit: ratio
-- direction: lower
-- warn: 0.01
-- fail: none
-- required: false
-- plan: danger: data loss suspected
-- merge: share
-- minimum: 1
-- denominator: creations answered 200-299
-- denominator.ko: 2xx로 응답한 생성 요청
-- sentence: {value} of the stored memos are in no export
-- sentence.ko: 저장된 메모의 {value}가 내보내기에 없습니다
-- needs: requests notes
-- missing: No request log, or no export taken after this day, holds it.
-- missing.ko: 이 날의 요청 로그가 없거나, 이 날이 지난 뒤의 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them that no memo stands for, 0 to 1; null where n is 0
-- column: n | BIGINT | POST /api/notes answered 200-299, of days before the newest export
WITH newest AS (
  SELECT max(snapshot) AS taken FROM lake.documents WHERE collection = 'notes'
),
asked AS (
  SELECT
    day,
    CAST(coalesce(sum(n) FILTER (WHERE http_method = 'POST' AND http_route = '/api/notes' AND status_class = 2), 0) AS BIGINT)
      AS n,
    max(hour) + INTERVAL 1 HOUR AS until
  FROM request_counts($since, $until)
  WHERE of_service(service, $service)
  GROUP BY day
),
-- A completed session stores memos, too; those name it.
stored AS (
  SELECT local_day(created_at) AS day, count(*) AS memos
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND origin_session IS NULL
  GROUP BY day
)
SELECT day, greatest(n - coalesce(memos, 0), 0) / nullif(n, 0) AS value, n
FROM newest, asked
LEFT JOIN stored USING (day)
WHERE taken >= until
ORDER BY day
