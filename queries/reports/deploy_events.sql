-- purpose: What was deployed when, how it ended, and which instances failed or came up.
-- purpose.ko: 언제 무엇이 배포되어 어떻게 끝났는지, 어떤 인스턴스가 죽거나 살아났는지 보여 줍니다.
-- param: since | TIMESTAMPTZ | 28d | first instant counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when it happened
-- column: service | VARCHAR | service; in Render's events its id
-- column: instance | VARCHAR | instance, where one is named
-- column: event_type | VARCHAR | what happened
-- column: deploy_id | VARCHAR | the deploy, where one is named
-- column: status | VARCHAR | how it ended: succeeded, failed, canceled; null for what does not end
-- column: exit_code | BIGINT | of a process that ended
-- column: minutes | DOUBLE | since the start of the same deploy, minutes; null where no start is known
-- column: place | VARCHAR | where it stands: source:line
WITH shown AS (
  SELECT
    *,
    min(ts) FILTER (WHERE event_type = 'deploy_started') OVER (PARTITION BY deploy_id) AS started
  FROM deploys
  WHERE during(ts, date, $since, $until)
)
SELECT
  ts, service, instance, event_type, deploy_id, status, exit_code,
  CASE WHEN deploy_id IS NOT NULL THEN (epoch_us(ts) - epoch_us(started)) / 60e6 END AS minutes,
  place_of(source, line_no) AS place
FROM shown
ORDER BY ts, file_id, line_no
