/*
 * What the hub keeps for ever, and what goes on after a restart.
 *
 * Every stream message is an entry of the journal before MQTT has it, and stays
 * in the journal's outbox until the broker has acknowledged it. Open incidents
 * are kept as snapshots. What one event on the loop puts is committed together.
 */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/base/wall.h"
#include "daemon/hub/parts.h"
#include "rules/engine/snapshot.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BALLAST_BYTES = 4 * 1024 * 1024, ERROR_MAX = 256 };

/* Linux's name of this boot: where it is another one, the last run's boot times are shifted. */
static void read_boot_id(char text[static BOOT_ID_MAX])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	text[0] = '\0';
	if (!file)
		return;
	if (!fgets(text, BOOT_ID_MAX, file))
		text[0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	fclose(file);
}

/* A change that found the queue full gives up its commit: the snapshots mend that later. */
static void put(struct facility *facility, int error)
{
	if (error < 0)
		facility->snapshots_due = true;
	facility->uncommitted = true;
}

void facility_keep_entry(struct facility *facility, const struct journal_entry *entry)
{
	put(facility, journal_put_entry(facility->journal, entry));
}

void facility_keep_command(struct facility *facility, const char *user, const char *line)
{
	const struct event_name event = facility_next_event(facility);
	json_t *json = json_pack("{s:s, s:s}", "user", user, "command", line);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	const struct journal_entry entry = {
		.sequence = event.sequence,
		.event_id = event.id,
		.kind = "command",
		.user = user,
		.payload = text,
		.wall_ms = facility_clock(facility).wall_ms,
	};

	if (text)
		facility_keep_entry(facility, &entry);
	json_decref(json);
	free(text);
}

void facility_keep_incident(struct facility *facility, const struct incident *incident)
{
	char text[SNAPSHOT_MAX];

	if (incident->state == INCIDENT_CLOSED)
		put(facility, journal_drop_snapshot(facility->journal, incident->id));
	else if (engine_snapshot(facility->engine, incident, text, sizeof(text)) > 0)
		put(facility, journal_put_snapshot(facility->journal, incident->id, text));
}

void facility_keep_row(struct facility *facility, const char *id, const char *text)
{
	put(facility, text ? journal_put_snapshot(facility->journal, id, text)
			   : journal_drop_snapshot(facility->journal, id));
}

void facility_keep_incidents(struct facility *facility)
{
	const struct incident *incident;

	facility->snapshots_due = false;
	facility_keep_fallback(facility, true);
	for (size_t i = 0; (incident = engine_incident(facility->engine, i)); i++)
		facility_keep_incident(facility, incident);
}

void facility_delivered(struct facility *facility, uint64_t sequence)
{
	/* Not worth a commit of its own: after a crash it is resent, marked, with the same id. */
	facility->delivered_uncommitted = true;
	if (journal_delivered(facility->journal, sequence) < 0)
		facility->snapshots_due = true;
}

void facility_commit(struct facility *facility, uint64_t ticket)
{
	const struct document_clock clock = facility_clock(facility);

	journal_put_counters(facility->journal, facility->sequence + 1,
		engine_serial(facility->engine), clock.now_ms, clock.wall_ms, facility->boot_id);
	facility->uncommitted =
		journal_commit(facility->journal, ticket ? ticket : TICKET_PLAIN) < 0;
	facility->commits += !facility->uncommitted;
	facility->delivered_uncommitted = false;
}

void facility_sweep_journal(struct facility *facility)
{
	if (facility->snapshots_due)
		facility_keep_incidents(facility);
	if (facility->uncommitted || facility->delivered_uncommitted)
		facility_commit(facility, 0);
	facility_trouble_journal(facility, journal_trouble(facility->journal));
}

/* What the last run has left ------------------------------------------------ */

static void load_counters(void *context, uint64_t next_sequence, uint64_t next_serial,
	int64_t saved_now_ms, int64_t saved_wall_ms, const char *boot_id)
{
	struct facility *facility = context;

	if (next_sequence > 0)
		facility->sequence = next_sequence - 1;
	/* With a disk that hung, ids later than these may have been told: time is ahead of them. */
	facility->first_serial = (uint64_t)(clock_wall_ms() / 1000);
	if (facility->first_serial < next_serial)
		facility->first_serial = next_serial;
	if (!boot_id || !*boot_id)
		return;
	if (strcmp(boot_id, facility->boot_id) == 0)
		/* The same boot: what was told goes on with the times with which it was told. */
		facility->wall_offset_ms =
			wall_offset_ms(saved_wall_ms - saved_now_ms, facility->wall_offset_ms);
	else
		facility->shift_ms = saved_wall_ms - saved_now_ms - facility->wall_offset_ms;
}

static void load_snapshot(void *context, const char *incident_id, const char *text)
{
	struct facility *facility = context;
	const struct incident *incident;
	char error[ERROR_MAX];

	if (!facility->engine && !facility_start_decisions(facility))
		return;
	if (strcmp(incident_id, FALLBACK_ROW) == 0) {
		facility_load_fallback(facility, text);
		return;
	}
	if (engine_restore(facility->engine, text, facility->shift_ms, error, sizeof(error)) < 0) {
		log_error("incident %s: cannot go on after the restart: %s", incident_id, error);
		return;
	}
	incident = engine_find(facility->engine, incident_id);
	if (!incident)
		return;
	log_info("incident %s: goes on: %s", incident->id, incident_state_name(incident->state));
	actuation_resume(facility->actuation, incident);
}

void facility_mark_replayed(char *payload)
{
	static const char no[] = "\"replayed\":false", yes[] = "\"replayed\":true ";
	char *mark = strstr(payload, no);

	if (mark)
		memcpy(mark, yes, sizeof(yes) - 1);
}

static void load_waiting(void *context, const struct journal_entry *entry)
{
	struct facility *facility = context;
	char *payload = strdup(entry->payload);
	struct mqtt_publish message = {
		.kind = MQTT_STREAM,
		.topic = entry->topic,
		.payload = payload,
		.length = strlen(entry->payload),
		.ticket = entry->sequence,
	};

	if (!payload)
		return;
	facility_mark_replayed(payload);
	if (mqtt_publish(facility->mqtt, &message) < 0)
		log_error("mqtt: out of memory: %s waits for the next start", entry->event_id);
	free(payload);
}

bool facility_start_journal(struct facility *facility, const char *directory)
{
	const struct daemon_settings *daemon = &facility->config->daemon;
	const struct journal_settings settings = {
		.directory = directory,
		.retention_ms = daemon->journal_days * 24 * 3600 * 1000,
		.size_max = daemon->journal_size_mb * 1024 * 1024,
		.ballast = BALLAST_BYTES,
	};
	const struct journal_loader loader = { facility, load_counters, load_snapshot, load_waiting,
		facility_load_raise, clock_wall_ms() - HYGIENE_DAY_MS };
	char error[ERROR_MAX] = "out of memory";
	bool damaged = false;

	facility_start_fallback(facility);
	read_boot_id(facility->boot_id);
	facility->journal = journal_open(&settings, &loader, loop_event(facility->loop),
		&facility->journal_events, &damaged, error, sizeof(error));
	if (!facility->journal) {
		log_error("journal: %s", error);
		return false;
	}
	if (damaged) {
		facility->snapshots_due = true;
		/* More than the lost one can have counted, so that no number repeats. */
		facility->sequence = (uint64_t)(clock_wall_ms() / 1000);
		log_error(
			"journal: it was damaged; a new one is begun, the old one kept beside it");
	}
	return facility->engine || facility_start_decisions(facility);
}
