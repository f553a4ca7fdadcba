-- purpose: How many of the memos were written in the busiest hour of the day, day by day; `h33 report notes_by_hour_of_day` shows all hours.
-- purpose.ko: 하루 중 가장 붐빈 시간에 쓴 메모의 비율을 날마다 셉니다. 모든 시간은 `h33 report notes_by_hour_of_day`에 있습니다.
-- title: Memos of the busiest hour
-- title.ko: 가장 붐빈 시간의 메모
-- group: Usage
-- group.ko: 사용 현황
-- order: 194
-- unit: ratio
-- direction: lower
-- warn: none
-- fail: none
-- required: false
-- plan: Phase 5, 1 month: use by hour of the day
-- merge: whole
-- minimum: 1
-- denominator: memos
-- denominator.ko: 메모
-- sentence: {value} of the memos were written in the busiest hour of the day
-- sentence.ko: 메모의 {value}가 가장 붐빈 시간에 쓰였습니다
-- needs: notes
-- missing: No export of the notes holds a memo of this day.
-- missing.ko: 이 날의 메모를 담은 노트 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | share of them in the hour of the day with the most, 0 to 1
-- column: n | BIGINT | memos
WITH hours AS (
  SELECT local_day(created_at) AS day, hour(created_at) AS hour, count(*) AS n
  FROM notes
  WHERE created_at >= $since AND created_at < $until
  GROUP BY ALL
)
SELECT day, max(n) / sum(n) AS value, CAST(sum(n) AS BIGINT) AS n
FROM hours
GROUP BY day
ORDER BY day
