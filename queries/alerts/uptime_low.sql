-- purpose: Probes that found the service down, the newest first.
-- purpose.ko: 서비스가 죽어 있던 프로브를 새것부터 보여 줍니다.
-- title: The service was down too long
-- title.ko: 서비스 중단이 너무 길었습니다
-- severity: warning
-- figure: uptime
-- needs: probes
-- fires: WARN
-- for: 1
-- measure: none
-- advice: `h33 report uptime` says how many minutes of the budget are left.
-- advice.ko: 남은 허용 시간은 `h33 report uptime`으로 확인하십시오.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | what the probe got
SELECT ts, source, line_no, concat_ws(' ', http_status, 'database ' || database_status, error) AS what
FROM probes
WHERE during(ts, date, $since, $until) AND NOT is_up AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
