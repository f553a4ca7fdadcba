-- purpose: Whether the first probe that tells after the release says isKoreanTime.
-- purpose.ko: 배포 후 처음 알려 준 프로브의 isKoreanTime을 봅니다.
-- needs: probes
-- missing: No probe since the release tells isKoreanTime.
-- missing.ko: 배포 이후 isKoreanTime을 알려 준 프로브가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant looked at
-- param: until | TIMESTAMPTZ | today | first instant not looked at
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: passed | BOOLEAN | whether it holds; null where that is not known
-- column: n | BIGINT | records that tell
-- column: at | TIMESTAMP WITH TIME ZONE | when; null where not stated
-- column: detail | VARCHAR | what was found
-- column: source | VARCHAR | path of the source of one of them
-- column: line_no | BIGINT | its line, from 1
SELECT
  is_korean_time AS passed,
  count(*) OVER () AS n,
  ts AS at,
  'isKoreanTime ' || is_korean_time AS detail,
  source,
  line_no
FROM probes
WHERE during(ts, date, $since, $until)
  AND of_service(service, $service)
  AND is_korean_time IS NOT NULL
ORDER BY ts, source, line_no
LIMIT 1
