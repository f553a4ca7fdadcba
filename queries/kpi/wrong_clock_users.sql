-- purpose: How many users' clocks were off all day, day by day.
-- purpose.ko: 하루 내내 시계가 틀린 사용자의 비율을 날마다 셉니다.
-- title: Users with a wrong clock
-- title.ko: 시계가 틀린 사용자
-- group: Client time
-- group.ko: 클라이언트 시간
-- order: 44
-- unit: ratio
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.1: odd times; long term: recognise them
-- merge: share
-- minimum: 1
-- denominator: users with enough client times
-- denominator.ko: 클라이언트 시간이 충분한 사용자
-- sentence: The clocks of {value} of the users were off all day
-- sentence.ko: 사용자 {value}의 시계가 하루 내내 틀렸습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: tolerance_min | DOUBLE | 5 | how far a clock may be off, minutes
-- param: least | BIGINT | 3 | client times of a user that a day takes
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them whose latest reading is off by more than the tolerance, 0 to 1; null where n is 0
-- column: n | BIGINT | users with at least so many client times that day
WITH clocks AS (
  -- A memo that waited on the device shows an earlier time, never a later one: the day's latest reading is the clock's.
  SELECT local_day(created_at) AS day, user_id, max(diff_min) AS latest_min
  FROM notes
  WHERE created_at >= $since AND created_at < $until AND diff_min IS NOT NULL AND user_id IS NOT NULL
  GROUP BY ALL
  HAVING count(*) >= $least
),
days AS (
  SELECT DISTINCT local_day(created_at) AS day FROM notes WHERE created_at >= $since AND created_at < $until
)
SELECT
  day,
  count(*) FILTER (WHERE abs(latest_min) > $tolerance_min) / nullif(count(latest_min), 0) AS value,
  count(latest_min) AS n
FROM days
LEFT JOIN clocks USING (day)
GROUP BY day
ORDER BY day
