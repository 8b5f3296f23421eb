/*
 * An engine over the building of test_building.h, and a log of its transitions.
 * Only *_test.c include it.
 */
#ifndef TESTS_RULES_LAB_H
#define TESTS_RULES_LAB_H

#include "rules/engine/engine.h"
#include "tests/engine_orders.h"
#include "tests/rules_building.h"

#include <stdio.h>

struct lab {
	struct engine_sink sink;
	struct engine *engine;
	char log[4096];
	size_t transitions;
	struct incident last; /* as the last transition showed it */
};

static inline void lab_note(struct engine_sink *sink, const struct transition *transition)
{
	struct lab *lab = (struct lab *)(void *)sink;
	const struct incident *incident = transition->incident;
	char *end = lab->log + strlen(lab->log);
	size_t room = sizeof(lab->log) - strlen(lab->log);
	int used;

	lab->transitions++;
	lab->last = *incident;
	used = snprintf(end, room, "%lld %s %s %s", (long long)transition->at_ms,
		transition_name(transition->kind), incident->id,
		incident_state_name(incident->state));
	assert_true(used > 0 && (size_t)used < room);
	if (transition->step >= 0) {
		const struct step_state *step = &incident->steps[transition->step];

		used += snprintf(end + used, room - (size_t)used, " %s:%s:%s:%s",
			incident->type->steps[transition->step].id, truth_name(step->applies),
			step_status_name(step->status), action_state_name(step->action));
	}
	used += snprintf(end + used, room - (size_t)used, "%s%s%s%s%s\n",
		strcmp(transition->user, "facilityd") ? " by " : "",
		strcmp(transition->user, "facilityd") ? transition->user : "",
		transition->note[0] ? " (" : "", transition->note, transition->note[0] ? ")" : "");
	assert_true((size_t)used < room);
}

static inline void lab_start_plan(
	struct lab *lab, const struct plan *plan, const struct rule *rules, size_t count)
{
	char error[256] = "";

	memset(lab, 0, sizeof(*lab));
	lab->sink.transition = lab_note;
	lab->engine = engine_new(&building, plan, rules, count, 1, error, sizeof(error));
	if (!lab->engine)
		fail_msg("%s", error);
}

static inline void lab_start(struct lab *lab, const struct rule *rules, size_t count)
{
	lab_start_plan(lab, NULL, rules, count);
}

static inline void lab_end(struct lab *lab)
{
	engine_free(lab->engine);
}

/* "f2-leak=1 smoke-1=?": what was read together at this time. */
static inline void lab_frame(struct lab *lab, int64_t at_ms, const char *assignments)
{
	struct reading values[POINT_COUNT], frame[POINT_COUNT];
	char text[256], *rest = text, *word;
	size_t count = 0;

	building_set(values, assignments);
	strcpy(text, assignments);
	while ((word = strsep(&rest, " "))) {
		uint32_t index;

		word[strcspn(word, "=")] = '\0';
		index = building_point(word);
		frame[count] = values[index];
		frame[count].point = index;
		frame[count++].at_ms = at_ms;
	}
	engine_frame(lab->engine, frame, count, at_ms, &lab->sink);
}

/* Each by itself, in this order. */
static inline void lab_set(struct lab *lab, int64_t at_ms, const char *assignments)
{
	char text[256], *rest = text, *word;

	strcpy(text, assignments);
	while ((word = strsep(&rest, " ")))
		lab_frame(lab, at_ms, word);
}

static inline void lab_tick(struct lab *lab, int64_t at_ms)
{
	engine_tick(lab->engine, at_ms, &lab->sink);
}

/* What was told since the last time; every line of it. */
#define lab_expect(lab, expected)                                                                  \
	do {                                                                                       \
		assert_string_equal((lab)->log, expected);                                         \
		(lab)->log[0] = '\0';                                                              \
	} while (0)

#endif
