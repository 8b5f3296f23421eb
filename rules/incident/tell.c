/* What the engine says. */
#include "rules/incident/state.h"

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
		[ENGINE_NO_FACT] = "its incident type has no such fact",
		[ENGINE_NO_ANSWER] = "an answer is yes, no or unknown",
		[ENGINE_ASSUMED] =
			"nobody has said that it applies, it was only assumed: answer the question first",
		[ENGINE_WHICH_PLACE] = "in which place: name one",
		[ENGINE_NO_PLACE] = "the action cannot act in this place alone",
		[ENGINE_REAL_FIRST] = "a real incident is open: no exercise now",
	};

	return texts[result];
}

unsigned transition_level(const struct transition *transition)
{
	if (transition->fact)
		return transition->incident->facts[transition->fact->index].level;
	return incident_level(transition->incident, transition->step);
}

static void tell_of(struct engine *engine, uint32_t slot, struct transition transition,
	const struct telling *tell)
{
	transition.incident = engine->slots[slot].incident;
	transition.user = tell->user;
	transition.at_ms = tell->at_ms;
	due_show_level(engine, engine->slots[slot].incident);
	engine->deadline_moved = true;
	engine->suppression_due = engine->suppresses;
	tell->sink->transition(tell->sink, &transition);
}

void slot_tell(struct engine *engine, uint32_t slot, enum transition_kind kind, int step,
	const char *note, const struct telling *tell)
{
	tell_of(engine, slot,
		(struct transition){ .kind = kind, .step = step, .note = note ? note : "" }, tell);
}

void slot_tell_fact(struct engine *engine, uint32_t slot, enum transition_kind kind,
	const struct fact *fact, const char *note, const struct telling *tell)
{
	tell_of(engine, slot,
		(struct transition){ .kind = kind, .step = -1, .fact = fact, .note = note }, tell);
}
