-- purpose: Events of Render and of its log about deployments and instances, the newest first.
-- purpose.ko: Render의 배포와 인스턴스 이벤트를 새것부터 보여 줍니다.
-- figures: deploy_failures instance_failures
-- needs: deploys
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the event, the deployment and how it ended
SELECT ts, source, line_no, concat_ws(' ', event_type, deploy_id, status, instance) AS what
FROM deploys
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
