-- purpose: Which time zones and offsets the app refused, of all that clients named.
-- purpose.ko: 클라이언트가 보낸 시간대와 오프셋 가운데 앱이 거부한 것을 보여 줍니다.
-- param: since | TIMESTAMPTZ | 28d | first instant counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: zone | VARCHAR | zone that the client named
-- column: offset_min | DOUBLE | its getTimezoneOffset, minutes: -540 for Seoul
-- column: checks | BIGINT | client times with this zone and offset that the app looked at, count
-- column: refused | BIGINT | those it refused for them, count: the server's time was used instead
-- column: refused_ratio | DOUBLE | refused / checks, 0 to 1
-- column: sessions | BIGINT | reading sessions among the refused, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | first refusal
-- column: last_ts | TIMESTAMP WITH TIME ZONE | last refusal
SELECT
  zone,
  offset_min,
  count(*) AS checks,
  count(*) FILTER (WHERE reason = 'bad_zone') AS refused,
  refused / checks AS refused_ratio,
  count(DISTINCT session_id) FILTER (WHERE reason = 'bad_zone') AS sessions,
  min(ts) FILTER (WHERE reason = 'bad_zone') AS first_ts,
  max(ts) FILTER (WHERE reason = 'bad_zone') AS last_ts
FROM time_checks
WHERE during(ts, date, $since, $until) AND zone IS NOT NULL
GROUP BY zone, offset_min
HAVING refused > 0
ORDER BY refused DESC, zone, offset_min
