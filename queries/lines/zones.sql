-- purpose: Decisions of the TimeProcessor, the newest first, with their reason and zone.
-- purpose.ko: TimeProcessor의 결정을 이유와 시간대와 함께 새것부터 보여 줍니다.
-- figures: users_abroad fallback_rate_logged refused_zone_rate team_grep_misses
-- needs: time_checks
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: ts | TIMESTAMP WITH TIME ZONE | when it was
-- column: source | VARCHAR | path of the source, as given
-- column: line_no | BIGINT | line in the source, from 1
-- column: what | VARCHAR | whose time was used, why, and the zone that was named
SELECT ts, source, line_no, concat_ws(' ', outcome, reason, zone) AS what
FROM time_checks
WHERE during(ts, date, $since, $until) AND of_service(service, $service)
ORDER BY ts DESC, source, line_no
LIMIT 20
