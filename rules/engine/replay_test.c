/*
 * The engine as a function: a million random inputs, twice, with ticks at other
 * times, and without one allocation. SEED=... repeats a run.
 */
#include "rules/engine/engine.h"

#include "tests/rules_lab.h"
#include "tests/sanitized.h"

enum { INPUTS = ROUNDS(1000000) };

static uint64_t allocations;

/* Counted at the source; the sanitizers have an allocator of their own. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}

void *calloc(size_t nmemb, size_t size)
{
	allocations++;
	return __libc_calloc(nmemb, size);
}

void *realloc(void *ptr, size_t size)
{
	allocations++;
	return __libc_realloc(ptr, size);
}
#endif

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action ask = { .id = "ask", .mode = ACTION_CONFIRM };

/* clang-format off */
static struct fact facts[] = {
	{ .id = "wet", .index = 0, .worse = true, .deadline_ms = 300, .sensor = "any(leak)" },
	{ .id = "on", .index = 1, .deadline_ms = 200, .sensor = "ats-on and not bypass" },
};

static struct step steps[] = {
	{ .id = "report", .mandatory = true },
	{ .id = "cut", .mandatory = true, .fact = &facts[0], .action = &cut },
	{ .id = "ask", .fact = &facts[1], .action = &ask },
};

static struct incident_type types[] = {
	{ .id = "a", .number = 1, .steps = steps, .step_count = 3, .facts = facts,
		.fact_count = 2 },
	{ .id = "b", .number = 2, .steps = steps, .step_count = 1 },
};

static const struct rule rules[] = {
	{ .id = "leak", .type = &types[0], .condition = "any(leak)", .for_ms = 20,
		.clear_for_ms = 50, .each_zone = true, .zone = &building_zones[Z_CENTRE] },
	{ .id = "smoke", .type = &types[0], .condition = "count(smoke) >= 2", .clear_for_ms = 10,
		.zone = &building_zones[Z_F3] },
	{ .id = "leaks", .type = &types[0], .condition = "count(leak) >= 1 and ats-on",
		.for_ms = 5, .zone = &building_zones[Z_F3_TEA] },
	{ .id = "cold", .type = &types[1], .condition = "min(temperature) < 1 °C",
		.clear_when = "avg(temperature) > 1 °C", .for_ms = 30, .clear_for_ms = 30,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "wet", .type = &types[1], .condition = "count(leak) >= 3", .for_ms = 3,
		.clear_when = "count(leak) == 0 or bypass", .clear_for_ms = 3,
		.zone = &building_zones[Z_CENTRE] },
};
/* clang-format on */

struct replay {
	struct engine_sink sink;
	struct engine *engine;
	uint64_t hash, transitions, closed;
};

static uint64_t seed_given(void)
{
	const char *given = getenv("SEED");

	return given ? strtoull(given, NULL, 0) : 0x2545f4914f6cdd1d;
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static void mix(struct replay *replay, int64_t value)
{
	replay->hash = (replay->hash ^ (uint64_t)value) * 0x100000001b3;
	replay->hash ^= replay->hash >> 29;
}

static void mix_incident(struct replay *replay, const struct incident *incident)
{
	for (const char *c = incident->id; *c; c++)
		mix(replay, *c);
	mix(replay, incident->state);
	mix(replay, incident->raised_ms);
	mix(replay, incident->acked_ms);
	mix(replay, incident->returned_ms);
	for (size_t i = 0; i < incident->cause_count; i++) {
		mix(replay, incident->causes[i].rule->for_ms);
		mix(replay, incident->causes[i].since_ms);
		mix(replay, incident->causes[i].until_ms);
		for (size_t k = 0; k < incident->causes[i].witness_count; k++)
			mix(replay, incident->causes[i].witnesses[k].at_ms);
	}
	for (size_t i = 0; i < incident->type->step_count; i++) {
		mix(replay, incident->steps[i].applies);
		mix(replay, incident->steps[i].status);
		mix(replay, incident->steps[i].status_ms);
		mix(replay, incident->steps[i].action);
		mix(replay, incident->steps[i].action_ms);
	}
	for (size_t i = 0; i < incident->type->fact_count; i++) {
		mix(replay, incident->facts[i].status);
		mix(replay, incident->facts[i].time_ms);
		mix(replay, incident->facts[i].due_ms);
	}
}

/* What may never be, whatever came in. */
static void check(const struct transition *transition)
{
	const struct incident *incident = transition->incident;

	assert_true(transition->at_ms >= incident->raised_ms);
	assert_true(incident->cause_count >= 1 && incident->cause_count <= CAUSE_MAX);
	if (transition->kind != TRANSITION_CLOSED)
		return;
	assert_true(incident->returned_ms > 0 && incident->acked_ms > 0);
	for (size_t i = 0; i < incident->cause_count; i++)
		assert_false(incident->causes[i].active);
	for (size_t i = 0; i < incident->type->step_count; i++) {
		const struct step_state *step = &incident->steps[i];

		assert_int_not_equal(step->action, ACTION_WANTED);
		if (incident->type->steps[i].mandatory && step->applies != TRUTH_FALSE)
			assert_int_not_equal(step->status, STEP_OPEN);
	}
}

static void on_transition(struct engine_sink *sink, const struct transition *transition)
{
	struct replay *replay = (struct replay *)(void *)sink;

	check(transition);
	replay->transitions++;
	replay->closed += transition->kind == TRANSITION_CLOSED;
	mix(replay, transition->kind);
	mix(replay, transition->step);
	mix(replay, transition->at_ms);
	mix_incident(replay, transition->incident);
}

static void random_command(struct replay *replay, uint64_t *seed, int64_t at_ms)
{
	static const char *const step_ids[] = { "report", "cut", "ask", "all" };
	const struct incident *incident = engine_incident(replay->engine, random_next(seed) % 5);
	uint64_t choice = random_next(seed) % 8;
	const char *id = incident ? incident->id : "1-f2";
	const char *step_id = step_ids[random_next(seed) % 4];

	if (choice < 2)
		engine_ack(replay->engine, id, "li", at_ms, &replay->sink);
	else if (choice < 5)
		engine_step(replay->engine, id, step_id, (enum step_status)(random_next(seed) % 3),
			"li", "because", at_ms, &replay->sink);
	else if (choice < 6)
		engine_release(replay->engine, id, step_id, "li", at_ms, &replay->sink);
	else
		engine_action(replay->engine, id, (int)(random_next(seed) % 3),
			(enum action_state)(random_next(seed) % (ACTION_RESTORED + 1)), "facilityd",
			"", at_ms, &replay->sink);
}

/* `ticks` chooses when the loop comes round: that must not matter. */
static void run(struct replay *replay, uint64_t seed, uint64_t ticks, size_t inputs)
{
	int64_t at_ms = 1;
	char error[128];

	*replay = (struct replay){ .sink.transition = on_transition, .hash = 1 };
	replay->engine = engine_new(
		&building, NULL, rules, sizeof(rules) / sizeof(rules[0]), 1, error, sizeof(error));
	assert_non_null(replay->engine);
	allocations = 0;
	for (size_t i = 0; i < inputs; i++) {
		struct reading reading = {
			.point = (uint32_t)(random_next(&seed) % POINT_COUNT),
			.quality = random_next(&seed) % 8 ? QUALITY_GOOD : QUALITY_STALE,
			.value = (double)(random_next(&seed) % 4 == 0),
		};

		reading.at_ms = at_ms;
		engine_frame(replay->engine, &reading, 1, at_ms, &replay->sink);
		if (random_next(&seed) % 16 == 0)
			random_command(replay, &seed, at_ms);
		at_ms += (int64_t)(random_next(&seed) % 8);
		if (ticks && random_next(&ticks) % 4 == 0)
			engine_tick(replay->engine, at_ms, &replay->sink);
		assert_true(ticks == 0 || engine_deadline(replay->engine) > at_ms - 8);
	}
	assert_int_equal(allocations, 0);
	engine_free(replay->engine);
}

static void test_replay_is_the_same(void **state)
{
	struct replay first, second;

	(void)state;
	print_message("SEED=0x%llx\n", (unsigned long long)seed_given());
	run(&first, seed_given(), 0, INPUTS);
	run(&second, seed_given(), 0, INPUTS);
	print_message("%d readings, %llu transitions, %llu incidents closed\n", INPUTS,
		(unsigned long long)first.transitions, (unsigned long long)first.closed);
	assert_true(first.transitions > INPUTS / 1000 && first.closed > INPUTS / 10000);
	assert_true(first.hash == second.hash && first.transitions == second.transitions);
}

static void test_ticks_do_not_matter(void **state)
{
	struct replay first, second, third;

	(void)state;
	run(&first, seed_given(), 0, INPUTS / 10);
	run(&second, seed_given(), 1234567, INPUTS / 10);
	run(&third, seed_given(), 7654321, INPUTS / 10);
	assert_true(first.transitions > 100);
	assert_true(first.hash == second.hash);
	assert_true(first.hash == third.hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replay_is_the_same),
		cmocka_unit_test(test_ticks_do_not_matter),
	};

	return cmocka_run_group_tests_name("engine replay", tests, building_setup, NULL) ? 1 : 0;
}
