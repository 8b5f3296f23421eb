/* A queue of copied messages, each with the commit for which it waits. */
#include "daemon/record/gate.h"

#include "core/clock.h"
#include "core/log.h"

#include <stdlib.h>
#include <string.h>

struct held {
	struct held *next;
	struct mqtt_publish message;
	enum gate_need need;
	uint64_t mark;
	int64_t deadline_ms;
	char texts[];
};

struct gate {
	struct gate_events *events;
	int64_t hold_ms;
	struct held *first, **end;
	size_t count;
	uint64_t written;     /* commits that are written, or have failed */
	uint64_t kept;        /* commits that have ended */
	uint64_t latest;      /* that was asked for */
	uint64_t answer_mark; /* the latest that an answer waits for */
	int64_t answer_ms;    /* and until when; CLOCK_NEVER: none waits */
	/* The disk was late for messages, for answers: none waits before this commit has ended. */
	uint64_t late_until, hung_until; /* 0: it is in time */
};

struct gate *gate_new(int64_t hold_ms, struct gate_events *events)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return NULL;
	gate->events = events;
	gate->hold_ms = hold_ms;
	gate->end = &gate->first;
	gate->answer_ms = CLOCK_NEVER;
	return gate;
}

void gate_set_hold(struct gate *gate, int64_t hold_ms)
{
	gate->hold_ms = hold_ms;
}

static bool may_pass(const struct gate *gate, enum gate_need need, uint64_t mark)
{
	return mark <= (need == GATE_KEPT ? gate->kept : gate->written);
}

static void pass_first(struct gate *gate)
{
	struct held *held = gate->first;

	gate->first = held->next;
	if (!gate->first)
		gate->end = &gate->first;
	gate->count--;
	gate->events->pass(gate->events, &held->message);
	free(held);
}

static void pass_all(struct gate *gate)
{
	while (gate->first)
		pass_first(gate);
}

static void pass_ready(struct gate *gate)
{
	while (gate->first && may_pass(gate, gate->first->need, gate->first->mark))
		pass_first(gate);
}

static void note_mark(struct gate *gate, uint64_t mark)
{
	if (mark > gate->latest)
		gate->latest = mark;
}

void gate_free(struct gate *gate)
{
	if (!gate)
		return;
	pass_all(gate);
	free(gate);
}

void gate_put(struct gate *gate, const struct mqtt_publish *message, enum gate_need need,
	uint64_t mark, int64_t now_ms)
{
	struct held *held = NULL;

	note_mark(gate, mark);
	if (gate->count == GATE_MAX)
		pass_all(gate);
	/* Behind others it waits too, for the order. */
	if (gate->first || (!may_pass(gate, need, mark) && !gate->late_until))
		held = malloc(sizeof(*held) + mqtt_texts_size(message));
	if (!held) {
		pass_all(gate);
		gate->events->pass(gate->events, message);
		return;
	}
	*held = (struct held){ .message = mqtt_copy(message, held->texts),
		.need = need,
		.mark = mark,
		.deadline_ms = now_ms + gate->hold_ms };
	*gate->end = held;
	gate->end = &held->next;
	gate->count++;
}

bool gate_answer(struct gate *gate, uint64_t mark, int64_t now_ms)
{
	note_mark(gate, mark);
	if (mark <= gate->kept || gate->hung_until)
		return false;
	if (mark > gate->answer_mark)
		gate->answer_mark = mark;
	if (gate->answer_ms == CLOCK_NEVER)
		gate->answer_ms = now_ms + GATE_ANSWER_MS;
	return true;
}

static void end_late(struct gate *gate)
{
	if (gate->late_until && gate->written >= gate->late_until) {
		gate->late_until = 0;
		log_info("journal: in time again");
	}
	if (gate->kept >= gate->hung_until)
		gate->hung_until = 0;
}

void gate_written(struct gate *gate, uint64_t written)
{
	if (written > gate->written)
		gate->written = written;
	end_late(gate);
	pass_ready(gate);
}

void gate_kept(struct gate *gate, uint64_t kept, int64_t now_ms)
{
	gate->kept = kept;
	gate_written(gate, kept);
	gate->events->answers(gate->events, kept);
	if (gate->answer_ms != CLOCK_NEVER) /* the disk is at it */
		gate->answer_ms = gate->answer_mark <= kept ? CLOCK_NEVER : now_ms + GATE_ANSWER_MS;
}

void gate_expire(struct gate *gate, int64_t now_ms)
{
	if (gate->first && gate->first->deadline_ms <= now_ms) {
		log_warn("journal: late: what happens is told before it is on disk");
		gate->late_until = gate->latest;
		pass_all(gate);
	}
	if (gate->answer_ms <= now_ms) {
		log_warn("journal: late: people are answered before it is on disk");
		gate->hung_until = gate->latest;
		gate->answer_ms = CLOCK_NEVER;
		gate->events->answers(gate->events, UINT64_MAX);
	}
}

int64_t gate_deadline(const struct gate *gate)
{
	if (gate->first && gate->first->deadline_ms < gate->answer_ms)
		return gate->first->deadline_ms;
	return gate->answer_ms;
}
