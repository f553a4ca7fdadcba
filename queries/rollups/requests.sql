-- purpose: Requests of some UTC hours, counted by what reports group by and by duration bucket.
-- purpose.ko: 몇 시간의 요청을 보고서가 묶는 기준과 지연 구간별로 셉니다.
-- param: hours | TIMESTAMPTZ[] | none | starts of the UTC hours to count
-- param: since | TIMESTAMPTZ | none | the first of them
-- param: until | TIMESTAMPTZ | none | end of the last of them
-- column: date | DATE | UTC date of hour
-- column: hour | TIMESTAMP WITH TIME ZONE | start of the UTC hour
-- column: metric | VARCHAR | what is counted
-- column: unit | VARCHAR | unit of the bucketed value
-- column: alpha | DOUBLE | relative error of a bucket's value
-- column: http_route | VARCHAR | route
-- column: http_method | VARCHAR | method
-- column: status_class | SMALLINT | hundreds digit of the status; null where the client gave up
-- column: service | VARCHAR | service
-- column: instance | VARCHAR | instance
-- column: kind | VARCHAR | value, zero, negative, nan or none
-- column: bucket | INTEGER | duration bucket; null where kind is not value
-- column: n | BIGINT | requests, count
WITH counted AS (
  SELECT
    utc_hour(ts) AS hour,
    http_route,
    http_method,
    status_class,
    service,
    instance,
    bucket_kind(duration_ms) AS kind,
    bucket(duration_ms) AS bucket,
    count(*) AS n
  FROM requests
  -- A list of hours, no join with them: the engine would hash the events, not the hours.
  WHERE during(ts, date, $since, $until) AND list_contains($hours, utc_hour(ts))
  GROUP BY ALL
)
SELECT
  utc_date(hour) AS date,
  hour,
  'request_duration' AS metric,
  'ms' AS unit,
  bucket_alpha() AS alpha,
  http_route, http_method, status_class, service, instance, kind, bucket, n
FROM counted
ORDER BY hour, http_route, http_method, status_class, service, instance, kind, bucket
