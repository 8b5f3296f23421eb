/* What outlives the process, by rows of the record: open incidents, and what the outputs keep. */
#include "daemon/documents/keep.h"
#include "daemon/documents/lock.h"
#include "daemon/tell/parts.h"

#include "core/log.h"
#include "rules/engine/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_MAX = 256, DAY_MS = 24 * 3600 * 1000 };

void tell_keep(struct tell *tell, const struct incident *incident, struct moment moment)
{
	const struct plant *plant = tell->plant;
	const struct document_origin origin = tell_origin(tell);
	char *text;

	if (incident->state == INCIDENT_CLOSED) {
		record_row(tell->record, incident->id, NULL);
		tell->keep_next -= tell->keep_next > 0; /* those behind it move on */
		return;
	}
	text = document_keep(
		incident, &origin, plant->engine, plant->outputs, &plant->config->site, &moment);
	if (text)
		record_row(tell->record, incident->id, text);
	else
		log_error("incident %s: out of memory: the journal has it as it was", incident->id);
	free(text);
}

/* All at once would not go into the journal's queue, however often it were tried. */
void tell_keep_some(struct tell *tell, size_t max, struct moment moment)
{
	const struct incident *incident = NULL;

	for (; max > 0 && tell->keeps; max--) {
		incident = engine_incident(tell->plant->engine, tell->keep_next++);
		tell->keeps = incident != NULL;
		if (incident)
			tell_keep(tell, incident, moment);
	}
	tell->keeps = engine_incident(tell->plant->engine, tell->keep_next) != NULL;
}

void tell_keep_all(struct tell *tell, struct moment moment)
{
	outputs_keep(tell->plant->outputs);
	tell_back_keep(tell);
	tell_keep_locks(tell);
	tell->keeps = true;
	tell->keep_next = 0;
	tell_keep_some(tell, KEEP_WINDOW, moment);
}

static void take_back(
	struct tell *tell, const char *id, const char *text, const struct reboot *reboot)
{
	const struct plant *plant = tell->plant;
	const struct incident *incident;
	char error[ERROR_MAX];
	enum outputs_row row;
	int failure;

	if (tell_back_row(tell, id, text))
		return;
	row = outputs_load(plant->outputs, id, text, reboot);
	if (row == OUTPUTS_ROW_DAMAGED)
		tell_back_row_lost(tell, false, true);
	if (row != OUTPUTS_ROW_OTHERS)
		return;
	failure = document_restore(plant->engine, text, reboot, error, sizeof(error));
	if (failure < 0) {
		log_error("incident %s: cannot go on after the restart: %s", id, error);
		tell_back_unusable(tell, id, text, reboot, failure == -ENOENT);
		return;
	}
	incident = engine_find(plant->engine, id);
	if (!incident)
		return;
	log_info("incident %s: goes on: %s", incident->id, incident_state_name(incident->state));
}

/* What the last run has left ------------------------------------------------ */

/* While the record is opened. */
struct restoring {
	struct tell *tell;
	struct moment *moment;
	struct reboot reboot;
};

static void load_counters(
	void *context, uint64_t first_serial, const struct reboot *reboot, int64_t wall_offset_ms)
{
	struct restoring *restoring = context;

	restoring->reboot = *reboot;
	restoring->moment->wall_ms = restoring->moment->now_ms + wall_offset_ms;
	engine_set_serial(restoring->tell->plant->engine, first_serial);
	tell_clock_begin(restoring->tell, reboot, *restoring->moment);
}

static void load_row(void *context, const char *id, const char *text)
{
	const struct restoring *restoring = context;

	if (tell_clock_row(restoring->tell, id, &restoring->reboot))
		return;
	if (strcmp(id, LOCKS_ROW) != 0)
		take_back(restoring->tell, id, text, &restoring->reboot);
	else if (!document_restore_locks(restoring->tell->plant->engine, text, &restoring->reboot,
			 restoring->moment->now_ms))
		tell_back_row_lost(restoring->tell, true, false);
}

static void load_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	const struct restoring *restoring = context;

	tell_load_raise(restoring->tell, number, zone, wall_ms, *restoring->moment);
}

bool tell_open_record(
	struct tell *tell, const char *directory, sd_event *event, struct moment *moment)
{
	const struct daemon_settings *daemon = &tell->plant->config->daemon;
	const struct record_settings settings = {
		.directory = directory,
		.retention_ms = daemon->journal_days * DAY_MS,
		.size_max = daemon->journal_size_mb * 1024 * 1024,
		.within_ms = daemon->record_within_ms,
	};
	struct restoring restoring = { .tell = tell, .moment = moment };
	const struct record_loader loader = { &restoring, load_counters, load_row, load_raised,
		moment->wall_ms - DAY_MS };
	const struct incident *incident;

	/* A journal that has nothing: serials begin with the second of this first start. */
	tell_clock_begin(tell, &restoring.reboot, *moment);
	engine_set_serial(tell->plant->engine, (uint64_t)(moment->wall_ms / 1000));
	if (!record_open(tell->record, &settings, &loader, event, *moment))
		return false;
	/* Behind all rows, since what they claim stands in another. */
	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++)
		outputs_resume(tell->plant->outputs, incident);
	tell_back_begin(tell, *moment);
	/* Else a kill would leave times of a boot before the last one. */
	if (restoring.reboot.rebooted)
		tell_keep_all(tell, *moment);
	return true;
}

void tell_close_record(struct tell *tell, struct moment moment)
{
	tell_keep_all(tell, moment);
	record_commit(tell->record, 0, moment);
	while (tell->keeps) {
		tell_keep_some(tell, KEEP_WINDOW, moment);
		record_commit(tell->record, 0, moment);
	}
}
