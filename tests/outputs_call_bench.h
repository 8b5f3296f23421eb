/*
 * For the tests of the fallback's outputs only. Relay 2 is the siren: it stands in the
 * site's zone, off at first.
 */
#ifndef TESTS_OUTPUTS_CALL_BENCH_H
#define TESTS_OUTPUTS_CALL_BENCH_H

#include "tests/outputs_bench.h"

enum { SIREN = 2 };

static struct called_output last; /* of call_at() */

static inline bool is_called(void)
{
	return call_at(b.outputs, 0, &last);
}

static inline int set_up_siren(void **state)
{
	set_up(state);
	b.incident.id[0] = '\0'; /* its steps are of no matter here */
	b.action.value = 1;
	b.action.scope = ACTION_SITE;
	b.values[RELAYS + SIREN].value = 0;
	return 0;
}

static inline void call_by(const char *incident, bool fresh)
{
	call_take(b.outputs, &b.points[SIREN], &b.action, incident, fresh);
	tasks_run(b.outputs, b.now_ms);
}

static inline void nobody_calls(void)
{
	for (size_t i = 0; i < POINTS; i++)
		call_release(b.outputs, &b.points[i]);
	tasks_run(b.outputs, b.now_ms);
}

/* Recorded, written, read back: as the i-th record and write. */
static inline void obey(unsigned i, double value)
{
	assert_int_equal(b.records, i + 1);
	assert_true(b.record_value[i] == value);
	assert_int_equal(b.writes, i);
	recorded(i);
	assert_int_equal(b.writes, i + 1);
	assert_ptr_equal(b.written[i], &b.points[SIREN]);
	assert_true(b.write_value[i] == value);
	written(i, 0);
	run_until(b.now_ms + 50);
	seen(SIREN, value);
}

static inline void sound(void)
{
	call_by("1-f1-a", true);
	obey(0, 1);
	assert_true(is_called());
	assert_true(last.called && last.ours);
	assert_int_equal(last.state, OUTPUT_CONFIRMED);
}

#define SIREN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_siren, tear_down)

#endif
