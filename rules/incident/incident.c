/*
 * The life of an incident and of a step as full tables. It knows nothing of
 * rules or readings: the engine says what happened.
 */
#include "rules/incident/incident.h"

#include "core/utf8.h"
#include "core/words.h"

#include <string.h>

/* Rows are laid out by hand: a table with every cell in sight. */
/* clang-format off */
enum incident_state incident_next(enum incident_state state, enum incident_event event)
{
	enum {
		NONE = INCIDENT_NONE,
		AU = INCIDENT_ACTIVE_UNACKED, AA = INCIDENT_ACTIVE_ACKED,
		RU = INCIDENT_RETURNED_UNACKED, RA = INCIDENT_RETURNED_ACKED,
		SA = INCIDENT_SHELVED_ACTIVE, SR = INCIDENT_SHELVED_RETURNED,
		XA = INCIDENT_SUPPRESSED_ACTIVE, XR = INCIDENT_SUPPRESSED_RETURNED,
		HO = INCIDENT_HANDED_OVER, CL = INCIDENT_CLOSED,
	};
	/*
	 * A report always comes through: a person sees more than a rule. What people have
	 * acknowledged is not suppressed, for they are at it. When the condition is true again,
	 * somebody must acknowledge again; and when a first stage becomes full, also what is on the
	 * shelf. What is closed stays so: the next raise is another incident, with an id of its
	 * own.
	 */
	static const unsigned char next[INCIDENT_STATE_COUNT][INCIDENT_EVENT_COUNT] = {
		/*       raise report full return ack shelve unshelve shelf-end suppress unsuppress
			 hand-over complete dismiss end */
		[NONE] = { AU, AU, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE,
			   NONE, NONE, NONE, NONE },
		[AU] =   { AU, AU, AU, RU, AA, SA, AU, AU, XA, AU,
			   HO, AU, AU, CL },
		[AA] =   { AA, AA, AU, RA, AA, SA, AA, AA, AA, AA,
			   HO, AA, AA, CL },
		[RU] =   { AU, AU, RU, RU, RA, SR, RU, RU, RU, RU,
			   CL, RU, CL, CL },
		[RA] =   { AU, AU, RU, RA, RA, SR, RA, RA, RA, RA,
			   CL, CL, CL, CL },
		[SA] =   { SA, AU, AU, SR, SA, SA, AA, AU, SA, SA,
			   HO, SA, SA, CL },
		[SR] =   { SA, AU, RU, SR, SR, SR, RA, RU, SR, SR,
			   CL, SR, SR, CL },
		[XA] =   { XA, AU, XA, XR, XA, XA, XA, XA, XA, AU,
			   HO, XA, XA, CL },
		[XR] =   { XA, AU, XR, XR, XR, XR, XR, XR, XR, RU,
			   CL, XR, CL, CL },
		[HO] =   { HO, HO, HO, CL, HO, HO, HO, HO, HO, HO,
			   HO, HO, HO, CL },
		[CL] =   { CL, CL, CL, CL, CL, CL, CL, CL, CL, CL,
			   CL, CL, CL, CL },
	};

	return (enum incident_state)next[state][event];
}

unsigned incident_traits(enum incident_state state)
{
	enum {
		TRUE_ = INCIDENT_IS_TRUE, FOLLOWED = INCIDENT_IS_FOLLOWED,
		UNACKED = INCIDENT_IS_UNACKED, SHELVED = INCIDENT_IS_SHELVED,
		SUPPRESSED = INCIDENT_IS_SUPPRESSED, ACTS = INCIDENT_ACTS,
	};
	/* A shelf silences people's alerts; it does not stop the machine. */
	static const unsigned traits[INCIDENT_STATE_COUNT] = {
		[INCIDENT_NONE] = 0,
		[INCIDENT_ACTIVE_UNACKED] = TRUE_ | FOLLOWED | UNACKED | ACTS,
		[INCIDENT_ACTIVE_ACKED] = TRUE_ | FOLLOWED | ACTS,
		[INCIDENT_RETURNED_UNACKED] = FOLLOWED | UNACKED,
		[INCIDENT_RETURNED_ACKED] = FOLLOWED,
		[INCIDENT_SHELVED_ACTIVE] = TRUE_ | SHELVED | ACTS,
		[INCIDENT_SHELVED_RETURNED] = SHELVED,
		[INCIDENT_SUPPRESSED_ACTIVE] = TRUE_ | SUPPRESSED,
		[INCIDENT_SUPPRESSED_RETURNED] = SUPPRESSED,
		[INCIDENT_HANDED_OVER] = TRUE_,
		[INCIDENT_CLOSED] = 0,
	};

	return traits[state];
}

bool step_may_become(enum step_status from, enum step_status to)
{
	/* Another person may accept what one has accepted. */
	static const bool may[STEP_STATUS_COUNT][STEP_STATUS_COUNT] = {
		/*                       open   accepted done   failed skipped did not occur */
		[STEP_OPEN] =          { false, true,    true,  true,  true,   true },
		[STEP_ACCEPTED] =      { true,  true,    true,  true,  true,   true },
		[STEP_DONE] =          { true,  false,   false, true,  true,   true },
		[STEP_FAILED] =        { true,  true,    true,  false, true,   true },
		[STEP_SKIPPED] =       { true,  true,    true,  true,  false,  true },
		[STEP_DID_NOT_OCCUR] = { true,  true,    true,  true,  true,   false },
	};

	return may[from][to];
}
/* clang-format on */

bool step_accounted(enum step_status status)
{
	return status == STEP_DONE || status == STEP_SKIPPED || status == STEP_DID_NOT_OCCUR;
}

/* Not of what has begun anew since: that was another time. */
const struct first_release *incident_first_release(
	const struct incident *incident, size_t step, int64_t now_ms)
{
	const struct first_release *first = &incident->first_release;

	if (!first->by[0] || (size_t)first->step != step ||
		now_ms - first->at_ms > FIRST_RELEASE_MS ||
		first->at_ms < incident->steps[step].action_ms)
		return NULL;
	return first;
}

bool incident_release_counts(struct incident *incident, int step, const struct zone *place,
	const struct order *order, int64_t now_ms)
{
	const struct first_release *first = incident_first_release(incident, (size_t)step, now_ms);
	bool is_second = order->second && first && first->place == place &&
			 strcmp(first->by, order->user) != 0;

	if (incident->type->steps[step].action->released_by < 2)
		return true;
	incident->first_release = (struct first_release){ 0 };
	if (is_second)
		return true;
	incident->first_release =
		(struct first_release){ .step = step, .place = place, .at_ms = now_ms };
	utf8_copy(incident->first_release.by, USER_MAX + 1, order->user);
	return false;
}

bool step_expected(const struct step_state *state)
{
	return state->applies == TRUTH_TRUE && !step_accounted(state->status);
}

bool step_decided(const struct incident *incident, int step)
{
	const struct fact *fact = incident->type->steps[step].fact;

	return !fact || fact_is_said(incident->facts[fact->index].status);
}

bool step_is_sure(const struct incident *incident, int step)
{
	const struct fact *stage = incident->type->stage;

	return step_decided(incident, step) &&
	       (!stage || incident->type->steps[step].first ||
		       fact_is_said(incident->facts[stage->index].status));
}

bool incident_is_full(const struct incident *incident)
{
	const struct fact *stage = incident->type->stage;

	return !stage || fact_value(stage, incident->facts[stage->index].status) == TRUTH_TRUE;
}

enum truth step_applies(const struct incident *incident, size_t step)
{
	const struct step *of = &incident->type->steps[step];

	if (of->first == incident_is_full(incident))
		return TRUTH_FALSE;
	if (!of->fact)
		return TRUTH_TRUE;
	return fact_applies(of->fact, of->fact_negated, incident->facts[of->fact->index].status);
}

void incident_unack(struct incident *incident, int64_t at_ms)
{
	incident->acked_ms = 0;
	incident->acked_by[0] = '\0';
	incident->unacked_ms = at_ms;
	incident->level = 0;
}

static bool action_has_failed(enum action_state action)
{
	return action == ACTION_FAILED || action == ACTION_LOST;
}

bool step_has_failed(const struct incident *incident, int step)
{
	const struct step_state *state = &incident->steps[step];

	return state->status == STEP_FAILED ||
	       ((incident_traits(incident->state) & INCIDENT_IS_TRUE) &&
		       action_has_failed(state->action));
}

struct action_call incident_call(const struct incident *incident)
{
	struct action_call call = { .zone = incident->zone, .drill = incident->drill };

	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		call.ruled |= cause->active && cause->rule;
		call.reported |= cause->active && !cause->rule;
	}
	return call;
}

struct places incident_scope(const struct site *site, const struct incident *incident, int step)
{
	const struct action *action = incident->type->steps[step].action;
	const struct places *released = &incident->steps[step].released;
	struct places scope = { .count = 0 };

	for (size_t i = 0; i < released->count; i++)
		places_add(&scope, action_zone(site, action, released->zones[i]));
	if (scope.count == 0)
		places_add(&scope, action_zone(site, action, incident->zone));
	return scope;
}

bool incident_asks_place(const struct site *site, const struct incident *incident, int step)
{
	return incident->steps[step].action == ACTION_AWAITING &&
	       incident->steps[step].released.count == 0 &&
	       action_asks_place(site, incident->type->steps[step].action, incident->zone);
}

bool incident_adds_place(const struct incident *incident, int step, const struct zone *place)
{
	const struct step_state *state = &incident->steps[step];

	return state->released.count > 0 && !places_of(&state->released, place) &&
	       (incident_traits(incident->state) & INCIDENT_ACTS) && state->applies == TRUTH_TRUE &&
	       state->status != STEP_SKIPPED && state->status != STEP_DID_NOT_OCCUR &&
	       state->action != ACTION_IDLE && state->action != ACTION_OVERTAKEN &&
	       state->action != ACTION_RESTORED;
}

unsigned incident_level(const struct incident *incident, int step)
{
	const struct step_state *state = &incident->steps[step < 0 ? 0 : step];

	if (step < 0)
		return incident->level;
	return step_has_failed(incident, step) ? state->failed_level : state->overdue_level;
}

/* The table of words has them in the order of their enumerations, but for INCIDENT_NONE. */
_Static_assert((int)INCIDENT_CLOSED == WORD_STATE_CLOSED + 1, "states");
_Static_assert((int)STEP_STATUS_COUNT == WORD_STATUS_COUNT, "statuses");
_Static_assert((int)ACTION_LOST == WORD_ACTION_COUNT - 1, "actions");
_Static_assert((int)TRUTH_TRUE == WORD_APPLIES_YES, "truths");

const char *incident_state_name(enum incident_state state)
{
	return state == INCIDENT_NONE ? "none" : word_id(WORD_STATE, (size_t)state - 1);
}

const char *step_status_name(enum step_status status)
{
	return word_id(WORD_STATUS, status);
}

const char *action_state_name(enum action_state state)
{
	return word_id(WORD_ACTION, state);
}

const char *truth_name(enum truth truth)
{
	return word_id(WORD_APPLIES, truth);
}
