-- purpose: Whether the first attempt to create a memo since the release succeeded.
-- purpose.ko: 배포 후 첫 메모 생성 요청이 성공했는지 봅니다.
-- needs: requests
-- missing: No request to create a memo since the release is known.
-- missing.ko: 배포 이후 메모 생성 요청이 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant looked at
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: passed | BOOLEAN | whether it holds; null where that is not known
-- column: n | BIGINT | records that tell
-- column: at | TIMESTAMP WITH TIME ZONE | when; null where not stated
-- column: detail | VARCHAR | what was found
-- column: source | VARCHAR | path of the source of one of them
-- column: line_no | BIGINT | its line, from 1
SELECT
  status_class = 2 AS passed,
  count(*) OVER () AS n,
  ts AS at,
  concat_ws(' ', http_method, http_route, http_status) AS detail,
  source,
  line_no
FROM requests
WHERE during(ts, date, $since, $until)
  AND of_service(service, $service)
  AND memo_request(http_method, http_route) = 'create'
  AND status_class IS NOT NULL
ORDER BY ts, source, line_no
LIMIT 1
