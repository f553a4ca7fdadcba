-- purpose: Log records of severity error or fatal, the newest first.
-- purpose.ko: error와 fatal 로그를 새것부터 보여 줍니다.
-- figures: error_records new_error_kinds
-- needs: events
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | the record's first line
SELECT ts, source, line_no, split_part(message, chr(10), 1) AS what
FROM events
WHERE during(ts, date, $since, $until) AND severity IN ('error', 'fatal') AND input_of(format, http_method) = 'app_log'
  AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
