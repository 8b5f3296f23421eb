/* What the engine says. */
#include "rules/engine/state.h"

const char *transition_name(enum transition_kind kind)
{
	return word_id(WORD_EVENT, kind);
}

const char *engine_result_text(enum engine_result result)
{
	static const char *const texts[ENGINE_RESULT_COUNT] = {
		[ENGINE_OK] = "done",
		[ENGINE_NO_INCIDENT] = "no open incident has this id",
		[ENGINE_NO_STEP] = "the incident has no such step",
		[ENGINE_NO_TYPE] = "the plan has no incident type of this number",
		[ENGINE_NO_ZONE] = "the building has no zone of this id",
		[ENGINE_FULL] = "too many reported incidents or exercises are open",
		[ENGINE_NOT_NOW] = "it is so already, or the incident's state does not allow it",
		[ENGINE_NO_REASON] = "this needs a reason in words",
		[ENGINE_BAD_TIME] = "a shelf lasts from 1 minute to 7 days",
		[ENGINE_BUSY] = "an action is being carried out: wait for its end",
		[ENGINE_NO_DRILL] = "this is no exercise: only exercises are ended so",
		[ENGINE_STILL_TRUE] =
			"it is still true: it is reset when readings show no more of it",
		[ENGINE_REAL_FIRST] = "a real incident is open: no exercise now",
	};

	return texts[result];
}

void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell)
{
	struct transition transition = {
		.kind = kind,
		.incident = engine->slots[slot].incident,
		.step = step,
		.user = tell->user,
		.note = note ? note : "",
		.at_ms = tell->at_ms,
	};

	due_show_level(engine, engine->slots[slot].incident);
	engine->deadline_moved = true;
	engine->suppression_due = engine->suppresses;
	tell->sink->transition(tell->sink, &transition);
}
