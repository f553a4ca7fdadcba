-- purpose: Documents of the exports, the newest of each memo, and what vanished.
-- purpose.ko: 내보내기의 문서, 메모의 최신 상태, 사라진 문서를 보여 줍니다.

-- A version of a document is stored once, however many exports hold it.
CREATE VIEW documents AS
SELECT
  d.collection, d.snapshot_date, d.snapshot, d.doc_id,
  v.created_at, v.client_created_at, v.client_state, v.user_id, v.book_id, v.origin_session, v.type, v.is_pdf_memo,
  v.attrs, d.version, d.file_id, d.line_no, d.byte_offset
FROM lake.documents AS d
JOIN lake.versions AS v ON v.collection = d.collection AND v.doc_id = d.doc_id AND v.version = d.version;

COMMENT ON VIEW documents IS 'Documents of every export, with what they held then.';
COMMENT ON COLUMN documents.collection IS 'Mongo collection';
COMMENT ON COLUMN documents.snapshot_date IS 'UTC date of snapshot; a condition on it saves opening other exports';
COMMENT ON COLUMN documents.snapshot IS 'instant of the export';
COMMENT ON COLUMN documents.doc_id IS '_id';
COMMENT ON COLUMN documents.created_at IS 'createdAt: the server''s clock when the document was stored';
COMMENT ON COLUMN documents.client_created_at IS 'clientCreatedAt: the client''s clock; null where not stored';
COMMENT ON COLUMN documents.client_state IS 'clientCreatedAt was absent, null or value; in CSV empty (absent or null) or unknown (no column)';
COMMENT ON COLUMN documents.user_id IS 'userId';
COMMENT ON COLUMN documents.book_id IS 'bookId';
COMMENT ON COLUMN documents.origin_session IS 'originSession';
COMMENT ON COLUMN documents.type IS 'the app''s type of document';
COMMENT ON COLUMN documents.is_pdf_memo IS 'isPdfMemo';
COMMENT ON COLUMN documents.attrs IS 'other fields, a JSON object; never free text';
COMMENT ON COLUMN documents.version IS 'hash of what it held: equal where the document did not change';
COMMENT ON COLUMN documents.file_id IS 'the export; key of lake.files';
COMMENT ON COLUMN documents.line_no IS 'line of the document in the export, from 1';
COMMENT ON COLUMN documents.byte_offset IS 'first byte of the document in the decompressed export';

CREATE VIEW notes AS
WITH newest AS (
  SELECT doc_id, max(snapshot) AS snapshot FROM lake.documents WHERE collection = 'notes' GROUP BY doc_id
)
SELECT
  d.doc_id, d.created_at, d.client_created_at, d.client_state,
  epoch_us(d.client_created_at - d.created_at) / 60e6 AS diff_min,
  d.user_id, d.book_id, d.origin_session, d.type, d.is_pdf_memo, d.attrs, d.snapshot, d.file_id, d.line_no
FROM documents AS d
JOIN newest AS n ON n.doc_id = d.doc_id AND n.snapshot = d.snapshot
WHERE d.collection = 'notes'
-- Of one instant's exports those that tell null from absent come first: CSV does not.
QUALIFY row_number() OVER (
  PARTITION BY d.doc_id ORDER BY d.client_state IN ('empty', 'unknown'), d.file_id, d.line_no, d.byte_offset
) = 1;

COMMENT ON VIEW notes IS 'Memos: the newest version of each in any export.';
COMMENT ON COLUMN notes.doc_id IS '_id';
COMMENT ON COLUMN notes.created_at IS 'createdAt: the server''s clock when the memo was stored';
COMMENT ON COLUMN notes.client_created_at IS 'clientCreatedAt: the client''s clock when it was written; null where not stored';
COMMENT ON COLUMN notes.client_state IS 'clientCreatedAt was absent (older than the field), null (fell back to the server''s clock) or value; in CSV empty (absent or null) or unknown (no column)';
COMMENT ON COLUMN notes.diff_min IS 'client_created_at - created_at, minutes; the app stores none beyond 2,880';
COMMENT ON COLUMN notes.user_id IS 'userId';
COMMENT ON COLUMN notes.book_id IS 'bookId';
COMMENT ON COLUMN notes.origin_session IS 'the reading session it was written in; null for other memos, which never get a client time';
COMMENT ON COLUMN notes.type IS 'the app''s type of memo';
COMMENT ON COLUMN notes.is_pdf_memo IS 'written in a PDF';
COMMENT ON COLUMN notes.attrs IS 'other fields, a JSON object; never the memo''s text';
COMMENT ON COLUMN notes.snapshot IS 'instant of the export that this version is from';
COMMENT ON COLUMN notes.file_id IS 'the export; key of lake.files';
COMMENT ON COLUMN notes.line_no IS 'line of the document in the export, from 1';

-- Whether an export holds all of its collection is what the settings say; else it is taken for one of a query where it
-- holds less than half of what any before it held. One that could not be read to its end tells nothing of what it lacks.
CREATE VIEW exports AS
WITH held AS (
  SELECT collection, snapshot, count(DISTINCT doc_id) AS documents, list_sort(list(DISTINCT file_id)) AS file_ids
  FROM lake.documents
  GROUP BY collection, snapshot
),
sources AS (
  SELECT file_id, path, rejected, problem, TRY_CAST(plan ->> 'whole' AS BOOLEAN) AS whole
  FROM lake.files
  QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY run_id DESC) = 1
),
told AS (
  SELECT
    h.collection, h.snapshot,
    list_sort(list(s.path)) AS sources,
    bool_and(s.whole) AS whole,
    bool_or(s.problem IS NOT NULL OR s.rejected > 0) AS is_damaged
  FROM held AS h
  JOIN sources AS s ON list_contains(h.file_ids, s.file_id)
  GROUP BY h.collection, h.snapshot
),
judged AS (
  SELECT
    h.collection, h.snapshot, h.documents, t.sources,
    CASE
      WHEN t.is_damaged THEN 'damaged'
      WHEN t.whole THEN 'whole'
      WHEN NOT t.whole THEN 'filtered'
      WHEN 2 * h.documents < max(h.documents) OVER (PARTITION BY h.collection ORDER BY h.snapshot) THEN 'filtered'
      ELSE 'whole'
    END AS extent
  FROM held AS h
  LEFT JOIN told AS t ON t.collection = h.collection AND t.snapshot = h.snapshot
)
SELECT
  collection, snapshot, extent, documents,
  CASE WHEN extent = 'whole' THEN lag(snapshot) OVER (PARTITION BY collection, extent ORDER BY snapshot) END AS previous,
  sources
FROM judged;

COMMENT ON VIEW exports IS 'Exports of Mongo collections, by their instant; files of one instant are one export.';
COMMENT ON COLUMN exports.collection IS 'Mongo collection';
COMMENT ON COLUMN exports.snapshot IS 'instant of the export';
COMMENT ON COLUMN exports.extent IS 'whole, filtered (of a query: what it lacks has not vanished) or damaged (not read to its end, or documents of it rejected)';
COMMENT ON COLUMN exports.documents IS 'documents that it holds, each once';
COMMENT ON COLUMN exports.previous IS 'the whole export before it; null where there is none, or it is not whole itself';
COMMENT ON COLUMN exports.sources IS 'paths of its files, as given';

CREATE VIEW vanished_documents AS
WITH followed AS (
  SELECT collection, previous AS snapshot, snapshot AS vanished FROM exports WHERE previous IS NOT NULL
),
held AS (
  SELECT DISTINCT d.collection, d.doc_id, d.snapshot, f.vanished
  FROM lake.documents AS d
  JOIN followed AS f ON f.collection = d.collection AND f.snapshot = d.snapshot
),
lost AS (
  SELECT h.collection, h.doc_id, h.snapshot, h.vanished
  FROM held AS h
  ANTI JOIN lake.documents AS d ON d.collection = h.collection AND d.snapshot = h.vanished AND d.doc_id = h.doc_id
)
SELECT
  l.collection, l.doc_id, l.snapshot AS last_snapshot, l.vanished AS vanished_snapshot,
  min(d.snapshot) AS returned_snapshot
FROM lost AS l
LEFT JOIN lake.documents AS d ON d.collection = l.collection AND d.doc_id = l.doc_id AND d.snapshot > l.vanished
GROUP BY ALL;

COMMENT ON VIEW vanished_documents IS 'Documents that a whole export lacks and the whole export before it holds.';
COMMENT ON COLUMN vanished_documents.collection IS 'Mongo collection';
COMMENT ON COLUMN vanished_documents.doc_id IS '_id';
COMMENT ON COLUMN vanished_documents.last_snapshot IS 'instant of the whole export before, which holds it';
COMMENT ON COLUMN vanished_documents.vanished_snapshot IS 'instant of the whole export that lacks it';
COMMENT ON COLUMN vanished_documents.returned_snapshot IS 'instant of the first later export that holds it again; null where none does';

-- Memos that a whole export of [since, until) lacks although the one before holds them, and whether a request that was
-- answered 200-299 deleted them. Exports may lie two weeks apart, and one may be dated by its day alone: a deletion counts
-- from 15 days before since on; one that is logged without its time, or that took a whole book or account, is not known.
CREATE MACRO missing_memos(since, until) AS TABLE
WITH gone AS MATERIALIZED (
  SELECT doc_id, last_snapshot, vanished_snapshot, returned_snapshot
  FROM vanished_documents
  WHERE collection = 'notes' AND vanished_snapshot >= since AND vanished_snapshot < until
),
deleted AS (
  SELECT DISTINCT regexp_extract(http_path, '^/api/notes/([^/?#]+)/?$', 1) AS doc_id
  FROM lake.events
  WHERE during(ts, date, since - INTERVAL 15 DAY, until)
    AND http_method = 'DELETE' AND http_status BETWEEN 200 AND 299 AND starts_with(http_path, '/api/notes/')
)
SELECT g.*, g.doc_id IN (SELECT doc_id FROM deleted) AS is_deleted
FROM gone AS g;
