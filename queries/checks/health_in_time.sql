-- purpose: Whether a probe within 2 minutes of the release found the service up.
-- purpose.ko: 배포 2분 안의 프로브가 정상이었는지 봅니다.
-- needs: probes
-- missing: Nobody probed the health check within 2 minutes of the release.
-- missing.ko: 배포 2분 안에 확인한 프로브가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant looked at
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- param: deploy | TIMESTAMPTZ | deploy.at | instant of the release
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: passed | BOOLEAN | whether it holds; null where that is not known
-- column: n | BIGINT | records that tell
-- column: at | TIMESTAMP WITH TIME ZONE | when; null where not stated
-- column: detail | VARCHAR | what was found
-- column: source | VARCHAR | path of the source of one of them
-- column: line_no | BIGINT | its line, from 1
SELECT
  bool_or(is_up) AS passed,
  count(*) AS n,
  coalesce(min(ts) FILTER (WHERE is_up), max(ts)) AS at,
  coalesce('up after ' || CAST(min(epoch(ts - $deploy)) FILTER (WHERE is_up) AS BIGINT) || ' s', any_value(error), 'down')
    AS detail,
  arg_min(source, (NOT is_up, ts)) AS source,
  arg_min(line_no, (NOT is_up, ts)) AS line_no
FROM probes
WHERE during(ts, date, $since, $until)
  AND of_service(service, $service)
  AND ts <= CAST($deploy AS TIMESTAMPTZ) + INTERVAL 2 MINUTE
HAVING count(*) > 0
ORDER BY ALL
