-- purpose: What each mask of a message says, what kind of message it is of, and when any of the kind was first seen.
-- purpose.ko: 가려진 메시지마다 그 내용과 종류, 그 종류가 처음 나타난 시각을 보여 줍니다.
-- column: mask_id | VARCHAR | hash of the masked message
-- column: pattern | VARCHAR | the message with its values masked
-- column: first_ts | TIMESTAMP WITH TIME ZONE | when a message of its kind was first seen, in the whole lake
WITH masks AS (
  SELECT mask_id, any_value(coalesce(alias_of, template_id)) AS template_id, any_value(text) AS pattern
  FROM lake.templates
  GROUP BY mask_id
),
first_seen AS (
  SELECT coalesce(alias_of, template_id) AS template_id, min(first_ts) AS first_ts
  FROM lake.templates
  GROUP BY ALL
)
SELECT mask_id, pattern, first_ts
FROM masks
LEFT JOIN first_seen USING (template_id)
ORDER BY mask_id
