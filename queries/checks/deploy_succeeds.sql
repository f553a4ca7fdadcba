-- purpose: Whether Render's deployment around the release succeeded.
-- purpose.ko: 배포 시점의 Render 배포가 성공했는지 봅니다.
-- needs: deploys
-- missing: No event of Render tells of a deployment around the release.
-- missing.ko: 배포 시점의 Render 배포 이벤트가 없습니다.
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
  status = 'succeeded' AS passed,
  count(*) OVER () AS n,
  ts AS at,
  concat_ws(' ', deploy_id, status) AS detail,
  source,
  line_no
FROM deploys
WHERE event_type = 'deploy_ended'
  AND of_service(service, $service)
  -- The release's instant is when it went live; its deployment began some minutes before.
  AND during(ts, date, CAST($since AS TIMESTAMPTZ) - INTERVAL 15 MINUTE, $until)
  AND abs(epoch(ts - CAST($deploy AS TIMESTAMPTZ))) <= 900
ORDER BY abs(epoch(ts - CAST($deploy AS TIMESTAMPTZ))), source, line_no
LIMIT 1
