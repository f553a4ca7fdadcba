-- purpose: What the app's check scripts found, whatever they ended with.
-- purpose.ko: 앱의 점검 스크립트가 종료 코드와 상관없이 실제로 무엇을 찾았는지 보여 줍니다.
-- note: The scripts end with 0 on failed checks too, so a chain of them with && proves nothing.
-- note.ko: 점검이 실패해도 스크립트는 0으로 끝나므로, &&로 이어 실행해도 아무것도 증명하지 못합니다.
-- column: source | VARCHAR | file that holds the output, as given
-- column: script | VARCHAR | the script; null where the output does not name it
-- column: checks | BIGINT | checks that were printed, count
-- column: passed | BIGINT | those that held, count
-- column: failed | BIGINT | those that did not, count
-- column: first_failure | VARCHAR | line of the first of them
-- column: place | VARCHAR | where it stands: source:line
SELECT
  source,
  script,
  count(*) AS checks,
  count(*) FILTER (WHERE passed) AS passed,
  count(*) FILTER (WHERE NOT passed) AS failed,
  first(message ORDER BY line_no) FILTER (WHERE NOT passed) AS first_failure,
  first(place_of(source, line_no) ORDER BY line_no) FILTER (WHERE NOT passed) AS place
FROM checks
GROUP BY source, script
ORDER BY source, script
