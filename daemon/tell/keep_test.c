/* What outlives the process: which rows are kept, and how the next run goes on with them. */
#include "tests/tell_bench.h"

static void test_an_incident_is_kept_when_it_is_told(void **state)
{
	see_leak(*state, 1, T0);
	assert_int_equal(kept.rows, 1);
	assert_int_equal(strncmp(kept.id, "16-f2-", 6), 0);
	tell_sweep(*state, at(T0 + 1));
	assert_int_equal(kept.sweeps, 1);
	assert_int_equal(kept.rows, 1);
	assert_int_equal(kept.outputs, 2); /* each minute, for deadlines count on from there */
	/* The journal has lost some change: each row once more. */
	kept.lost = true;
	tell_sweep(*state, at(T0 + 2));
	assert_int_equal(kept.rows, 2);
	assert_int_equal(kept.outputs, 4);
	tell_sweep(*state, at(T0 + 3));
	assert_int_equal(kept.rows, 2);
	acknowledge(T0 + 4);
	see_leak(*state, 0, T0 + 5);
	expect_text("alert", "\"closed\"");
	assert_int_equal(kept.dropped, 1);
	assert_string_equal(kept.text, ""); /* not kept again */
	assert_int_equal(kept.commits, 0);
	tell_close_record(*state, at(T0 + 6));
	assert_int_equal(kept.outputs, 6);
	assert_int_equal(kept.commits, 1);
}

/* More than the journal takes at once: some at a time, and a trouble until they are all there. */
static void test_rows_are_put_some_at_a_time(void **state)
{
	see_leak(*state, 1, T0);
	kept.rows = 0;
	teller->keeps = true;
	teller->keep_next = 0;
	tell_keep_some(*state, 0, at(T0 + 1));
	assert_int_equal(kept.rows, 0);
	assert_true(teller->keeps);
	tell_sweep_journal(*state, at(T0 + 1));
	expect_text("trouble/journal", "more was decided at once than the journal takes");
	tell_keep_some(*state, 1, at(T0 + 2));
	assert_int_equal(kept.rows, 1);
	assert_false(teller->keeps);
	tell_sweep_journal(*state, at(T0 + 3));
	assert_true(cleared("trouble/journal"));
	/* What is closed meanwhile moves the others on. */
	teller->keeps = true;
	teller->keep_next = 1;
	acknowledge(T0 + 4);
	see_leak(*state, 0, T0 + 5);
	assert_int_equal(teller->keep_next, 0);
}

static void test_the_next_run_goes_on(void **state)
{
	struct moment moment = at(T0 + 1000);
	static char row[sizeof(kept.text)], id[sizeof(kept.id)];

	config.daemon.journal_days = 2;
	see_leak(*state, 1, T0);
	snprintf(row, sizeof(row), "%s", kept.text);
	snprintf(id, sizeof(id), "%s", kept.id);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	config.daemon.journal_days = 2;
	disk.row = row;
	snprintf(disk.id, sizeof(disk.id), "%s", id);
	assert_true(tell_open_record(*state, "/x", NULL, &moment));
	assert_int_equal(moment.wall_ms, T0 + 1000 + 5000);
	assert_non_null(engine_incident(plant.engine, 0));
	assert_string_equal(engine_incident(plant.engine, 0)->id, id);
	assert_null(engine_incident(plant.engine, 1)); /* what cannot be read is left out */
	assert_true(engine_serial(plant.engine) >= 7);
	sweep(*state, T0 + 1001);
	expect_text("stats", "\"last_day\":1");
}

/* A journal that has nothing: numbers begin with this second, as no run before can have had them.
 */
static void test_the_first_run_begins(void **state)
{
	struct moment moment = at(T0);

	config.daemon.journal_days = 2;
	assert_true(tell_open_record(*state, "/x", NULL, &moment));
	assert_int_equal(engine_serial(plant.engine), at(T0).wall_ms / 1000);
	assert_int_equal(moment.wall_ms, at(T0).wall_ms);
	assert_int_equal(teller->clock.begun_ms, T0); /* the trouble `clock` has its patience */
	disk.fails = true;
	assert_false(tell_open_record(*state, "/x", NULL, &moment));
}

static void test_the_last_words(void **state)
{
	tell_end(*state, at(T0));
	assert_int_equal(kept.settled, 2);
	expect_text("state", "\"offline\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_an_incident_is_kept_when_it_is_told),
		TEST(test_rows_are_put_some_at_a_time),
		TEST(test_the_next_run_goes_on),
		TEST(test_the_first_run_begins),
		TEST(test_the_last_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
