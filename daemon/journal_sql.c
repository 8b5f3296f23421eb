/* Every statement that is ever given to SQLite. */
#include "daemon/journal_sql.h"

const char *const JOURNAL_SQL[SQL_COUNT] = {
	/* Before WAL: then there is no shared memory, and a second process is refused. */
	[SQL_EXCLUSIVE] = "PRAGMA locking_mode = EXCLUSIVE",
	[SQL_READ_SCHEMA] = "PRAGMA user_version",
	[SQL_CHECK] = "PRAGMA quick_check(1)",
	[SQL_WAL] = "PRAGMA journal_mode = WAL",
	[SQL_FULL] = "PRAGMA synchronous = FULL",
	[SQL_NO_SECURE_DELETE] = "PRAGMA secure_delete = OFF",
	[SQL_LOG_LIMIT] = "PRAGMA journal_size_limit = 1048576",
	[SQL_CELL_CHECK] = "PRAGMA cell_size_check = ON",

	[SQL_MAKE_ENTRY] = "CREATE TABLE entry ("
			   "sequence INTEGER PRIMARY KEY, "
			   "event_id TEXT NOT NULL, "
			   "kind TEXT NOT NULL, "
			   "topic TEXT, "
			   "incident_id TEXT, "
			   "user TEXT, "
			   "payload TEXT NOT NULL, "
			   "wall_ms INTEGER NOT NULL) STRICT",
	[SQL_MAKE_ENTRY_INCIDENT] = "CREATE INDEX entry_incident ON entry (incident_id, sequence) "
				    "WHERE incident_id IS NOT NULL",
	[SQL_MAKE_OUTBOX] = "CREATE TABLE outbox (sequence INTEGER PRIMARY KEY) STRICT",
	[SQL_MAKE_SNAPSHOT] = "CREATE TABLE snapshot ("
			      "number INTEGER PRIMARY KEY, "
			      "incident_id TEXT NOT NULL UNIQUE, "
			      "text TEXT NOT NULL) STRICT",
	[SQL_MAKE_COUNTERS] = "CREATE TABLE counters ("
			      "only INTEGER PRIMARY KEY CHECK (only = 1), "
			      "next_sequence INTEGER NOT NULL, "
			      "next_serial INTEGER NOT NULL, "
			      "now_ms INTEGER NOT NULL, "
			      "wall_ms INTEGER NOT NULL, "
			      "boot_id TEXT NOT NULL) STRICT",
	[SQL_SET_SCHEMA] = "PRAGMA user_version = 1",

	[SQL_LAST_SEQUENCE] = "SELECT max(sequence) FROM entry",
	[SQL_LAST_WALL] = "SELECT wall_ms FROM entry ORDER BY sequence DESC LIMIT 1",
	[SQL_LOAD_COUNTERS] = "SELECT next_sequence, next_serial, now_ms, wall_ms, boot_id "
			      "FROM counters",
	[SQL_LOAD_SNAPSHOTS] = "SELECT incident_id, text FROM snapshot ORDER BY number",
	[SQL_LOAD_OUTBOX] = "SELECT sequence, event_id, kind, topic, incident_id, user, payload, "
			    "wall_ms FROM outbox JOIN entry USING (sequence) ORDER BY sequence",

	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_PUT_ENTRY] = "INSERT INTO entry (sequence, event_id, kind, topic, incident_id, user, "
			  "payload, wall_ms) VALUES (?1, ?5, ?6, ?7, ?8, ?9, ?10, ?4)",
	[SQL_PUT_OUTBOX] = "INSERT INTO outbox (sequence) SELECT ?1 WHERE ?7 IS NOT NULL",
	[SQL_PUT_SNAPSHOT] = "INSERT INTO snapshot (incident_id, text) VALUES (?8, ?10) "
			     "ON CONFLICT (incident_id) DO UPDATE SET text = excluded.text",
	[SQL_DROP_SNAPSHOT] = "DELETE FROM snapshot WHERE incident_id = ?8",
	[SQL_PUT_COUNTERS] = "REPLACE INTO counters (only, next_sequence, next_serial, now_ms, "
			     "wall_ms, boot_id) VALUES (1, ?1, ?2, ?3, ?4, ?11)",
	[SQL_DELIVERED] = "DELETE FROM outbox WHERE sequence = ?1",

	[SQL_PAGES_USED] = "SELECT (page_count - freelist_count) * page_size "
			   "FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
	/* Few entries at a time, oldest first: ?1 is where the last window ended, ?2 its length. */
	[SQL_WINDOW] = "SELECT max(sequence), max(wall_ms) FROM (SELECT sequence, wall_ms "
		       "FROM entry WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)",
	/* From behind ?1 to ?2 what is older than ?3; with ?4 also what no broker has seen. */
	[SQL_PRUNE] = "DELETE FROM entry WHERE sequence > ?1 AND sequence <= ?2 AND wall_ms < ?3 "
		      "AND (?4 OR sequence NOT IN (SELECT sequence FROM outbox)) "
		      "AND (incident_id IS NULL OR "
		      "incident_id NOT IN (SELECT incident_id FROM snapshot))",
	[SQL_PRUNE_OUTBOX] = "DELETE FROM outbox WHERE sequence > ?1 AND sequence <= ?2 "
			     "AND sequence NOT IN (SELECT sequence FROM entry)",
};
