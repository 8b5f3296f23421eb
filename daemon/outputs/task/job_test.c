/* The job's state table: complete, and with the properties that safety rests on. */
#include "daemon/outputs/task/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_every_cell_is_a_state(void **state)
{
	(void)state;
	for (int s = 0; s < JOB_STATE_COUNT; s++) {
		for (int e = 0; e < JOB_EVENT_COUNT; e++) {
			int next = (int)job_next((enum job_state)s, (enum job_event)e);

			assert_in_range(next, 0, JOB_STATE_COUNT - 1);
		}
	}
}

/* Cells that lead to `to`, over all states other than itself. */
static int ways_to(enum job_state to, enum job_state *from, enum job_event *event)
{
	int count = 0;

	for (int s = 0; s < JOB_STATE_COUNT; s++) {
		for (int e = 0; e < JOB_EVENT_COUNT; e++) {
			if ((enum job_state)s == to ||
				job_next((enum job_state)s, (enum job_event)e) != to)
				continue;
			*from = (enum job_state)s;
			*event = (enum job_event)e;
			count++;
		}
	}
	return count;
}

static void test_a_write_has_been_recorded_and_asked_for(void **state)
{
	enum job_state from;
	enum job_event event;

	(void)state;
	assert_int_equal(ways_to(JOB_WRITING, &from, &event), 1);
	assert_int_equal(from, JOB_READY);
	assert_int_equal(event, JOB_EVENT_ALLOWED);
	/* By its record, or back from the queue of its bus, which has not sent it. */
	assert_int_equal(ways_to(JOB_READY, &from, &event), 2);
	assert_int_equal(job_next(JOB_RECORDING, JOB_EVENT_RECORDED), JOB_READY);
	assert_int_equal(job_next(JOB_WRITING, JOB_EVENT_CALLED_OFF), JOB_READY);
	assert_int_equal(ways_to(JOB_RECORDING, &from, &event), 1);
	assert_int_equal(from, JOB_WAITING);
	assert_int_equal(event, JOB_EVENT_ALLOWED);
}

static void test_only_a_read_back_confirms(void **state)
{
	(void)state;
	for (int s = 0; s < JOB_CONFIRMED; s++)
		for (int e = 0; e < JOB_EVENT_COUNT; e++)
			if (job_next((enum job_state)s, (enum job_event)e) == JOB_CONFIRMED)
				assert_int_equal(e, JOB_EVENT_AGREES);
	/* Not while the write is under way: what is read then is from before. */
	assert_int_equal(job_next(JOB_WRITING, JOB_EVENT_AGREES), JOB_WRITING);
}

static void test_ended_stays_ended(void **state)
{
	(void)state;
	for (int s = JOB_CONFIRMED; s < JOB_STATE_COUNT; s++) {
		assert_true(job_ended((enum job_state)s));
		for (int e = 0; e < JOB_EVENT_COUNT; e++) {
			int next = s;

			if (s == JOB_FAILED && e == JOB_EVENT_AGREES)
				next = JOB_CONFIRMED;
			if (s == JOB_CONFIRMED && e == JOB_EVENT_LOST)
				next = JOB_FAILED;
			if (s == JOB_FAILED && e == JOB_EVENT_AGAIN)
				next = JOB_WAITING;
			assert_int_equal(job_next((enum job_state)s, (enum job_event)e), next);
		}
	}
	for (int s = 0; s < JOB_CONFIRMED; s++)
		assert_false(job_ended((enum job_state)s));
}

static void test_every_running_state_expires(void **state)
{
	(void)state;
	for (int s = 0; s < JOB_CONFIRMED; s++)
		assert_int_equal(job_next((enum job_state)s, JOB_EVENT_EXPIRED),
			s == JOB_CHECKING ? JOB_WAITING : JOB_FAILED);
}

static void test_names(void **state)
{
	(void)state;
	for (int s = 0; s < JOB_STATE_COUNT; s++)
		assert_true(output_state_name(job_output_state((enum job_state)s))[0] != '\0');
	assert_string_equal(output_state_name(OUTPUT_UNPROVEN), "unproven");
	assert_string_equal(output_state_name(OUTPUT_ADVISED), "advised");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell_is_a_state),
		cmocka_unit_test(test_a_write_has_been_recorded_and_asked_for),
		cmocka_unit_test(test_only_a_read_back_confirms),
		cmocka_unit_test(test_ended_stays_ended),
		cmocka_unit_test(test_every_running_state_expires),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("outputs job", tests, NULL, NULL) ? 1 : 0;
}
