/* What outlives the process, by rows of the record: open incidents, and who calls by outputs. */
#include "core/log.h"
#include "daemon/documents/keep.h"
#include "daemon/hub/parts.h"
#include "rules/engine/keep.h"

#include <stdlib.h>
#include <string.h>

enum { ERROR_MAX = 256, DAY_MS = 24 * 3600 * 1000 };

/* While the record is opened. */
struct restoring {
	struct hub *hub;
	int64_t shift_ms; /* turns the last run's boot times into this one's */
};

void hub_keep(struct hub *hub, const struct incident *incident)
{
	size_t length;
	char *text;

	if (incident->state == INCIDENT_CLOSED) {
		record_row(hub->record, incident->id, NULL);
		return;
	}
	text = document_keep(incident, hub->plant.engine, hub->plant.actuation,
		&hub->plant.config->site, &hub->now, &length);
	if (text)
		record_row(hub->record, incident->id, text);
	else
		log_error("incident %s: out of memory: the journal has it as it was", incident->id);
	free(text);
}

void hub_keep_all(struct hub *hub)
{
	const struct incident *incident;

	outlook_keep(hub->outlook, true);
	for (size_t i = 0; (incident = engine_incident(hub->plant.engine, i)); i++)
		hub_keep(hub, incident);
}

static void load_counters(
	void *context, uint64_t first_serial, int64_t shift_ms, int64_t wall_offset_ms)
{
	struct restoring *restoring = context;

	restoring->shift_ms = shift_ms;
	restoring->hub->wall_offset_ms = wall_offset_ms;
	restoring->hub->now.wall_ms = restoring->hub->now.now_ms + wall_offset_ms;
	hub_make_parts(restoring->hub, first_serial);
}

static void load_row(void *context, const char *id, const char *text)
{
	const struct restoring *restoring = context;
	struct hub *hub = restoring->hub;
	const struct incident *incident;
	char error[ERROR_MAX];

	if (!hub->desk) /* out of memory: the start fails */
		return;
	if (strcmp(id, OUTLOOK_ROW) == 0) {
		outlook_load(hub->outlook, text);
		return;
	}
	if (document_restore(hub->plant.engine, text, restoring->shift_ms, error, sizeof(error)) <
		0) {
		log_error("incident %s: cannot go on after the restart: %s", id, error);
		return;
	}
	incident = engine_find(hub->plant.engine, id);
	if (!incident)
		return;
	log_info("incident %s: goes on: %s", incident->id, incident_state_name(incident->state));
	actuation_resume(hub->plant.actuation, incident);
}

static void load_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	struct hub *hub = ((struct restoring *)context)->hub;

	if (hub->desk)
		tell_load_raise(hub->tell, number, zone, wall_ms, hub->now);
}

bool hub_open_record(struct hub *hub, const char *directory)
{
	const struct daemon_settings *daemon = &hub->plant.config->daemon;
	const struct record_settings settings = {
		.directory = directory,
		.retention_ms = daemon->journal_days * DAY_MS,
		.size_max = daemon->journal_size_mb * 1024 * 1024,
		.within_ms = daemon->record_within_ms,
	};
	struct restoring restoring = { hub, 0 };
	const struct record_loader loader = { &restoring, load_counters, load_row, load_raised,
		hub->now.wall_ms - DAY_MS };

	if (!record_open(
		    hub->record, &settings, &loader, hub->event, &hub->journal_events, hub->now))
		return false;
	/* A journal that had nothing: serials begin with the second of this first start. */
	return hub->desk ||
	       (!hub->plant.engine && hub_make_parts(hub, (uint64_t)(hub->now.wall_ms / 1000)));
}
