-- purpose: How many tickets the help desk got, day by day and by topic.
-- purpose.ko: 고객 문의를 날마다 주제별로 셉니다.
-- param: since | TIMESTAMPTZ | 28d | first instant counted
-- param: until | TIMESTAMPTZ | now | first instant not counted
-- column: day | DATE | day in the reporting zone on which they were opened
-- column: topic | VARCHAR | what they are about, in the help desk's words; null where not stated
-- column: tickets | BIGINT | tickets, each once however often it was exported, count
-- column: first_ts | TIMESTAMP WITH TIME ZONE | the first of the day
-- column: place | VARCHAR | where it stands: source:line
SELECT
  local_day(ts) AS day,
  topic,
  count(*) AS tickets,
  min(ts) AS first_ts,
  first(place_of(source, line_no) ORDER BY ts, ticket_id, file_id, line_no) AS place
FROM tickets
WHERE during(ts, date, $since, $until)
GROUP BY day, topic
ORDER BY day, tickets DESC, topic
