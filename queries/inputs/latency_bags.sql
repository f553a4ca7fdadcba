-- purpose: Requests of a span by what they do, group of users and duration bucket, for comparing latencies.
-- purpose.ko: 지연시간을 비교하려고 요청을 하는 일, 사용자 묶음, 지연 구간별로 셉니다.
-- needs: requests
-- param: since | TIMESTAMPTZ | yesterday | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service, or one of several with commas between; none for all
-- column: scope | VARCHAR | create or read for requests of memos, else other
-- column: bag | BIGINT | group of users, 0 to 19; requests of nobody in particular are grouped by their minute
-- column: bucket | INTEGER | duration bucket; null for 0 ms
-- column: n | BIGINT | requests, count
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
ORDER BY ALL
