/*
 * A restart or a reload must not matter: two engines get the same random inputs;
 * one of them is followed by another one, again and again, and both must tell
 * the same, bit for bit. SEED=... repeats a run. Only *_test.c include it.
 */
#ifndef TESTS_SUCCESSION_H
#define TESTS_SUCCESSION_H

#include "rules/engine/keep.h"
#include "rules/engine/parts.h"
#include "tests/rules_lab.h"

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = {
	.id = "ask", .mode = ACTION_CONFIRM, .class = &building_classes[C_LEAK]
};

/* clang-format off */
static struct fact facts[] = {
	{ .id = "hurt", .index = 0, .worse = true, .deadline_ms = 300, .sensor = "any(smoke)" },
	{ .id = "trapped", .index = 1, .worse = true, .unknown = FACT_UNKNOWN_YES,
		.deadline_ms = 500, .sensor = "any(lift.trapped)" },
	{ .id = "out", .index = 2, .deadline_ms = 200 },
	{ .id = "long", .index = 3, .worse = true, .deadline_ms = 400, .after_ms = 400,
		.sensor = "bypass" },
	{ .id = "wet", .index = 4, .worse = true, .deadline_ms = 600, .sensor = "any(leak)" },
	{ .id = "on", .index = 5, .deadline_ms = 250, .sensor = "ats-on and not bypass" },
};

static struct step steps[] = {
	{ .id = "report", .mandatory = true, .deadline_ms = 400 },
	{ .id = "cut", .mandatory = true, .fact = &facts[4], .deadline_ms = 900, .action = &cut },
	{ .id = "ask", .fact = &facts[5], .deadline_ms = 100, .action = &ask },
	{ .id = "valve", .action = &cut },
	{ .id = "doctor", .fact = &facts[0], .deadline_ms = 300, .mandatory = true, .action = &ask },
	{ .id = "free", .fact = &facts[1], .deadline_ms = 300, .mandatory = true, .action = &cut },
	{ .id = "search", .fact = &facts[2], .fact_negated = true, .action = &cut },
	{ .id = "by-hand", .fact = &facts[3], .deadline_ms = 100, .mandatory = true },
};

static struct fact staged_facts[] = {
	{ .id = "hurt", .index = 0, .worse = true, .deadline_ms = 300, .sensor = "any(smoke)" },
	{ .id = "stage", .index = 1, .worse = true, .deadline_ms = 350,
		.sensor = "count(leak) >= 4 or bypass" },
};

static struct step staged_steps[] = {
	{ .id = "report", .mandatory = true, .deadline_ms = 400 },
	{ .id = "look", .mandatory = true, .first = true, .deadline_ms = 100 },
	{ .id = "free", .fact = &staged_facts[0], .mandatory = true, .action = &cut },
	{ .id = "ask", .action = &ask },
};

static struct incident_type types[] = {
	{ .id = "a", .number = 1, .steps = steps, .step_count = 8, .facts = facts,
		.fact_count = 6 },
	{ .id = "b", .number = 2, .steps = staged_steps, .step_count = 4, .facts = staged_facts,
		.fact_count = 2, .stage = &staged_facts[1] },
	{ .id = "c", .number = 3, .steps = steps, .step_count = 3, .facts = facts,
		.fact_count = 6 },
};

static const struct plan plan = { .types = types, .type_count = 3, .remind_ms = 150,
	.chain = { { .after_ms = 250 }, { .after_ms = 700 } }, .chain_count = 2 };

static const struct rule rules[] = {
	{ .id = "leak", .type = &types[0], .condition = "any(leak)", .for_ms = 5,
		.clear_for_ms = 50, .each_zone = true, .zone = &building_zones[Z_CENTRE] },
	{ .id = "smoke", .type = &types[0], .condition = "count(smoke) >= 2", .clear_for_ms = 10,
		.zone = &building_zones[Z_F3] },
	{ .id = "leaks", .type = &types[0], .condition = "count(leak) >= 1 and ats-on",
		.latch = true, .zone = &building_zones[Z_F3_TEA] },
	{ .id = "cold", .type = &types[1], .condition = "min(temperature) < 1 °C",
		.clear_when = "avg(temperature) > 1 °C", .clear_for_ms = 30,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "wet", .type = &types[1], .condition = "count(leak) >= 3", .for_ms = 3,
		.suppressed_by = { &types[2] }, .suppressor_count = 1, .unsuppress_after_ms = 40,
		.clear_when = "count(leak) == 0 or bypass", .clear_for_ms = 3,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "still", .type = &types[0], .condition = "any(lift.trapped)", .clear_for_ms = 4,
		.suppressed_by = { &types[1], &types[2] }, .suppressor_count = 2,
		.zone = &building_zones[Z_LIFT] },
};
/* clang-format on */

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

struct side {
	struct engine_sink sink;
	struct engine *engine;
	uint64_t hash, transitions;
};

static uint64_t seed;

static inline uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 11;
}

static inline void mix(struct side *side, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		side->hash = (side->hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}

static inline void mix_number(struct side *side, int64_t number)
{
	mix(side, &number, sizeof(number));
}

static inline void mix_text(struct side *side, const char *text)
{
	mix(side, text, strlen(text) + 1);
}

static inline void mix_cause(struct side *side, const struct cause *cause)
{
	mix_text(side, cause->rule ? cause->rule->id : "report");
	mix_number(side, cause->active);
	mix_number(side, cause->since_ms);
	mix_number(side, cause->until_ms);
	mix_text(side, cause->by);
	mix_text(side, cause->note);
	for (size_t i = 0; i < cause->witness_count; i++) {
		mix_number(side, cause->witnesses[i].point);
		mix_number(side, cause->witnesses[i].at_ms);
		if (cause->witnesses[i].quality == QUALITY_GOOD)
			mix(side, &cause->witnesses[i].value, sizeof(double));
	}
}

static inline void mix_incident(struct side *side, const struct incident *incident)
{
	mix_text(side, incident->id);
	mix_number(side, incident->state);
	mix_number(side, incident->raised_ms);
	mix_number(side, incident->acked_ms);
	mix_text(side, incident->acked_by);
	mix_number(side, incident->returned_ms);
	mix_number(side, incident->told);
	mix_number(side, incident->full);
	mix_number(side, incident->level);
	mix_number(side, incident->unacked_ms);
	mix_number(side, incident->unsuppress_ms);
	mix_text(side, incident->suppressor);
	mix_number(side, incident->hold.at_ms);
	mix_number(side, incident->hold.until_ms);
	mix_text(side, incident->hold.by);
	mix_text(side, incident->hold.note);
	mix_text(side, incident->hold.to);
	for (size_t i = 0; i < incident->cause_count; i++)
		mix_cause(side, &incident->causes[i]);
	for (size_t i = 0; i < incident->type->step_count; i++) {
		mix_number(side, incident->steps[i].applies);
		mix_number(side, incident->steps[i].status);
		mix_number(side, incident->steps[i].status_ms);
		mix_number(side, incident->steps[i].action);
		mix_number(side, incident->steps[i].action_ms);
		for (size_t k = 0; k < incident->steps[i].released.count; k++)
			mix_text(side, incident->steps[i].released.zones[k]->id);
		mix_number(side, incident->steps[i].due_ms);
		mix_number(side, incident->steps[i].overdue);
		mix_number(side, incident->steps[i].remind_ms);
		mix_number(side, incident->steps[i].reminders);
		mix_number(side, incident->steps[i].overdue_level);
		mix_number(side, incident->steps[i].failed_level);
		mix_text(side, incident->steps[i].by);
		mix_text(side, incident->steps[i].note);
	}
	for (size_t i = 0; i < incident->type->fact_count; i++) {
		mix_number(side, incident->facts[i].status);
		mix_number(side, incident->facts[i].asked);
		mix_number(side, incident->facts[i].time_ms);
		mix_number(side, incident->facts[i].due_ms);
		mix_number(side, incident->facts[i].overdue);
		mix_number(side, incident->facts[i].remind_ms);
		mix_number(side, incident->facts[i].reminders);
		mix_number(side, incident->facts[i].level);
		mix_text(side, incident->facts[i].by);
		mix_text(side, incident->facts[i].note);
	}
}

static inline void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	struct side *side = (struct side *)(void *)sink;

	side->transitions++;
	mix_number(side, transition->kind);
	mix_number(side, transition->step);
	mix_text(side, transition->fact ? transition->fact->id : "");
	mix_number(side, transition->at_ms);
	mix_text(side, transition->user);
	mix_text(side, transition->note);
	mix_incident(side, transition->incident);
}

static inline struct engine *engine_fresh(uint64_t serial)
{
	char error[128] = "";
	struct engine *engine;

	/* Rooms between which a person chooses. */
	for (size_t i = 0; i < building.point_count; i++)
		building_points[i].writable = building_points[i].class == &building_classes[C_LEAK];
	engine = engine_new(&building, &plan, rules, RULES, serial, error, sizeof(error));

	if (!engine)
		fail_msg("%s", error);
	return engine;
}

/* What puts an incident aside. */
static inline void put_aside(
	struct side *side, uint64_t choice, const char *id, uint64_t a, int64_t at_ms)
{
	const char *zone = building_zones[a / 16 % ZONE_COUNT].id, *note = a % 4 ? "why\nnot" : "";
	struct engine *engine = side->engine;
	int type = (int)(a % 3) + 1;

	if (choice < 2)
		engine_shelve(engine, id, SHELF_MIN_MS - 1 + (int64_t)(a % 500), "li", note, at_ms,
			&side->sink);
	else if (choice < 6)
		engine_unshelve(engine, id, "wu", at_ms, &side->sink);
	else if (choice < 7)
		engine_hand_over(engine, id, note, "qian", note, at_ms, &side->sink);
	else if (choice < 8)
		engine_drill(engine, type, zone, "wu", note, at_ms, &side->sink, NULL);
	else
		engine_drill_end(engine, id, "wu", note, at_ms, &side->sink);
}

static inline void say(struct side *side, const char *id, uint64_t a, int64_t at_ms)
{
	static const char *const answers[] = { "yes", "no", "unknown" };
	static const char *const ids[] = { "hurt", "trapped", "out", "long", "stage", "wet" };
	const struct order order = { .kind = ORDER_ANSWER,
		.user = "sun",
		.incident = id,
		.fact = ids[a % 6],
		.answer = answers[a / 4 % 3],
		.note = a / 16 % 2 ? "so" : "" };

	engine_order(side->engine, &order, at_ms, &side->sink, NULL);
}

/* Its action goes, in one place or wherever it acts. */
static inline void let(
	struct side *side, const char *id, const char *step, uint64_t a, int64_t at_ms)
{
	const struct order order = { .kind = ORDER_RELEASE,
		.user = "li",
		.incident = id,
		.step = step,
		.zone = a % 4 ? building_zones[a / 4 % ZONE_COUNT].id : "",
		.note = "" };

	engine_order(side->engine, &order, at_ms, &side->sink, NULL);
}

static inline void command(
	struct side *side, uint64_t choice, const char *id, uint64_t a, int64_t at_ms)
{
	static const char *const step_ids[] = { "report", "cut", "ask", "all", "doctor", "free" };
	static const char *const notes[] = { "why", "a\nb \\ c", " \x7f\x1f", "" };
	const char *step_id = step_ids[a % 6], *note = notes[a / 4 % 4];
	struct engine *engine = side->engine;

	if (choice < 3)
		engine_ack(engine, id, "li", at_ms, &side->sink);
	else if (choice < 5)
		engine_step(engine, id, step_id, (enum step_status)(a / 16 % STEP_STATUS_COUNT),
			"wu", note, at_ms, &side->sink);
	else if (choice < 6)
		let(side, id, a % 4 ? "ask" : step_id, a / 16, at_ms);
	else if (choice < 7)
		engine_report(engine, (int)(a % 3) + 1, building_zones[a / 16 % ZONE_COUNT].id,
			"zhao", note, at_ms, &side->sink, NULL);
	else if (choice < 9)
		order_about(engine, a / 64 % 2 ? ORDER_OVER : ORDER_RESET, id, "qian", note, at_ms,
			&side->sink);
	else if (choice >= 21)
		say(side, id, a, at_ms);
	else if (choice >= 12)
		put_aside(side, choice - 12, id, a, at_ms);
	else
		engine_action(engine, id, (int)(a % 8),
			(enum action_state)(a / 4 % (ACTION_RESTORED + 1)), "facilityd", note,
			at_ms, &side->sink);
}

static inline void both_commanded(struct side sides[2], int64_t at_ms)
{
	uint64_t choice = random_next() % 25, a = random_next();
	const struct incident *incident = engine_incident(sides[0].engine, random_next() % 8);
	char id[INCIDENT_ID_MAX + 1];

	strcpy(id, incident ? incident->id : "1-f2");
	for (int i = 0; i < 2; i++)
		command(&sides[i], choice, id, a, at_ms);
}

/* A `for` that has begun is not kept, nor what was reset unseen and is closed; so both are compared
 * from a moment without one. */
static inline bool is_quiet(const struct engine *engine)
{
	for (size_t i = 0; i < engine->instance_count; i++) {
		const struct instance *instance = &engine->instances[i];

		if (!instance->active && instance->delay.left_ms < instance->rule->for_ms)
			return false;
		if (!instance->active && instance->delay.running)
			return false;
		if (instance->unseen &&
			engine->slots[instance->slot].incident->state == INCIDENT_NONE)
			return false;
	}
	return true;
}

/*
 * `succeed` puts another engine in the side's place, and returns how many incidents it carried;
 * any_time: in the middle of a `for`, too.
 */
static inline void succession_compare(
	size_t inputs, size_t (*succeed)(struct side *side), bool any_time)
{
	struct side sides[2] = { { .hash = 1 }, { .hash = 1 } };
	size_t restarts = 0, carried = 0;
	int64_t at_ms = 1;

	seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 0x51a7c0ffee123;
	print_message("SEED=0x%llx\n", (unsigned long long)seed);
	for (int k = 0; k < 2; k++) {
		sides[k].sink.transition = on_transition;
		sides[k].engine = engine_fresh(1);
	}
	for (size_t i = 0; i < inputs; i++) {
		struct reading reading = { .point = (uint32_t)(random_next() % POINT_COUNT),
			.quality = random_next() % 8 ? QUALITY_GOOD : QUALITY_STALE,
			.value = (double)(random_next() % 4 == 0),
			.at_ms = at_ms };

		for (int k = 0; k < 2; k++)
			engine_frame(sides[k].engine, &reading, 1, at_ms, &sides[k].sink);
		if (random_next() % 8 == 0)
			both_commanded(sides, at_ms);
		if (sides[0].hash != sides[1].hash)
			fail_msg("input %zu, after %zu restarts: they differ", i, restarts);
		assert_int_equal(
			engine_deadline(sides[0].engine), engine_deadline(sides[1].engine));
		if (random_next() % 32 == 0 && (any_time || is_quiet(sides[1].engine))) {
			carried += succeed(&sides[1]);
			restarts++;
		}
		at_ms += (int64_t)(random_next() % 8);
	}
	print_message("%zu readings, %llu transitions, %zu restarts with %zu incidents\n", inputs,
		(unsigned long long)sides[0].transitions, restarts, carried);
	assert_true(restarts > inputs / 300 && carried > inputs / 60 &&
		    sides[0].transitions > inputs / 30);
	engine_free(sides[0].engine);
	engine_free(sides[1].engine);
}

/* `fresh` in the place of the side's engine, before its first reading: all readings come again. */
static inline void succession_restart(struct side *side, struct engine *fresh)
{
	struct engine *old = side->engine;
	uint64_t told = side->transitions, first = random_next();

	side->engine = fresh;
	for (size_t i = 0; i < POINT_COUNT; i++)
		engine_frame(fresh, &engine_values(old)[(i + first) % POINT_COUNT], 1, old->now_ms,
			&side->sink);
	assert_true(side->transitions == told);
	assert_true(engine_serial(fresh) == engine_serial(old));
	for (size_t i = 0; engine_incident(old, i); i++)
		assert_string_equal(engine_incident(fresh, i)->id, engine_incident(old, i)->id);
	engine_free(old);
}

#endif
