-- purpose: The deploys whose end the lake knows, as the deployment gate looks releases up.
-- purpose.ko: 배포 게이트가 릴리스를 찾는 데 쓰는, 끝난 시각이 알려진 배포 목록입니다.
-- column: release | VARCHAR | the deploy's id
-- column: ts | TIMESTAMP WITH TIME ZONE | when it ended; of an end told more than once the last
-- column: status | VARCHAR | how: succeeded, failed, canceled
SELECT deploy_id AS release, max(ts) AS ts, arg_max(status, ts) AS status
FROM deploys
WHERE event_type = 'deploy_ended' AND deploy_id IS NOT NULL AND ts IS NOT NULL
GROUP BY deploy_id
ORDER BY ts, release
