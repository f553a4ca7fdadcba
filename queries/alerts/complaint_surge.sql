-- purpose: Tickets of the span, the newest first.
-- purpose.ko: 기간 안의 고객 문의를 새것부터 보여 줍니다.
-- title: Complaints surge
-- title.ko: 사용자 불만이 급증했습니다
-- severity: critical
-- figure: complaints
-- also: time_complaints
-- needs: tickets
-- fires: WARN
-- for: 1
-- measure: rollback
-- advice: Read them first; the rollout plan asks whether to roll back.
-- advice.ko: 먼저 내용을 읽어 보십시오. 배포 계획은 롤백을 고려하라고 합니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the topic, and the text, redacted
SELECT ts, source, line_no, concat_ws(': ', topic, split_part(text, chr(10), 1)) AS what
FROM tickets
WHERE during(ts, date, $since, $until)
ORDER BY ts DESC, source, line_no
LIMIT 20
