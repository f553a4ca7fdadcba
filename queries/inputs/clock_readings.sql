-- purpose: Every client time that was stored, beside the server's, with what is known of the client.
-- purpose.ko: 저장된 클라이언트 시간을 서버 시간과 나란히, 클라이언트에 대해 알려진 것과 함께 보여 줍니다.
-- param: since | TIMESTAMPTZ | 28d | first instant of creation (server's clock) counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: device | VARCHAR | the user, who stands for the device; null where the export names none
-- column: server_ts | TIMESTAMP WITH TIME ZONE | createdAt: the server's clock
-- column: client_ts | TIMESTAMP WITH TIME ZONE | clientCreatedAt: the client's clock
-- column: zone | VARCHAR | zone that the client named; null where the app printed none
-- column: browser | VARCHAR | browser that completed the reading session; null where no request log tells
-- column: version | VARCHAR | the browser's major version; null likewise
-- column: instance | VARCHAR | instance that answered; null likewise
WITH checks AS (
  SELECT session_id, max_by(zone, ts) AS zone
  FROM time_checks
  WHERE during(ts, date, $since, $until) AND session_id IS NOT NULL
  GROUP BY session_id
),
completions AS (
  SELECT
    regexp_extract(http_path, '^/api/sessions/([^/]+)/complete$', 1) AS completed,
    max_by(instance, ts) AS instance,
    max_by(browser_of(user_agent), ts) AS browser
  FROM requests
  WHERE during(ts, date, $since, $until)
    AND http_route = '/api/sessions/:id/complete' AND http_status BETWEEN 200 AND 299
  GROUP BY completed
)
SELECT
  n.user_id AS device, n.created_at AS server_ts, n.client_created_at AS client_ts,
  c.zone,
  regexp_extract(r.browser, '^[A-Za-z]+') AS browser,
  regexp_extract(r.browser, '[0-9]+$') AS version,
  r.instance
FROM notes AS n
LEFT JOIN checks AS c ON c.session_id = n.origin_session
LEFT JOIN completions AS r ON r.completed = n.origin_session
WHERE n.created_at >= $since AND n.created_at < $until AND n.client_created_at IS NOT NULL
ORDER BY n.created_at, n.doc_id
