-- Statements that a stranger might send, one a line, under the verdict that each must get.
-- {lake} {data} {stale}: the lake, a live data file, one that no snapshot names; {secret} a file outside; {out} a path outside;
-- {spill}: the folder for what does not fit into memory.

-- refused: statements that change something
CREATE TABLE x (a INTEGER)
CREATE OR REPLACE VIEW events AS SELECT 1
CREATE TEMP TABLE x AS SELECT 1
CREATE MACRO during(a, b, c, d) AS true
CREATE SCHEMA lake2
CREATE SEQUENCE s
CREATE TYPE t AS ENUM ('a')
CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE INDEX i ON events (ts)
ALTER VIEW events RENAME TO e
ALTER TABLE lake.events ADD COLUMN x INTEGER
COMMENT ON VIEW events IS 'x'
INSERT INTO events VALUES (1)
INSERT INTO lake.events SELECT * FROM lake.events
UPDATE lake.events SET message = 'x'
DELETE FROM lake.events
TRUNCATE lake.events
MERGE INTO lake.events USING (SELECT 1 AS a) s ON false WHEN NOT MATCHED THEN INSERT VALUES (1)
DROP VIEW events
DROP SCHEMA lake CASCADE
DROP TABLE IF EXISTS lake.events
VACUUM
ANALYZE
CHECKPOINT
FORCE CHECKPOINT
BEGIN
COMMIT
ROLLBACK
USE lake
PREPARE p AS SELECT 1
EXECUTE p
DEALLOCATE p
CALL pragma_version()
CALL enable_logging()
CALL enable_profiling()

-- refused: settings
SET enable_external_access = true
SET GLOBAL enable_external_access = true
SET lock_configuration = false
SET memory_limit = '100GB'
SET max_temp_directory_size = '1TB'
SET temp_directory = '{out}'
SET allowed_directories = ['/']
SET allowed_paths = ['{secret}']
SET threads = 64
SET VARIABLE x = 1
SET search_path = 'pg_catalog'
SET log_query_path = '{out}'
SET profiling_output = '{out}'
SET allow_unsigned_extensions = true
SET extension_directory = '{out}'
SET secret_directory = '{out}'
SET home_directory = '{out}'
SET TimeZone = 'UTC'
RESET lock_configuration
RESET enable_external_access
PRAGMA enable_external_access = true
PRAGMA enable_profiling = 'json'
PRAGMA profile_output = '{out}'
PRAGMA database_list
PRAGMA import_database('{lake}')
SELECT set_config('enable_external_access', 'true', false)

-- refused: extensions
INSTALL httpfs
INSTALL httpfs FROM community
FORCE INSTALL json
LOAD httpfs
LOAD '{out}.duckdb_extension'
UPDATE EXTENSIONS
SELECT * FROM iceberg_scan('{lake}')
SELECT * FROM delta_scan('{lake}/events')
SELECT * FROM sqlite_scan('{secret}', 'x')
SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 'x')
SELECT * FROM st_read('{secret}')
SELECT * FROM read_xlsx('{secret}')

-- refused: writing
COPY (SELECT 1) TO '{out}'
COPY events TO '{out}' (FORMAT parquet)
COPY (SELECT 1) TO '{data}' (FORMAT parquet)
COPY (SELECT 1) TO '{lake}/x' (FORMAT parquet, PARTITION_BY (x))
COPY (SELECT 1) TO '/dev/stdout'
COPY (SELECT 1) TO '/proc/self/fd/1'
COPY FROM DATABASE memory TO other
WITH x AS (COPY (SELECT 1) TO '{out}') SELECT 1
WITH x AS (COPY (SELECT 1) TO '{out}') FROM x
WITH x AS (COPY (SELECT 1 AS a) TO '{data}' (FORMAT parquet)) SELECT 1
WITH x AS (COPY (SELECT 1 AS a) TO '{lake}/events/x.parquet' (FORMAT parquet)) FROM x
WITH x AS (COPY (SELECT 1) TO '{lake}/_h33/lock') FROM x
WITH x AS (COPY (SELECT 1) TO '{lake}/files/_delta_log/99999999999999999999.json') FROM x
WITH x AS (COPY (SELECT 1) TO '/dev/shm/x') FROM x
WITH x AS (COPY (SELECT 1) TO '/tmp/h33-hostile') FROM x
WITH x AS (COPY (SELECT 1) TO '{spill}/../h33-hostile') FROM x
WITH x AS (COPY (SELECT 1) TO 's3://bucket/x') FROM x
WITH x AS (COPY (SELECT 1) TO 'http://127.0.0.1:1/x') FROM x
WITH x AS MATERIALIZED (COPY (SELECT 1) TO '{out}' (FORMAT json)) FROM x
SELECT (WITH x AS (COPY (SELECT 1) TO '{out}') SELECT 1)
EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'
EXPLAIN ANALYZE COPY (SELECT 1 AS a) TO '{data}' (FORMAT parquet)
EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1
EXPLAIN ANALYZE DELETE FROM lake.events
EXPLAIN ANALYZE DROP VIEW events
EXPLAIN (ANALYZE) DROP VIEW events
EXPLAIN DELETE FROM lake.events
WITH x AS (COPY (SELECT 1) TO '{spill}/x') FROM x
SELECT * FROM query('COPY (SELECT 1) TO ''{out}''')
SELECT * FROM query('WITH x AS (COPY (SELECT i, repeat(''x'', 1000) FROM range(1000000000) t(i)) TO ''{spill}/fill'') FROM x')
SELECT * FROM query('WITH x AS (COPY (SELECT i FROM range(1000000000) t(i)) TO ''{spill}/many'' (PARTITION_BY (i))) FROM x')
SELECT * FROM query('INSERT INTO lake.events VALUES (1)')
SELECT * FROM query('SET lock_configuration = false')
EXPORT DATABASE '{out}'
IMPORT DATABASE '{lake}'
SELECT 1; COPY (SELECT 1) TO '{out}'
SELECT 1; SELECT 2

-- refused: reading what is outside
SELECT * FROM '{secret}'
SELECT * FROM read_text('{secret}')
SELECT * FROM read_blob('{secret}')
SELECT * FROM read_csv('{secret}')
SELECT * FROM read_csv_auto('{secret}')
SELECT * FROM read_json('{secret}')
SELECT * FROM read_ndjson_objects('{secret}')
SELECT * FROM read_json_objects('{secret}')
SELECT * FROM read_parquet('{secret}')
SELECT * FROM parquet_metadata('{secret}')
SELECT * FROM parquet_schema('{secret}')
SELECT * FROM parquet_full_metadata('{secret}')
SELECT * FROM sniff_csv('{secret}')
SELECT * FROM read_text('{lake}/../secret.csv')
SELECT * FROM read_text('file://{secret}')
SELECT * FROM read_text('{lake}/_h33/format.json')
SELECT * FROM read_text('{lake}/files/_delta_log/00000000000000000000.json')
SELECT * FROM read_parquet('{stale}')
SELECT * FROM read_parquet(['{data}', '{stale}'])
SELECT * FROM read_parquet('{lake}/**/*.parquet')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_text('/proc/self/environ')
SELECT * FROM read_text('/proc/self/maps')
SELECT * FROM read_text('/proc/1/cmdline')
SELECT * FROM read_text('/sys/kernel/notes')
SELECT * FROM read_blob('/dev/zero')
SELECT * FROM read_csv('/dev/stdin')
SELECT * FROM read_text('~/.ssh/id_rsa')
SELECT * FROM read_csv('https://example.org/')
SELECT * FROM read_parquet('s3://bucket/x.parquet')
SELECT * FROM read_text('hf://datasets/x')
SELECT * FROM query('FROM read_text(''{secret}'')')
SELECT * FROM query_table('{secret}')
SELECT (SELECT content FROM read_text('{secret}'))
SELECT count(*) FROM events WHERE message IN (SELECT content FROM read_text('{secret}'))
ATTACH '{out}'
ATTACH '{secret}' AS s (READ_ONLY)
ATTACH '{data}' (TYPE parquet)
ATTACH ':memory:' AS other
DETACH memory
SELECT * FROM duckdb_extensions()
SELECT * FROM pragma_database_list()
SELECT * FROM glob('/*')
SELECT * FROM glob('{lake}/**')
SELECT getenv('HOME')
SELECT * FROM sys
SELECT * FROM snapshot
SELECT * FROM limits

-- refused: values that the engine has no room for
SELECT length(repeat(repeat('a', 1000000), 100000))
SELECT range(10000000000)

-- harmless: answered, and nothing given away
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_temporary_files()
SELECT * FROM duckdb_memory()
SELECT * FROM duckdb_databases()
SELECT current_setting('enable_external_access')
SELECT * FROM which_secret('s3://x', 's3')
DESCRIBE events
EXPLAIN SELECT * FROM events
SELECT 'COPY (SELECT 1) TO ''{out}'''
SELECT '{secret}'

-- ended: beyond a limit
SELECT sleep_ms(600000)
SELECT count(*) FROM range(1000000000000)
SELECT count(*) FROM range(10000000) a, range(10000000) b
SELECT sum(sin(i)) FROM range(1000000000000) t(i)
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT count(*) FROM r
SELECT repeat('a', 4000000000)
SELECT list(i) FROM range(10000000000) t(i)
SELECT string_agg(repeat('x', 1000), '') FROM range(100000000)
SELECT count(*) FROM (SELECT DISTINCT repeat('x', 100) || i FROM range(1000000000) t(i))
SELECT i FROM range(1000000000) t(i) ORDER BY hash(i), repeat('x', 100)
SELECT i, repeat('x', 1000) AS x FROM range(1000000000000) t(i)
SELECT lpad('', 2000000000, 'x')
SELECT array_agg(a || b) FROM range(100000) s(a), range(100000) t(b)
SELECT regexp_matches(repeat('a', 100000000), '(a*)*b')
