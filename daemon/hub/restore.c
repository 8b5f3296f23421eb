/* What of the incidents outlives the process, and what goes on after a restart. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/documents/keep.h"
#include "daemon/hub/parts.h"
#include "rules/engine/keep.h"

#include <stdlib.h>
#include <string.h>

enum { ERROR_MAX = 256 };

void facility_keep_incident(struct facility *facility, const struct incident *incident)
{
	size_t length;
	char *text;

	if (incident->state == INCIDENT_CLOSED) {
		record_row(facility->record, incident->id, NULL);
		return;
	}
	text = document_keep(incident, facility->engine, facility->actuation,
		&facility->config->site, &facility->now, &length);
	if (text)
		record_row(facility->record, incident->id, text);
	else
		log_error("incident %s: out of memory: the journal has it as it was", incident->id);
	free(text);
}

void facility_keep_incidents(struct facility *facility)
{
	const struct incident *incident;

	record_take_rows_lost(facility->record);
	facility_keep_fallback(facility, true);
	for (size_t i = 0; (incident = engine_incident(facility->engine, i)); i++)
		facility_keep_incident(facility, incident);
}

void facility_keep_lost(struct facility *facility)
{
	if (record_take_rows_lost(facility->record))
		facility_keep_incidents(facility);
}

static void load_counters(
	void *context, uint64_t first_serial, int64_t shift_ms, int64_t wall_offset_ms)
{
	struct facility *facility = context;

	facility->first_serial = first_serial;
	facility->shift_ms = shift_ms;
	facility->wall_offset_ms = wall_offset_ms;
}

static void load_row(void *context, const char *id, const char *text)
{
	struct facility *facility = context;
	const struct incident *incident;
	char error[ERROR_MAX];

	if (!facility->engine && !facility_start_decisions(facility))
		return;
	if (strcmp(id, FALLBACK_ROW) == 0) {
		facility_load_fallback(facility, text);
		return;
	}
	if (document_restore(facility->engine, text, facility->shift_ms, error, sizeof(error)) <
		0) {
		log_error("incident %s: cannot go on after the restart: %s", id, error);
		return;
	}
	incident = engine_find(facility->engine, id);
	if (!incident)
		return;
	log_info("incident %s: goes on: %s", incident->id, incident_state_name(incident->state));
	actuation_resume(facility->actuation, incident);
}

static uint64_t port_serial(void *context)
{
	return engine_serial(((struct facility *)context)->engine);
}

static void port_answers(void *context, uint64_t mark)
{
	struct facility *facility = context;

	held_release(&facility->held, mark, facility->local);
}

static void on_intent_done(void *context, uint64_t ticket, bool recorded, int64_t now_ms)
{
	actuation_recorded(((struct facility *)context)->actuation, ticket, recorded, now_ms);
}

bool facility_start_record(struct facility *facility, const char *directory)
{
	const struct daemon_settings *daemon = &facility->config->daemon;
	const struct record_settings settings = {
		.directory = directory,
		.retention_ms = daemon->journal_days * 24 * 3600 * 1000,
		.size_max = daemon->journal_size_mb * 1024 * 1024,
		.within_ms = daemon->record_within_ms,
	};
	const struct record_ports ports = { facility, port_serial, port_answers };
	const struct record_loader loader = { facility, load_counters, load_row,
		facility_load_raise, facility->now.wall_ms - HYGIENE_DAY_MS };

	facility_start_fallback(facility);
	facility->record = record_open(&settings, facility->mqtt, &ports, &loader, facility->event,
		&facility->journal_events, facility->now);
	if (!facility->record)
		return false;
	facility->intents = intents_new(facility->record, on_intent_done, facility);
	return facility->intents && (facility->engine || facility_start_decisions(facility));
}
