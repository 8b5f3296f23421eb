/* An engine that takes over from another one, by plain structs, goes on as that would have. */
#include "tests/sanitized.h"
#include "tests/succession.h"

enum { INPUTS = ROUNDS(300000) };

/* In any order. */
static size_t restart(struct side *side)
{
	struct engine *old = side->engine, *fresh = engine_fresh(engine_serial(old));
	struct kept_incident kept;
	char error[256] = "";
	size_t count = 0, first = random_next();

	while (engine_incident(old, count))
		count++;
	for (size_t i = 0; i < count; i++) {
		engine_keep(old, engine_incident(old, (i + first) % count), &kept);
		if (engine_restore(fresh, &kept, error, sizeof(error)))
			fail_msg("%s", error);
	}
	succession_restart(side, fresh);
	return count;
}

/* At any moment, in the middle of delays too. */
static size_t reload(struct side *side)
{
	struct engine *old = side->engine, *fresh = engine_fresh(engine_serial(old));
	uint64_t told = side->transitions;
	char error[256] = "";
	size_t count = 0;

	if (engine_adopt(fresh, old, error, sizeof(error)))
		fail_msg("%s", error);
	side->engine = fresh;
	assert_int_equal(engine_deadline(fresh), 0);
	engine_tick(fresh, old->now_ms, &side->sink);
	assert_true(side->transitions == told);
	assert_true(engine_serial(fresh) == engine_serial(old));
	assert_int_equal(engine_deadline(fresh), engine_deadline(old));
	while (engine_incident(old, count))
		count++;
	engine_free(old);
	return count;
}

static void test_restarts_do_not_matter(void **state)
{
	(void)state;
	succession_compare(INPUTS, restart, false);
}

static void test_reloads_do_not_matter(void **state)
{
	(void)state;
	succession_compare(INPUTS, reload, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_restarts_do_not_matter),
		cmocka_unit_test(test_reloads_do_not_matter) };

	return cmocka_run_group_tests_name("keep random", tests, building_setup, NULL) ? 1 : 0;
}
