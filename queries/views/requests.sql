-- purpose: HTTP requests, each once, and how many there were of a span.
-- purpose.ko: HTTP 요청을 한 번씩만 보여 주고, 기간별로 셉니다.
-- after: events

-- The app's own access lines (morgan) and Render's request log report the same requests. Where Render's log has any
-- for a service in a UTC hour, the app's are ignored: those of an instance that Render's name, all where one of Render's
-- names none, and those that name none.
CREATE VIEW requests AS
WITH access AS (
  SELECT *, utc_hour(ts) AS hour FROM events WHERE http_method IS NOT NULL
),
covered AS (
  SELECT date, utc_hour(ts) AS hour, service, list(DISTINCT instance) AS instances, bool_or(instance IS NULL) AS whole
  FROM lake.events
  WHERE format = 'render-request' AND http_method IS NOT NULL
  GROUP BY ALL
)
SELECT
  a.ts, a.date, a.http_method, a.http_path, a.http_route, a.http_status,
  CAST(a.http_status // 100 AS SMALLINT) AS status_class,
  a.duration_ms, a.response_bytes,
  a.http_status IS NULL AS is_aborted,
  is_health_route(a.http_route) AS is_health,
  a.service, a.instance, a.client_address, a.user_agent, a.request_id, a.session_id, a.user_id,
  a.format, a.source, a.file_id, a.line_no
FROM access AS a
LEFT JOIN covered AS c
  ON c.date = a.date AND c.hour = a.hour AND c.service IS NOT DISTINCT FROM a.service
WHERE NOT (
  a.format <> 'render-request'
  AND coalesce(c.whole OR (a.instance IS NULL AND c.hour IS NOT NULL) OR list_contains(c.instances, a.instance), false)
);

COMMENT ON VIEW requests IS 'HTTP requests, each once: where Render''s request log has an instance''s hour, morgan''s lines for it are left out.';
COMMENT ON COLUMN requests.ts IS 'when it was answered; null where the line tells no time';
COMMENT ON COLUMN requests.date IS 'UTC date of ts; a condition on it saves opening other days';
COMMENT ON COLUMN requests.http_method IS 'request method';
COMMENT ON COLUMN requests.http_path IS 'request path without its query';
COMMENT ON COLUMN requests.http_route IS 'path with ids replaced, such as /api/notes/:id';
COMMENT ON COLUMN requests.http_status IS 'response status; null where the client gave up';
COMMENT ON COLUMN requests.status_class IS 'hundreds digit of the status: 5 for 500-599';
COMMENT ON COLUMN requests.duration_ms IS 'time taken, milliseconds; null where not stated';
COMMENT ON COLUMN requests.response_bytes IS 'size of the response''s body, bytes';
COMMENT ON COLUMN requests.is_aborted IS 'the client gave up before the response';
COMMENT ON COLUMN requests.is_health IS 'a health check, which figures leave out';
COMMENT ON COLUMN requests.service IS 'the service that answered';
COMMENT ON COLUMN requests.instance IS 'the instance that answered';
COMMENT ON COLUMN requests.client_address IS 'the client''s address';
COMMENT ON COLUMN requests.user_agent IS 'the client''s User-Agent';
COMMENT ON COLUMN requests.request_id IS 'the request''s id';
COMMENT ON COLUMN requests.session_id IS 'the app''s session';
COMMENT ON COLUMN requests.user_id IS 'the app''s user';
COMMENT ON COLUMN requests.format IS 'who reported it: render-request or the app''s own access line';
COMMENT ON COLUMN requests.source IS 'path of the source, as given';
COMMENT ON COLUMN requests.file_id IS 'the source; key of lake.files';
COMMENT ON COLUMN requests.line_no IS 'line of the request in its source, from 1';

-- The requests of [since, until) whose time is known, in words, with their time as `weight`: see queries/lines/.
CREATE MACRO timed_requests(since, until, wanted) AS TABLE
SELECT
  ts, source, line_no, http_method, http_route,
  concat_ws(' ', http_method, http_path, http_status, printf('%.0f ms', duration_ms)) AS what,
  duration_ms AS weight
FROM requests
WHERE during(ts, date, since, until) AND isfinite(duration_ms) AND of_service(service, wanted);

-- Requests by day, hour, route, method, status class, instance and duration bucket: those of the whole UTC hours of
-- [since, until), from the rollups; not of the hours that midnight cuts, in zones whose offset is no whole hour.
CREATE MACRO whole_hour_counts(since, until) AS TABLE
-- The day of an hour is worked out once an hour: in a zone it costs more than all else of a row.
WITH hours AS (
  SELECT hour, local_day(hour) AS day
  FROM (SELECT unnest(range(next_utc_hour(since), utc_hour(until), INTERVAL 1 HOUR)) AS hour)
  WHERE NOT holds_midnight(hour)
)
SELECT
  day, hour, http_route, http_method, status_class, service, instance, kind, bucket, alpha, n,
  bucket_duration(kind, bucket, alpha) AS duration_ms,
  is_health_route(http_route) AS is_health
FROM lake.rollups
JOIN hours USING (hour)
WHERE metric = 'request_duration' AND date BETWEEN utc_date(since) AND utc_date(until);

-- The requests of [since, until) that are in no whole UTC hour of it: those of the part of an hour at either bound. Two
-- branches, each with a condition that the engine can settle before it opens a file.
CREATE MACRO part_hour_requests(since, until) AS TABLE
SELECT * FROM requests
WHERE during(ts, date, since, least(next_utc_hour(since), until))
UNION ALL
SELECT * FROM requests
WHERE during(ts, date, greatest(utc_hour(until), next_utc_hour(since)), until);

-- Requests of [since, until), likewise: with the part of an hour at either bound and the hours that midnight cuts, from
-- the requests themselves.
CREATE MACRO request_counts(since, until) AS TABLE
WITH part_hours AS (
  FROM part_hour_requests(since, until)
  UNION ALL
  SELECT * FROM requests
  WHERE during(ts, date, next_utc_hour(since), utc_hour(until))
    AND (date_part('timezone_minute', since) <> 0 OR date_part('timezone_minute', until) <> 0)
    AND holds_midnight(utc_hour(ts))
),
counted AS (
  SELECT
    local_day(ts) AS day, utc_hour(ts) AS hour, http_route, http_method, status_class, service, instance,
    bucket_kind(duration_ms) AS kind, bucket(duration_ms) AS bucket, bucket_alpha() AS alpha, count(*) AS n
  FROM part_hours
  GROUP BY ALL
)
SELECT * FROM whole_hour_counts(since, until)
UNION ALL
SELECT *, bucket_duration(kind, bucket, alpha), is_health_route(http_route) FROM counted;

-- Requests of [since, until) by the same without day and hour, for who asks of a span as a whole: whole UTC days from the
-- daily rollups, the hours before and after them from the rollups, what then is left from the requests.
CREATE MACRO request_totals(since, until) AS TABLE
WITH counted AS (
  SELECT http_route, http_method, status_class, service, instance, kind, bucket, alpha, n
  FROM lake.daily_rollups
  WHERE metric = 'request_duration' AND date BETWEEN next_utc_date(since) AND utc_date(until) - 1
  UNION ALL
  SELECT http_route, http_method, status_class, service, instance, kind, bucket, alpha, n
  FROM lake.rollups
  WHERE metric = 'request_duration' AND hour >= next_utc_hour(since) AND hour < utc_hour(until)
    AND date BETWEEN utc_date(since) AND utc_date(until) AND (date < next_utc_date(since) OR date >= utc_date(until))
  UNION ALL
  SELECT
    http_route, http_method, status_class, service, instance,
    bucket_kind(duration_ms), bucket(duration_ms), bucket_alpha(), count(*)
  FROM part_hour_requests(since, until)
  GROUP BY ALL
)
SELECT *, bucket_duration(kind, bucket, alpha) AS duration_ms, is_health_route(http_route) AS is_health FROM counted;

-- Requests of [since, until) by what percentiles of many days need, and no more: by day and route, or by day and hour.
CREATE MACRO request_days(since, until) AS TABLE
SELECT day, http_route, http_method, service, is_health, duration_ms, CAST(sum(n) AS BIGINT) AS n
FROM request_counts(since, until)
GROUP BY ALL;

CREATE MACRO request_hours(since, until) AS TABLE
SELECT day, hour, service, is_health, duration_ms, CAST(sum(n) AS BIGINT) AS n
FROM request_counts(since, until)
GROUP BY ALL;

-- A percentile of the time that memo requests took ('create' or 'read'), by reporting day: day, value in ms, n. A day
-- with requests of the service but none of these has n = 0; a day without any request of it has no row.
CREATE MACRO memo_latency(since, until, wanted, action, permille) AS TABLE
WITH durations AS (
  SELECT
    day,
    CASE WHEN memo_request(http_method, http_route) = action THEN duration_ms END AS duration_ms,
    sum(n) AS n
  FROM request_days(since, until)
  WHERE of_service(service, wanted)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY day ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY day), 0) AS measured
  FROM durations
)
SELECT day, percentile_of(duration_ms, up_to, measured, permille) AS value, CAST(measured AS BIGINT) AS n
FROM ranked
GROUP BY day, measured;

-- Hours of [since, until) that surely took longer than a limit, by the order statistic that lies below their percentile with
-- 95 % confidence (the normal limit of the binomial ranks), and how many of them stand in a row within their day: 0 for
-- the others. Hours with too few requests for the percentile are not known.
CREATE MACRO slow_hours(since, until, wanted, permille, limit_ms) AS TABLE
WITH durations AS (
  SELECT day, hour, CASE WHEN NOT is_health THEN duration_ms END AS duration_ms, sum(n) AS n
  FROM request_hours(since, until)
  WHERE of_service(service, wanted)
  GROUP BY ALL
),
ranked AS (
  SELECT
    *,
    sum(n) OVER (PARTITION BY day, hour ORDER BY duration_ms) AS up_to,
    coalesce(sum(n) FILTER (WHERE duration_ms IS NOT NULL) OVER (PARTITION BY day, hour), 0) AS measured
  FROM durations
),
hours AS (
  SELECT
    day, hour,
    CAST(measured AS BIGINT) >= percentile_needs(permille) AS is_known,
    min(duration_ms) FILTER (
      WHERE duration_ms IS NOT NULL
        AND up_to >= measured * permille / 1000 - 1.645 * sqrt(measured * permille / 1000 * (1 - permille / 1000))
    ) AS surely_ms
  FROM ranked
  GROUP BY day, hour, measured
),
numbered AS (
  SELECT
    *,
    coalesce(is_known AND surely_ms > limit_ms, false) AS is_slow,
    hour - to_hours(row_number() OVER (PARTITION BY day, coalesce(is_known AND surely_ms > limit_ms, false) ORDER BY hour)) AS run
  FROM hours
)
SELECT
  day, hour, is_known, surely_ms,
  CASE WHEN is_slow THEN count(*) OVER (PARTITION BY day, is_slow, run) ELSE 0 END AS in_a_row
FROM numbered;
