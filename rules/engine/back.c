/* What is taken back while the engine runs: from documents, or because the journal is older. */
#include "rules/engine/parts.h"

#include <errno.h>
#include <stdio.h>

/* What a person has seen is not lost, whichever incident has it. */
static void join_report(struct engine *engine, uint32_t slot, const struct kept_incident *kept,
	struct engine_sink *sink)
{
	for (size_t i = 0; i < kept->incident.cause_count; i++) {
		const struct cause *cause = &kept->incident.causes[i];
		const struct telling tell = { sink, cause->by, engine->now_ms };

		if (!kept->causes[i].rule && cause->active)
			slot_report(engine, slot, cause->note, &tell);
	}
}

int engine_take_back(struct engine *engine, const struct kept_incident *kept, int64_t now_ms,
	struct engine_sink *sink, const char **id, char *error, size_t error_size)
{
	struct telling tell = { sink, ENGINE_USER, 0 };
	uint32_t slot;
	const char *why;

	/* Of many, each condition is looked at once, behind the last. */
	if (!engine->restored)
		engine_tick(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	why = keep_take(engine, kept, &slot);
	if (why && (why != KEEP_OCCUPIED || slot == SLOT_NONE)) {
		snprintf(error, error_size, "incident %s: %s", kept->incident.id, why);
		return keep_error(why);
	}
	if (why)
		join_report(engine, slot, kept, sink);
	else
		slot_mark(engine, slot, &tell);
	if (id)
		*id = engine->slots[slot].incident->id;
	/* Its conditions are looked at with the next input, whatever came before: at once. */
	engine->restored = engine->adopted = true;
	engine_finish(engine, sink);
	return why ? -EEXIST : 0;
}

void engine_doubt(struct engine *engine, const char *id, int64_t now_ms, struct engine_sink *sink)
{
	const struct incident *incident;
	struct telling tell = { sink, ENGINE_USER, 0 };

	engine_tick(engine, now_ms, sink);
	tell.at_ms = engine->now_ms;
	incident = engine_find(engine, id);
	if (!incident || incident->taken_back)
		return;
	slot_mark(engine, slot_of_incident(engine, incident), &tell);
	engine->restored = engine->adopted = true;
	engine_tick(engine, now_ms, sink);
	engine_finish(engine, sink);
}
