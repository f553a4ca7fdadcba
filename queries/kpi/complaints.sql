-- purpose: How many tickets the help desk got, day by day.
-- purpose.ko: 고객지원에 들어온 문의 수를 날마다 셉니다.
-- title: Tickets
-- title.ko: 고객 문의
-- group: Complaints
-- group.ko: 사용자 문의
-- order: 150
-- unit: count
-- direction: lower
-- warn: rising
-- fail: none
-- required: false
-- plan: Phase 3.3: tickets; danger: a surge of complaints
-- merge: sum
-- baseline: release
-- minimum: 1
-- denominator: hours that the exports reach
-- denominator.ko: 내보내기가 닿는 시간
-- sentence: The help desk got {value} [ticket|tickets]
-- sentence.ko: 고객 문의가 {value}건 들어왔습니다
-- needs: tickets exports
-- missing: No export of the help desk's tickets reaches this day.
-- missing.ko: 이 날까지 닿는 고객지원 문의 내보내기가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- column: day | DATE | reporting day
-- column: value | DOUBLE | tickets, count
-- column: n | BIGINT | hours that the exports reach
WITH reach AS (
  -- Nothing on a day is told from nothing known of it by how far the exports reach.
  SELECT min(first_ts) AS first_ts, max(last_ts) AS last_ts FROM lake.files WHERE format = 'ticket'
),
hours AS (
  SELECT unnest(generate_series($since, $until - INTERVAL 1 MICROSECOND, INTERVAL 1 HOUR)) AS hour
),
days AS (
  SELECT local_day(hour) AS day, count(*) AS n
  FROM hours, reach
  WHERE hour + INTERVAL 1 HOUR > first_ts AND hour <= last_ts
  GROUP BY day
),
seen AS (
  SELECT local_day(ts) AS day, count(*) AS k
  FROM tickets
  WHERE during(ts, date, $since, $until)
  GROUP BY day
)
SELECT day, CAST(coalesce(k, 0) AS DOUBLE) AS value, n
FROM days
LEFT JOIN seen USING (day)
ORDER BY day
