-- Every statement that is ever given to SQLite. A line "-- name: X" begins the one that C calls
-- SQL_X; make turns this file into journal/statements.h (statements.awk).
--
-- A change's numbers are ?1 to ?4 and its texts ?5 to ?11, in the order of their enums; a statement
-- names those that it needs.

-- At open ----------------------------------------------------------------------

-- Before WAL: then there is no shared memory, and a second process is refused.
-- name: LOCK
PRAGMA locking_mode = EXCLUSIVE

-- name: READ_SCHEMA
PRAGMA user_version

-- name: CHECK
PRAGMA quick_check(1)

-- synchronous = FULL would sync within COMMIT; journal_db_sync() does, when what waits for less is
-- told.
-- name: SETTINGS
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = OFF;
PRAGMA journal_size_limit = 1048576;
PRAGMA cell_size_check = ON;

-- name: MAKE_SCHEMA
CREATE TABLE entry (
	sequence INTEGER PRIMARY KEY,
	event_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	topic TEXT,
	incident_id TEXT,
	user TEXT,
	payload TEXT NOT NULL,
	wall_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX entry_incident ON entry (incident_id, sequence) WHERE incident_id IS NOT NULL;
CREATE INDEX entry_wall ON entry (wall_ms, sequence);

CREATE TABLE outbox (sequence INTEGER PRIMARY KEY) STRICT;

CREATE TABLE snapshot (
	number INTEGER PRIMARY KEY,
	incident_id TEXT NOT NULL UNIQUE,
	text TEXT NOT NULL
) STRICT;

CREATE TABLE counters (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	next_sequence INTEGER NOT NULL,
	next_serial INTEGER NOT NULL,
	now_ms INTEGER NOT NULL,
	wall_ms INTEGER NOT NULL,
	boot_id TEXT NOT NULL
) STRICT;

-- Which journal this is: by its id what others say of it is known. Made once.
CREATE TABLE identity (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	id TEXT NOT NULL
) STRICT;

-- What the list of incidents asks for, from the alerts; ended_ms is the greatest: open.
CREATE TABLE incident (
	first_sequence INTEGER PRIMARY KEY,
	incident_id TEXT NOT NULL UNIQUE,
	short_id TEXT NOT NULL,
	type INTEGER NOT NULL,
	zone TEXT NOT NULL,
	drill INTEGER NOT NULL,
	raised_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL,
	last_sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX incident_short ON incident (short_id, first_sequence);
CREATE INDEX incident_ended ON incident (ended_ms, first_sequence);

-- A payload that is no document of an incident breaks no insert.
CREATE TRIGGER incident_put AFTER INSERT ON entry
WHEN new.kind = 'alert' AND new.incident_id IS NOT NULL AND CASE WHEN json_valid(new.payload) THEN
	json_type(new.payload, '$.incident.type') IS 'integer' AND
	json_type(new.payload, '$.incident.zone') IS 'text' ELSE 0 END
BEGIN
	INSERT INTO incident (first_sequence, incident_id, short_id, type, zone, drill, raised_ms,
		ended_ms, last_sequence)
	SELECT new.sequence, new.incident_id, iif(is_drill, 'drill-', '') || type || '-' || zone,
		type, zone, is_drill, new.wall_ms,
		iif(state IS 'closed', new.wall_ms, 9223372036854775807), new.sequence
	FROM (SELECT json_extract(new.payload, '$.incident.type') AS type,
		json_extract(new.payload, '$.incident.zone') AS zone,
		json_extract(new.payload, '$.incident.state') AS state,
		json_extract(new.payload, '$.incident.drill') IS 1 AS is_drill)
	WHERE true
	ON CONFLICT (incident_id) DO UPDATE SET
		ended_ms = excluded.ended_ms, last_sequence = excluded.last_sequence;
END;

-- Its entries are deleted oldest first: with the last one it is gone.
CREATE TRIGGER incident_gone AFTER DELETE ON entry WHEN old.kind = 'alert'
BEGIN
	DELETE FROM incident
	WHERE incident_id = old.incident_id AND last_sequence = old.sequence;
END;

PRAGMA user_version = 3;

-- What the last run has left ----------------------------------------------------

-- name: IS_USED
SELECT EXISTS (SELECT 1 FROM entry) OR EXISTS (SELECT 1 FROM counters)

-- name: LAST_WALL
SELECT wall_ms FROM entry ORDER BY sequence DESC LIMIT 1

-- A sequence that an entry has is never given again, whatever was put last, or lost.
-- name: LOAD_COUNTERS
SELECT max(ifnull(next_sequence, 0), (SELECT ifnull(max(sequence), 0) + 1 FROM entry)),
	ifnull(next_serial, 0), ifnull(now_ms, 0), ifnull(wall_ms, 0), ifnull(boot_id, '')
FROM (SELECT 1 AS only) LEFT JOIN counters USING (only)
WHERE boot_id IS NOT NULL OR EXISTS (SELECT 1 FROM entry)

-- For what an earlier version has made.
-- name: MAKE_IDENTITY
CREATE TABLE IF NOT EXISTS identity (
	only INTEGER PRIMARY KEY CHECK (only = 1),
	id TEXT NOT NULL
) STRICT

-- name: PUT_IDENTITY
INSERT OR IGNORE INTO identity (only, id) VALUES (1, ?1)

-- name: IDENTITY
SELECT id FROM identity

-- name: LOAD_SNAPSHOTS
SELECT incident_id, text FROM snapshot ORDER BY number

-- name: LOAD_OUTBOX
SELECT sequence, event_id, kind, topic, incident_id, user, payload, wall_ms
FROM outbox JOIN entry USING (sequence) ORDER BY sequence

-- Since ?1, of the last 20000 entries; exercises and what nobody was told of do not count.
-- name: LOAD_RAISED
SELECT wall_ms, json_extract(payload, '$.incident.type'), json_extract(payload, '$.incident.zone')
FROM entry
WHERE sequence > (SELECT max(sequence) FROM entry) - 20000 AND kind = 'alert' AND wall_ms > ?1
AND CASE WHEN json_valid(payload) THEN
	json_extract(payload, '$.incident.zone') IS NOT NULL AND
	json_extract(payload, '$.event') IN ('raised', 'reraised') AND
	json_extract(payload, '$.drill') = 0 AND
	json_extract(payload, '$.incident.state') LIKE 'active-%' ELSE 0 END
ORDER BY sequence

-- Changes ------------------------------------------------------------------------

-- name: BEGIN
BEGIN IMMEDIATE

-- name: COMMIT
COMMIT

-- name: ROLLBACK
ROLLBACK

-- name: PUT_ENTRY
INSERT INTO entry (sequence, event_id, kind, topic, incident_id, user, payload, wall_ms)
VALUES (?1, ?5, ?6, ?7, ?8, ?9, ?10, ?4)

-- name: PUT_OUTBOX
INSERT INTO outbox (sequence) VALUES (?1)

-- name: PUT_SNAPSHOT
INSERT INTO snapshot (incident_id, text) VALUES (?8, ?10)
ON CONFLICT (incident_id) DO UPDATE SET text = excluded.text

-- name: DROP_SNAPSHOT
DELETE FROM snapshot WHERE incident_id = ?8

-- name: PUT_COUNTERS
REPLACE INTO counters (only, next_sequence, next_serial, now_ms, wall_ms, boot_id)
VALUES (1, ?1, ?2, ?3, ?4, ?11)

-- name: DELIVERED
DELETE FROM outbox WHERE sequence = ?1

-- Upkeep -------------------------------------------------------------------------

-- What changes nothing, but is written.
-- name: PROBE
PRAGMA user_version = 3

-- name: BYTES_USED
SELECT (page_count - freelist_count) * page_size
FROM pragma_page_count, pragma_freelist_count, pragma_page_size

-- Few entries at a time, oldest first: ?1 is where the last window ended, ?2 its length.
-- name: WINDOW
SELECT max(sequence), max(wall_ms)
FROM (SELECT sequence, wall_ms FROM entry WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)

-- From behind ?1 to ?2 what is older than ?3; with ?4 also what no broker has seen.
-- name: PRUNE
DELETE FROM entry
WHERE sequence > ?1 AND sequence <= ?2 AND wall_ms < ?3
AND (?4 OR sequence NOT IN (SELECT sequence FROM outbox))
AND (incident_id IS NULL OR incident_id NOT IN (SELECT incident_id FROM snapshot))

-- name: PRUNE_OUTBOX
DELETE FROM outbox
WHERE sequence > ?1 AND sequence <= ?2 AND sequence NOT IN (SELECT sequence FROM entry)

-- Questions ----------------------------------------------------------------------
-- ?1 and ?2 the cursor, ?3 rows, ?4 since, ?5 until, ?6 type, ?7 drill (-1: both), ?8 zone, ?9
-- incident. A row is the cursor behind it, and a text or NULL where it is not asked for.

-- "2-f3" is the newest incident of that name.
-- name: FIND_INCIDENT
SELECT incident_id FROM incident WHERE short_id = ?1 ORDER BY first_sequence DESC LIMIT 1

-- An entry as JSON; a payload that is none itself as a text.
-- name: ASK_RECORD
SELECT 0, sequence, json_object('sequence', sequence, 'event_id', event_id, 'kind', kind,
	'topic', topic, 'incident', incident_id, 'user', user, 'time', time_text(wall_ms),
	'payload', CASE WHEN json_valid(payload) THEN json(payload) ELSE payload END)
FROM entry WHERE incident_id = ?9 AND sequence > ?2 ORDER BY sequence LIMIT ?3

-- The newest document of an incident without what makes it long.
-- name: ASK_HISTORY
SELECT ended_ms, first_sequence, CASE
	WHEN raised_ms < ?5 AND (?6 = 0 OR type = ?6) AND (?7 < 0 OR drill = ?7)
	AND (?8 = '' OR zone = ?8 OR substr(zone, 1, length(?8) + 1) = ?8 || '.')
	THEN (
		SELECT json_set(json_remove(json_extract(payload, '$.incident'), '$.causes', '$.steps'),
			'$.steps_open', (
				SELECT count(*) FROM json_each(payload, '$.incident.steps') AS step
				WHERE json_extract(step.value, '$.status') IN ('open', 'accepted', 'failed')
				AND json_extract(step.value, '$.applies') IS NOT 'no'),
			'$.steps_count', json_array_length(payload, '$.incident.steps'))
		FROM entry WHERE sequence = last_sequence)
	END
FROM incident WHERE (ended_ms, first_sequence) < (?1, ?2) AND ended_ms >= ?4
ORDER BY ended_ms DESC, first_sequence DESC LIMIT ?3

-- name: ASK_ENTRIES
SELECT wall_ms, sequence, json_object('sequence', sequence, 'event_id', event_id, 'kind', kind,
	'topic', topic, 'incident', incident_id, 'user', user, 'time', time_text(wall_ms),
	'payload', CASE WHEN json_valid(payload) THEN json(payload) ELSE payload END)
FROM entry WHERE (wall_ms, sequence) > (?1, ?2) AND wall_ms < ?5 ORDER BY wall_ms, sequence LIMIT ?3
