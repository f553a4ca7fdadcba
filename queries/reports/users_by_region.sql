-- purpose: Where users are, by the time zone that their client named, and whose zone the app refused.
-- purpose.ko: 클라이언트가 보낸 시간대로 사용자의 지역을 세고, 앱이 거부한 시간대를 보여 줍니다.
-- note: Zones are not stored with memos and are printed only where NODE_ENV is development: no row means unknown.
-- note.ko: 시간대는 메모에 저장되지 않고 NODE_ENV가 development일 때만 출력됩니다. 행이 없으면 알 수 없다는 뜻입니다.
-- param: since | TIMESTAMPTZ | 28d | first instant counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: region | VARCHAR | first part of the zone's name, such as Asia
-- column: zone | VARCHAR | zone that the client named
-- column: users | BIGINT | users who named it, count; of memos whose session is known
-- column: sessions | BIGINT | reading sessions, count
-- column: checks | BIGINT | client times that the app looked at, count
-- column: refused | BIGINT | those it refused for zone or offset, count
-- column: refused_ratio | DOUBLE | refused / checks, 0 to 1
WITH owners AS (
  SELECT origin_session AS session_id, any_value(user_id) AS owner
  FROM notes
  WHERE origin_session IS NOT NULL
  GROUP BY origin_session
)
SELECT
  split_part(zone, '/', 1) AS region,
  zone,
  count(DISTINCT coalesce(user_id, owner)) AS users,
  count(DISTINCT session_id) AS sessions,
  count(*) AS checks,
  count(*) FILTER (WHERE reason = 'bad_zone') AS refused,
  refused / checks AS refused_ratio
FROM time_checks
LEFT JOIN owners USING (session_id)
WHERE during(ts, date, $since, $until) AND zone IS NOT NULL
GROUP BY zone
ORDER BY users DESC, checks DESC, zone
