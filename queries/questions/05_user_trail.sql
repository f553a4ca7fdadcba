-- purpose: What did one user write down, in order, and how far was their clock off?
-- purpose.ko: 한 사용자가 무엇을 언제 적었고, 그 시계는 얼마나 어긋났습니까?
-- reader: analyst
SELECT created_at, doc_id, client_state, round(diff_min, 2) AS diff_min
FROM notes
WHERE user_id = '66880a704590dd921b55bff7'
ORDER BY created_at DESC
LIMIT 5;
