/* A restart by what the journal keeps must not matter. */
#include "daemon/documents/keep.h"

#include "tests/sanitized.h"
#include "tests/succession.h"

enum { INPUTS = ROUNDS(30000) };

static const struct reboot same = { 0 };

static const struct document_origin origin = { "0123456789abcdef", 7 };

static size_t restart(struct side *side)
{
	struct engine *old = side->engine, *fresh = engine_fresh(engine_serial(old));
	/* Any clock will do, if it is the one with which it is read. */
	const struct moment clock = { old->now_ms,
		1795489269250 + (int64_t)(random_next() % 1000000) };
	int64_t first = (int64_t)random_next();
	char error[256] = "";
	size_t count = 0;

	while (engine_incident(old, count))
		count++;
	for (size_t i = 0; i < count; i++) {
		char *text = document_keep(engine_incident(old, (i + (size_t)first) % count),
			&origin, old, NULL, &building, &clock);

		assert_non_null(text);
		if (document_restore(fresh, text, &same, error, sizeof(error)))
			fail_msg("%s\n%s", error, text);
		free(text);
	}
	succession_restart(side, fresh);
	return count;
}

static void test_restarts_do_not_matter(void **state)
{
	(void)state;
	succession_compare(INPUTS, restart, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_restarts_do_not_matter) };

	return cmocka_run_group_tests_name("keep documents, random", tests, building_setup, NULL)
		       ? 1
		       : 0;
}
