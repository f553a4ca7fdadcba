-- purpose: Which documents a whole export lacks although the one before it holds them.
-- purpose.ko: 앞선 전체 내보내기에는 있었으나 다음 전체 내보내기에 없는 문서를 보여 줍니다.
-- param: since | TIMESTAMPTZ | 30d | first instant of an export that lacks them
-- param: until | TIMESTAMPTZ | now | first instant not looked at
-- column: collection | VARCHAR | Mongo collection
-- column: doc_id | VARCHAR | _id
-- column: last_snapshot | TIMESTAMP WITH TIME ZONE | instant of the export that holds it
-- column: vanished_snapshot | TIMESTAMP WITH TIME ZONE | instant of the export that lacks it
-- column: returned_snapshot | TIMESTAMP WITH TIME ZONE | instant of the first later export that holds it again; null where none does
SELECT collection, doc_id, last_snapshot, vanished_snapshot, returned_snapshot
FROM vanished_documents
WHERE vanished_snapshot >= $since AND vanished_snapshot < $until
ORDER BY collection, vanished_snapshot, doc_id
