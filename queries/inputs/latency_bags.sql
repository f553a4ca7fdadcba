-- purpose: Requests of a span by what they do and group of users, in duration buckets, for comparing latencies.
-- purpose.ko: 지연시간을 비교하려고 요청을 하는 일, 사용자 묶음, 지연 구간별로 셉니다.
-- needs: requests
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: scope | VARCHAR | create or read for requests of memos, else other
-- column: bag | BIGINT | group of users, 0 to 19; requests of nobody in particular are grouped by their minute
-- column: zeros | BIGINT | requests of 0 ms, which have no bucket, count
-- column: buckets | INTEGER[] | duration buckets, the shortest first
-- column: counts | BIGINT[] | requests in each of them, count
WITH counted AS (
  SELECT
    coalesce(memo_request(http_method, http_route), 'other') AS scope,
    -- A hash whose value never changes: counts of different days meet.
    CAST(
      md5_number_lower(coalesce(user_id, client_address, CAST(epoch_us(ts) // 60000000 AS VARCHAR))) % 20 AS BIGINT
    ) AS bag,
    bucket(duration_ms) AS bucket,
    count(*) AS n
  FROM requests
  WHERE during(ts, date, $since, $until)
    AND NOT is_health
    AND bucket_kind(duration_ms) IN ('value', 'zero')
    AND of_service(service, $service)
  GROUP BY ALL
)
-- A row a group, not a bucket: a month has hundreds of thousands of those.
SELECT
  scope, bag,
  CAST(coalesce(sum(n) FILTER (WHERE bucket IS NULL), 0) AS BIGINT) AS zeros,
  coalesce(list(bucket ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL), []) AS buckets,
  coalesce(list(n ORDER BY bucket) FILTER (WHERE bucket IS NOT NULL), []) AS counts
FROM counted
GROUP BY scope, bag
ORDER BY scope, bag
