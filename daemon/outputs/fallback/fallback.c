/*
 * Which incidents call, as a table of reasons. Must not know of outputs, topics or
 * clocks, and must never call for an exercise or for what a person has answered.
 */
#include "daemon/outputs/fallback/fallback.h"

#include "core/clock.h"

#include <stdio.h>
#include <string.h>

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Since when the reason holds for an incident; CLOCK_NEVER: it does not. */
static int64_t since_raised(const struct fallback *fallback, const struct incident *incident)
{
	(void)fallback;
	return incident->unacked_ms;
}

/* A notice that was heard since may have reached somebody: then only acknowledging tells. */
static int64_t since_unheard(const struct fallback *fallback, const struct incident *incident)
{
	if (!fallback->unheard_ms || fallback->notice_ms >= incident->unacked_ms)
		return CLOCK_NEVER;
	return later(fallback->unheard_ms, incident->unacked_ms);
}

static int64_t since_away(const struct fallback *fallback, const struct incident *incident)
{
	if (!fallback->away_ms)
		return CLOCK_NEVER;
	return later(fallback->away_ms, incident->unacked_ms);
}

static const struct reason_row {
	int64_t (*since_ms)(const struct fallback *fallback, const struct incident *incident);
	size_t after; /* offset of the time in the settings */
} reasons[FALLBACK_REASON_COUNT] = {
	[FALLBACK_UNACKNOWLEDGED] = { since_raised,
		offsetof(struct fallback_settings, acknowledge_within_ms) },
	[FALLBACK_UNHEARD] = { since_unheard,
		offsetof(struct fallback_settings, unheard_after_ms) },
	[FALLBACK_BROKER_AWAY] = { since_away,
		offsetof(struct fallback_settings, broker_away_after_ms) },
};

/* When this incident will call for this reason, as things are. */
static int64_t due_ms(const struct fallback *fallback, enum fallback_reason reason,
	const struct fallback_settings *settings, const struct incident *incident)
{
	const struct reason_row *row = &reasons[reason];
	int64_t since_ms = row->since_ms(fallback, incident);
	const char *after = (const char *)settings + row->after;

	if (since_ms == CLOCK_NEVER)
		return CLOCK_NEVER;
	return since_ms + *(const int64_t *)(const void *)after;
}

static bool may_call(const struct fallback_settings *settings, const struct incident *incident)
{
	return !incident->drill && (incident_traits(incident->state) & INCIDENT_IS_UNACKED) &&
	       incident->type->severity >= settings->severity;
}

static struct fallback_call *call_of(struct fallback *fallback, const char *incident)
{
	for (size_t i = 0; i < fallback->call_count; i++)
		if (strcmp(fallback->calls[i].incident, incident) == 0)
			return &fallback->calls[i];
	return NULL;
}

static bool call_add(struct fallback *fallback, const char *incident, enum fallback_reason reason)
{
	struct fallback_call *call;

	if (fallback->call_count == FALLBACK_CALL_MAX)
		return false;
	call = &fallback->calls[fallback->call_count++];
	*call = (struct fallback_call){ .reason = reason };
	snprintf(call->incident, sizeof(call->incident), "%s", incident);
	return true;
}

/* Those that were answered, and what was fresh is no more. */
static bool drop_answered(struct fallback *fallback, const struct fallback_settings *settings,
	const struct engine *engine)
{
	size_t kept = 0, before = fallback->call_count;

	for (size_t i = 0; i < before; i++) {
		struct fallback_call *call = &fallback->calls[i];
		const struct incident *incident = engine_find(engine, call->incident);

		call->fresh = false;
		if (settings->action_count > 0 && incident && may_call(settings, incident))
			fallback->calls[kept++] = *call;
	}
	fallback->call_count = kept;
	return kept != before;
}

static void judge_incident(struct fallback *fallback, const struct fallback_settings *settings,
	const struct incident *incident, int64_t now_ms, struct fallback_verdict *verdict)
{
	for (enum fallback_reason r = 0; r < FALLBACK_REASON_COUNT; r++) {
		int64_t at_ms = due_ms(fallback, r, settings, incident);

		if (at_ms > now_ms) {
			if (at_ms < verdict->next_ms)
				verdict->next_ms = at_ms;
			continue;
		}
		/* That nobody listened some time ago does not say that nobody does now. */
		if (r == FALLBACK_UNHEARD && fallback->said_ms < at_ms) {
			verdict->ask = !fallback->asked;
			continue;
		}
		if (call_add(fallback, incident->id, r)) {
			fallback->calls[fallback->call_count - 1].fresh = true;
			verdict->changed = true;
		}
		return;
	}
}

struct fallback_verdict fallback_judge(struct fallback *fallback,
	const struct fallback_settings *settings, const struct engine *engine, int64_t now_ms)
{
	struct fallback_verdict verdict = { .next_ms = CLOCK_NEVER };
	const struct incident *incident;

	verdict.changed = drop_answered(fallback, settings, engine);
	for (size_t i = 0; settings->action_count > 0 && (incident = engine_incident(engine, i));
		i++)
		if (may_call(settings, incident) && !call_of(fallback, incident->id))
			judge_incident(fallback, settings, incident, now_ms, &verdict);
	return verdict;
}

void fallback_heard(struct fallback *fallback, bool heard, int64_t now_ms)
{
	fallback->asked = false;
	fallback->said_ms = now_ms;
	if (heard)
		fallback->unheard_ms = 0;
	else if (!fallback->unheard_ms)
		fallback->unheard_ms = now_ms;
}

void fallback_noticed(struct fallback *fallback, int64_t now_ms)
{
	fallback->notice_ms = now_ms;
}

void fallback_link(struct fallback *fallback, bool connected, int64_t now_ms)
{
	/* Who listens is said anew with the next alert. */
	fallback->unheard_ms = 0;
	fallback->asked = false;
	if (connected)
		fallback->away_ms = 0;
	else if (!fallback->away_ms)
		fallback->away_ms = now_ms;
}

bool fallback_resume(struct fallback *fallback, const char *incident, const char *reason)
{
	int found = word_find(WORD_FALLBACK_REASON, reason);

	return found >= 0 && call_add(fallback, incident, (enum fallback_reason)found);
}
