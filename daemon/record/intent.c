/* Each waits under two names: the journal's ticket, and the sequence of its message. */
#include "daemon/record/intent.h"

#include "core/clock.h"
#include "core/log.h"
#include "daemon/mqtt/mqtt.h"

#include <stdlib.h>

struct waiting {
	uint64_t ticket; /* 0: free */
	uint64_t sequence;
	int64_t deadline_ms;
};

struct intents {
	intent_ended *ended;
	void *context;
	struct waiting waiting[INTENT_MAX];
};

struct intents *intents_new(intent_ended *ended, void *context)
{
	struct intents *intents = calloc(1, sizeof(*intents));

	if (intents)
		*intents = (struct intents){ .ended = ended, .context = context };
	return intents;
}

void intents_free(struct intents *intents)
{
	free(intents);
}

void intents_hold(struct intents *intents, uint64_t ticket, uint64_t sequence, int64_t deadline_ms)
{
	for (size_t i = 0; i < INTENT_MAX; i++) {
		if (intents->waiting[i].ticket)
			continue;
		intents->waiting[i] = (struct waiting){ ticket, sequence, deadline_ms };
		return;
	}
	log_error("intent: more than %d at once", INTENT_MAX);
}

static void end(struct intents *intents, struct waiting *waiting, bool recorded, int64_t now_ms)
{
	uint64_t ticket = waiting->ticket;

	waiting->ticket = 0;
	intents->ended(intents->context, ticket, recorded, now_ms);
}

void intents_kept(struct intents *intents, uint64_t ticket, int error, int64_t now_ms)
{
	for (size_t i = 0; !error && i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].ticket == ticket)
			end(intents, &intents->waiting[i], true, now_ms);
}

void intents_delivered(struct intents *intents, uint64_t sequence, int reason_code, int64_t now_ms)
{
	/* Any other code, "no matching subscribers" too, means that the broker has not kept it. */
	for (size_t i = 0; mqtt_outcome(reason_code) == MQTT_RECORDED && i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].sequence == sequence)
			end(intents, &intents->waiting[i], true, now_ms);
}

void intents_expire(struct intents *intents, int64_t now_ms)
{
	for (size_t i = 0; i < INTENT_MAX; i++) {
		struct waiting *waiting = &intents->waiting[i];

		if (!waiting->ticket || waiting->deadline_ms > now_ms)
			continue;
		log_error("intent: neither the journal nor the broker has it: not written");
		end(intents, waiting, false, now_ms);
	}
}

int64_t intents_deadline(const struct intents *intents)
{
	int64_t deadline_ms = CLOCK_NEVER;

	for (size_t i = 0; i < INTENT_MAX; i++)
		if (intents->waiting[i].ticket && intents->waiting[i].deadline_ms < deadline_ms)
			deadline_ms = intents->waiting[i].deadline_ms;
	return deadline_ms;
}
