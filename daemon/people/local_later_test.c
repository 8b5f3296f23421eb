/* Answers of the local socket that come later: nobody else waits, and who leaves is forgotten. */
#include "tests/local_bench.h"

static void wait_requests(struct bench *bench, int count)
{
	for (int i = 0; i < TURNS && bench->requests < count; i++)
		turn(bench);
	assert_int_equal(bench->requests, count);
}

/* While one waits for its answer the others are served, and what it says meanwhile is not lost. */
static void test_later(void **state)
{
	struct bench *bench = *state;
	int waiting = dial(bench), other = dial(bench);
	uint64_t ticket;

	say(waiting, "later\nnext\n");
	wait_requests(bench, 1);
	ticket = bench->ticket;
	say(waiting, "and more\n");
	shutdown(waiting, SHUT_WR); /* no sign that it does not wait any more */
	say(other, "q\n");
	assert_heard(bench, other, "<q>\n");
	/* Nothing is to be done meanwhile, though there is something to be read. */
	assert_int_equal(sd_event_run(bench->loop, 20000), 0);
	local_answer(bench->local, ticket + 100, strdup("nobody's"), 8);
	local_answer(bench->local, ticket, strdup("now"), 3);
	assert_heard(bench, waiting, "now\n");
	assert_heard(bench, waiting, "<next>\n");
	assert_heard(bench, waiting, "<and more>\n");
	local_answer(bench->local, ticket, strdup("twice"), 5);
	assert_ended(bench, waiting);
	assert_int_equal(bench->gone, 0);
	close(other);
}

/* Whoever leaves, or waits for ever, is told to whoever prepares the answer; which then is dropped.
 */
static void test_later_gone(void **state)
{
	struct bench *bench = *state;
	int leaving = dial(bench), patient = dial(bench), failed = dial(bench);

	say(leaving, "later\n");
	wait_requests(bench, 1);
	close(leaving);
	for (int i = 0; i < TURNS && bench->gone == 0; i++)
		turn(bench);
	assert_int_equal(bench->gone, 1);
	assert_int_equal(bench->gone_ticket, bench->ticket);
	local_answer(bench->local, bench->ticket, strdup("too late"), 8);
	say(failed, "later\n");
	wait_requests(bench, 2);
	local_answer(bench->local, bench->ticket, NULL, 0);
	assert_ended(bench, failed);
	assert_int_equal(bench->gone, 1);
	say(patient, "later\n");
	wait_requests(bench, 3);
	assert_ended(bench, patient);
	assert_int_equal(bench->gone, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(test_later),
		WITH_BENCH(test_later_gone),
	};

	return cmocka_run_group_tests_name("local_later", tests, NULL, NULL) ? 1 : 0;
}
