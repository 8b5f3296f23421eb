/* Every statement that is ever given to SQLite. */
#include "daemon/journal/sql.h"

/* Of `incident` in an alert's payload. A payload that is no such document breaks no insert. */
#define IS_ALERT(row)                                                                              \
	row ".kind = 'alert' AND " row ".incident_id IS NOT NULL AND "                             \
	    "CASE WHEN json_valid(" row ".payload) THEN "                                          \
	    "json_type(" row ".payload, '$.incident.type') IS 'integer' AND "                      \
	    "json_type(" row ".payload, '$.incident.zone') IS 'text' ELSE 0 END"
#define TYPE(row) "json_extract(" row ".payload, '$.incident.type')"
#define ZONE(row) "json_extract(" row ".payload, '$.incident.zone')"
#define DRILL(row) "(json_extract(" row ".payload, '$.incident.drill') IS 1)"
#define SHORT_ID(row) "iif(" DRILL(row) ", 'drill-', '') || " TYPE(row) " || '-' || " ZONE(row)
#define ENDED(row)                                                                                 \
	"iif(json_extract(" row ".payload, '$.incident.state') IS 'closed', " row ".wall_ms, "     \
	"9223372036854775807)"
#define INCIDENT_COLUMNS                                                                           \
	"incident (first_sequence, incident_id, short_id, type, zone, drill, raised_ms, "          \
	"ended_ms, last_sequence) "

/* An entry as JSON; a payload that is none itself as a text. */
#define ENTRY                                                                                      \
	"json_object('sequence', sequence, 'event_id', event_id, 'kind', kind, 'topic', topic, "   \
	"'incident', incident_id, 'user', user, 'time', time_text(wall_ms), 'payload', "           \
	"CASE WHEN json_valid(payload) THEN json(payload) ELSE payload END)"

/* The newest document of an incident without what makes it long. */
#define SUMMARY                                                                                    \
	"json_set(json_remove(json_extract(payload, '$.incident'), '$.causes', '$.steps'), "       \
	"'$.steps_open', (SELECT count(*) FROM json_each(payload, '$.incident.steps') AS step "    \
	"WHERE json_extract(step.value, '$.status') IN ('open', 'accepted', 'failed') "            \
	"AND json_extract(step.value, '$.applies') IS NOT 'no'), "                                 \
	"'$.steps_count', json_array_length(payload, '$.incident.steps'))"

const char *const JOURNAL_SQL[SQL_COUNT] = {
	/* Before WAL: then there is no shared memory, and a second process is refused. */
	[SQL_EXCLUSIVE] = "PRAGMA locking_mode = EXCLUSIVE",
	[SQL_READ_SCHEMA] = "PRAGMA user_version",
	[SQL_CHECK] = "PRAGMA quick_check(1)",
	[SQL_WAL] = "PRAGMA journal_mode = WAL",
	/* FULL would sync within COMMIT; journal_db_sync() does, when what waits for less is told.
	 */
	[SQL_SYNC_BY_US] = "PRAGMA synchronous = NORMAL",
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
	[SQL_MAKE_ENTRY_WALL] = "CREATE INDEX entry_wall ON entry (wall_ms, sequence)",
	/* What the list of incidents asks for, from the alerts; ended_ms is the greatest: open. */
	[SQL_MAKE_INCIDENT] = "CREATE TABLE incident ("
			      "first_sequence INTEGER PRIMARY KEY, "
			      "incident_id TEXT NOT NULL UNIQUE, "
			      "short_id TEXT NOT NULL, "
			      "type INTEGER NOT NULL, "
			      "zone TEXT NOT NULL, "
			      "drill INTEGER NOT NULL, "
			      "raised_ms INTEGER NOT NULL, "
			      "ended_ms INTEGER NOT NULL, "
			      "last_sequence INTEGER NOT NULL) STRICT",
	[SQL_MAKE_INCIDENT_SHORT] = "CREATE INDEX incident_short ON incident (short_id, "
				    "first_sequence)",
	[SQL_MAKE_INCIDENT_ENDED] = "CREATE INDEX incident_ended ON incident (ended_ms, "
				    "first_sequence)",
	[SQL_MAKE_INCIDENT_PUT] =
		"CREATE TRIGGER incident_put AFTER INSERT ON entry "
		"WHEN " IS_ALERT(
			"new") " BEGIN "
			       "INSERT INTO " INCIDENT_COLUMNS
			       "VALUES (new.sequence, new.incident_id, " SHORT_ID("new") ", " TYPE("new") ", " ZONE(
				       "new") ", " DRILL("new") ", new.wall_ms, " ENDED("new") ", "
											       "new"
											       ".se"
											       "que"
											       "nce"
											       ") "
											       "ON "
											       "CON"
											       "FLI"
											       "CT "
											       "(in"
											       "cid"
											       "ent"
											       "_id"
											       ") "
											       "DO "
											       "UPD"
											       "ATE"
											       " SE"
											       "T "
											       "end"
											       "ed_"
											       "ms "
											       "= "
											       "exc"
											       "lud"
											       "ed."
											       "end"
											       "ed_"
											       "ms,"
											       " "
											       "las"
											       "t_"
											       "seq"
											       "uen"
											       "ce "
											       "= "
											       "exc"
											       "lud"
											       "ed."
											       "las"
											       "t_"
											       "seq"
											       "uen"
											       "ce;"
											       " EN"
											       "D",
	/* Its entries are deleted oldest first: with the last one it is gone. */
	[SQL_MAKE_INCIDENT_GONE] = "CREATE TRIGGER incident_gone AFTER DELETE ON entry "
				   "WHEN old.kind = 'alert' BEGIN "
				   "DELETE FROM incident WHERE incident_id = old.incident_id "
				   "AND last_sequence = old.sequence; END",
	[SQL_FILL_INCIDENT] =
		"INSERT INTO " INCIDENT_COLUMNS
		"SELECT first, last.incident_id, " SHORT_ID("last") ", " TYPE("last") ", " ZONE(
			"la"
			"s"
			"t") ", " DRILL("last") ", entry.wall_ms, " ENDED("last") ", last.sequence "
										  "FROM (SELECT "
										  "min(sequence) "
										  "AS "
										  "first, "
										  "max(sequence) "
										  "AS newest "
										  "FROM entry "
										  "WHERE " IS_ALERT(
											  "entry") " GROUP BY "
												   "incident_id) "
												   "JOIN entry ON "
												   "entry.sequence "
												   "= first JOIN "
												   "entry AS last "
												   "ON "
												   "last.sequence "
												   "= newest",
	[SQL_SET_SCHEMA] = "PRAGMA user_version = 2",

	[SQL_LAST_SEQUENCE] = "SELECT max(sequence) FROM entry",
	[SQL_LAST_WALL] = "SELECT wall_ms FROM entry ORDER BY sequence DESC LIMIT 1",
	[SQL_LOAD_COUNTERS] = "SELECT next_sequence, next_serial, now_ms, wall_ms, boot_id "
			      "FROM counters",
	[SQL_LOAD_SNAPSHOTS] = "SELECT incident_id, text FROM snapshot ORDER BY number",
	[SQL_LOAD_OUTBOX] = "SELECT sequence, event_id, kind, topic, incident_id, user, payload, "
			    "wall_ms FROM outbox JOIN entry USING (sequence) ORDER BY sequence",

	/* Since ?1, of the last 20000 entries; exercises and what nobody was told of do not count.
	 */
	[SQL_LOAD_RAISED] = "SELECT wall_ms, json_extract(payload, '$.incident.type'), "
			    "json_extract(payload, '$.incident.zone') FROM entry "
			    "WHERE sequence > (SELECT max(sequence) FROM entry) - 20000 "
			    "AND kind = 'alert' AND wall_ms > ?1 AND CASE WHEN json_valid(payload) "
			    "THEN json_extract(payload, '$.event') IN ('raised', 'reraised') "
			    "AND json_extract(payload, '$.drill') = 0 "
			    "AND json_extract(payload, '$.incident.state') LIKE 'active-%' "
			    "ELSE 0 END ORDER BY sequence",

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

	[SQL_FIND_INCIDENT] = "SELECT incident_id FROM incident WHERE short_id = ?1 "
			      "ORDER BY first_sequence DESC LIMIT 1",
	[SQL_QUERY_RECORD] = "SELECT 0, sequence, " ENTRY " FROM entry "
			     "WHERE incident_id = ?9 AND sequence > ?2 ORDER BY sequence LIMIT ?3",
	[SQL_QUERY_HISTORY] =
		"SELECT ended_ms, first_sequence, CASE WHEN raised_ms < ?5 "
		"AND (?6 = 0 OR type = ?6) "
		"AND (?8 = '' OR zone = ?8 OR substr(zone, 1, length(?8) + 1) = ?8 || '.') "
		"AND (?7 < 0 OR drill = ?7) "
		"THEN (SELECT " SUMMARY " FROM entry WHERE sequence = last_sequence) END "
		"FROM incident WHERE (ended_ms, first_sequence) < (?1, ?2) AND ended_ms >= ?4 "
		"ORDER BY ended_ms DESC, first_sequence DESC LIMIT ?3",
	[SQL_QUERY_ENTRIES] = "SELECT wall_ms, sequence, " ENTRY " FROM entry "
			      "WHERE (wall_ms, sequence) > (?1, ?2) AND wall_ms < ?5 "
			      "ORDER BY wall_ms, sequence LIMIT ?3",
};
