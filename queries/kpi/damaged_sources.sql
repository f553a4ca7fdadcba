-- purpose: How many inputs could not be read whole, by the day of their last record: cut off, a wrong CRC, no known format.
-- purpose.ko: 온전히 읽지 못한 입력 수를 마지막 레코드의 날짜로 셉니다. 잘림, CRC 오류, 알 수 없는 형식이 있습니다.
-- title: Damaged inputs
-- title.ko: 손상된 입력
-- group: Data loss
-- group.ko: 데이터 손실
-- order: 184
-- unit: count
-- direction: lower
-- warn: 0
-- fail: none
-- required: false
-- plan: danger: data loss suspected; before deployment: backups
-- merge: sum
-- minimum: 1
-- denominator: inputs
-- denominator.ko: 입력
-- sentence: {value} [input|inputs] could not be read whole
-- sentence.ko: 입력 {value}개를 온전히 읽지 못했습니다
-- needs: files
-- missing: No input ends on this day.
-- missing.ko: 이 날 끝나는 입력이 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | inputs whose status is partial, rejected or failed, count
-- column: n | BIGINT | inputs
WITH newest AS (
  SELECT * FROM lake.files
  QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
)
SELECT
  local_day(coalesce(last_ts, run_ts)) AS day,
  CAST(count(*) FILTER (WHERE status IN ('partial', 'rejected', 'failed')) AS DOUBLE) AS value,
  count(*) AS n
FROM newest
WHERE coalesce(last_ts, run_ts) >= $since AND coalesce(last_ts, run_ts) < $until
GROUP BY day
ORDER BY day
