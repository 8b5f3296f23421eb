/*
 * What becomes of an incident, as others are told; how what was asked of it went; and which are
 * open. Loop thread; never blocks.
 */
#ifndef RULES_INCIDENT_TRANSITION_H
#define RULES_INCIDENT_TRANSITION_H

#include "core/words.h" /* enum transition_kind: the events of the table of words */
#include "rules/incident/incident.h"

struct engine;

const char *transition_name(enum transition_kind kind); /* "raised", "cause", ... */

struct transition {
	enum transition_kind kind;
	const struct incident *incident; /* as it is after the transition; valid in the call only */
	int step;                        /* index in incident->type->steps; -1: none */
	const char *user;                /* who; "facilityd" for the machine's own */
	const char *note;                /* "" where none */
	int64_t at_ms;
	const struct fact *fact; /* of the incident's type; NULL: none */
	const struct zone
		*place; /* of a release: it is about this place alone; NULL: it names none */
};

/* Of an escalation: how often the chain was called for what it is about. */
unsigned transition_level(const struct transition *transition);

/* Called for each transition, in order. Must not call the engine back. */
struct engine_sink {
	void (*transition)(struct engine_sink *sink, const struct transition *transition);
};

enum engine_result {
	ENGINE_OK,
	ENGINE_NO_INCIDENT, /* no open incident has this id */
	ENGINE_NO_STEP,
	ENGINE_NO_TYPE, /* the plan has no type of this number */
	ENGINE_NO_ZONE,
	ENGINE_FULL,        /* more open incidents than the engine holds */
	ENGINE_NOT_NOW,     /* already so, or the state does not allow it */
	ENGINE_NO_REASON,   /* a skip, a failure, a shelf need a reason */
	ENGINE_BAD_TIME,    /* a shelf has an end, within SHELF_MAX_MS */
	ENGINE_BUSY,        /* an action is being carried out */
	ENGINE_NO_DRILL,    /* only exercises are ended so */
	ENGINE_REAL_FIRST,  /* no exercise while a real incident is open */
	ENGINE_STILL_TRUE,  /* no reset of what good readings show */
	ENGINE_NO_FACT,     /* the incident's type has no such fact */
	ENGINE_NO_ANSWER,   /* neither yes nor no nor unknown */
	ENGINE_ASSUMED,     /* no release by a fact that nobody has said */
	ENGINE_WHICH_PLACE, /* a release in a wide zone names the place */
	ENGINE_NO_PLACE,    /* the action cannot act there and there only */
	ENGINE_PLACES,      /* it was released for PLACE_MAX places */
	ENGINE_RESULT_COUNT
};
/* Why not, in English, as surfaces find it in the table of words; NULL: ENGINE_OK. */
const char *engine_result_text(enum engine_result result);

const struct incident *engine_find(const struct engine *engine, const char *id);
/* Open incidents in the order of their raise: i from 0; NULL at the end. */
const struct incident *engine_incident(const struct engine *engine, size_t i);

#endif
