-- purpose: Probes that found the database disconnected, the newest first.
-- purpose.ko: 데이터베이스가 끊겨 있던 프로브를 새것부터 보여 줍니다.
-- title: Health probes found no database
-- title.ko: 헬스체크에서 데이터베이스가 끊겨 있었습니다
-- severity: critical
-- figure: database_lost
-- needs: probes
-- fires: FAIL
-- for: 1
-- measure: restart
-- advice: The app does not recover by itself from a lost connection at its start: a restart may help.
-- advice.ko: 시작할 때 연결을 잃은 앱은 스스로 회복하지 못합니다. 재시작이 도움이 될 수 있습니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | what the probe got
SELECT ts, source, line_no, concat_ws(' ', http_status, 'database', database_status) AS what
FROM probes
WHERE during(ts, date, $since, $until) AND database_status <> 'connected' AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
