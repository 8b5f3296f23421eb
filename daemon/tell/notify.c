/*
 * Whom a transition concerns, and what they are told: by the plan's roles and
 * chain. Where a role that is told has nobody on duty, the chain does not wait.
 */
#include "daemon/tell/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOBODY_SIZE = 240 };

/* A transition while it is told. */
struct telling {
	struct record *record;
	const struct config *config;
	const struct plan *plan;
	struct moment moment;
	const struct transition *transition; /* as it is */
	const struct transition *shown;      /* as topics may show it */
	int minute;                          /* as tell_minute() */
	const struct role **absent;          /* were told, and have nobody on duty */
	size_t absent_count;
	bool present; /* some role that was told has somebody, or is not known */
};

static bool role_of_level(const struct plan *plan, const struct role *role, unsigned level)
{
	const struct chain_level *called;

	if (level == 0 || level > plan->chain_count)
		return false;
	called = &plan->chain[level - 1];
	return roles_have(called->roles, called->role_count, role);
}

/* Whom a transition gives something to do that they were not told before. */
enum concern { CONCERNS_NOBODY, CONCERNS_ALL, CONCERNS_THIS, CONCERNS_LEVEL };

static const enum concern concerns[TRANSITION_KIND_COUNT] = {
	[TRANSITION_RAISED] = CONCERNS_ALL,
	[TRANSITION_RERAISED] = CONCERNS_ALL,
	[TRANSITION_UNSHELVED] = CONCERNS_ALL,
	[TRANSITION_UNSUPPRESSED] = CONCERNS_ALL,
	[TRANSITION_TAKEN_BACK] = CONCERNS_ALL,
	[TRANSITION_STAGE] = CONCERNS_ALL,
	[TRANSITION_STEP] = CONCERNS_THIS,
	[TRANSITION_ACTION] = CONCERNS_THIS,
	[TRANSITION_OVERDUE] = CONCERNS_THIS,
	[TRANSITION_REMINDER] = CONCERNS_THIS,
	[TRANSITION_LOST_FEEDBACK] = CONCERNS_THIS,
	[TRANSITION_FACT] = CONCERNS_THIS,
	[TRANSITION_ASSUMED] = CONCERNS_THIS,
	[TRANSITION_ESCALATED] = CONCERNS_LEVEL,
};

/* Who is asked; and of what is assumed the chain's first level too, for nobody has answered. */
static bool role_asked(
	const struct plan *plan, const struct role *role, const struct transition *transition)
{
	const struct fact *fact = transition->fact;

	if (transition->kind != TRANSITION_ASSUMED)
		return transition->incident->facts[fact->index].asked &&
		       roles_have(fact->ask, fact->ask_count, role);
	return roles_have(fact->ask, fact->ask_count, role) ||
	       (!fact->after_ms && role_of_level(plan, role, 1));
}

static bool role_concerned(
	const struct plan *plan, const struct role *role, const struct transition *transition)
{
	const struct incident *incident = transition->incident;
	const struct step *of;
	int step = transition->step;

	if (!(incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		return false;
	switch (concerns[transition->kind]) {
	case CONCERNS_ALL:
		return true;
	case CONCERNS_THIS:
		if (transition->fact)
			return role_asked(plan, role, transition);
		of = step < 0 ? NULL : &incident->type->steps[step];
		return of && step_expected(&incident->steps[step]) &&
		       roles_have(of->roles, of->role_count, role);
	case CONCERNS_LEVEL:
		return role_of_level(plan, role, transition_level(transition));
	default:
		return false;
	}
}

static enum on_duty duty_of(const struct telling *telling, const struct role *role)
{
	return people_on_duty(&telling->config->people, role, telling->minute);
}

void tell_stream(struct record *record, const struct transition *transition,
	const struct document_alert *alert, const char *kind, const char *topic, char *document,
	struct moment moment)
{
	const struct record_event event = {
		.sequence = alert->sequence,
		.event_id = alert->event_id,
		.kind = kind,
		.topic = topic,
		.incident_id = transition->incident->id,
		.user = transition->user,
		.payload = document,
		.length = strlen(document),
		.notice = strcmp(kind, "notify") == 0,
	};

	record_event(record, &event, moment);
	free(document);
}

void tell_notice(struct tell *tell, struct document_notice notice, const char *incident_id,
	struct moment moment)
{
	const struct config *config = tell->plant->config;
	const struct event_name name = record_name(tell->record);
	char topic[TELL_TOPIC_MAX];
	char *document;

	notice.event_id = name.id;
	notice.sequence = name.sequence;
	notice.on_duty = people_on_duty(&config->people, notice.role, tell_minute(tell, moment));
	document = document_notice(&notice, &config->site, &moment);
	if (!document)
		return;
	snprintf(topic, sizeof(topic), "notify/%s", notice.role->id);
	record_event(tell->record,
		&(struct record_event){ .sequence = name.sequence,
			.event_id = name.id,
			.kind = "notify",
			.topic = topic,
			.incident_id = incident_id,
			.user = "facilityd",
			.payload = document,
			.length = strlen(document),
			.notice = true },
		moment);
	free(document);
}

/* One notice to one role, of its own steps or (note not NULL) of those of the absent ones. */
static bool notify_role(struct telling *telling, const struct role *role, const char *note)
{
	const struct event_name event = record_name(telling->record);
	struct transition transition = *telling->shown;
	char topic[TELL_TOPIC_MAX];
	const struct document_alert alert = {
		.event_id = event.id,
		.sequence = event.sequence,
		.transition = &transition,
		.on_duty = duty_of(telling, role),
		.absent = telling->absent,
		.absent_count = note ? telling->absent_count : 0,
	};
	char *document;

	if (note)
		transition.note = note;
	document = document_notify(&alert, role, &telling->config->site, &telling->moment);
	if (!document)
		return false;
	snprintf(topic, sizeof(topic), "notify/%s", role->id);
	tell_stream(telling->record, telling->transition, &alert, "notify", topic, document,
		telling->moment);
	return true;
}

/* The first level above what is called already that has somebody on duty; else the highest. */
static unsigned level_instead(const struct telling *telling)
{
	const struct transition *transition = telling->transition;
	unsigned from = transition->kind == TRANSITION_ESCALATED ? transition_level(transition) : 0;

	for (unsigned l = from + 1; l <= telling->plan->chain_count; l++) {
		const struct chain_level *level = &telling->plan->chain[l - 1];

		for (size_t i = 0; i < level->role_count; i++)
			if (duty_of(telling, level->roles[i]) != ON_DUTY_NOBODY)
				return l;
	}
	return telling->plan->chain_count > from ? (unsigned)telling->plan->chain_count : 0;
}

/* "nobody of security, windows is on duty", with as many names as have room. */
static void say_nobody(const struct telling *telling, char text[static NOBODY_SIZE])
{
	static const char end[] = " is on duty", more[] = ", ...";
	size_t used = (size_t)snprintf(text, NOBODY_SIZE, "nobody of");

	for (size_t i = 0; i < telling->absent_count; i++) {
		const char *id = telling->absent[i]->id;

		if (used + strlen(id) + 2 + sizeof(end) + sizeof(more) > NOBODY_SIZE) {
			used += (size_t)snprintf(text + used, NOBODY_SIZE - used, "%s", more);
			break;
		}
		used += (size_t)snprintf(
			text + used, NOBODY_SIZE - used, "%s %s", i ? "," : "", id);
	}
	snprintf(text + used, NOBODY_SIZE - used, "%s", end);
}

/* The chain is told at once of what the absent ones were to do. */
static void notify_instead(struct telling *telling)
{
	const struct plan *plan = telling->plan;
	unsigned level = level_instead(telling);
	char note[NOBODY_SIZE];
	bool any = false;

	if (level == 0)
		return;
	say_nobody(telling, note);
	for (size_t i = 0; i < plan->role_count; i++)
		any |= role_of_level(plan, &plan->roles[i], level) &&
		       duty_of(telling, &plan->roles[i]) != ON_DUTY_NOBODY;
	for (size_t i = 0; i < plan->role_count; i++)
		if (role_of_level(plan, &plan->roles[i], level) &&
			(!any || duty_of(telling, &plan->roles[i]) != ON_DUTY_NOBODY))
			notify_role(telling, &plan->roles[i], note);
}

void tell_roles(struct record *record, const struct config *config,
	const struct transition *transition, const struct transition *shown, int minute,
	struct moment moment)
{
	const struct plan *plan = &config->plan;
	struct telling telling = {
		.record = record,
		.config = config,
		.plan = plan,
		.moment = moment,
		.transition = transition,
		.shown = shown,
		.minute = minute,
		.absent = calloc(plan->role_count + 1, sizeof(*telling.absent)),
	};

	for (size_t i = 0; i < plan->role_count; i++) {
		const struct role *role = &plan->roles[i];

		if (!role_concerned(plan, role, transition) || !notify_role(&telling, role, NULL))
			continue;
		if (duty_of(&telling, role) != ON_DUTY_NOBODY)
			telling.present = true;
		else if (telling.absent)
			telling.absent[telling.absent_count++] = role;
	}
	/* Of a level of the chain that is called, one who is there will do. */
	if (telling.absent_count > 0 &&
		!(transition->kind == TRANSITION_ESCALATED && telling.present))
		notify_instead(&telling);
	free(telling.absent);
}
