-- purpose: Requests of a UTC day: the rollups of its hours added up.
-- purpose.ko: 하루의 요청을 시간별 집계에서 합산합니다.
-- param: day | DATE | none | the UTC date
-- column: date | DATE | UTC date of the hours
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
SELECT
  date, metric, unit, alpha, http_route, http_method, status_class, service, instance, kind, bucket,
  CAST(sum(n) AS BIGINT) AS n
FROM lake.rollups
WHERE date = $day
GROUP BY ALL
ORDER BY http_route, http_method, status_class, service, instance, kind, bucket
