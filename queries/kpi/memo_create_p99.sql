-- purpose: How long memo creation took, day by day: P99.
-- purpose.ko: 메모 생성에 걸린 시간의 P99를 날마다 구합니다.
-- title: Memo creation P99
-- title.ko: 메모 생성 P99
-- group: Memo latency
-- group.ko: 메모 지연시간
-- order: 100
-- unit: ms
-- direction: lower
-- warn: 2000
-- fail: 3000
-- required: false
-- minimum: 368
-- denominator: memo creations
-- denominator.ko: 메모 생성 요청
-- sentence: 99 % of the memo creations took {value} or less
-- sentence.ko: 메모 생성 요청의 99 %가 {value} 안에 끝났습니다
-- needs: requests
-- missing: No request log holds this day.
-- missing.ko: 이 날의 요청 로그가 없습니다.
-- param: since | TIMESTAMPTZ | 8d | first instant counted
-- param: until | TIMESTAMPTZ | today | first instant not counted
-- param: service | VARCHAR | service | only what names this service; none for all
-- column: day | DATE | reporting day
-- column: value | DOUBLE | the time that 99 % of them took at most, ms, within 0.5 %; null where n is below 368
-- column: n | BIGINT | memo creations
SELECT day, value, n
FROM memo_latency($since, $until, $service, 'create', 990)
ORDER BY day
