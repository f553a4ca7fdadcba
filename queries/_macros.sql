-- Macros that views, reports and figures share. Run on every connection, before the views.

-- Hours and days ------------------------------------------------------------------------------------------------------

-- Start of the UTC hour that an instant lies in. In integers, with one division: date_trunc works in the session's zone,
-- at seven times the cost. A hundred million hours are added first, since `%` of an instant before 1970 is negative.
CREATE MACRO utc_hour(ts) AS
  make_timestamptz(epoch_us(ts) - (epoch_us(ts) + 360000000000000000) % 3600000000);

-- First whole UTC hour that does not start before an instant.
CREATE MACRO next_utc_hour(ts) AS utc_hour(ts + INTERVAL 3599999999 MICROSECOND);

-- The day of the reporting zone that an instant lies in.
CREATE MACRO local_day(ts) AS CAST(ts AS DATE);

-- Whether a day of the reporting zone begins inside a UTC hour: never where the zone's offset is a whole hour.
CREATE MACRO holds_midnight(hour) AS local_day(hour) <> local_day(hour + INTERVAL 3599999999 MICROSECOND);

-- The UTC date of an instant, the one that `events` is partitioned by.
CREATE MACRO utc_date(ts) AS CAST(timezone('UTC', ts) AS DATE);

-- First UTC date that does not start before an instant.
CREATE MACRO next_utc_date(ts) AS utc_date(ts + INTERVAL 86399999999 MICROSECOND);

-- Whether a row lies in [since, until). The condition on the partition's date changes no result: with it, only the
-- files of those days are opened.
CREATE MACRO during(ts, date, since, until) AS
  ts >= since AND ts < until AND date BETWEEN utc_date(since) AND utc_date(until);

-- Inputs --------------------------------------------------------------------------------------------------------------

-- What kind of input a log record is from, by its format and whether it is a request.
CREATE MACRO input_of(format, http_method) AS
  CASE
    WHEN format = 'render-request' THEN 'render_requests'
    WHEN format IN ('mongod', 'mongod-slow') THEN 'mongod'
    WHEN format = 'mongo-profile' THEN 'mongo_profile'
    WHEN format = 'health-probe' THEN 'probes'
    WHEN format = 'ticket' THEN 'tickets'
    WHEN format IN ('render-event', 'platform') THEN 'deploys'
    WHEN format = 'check-output' THEN 'checks'
    WHEN http_method IS NOT NULL THEN 'access_log'
    ELSE 'app_log'
  END;

-- The file and line that a record stands on.
CREATE MACRO place_of(source, line_no) AS source || ':' || line_no;

-- Services ------------------------------------------------------------------------------------------------------------

-- Whether a record is of the service that is asked for, by any of its names with commas between; every record is where
-- none is asked for. A record that names no service is of none: the settings name the service of sources that do not.
CREATE MACRO of_service(service, wanted) AS
  wanted IS NULL OR coalesce(list_contains(string_split(wanted, ','), service), false);

-- Requests ------------------------------------------------------------------------------------------------------------

-- Health checks, which figures leave out.
CREATE MACRO is_health_route(route) AS coalesce(route IN ('/api/health', '/health', '/healthz'), false);

-- The browser of a User-Agent with its major version, such as Chrome/126; null where it is none that is known. Special
-- browsers name Chrome or Safari too, so that sites serve them: theirs is the name that others lack.
CREATE MACRO browser_of(user_agent) AS
  coalesce(
    nullif(regexp_extract(user_agent, '(Edg|SamsungBrowser|Whale|OPR|KAKAOTALK|FxiOS|CriOS|Firefox)[ /][0-9]+'), ''),
    nullif(regexp_extract(user_agent, 'Chrome/[0-9]+'), ''),
    'Safari/' || nullif(regexp_extract(user_agent, 'Version/([0-9]+).* Safari/', 1), '')
  );

-- Percentiles that merge ----------------------------------------------------------------------------------------------
-- Durations are counted in buckets whose bounds grow by the factor gamma, so that the value of a bucket is off by
-- alpha at most and days merge by adding their counts. Masson, Rim, Lee: DDSketch, PVLDB 12 (2019),
-- https://www.vldb.org/pvldb/vol12/p2195-masson.pdf

-- The relative error of a percentile.
CREATE MACRO bucket_alpha() AS CAST(0.005 AS DOUBLE);

CREATE MACRO bucket_gamma(alpha) AS (1 + alpha) / (1 - alpha);

-- What a number is to the buckets: ln(0) is -inf and ln(-1) NaN, without an error.
CREATE MACRO bucket_kind(x) AS
  CASE
    WHEN x IS NULL THEN 'none'
    WHEN NOT isfinite(x) THEN 'nan'
    WHEN x = 0 THEN 'zero'
    WHEN x < 0 THEN 'negative'
    ELSE 'value'
  END;

-- The bucket of a positive number, else null.
CREATE MACRO bucket(x) AS
  CASE WHEN bucket_kind(x) = 'value' THEN CAST(ceil(ln(x) / ln(bucket_gamma(bucket_alpha()))) AS INTEGER) END;

-- The number that a bucket stands for.
CREATE MACRO bucket_value(bucket, alpha) AS
  2 * pow(bucket_gamma(alpha), bucket) / (bucket_gamma(alpha) + 1);

-- The duration that a count of requests stands for, in ms; null where none was measured.
CREATE MACRO bucket_duration(kind, bucket, alpha) AS
  CASE kind WHEN 'value' THEN bucket_value(bucket, alpha) WHEN 'zero' THEN 0 END;

-- The rank of a percentile among n sorted values, from 1: the smallest k with k/n >= permille/1000.
CREATE MACRO percentile_rank(n, permille) AS CAST((n * permille + 999) // 1000 AS BIGINT);

-- The least n for which a percentile has a two-sided 95 % bound between order statistics (6, 36, 72 and 368 for P50,
-- P90, P95 and P99): with fewer values, the probability that all lie on one side of it exceeds 2.5 %.
CREATE MACRO percentile_needs(permille) AS
  CAST(ceil(ln(0.025) / ln(greatest(permille, 1000 - permille) / 1000)) AS BIGINT);

-- An aggregate over values with, for each, how many values are no greater (up_to) and how many there are in all (n):
-- the value at the percentile's rank, null where n is too small for it.
CREATE MACRO percentile_of(value, up_to, n, permille) AS
  min(value) FILTER (
    WHERE value IS NOT NULL AND up_to >= percentile_rank(n, permille) AND n >= percentile_needs(permille)
  );

-- Memos ---------------------------------------------------------------------------------------------------------------

-- Whether the app could have stored a client time with a memo: only the completion of a reading session does, and only
-- since the release. False where the release's instant is not known.
CREATE MACRO client_time_eligible(origin_session, created_at, deploy) AS
  coalesce(origin_session IS NOT NULL AND created_at >= deploy, false);

-- What a request does to memos: 'create' by saving one or completing a reading session, 'read' by fetching any; else null.
CREATE MACRO memo_request(http_method, http_route) AS
  CASE
    WHEN http_method = 'POST' AND http_route IN ('/api/notes', '/api/sessions/:id/complete') THEN 'create'
    WHEN http_method = 'GET' AND (http_route = '/api/notes' OR starts_with(http_route, '/api/notes/')) THEN 'read'
  END;

-- MongoDB -------------------------------------------------------------------------------------------------------------

-- Whether a log record tells of a lost or refused connection: at the start the app says so itself, later mongoose gives up
-- waiting (`buffering timed out after 10000ms`) or the driver's error is printed.
-- The words that each of these holds are looked for first: that costs a tenth.
CREATE MACRO mongo_connection_failure(message) AS
  (contains(message, 'Mongo') OR contains(message, 'buffering timed out after '))
  AND regexp_matches(
    message,
    'MongoDB connection error:|buffering timed out after [0-9]+ms|Mongo(ose)?ServerSelectionError|MongoNetwork(Timeout)?Error'
  );
