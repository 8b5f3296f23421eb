/* What the engine says. */
#include "rules/incident/state.h"

const char *transition_name(enum transition_kind kind)
{
	return word_id(WORD_EVENT, kind);
}

const char *engine_result_text(enum engine_result result)
{
	static const enum word_refusal words[ENGINE_RESULT_COUNT] = {
		[ENGINE_NO_INCIDENT] = WORD_REFUSAL_NO_OPEN_INCIDENT_HAS_THIS_ID,
		[ENGINE_NO_STEP] = WORD_REFUSAL_THE_INCIDENT_HAS_NO_SUCH_STEP,
		[ENGINE_NO_TYPE] = WORD_REFUSAL_THE_PLAN_HAS_NO_INCIDENT_TYPE_OF_THIS_NUMBER,
		[ENGINE_NO_ZONE] = WORD_REFUSAL_THE_BUILDING_HAS_NO_ZONE_OF_THIS_ID,
		[ENGINE_FULL] = WORD_REFUSAL_TOO_MANY_REPORTED_INCIDENTS_OR_EXERCISES_ARE_OPEN,
		[ENGINE_NOT_NOW] =
			WORD_REFUSAL_IT_IS_SO_ALREADY_OR_THE_INCIDENT_S_STATE_DOES_NOT_ALLOW_IT,
		[ENGINE_NO_REASON] = WORD_REFUSAL_THIS_NEEDS_A_REASON_IN_WORDS,
		[ENGINE_BAD_TIME] = WORD_REFUSAL_A_SHELF_LASTS_FROM_1_MINUTE_TO_7_DAYS,
		[ENGINE_BUSY] = WORD_REFUSAL_AN_ACTION_IS_BEING_CARRIED_OUT_WAIT_FOR_ITS_END,
		[ENGINE_NO_DRILL] = WORD_REFUSAL_THIS_IS_NO_EXERCISE_ONLY_EXERCISES_ARE_ENDED_SO,
		[ENGINE_STILL_TRUE] =
			WORD_REFUSAL_IT_IS_STILL_TRUE_IT_IS_RESET_WHEN_READINGS_SHOW_NO_MORE_OF_IT,
		[ENGINE_NO_FACT] = WORD_REFUSAL_ITS_INCIDENT_TYPE_HAS_NO_SUCH_FACT,
		[ENGINE_NO_ANSWER] = WORD_REFUSAL_AN_ANSWER_IS_YES_NO_OR_UNKNOWN,
		[ENGINE_ASSUMED] =
			WORD_REFUSAL_NOBODY_HAS_SAID_THAT_IT_APPLIES_IT_WAS_ONLY_ASSUMED_ANSWER_THE_QUESTION_FIRST,
		[ENGINE_WHICH_PLACE] = WORD_REFUSAL_IN_WHICH_PLACE_NAME_ONE,
		[ENGINE_NO_PLACE] = WORD_REFUSAL_THE_ACTION_CANNOT_ACT_IN_THIS_PLACE_ALONE,
		[ENGINE_PLACES] = WORD_REFUSAL_IT_ACTS_IN_MANY_PLACES_ALREADY_NAME_A_WIDER_ONE,
		[ENGINE_REAL_FIRST] = WORD_REFUSAL_A_REAL_INCIDENT_IS_OPEN_NO_EXERCISE_NOW,
	};

	return result == ENGINE_OK ? NULL : word_refusal(words[result]);
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
	transition.place = tell->place;
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
