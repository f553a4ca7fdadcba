-- purpose: Which browsers people use, and how their requests fared.
-- purpose.ko: 어떤 브라우저로 접속했고, 그 요청이 어떻게 끝났는지 보여 줍니다.
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: browser | VARCHAR | family of the User-Agent; other: none that is known; null: not stated
-- column: version | BIGINT | its major version; null for other
-- column: requests | BIGINT | answered requests without health checks, count
-- column: users | BIGINT | users, or client addresses where the user is not known, count
-- column: aborted | BIGINT | requests that the client gave up, not among them, count
-- column: client_errors | BIGINT | requests answered 400-499, count
-- column: server_errors | BIGINT | requests answered 500-599, count
-- column: server_error_ratio | DOUBLE | server_errors / requests, 0 to 1; null where there are none
-- column: completions | BIGINT | reading sessions that were completed (200-299): only these send the client's time, count
WITH asked AS (
  SELECT *, browser_of(user_agent) AS known
  FROM requests
  WHERE during(ts, date, $since, $until) AND NOT is_health AND of_service(service, $service)
)
SELECT
  CASE WHEN user_agent IS NOT NULL THEN coalesce(regexp_extract(known, '^[A-Za-z]+'), 'other') END AS browser,
  TRY_CAST(regexp_extract(known, '[0-9]+$') AS BIGINT) AS version,
  count(*) FILTER (WHERE NOT is_aborted) AS requests,
  count(DISTINCT coalesce(user_id, client_address)) AS users,
  count(*) FILTER (WHERE is_aborted) AS aborted,
  count(*) FILTER (WHERE status_class = 4) AS client_errors,
  count(*) FILTER (WHERE status_class = 5) AS server_errors,
  server_errors / nullif(requests, 0) AS server_error_ratio,
  count(*) FILTER (WHERE http_route = '/api/sessions/:id/complete' AND status_class = 2) AS completions
FROM asked
GROUP BY ALL
ORDER BY requests DESC, browser, version
