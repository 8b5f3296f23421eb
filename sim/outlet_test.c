/* Bytes that leave later, in the time that a test gives. */
#include "sim/outlet.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint8_t sent[1024];
static size_t sent_size;

static void collect(struct outlet *outlet, const uint8_t *bytes, size_t size)
{
	(void)outlet;
	assert_true(sent_size + size <= sizeof(sent));
	memcpy(sent + sent_size, bytes, size);
	sent_size += size;
}

static struct outlet *fresh(void)
{
	static struct outlet outlet;

	outlet = (struct outlet){ .send = collect };
	sent_size = 0;
	return &outlet;
}

static void test_late_leaves_whole(void **state)
{
	struct outlet *outlet = fresh();

	(void)state;
	assert_int_equal(outlet_step(outlet, 0), CLOCK_NEVER);
	outlet_put(outlet, (const uint8_t *)"abc", 3, 700, 0);
	assert_int_equal(outlet_step(outlet, 100), 700);
	assert_int_equal(sent_size, 0);
	assert_int_equal(outlet_step(outlet, 700), CLOCK_NEVER);
	assert_int_equal(sent_size, 3);
	assert_memory_equal(sent, "abc", 3);
}

static void test_drips_a_byte_each_time(void **state)
{
	struct outlet *outlet = fresh();

	(void)state;
	outlet_put(outlet, (const uint8_t *)"abc", 3, 10, 20);
	assert_int_equal(outlet_step(outlet, 10), 30);
	assert_int_equal(sent_size, 1);
	assert_int_equal(outlet_step(outlet, 29), 30);
	assert_int_equal(sent_size, 1);
	/* A step that comes too late sends what has become due. */
	assert_int_equal(outlet_step(outlet, 60), CLOCK_NEVER);
	assert_memory_equal(sent, "abc", 3);
}

static void test_is_bounded(void **state)
{
	struct outlet *outlet = fresh();
	uint8_t big[PARCEL_MAX + 1] = { 0 };

	(void)state;
	outlet_put(outlet, big, sizeof(big), 0, 0);
	assert_int_equal(outlet_step(outlet, 0), CLOCK_NEVER);
	for (int i = 0; i < OUTLET_MAX + 5; i++)
		outlet_put(outlet, (const uint8_t *)"x", 1, 5, 0);
	outlet_step(outlet, 5);
	assert_int_equal(sent_size, OUTLET_MAX);
	/* And its room is free again. */
	outlet_put(outlet, (const uint8_t *)"y", 1, 6, 0);
	outlet_step(outlet, 6);
	assert_int_equal(sent[OUTLET_MAX], 'y');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late_leaves_whole),
		cmocka_unit_test(test_drips_a_byte_each_time),
		cmocka_unit_test(test_is_bounded),
	};

	return cmocka_run_group_tests_name("outlet", tests, NULL, NULL) ? 1 : 0;
}
