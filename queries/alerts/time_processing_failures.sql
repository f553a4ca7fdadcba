-- purpose: Client times that were refused or could not be processed, the newest first.
-- purpose.ko: 거절되었거나 처리하지 못한 클라이언트 시간을 새것부터 보여 줍니다.
-- title: Processing the client times fails too often
-- title.ko: 시간 처리 실패가 너무 많습니다
-- severity: critical
-- figure: time_processing_failure_rate
-- needs: time_checks
-- fires: FAIL
-- for: 1
-- measure: rollback
-- advice: `h33 report fallback_reasons` counts the reasons; refused zones are a fault of the app's list, not of the client.
-- advice.ko: 이유별 건수는 `h33 report fallback_reasons`로 확인하십시오. 거절된 시간대는 앱의 목록 문제이지 클라이언트 탓이 아닙니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | why, and the zone that was named
SELECT ts, source, line_no, concat_ws(' ', reason, zone) AS what
FROM time_checks
WHERE during(ts, date, $since, $until) AND outcome = 'server' AND reason <> 'no_data' AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
