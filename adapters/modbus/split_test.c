/* What is refused stands alone, whatever the device lacks; all else is read as it is. */
#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>
/* after setjmp.h */
#include <cmocka.h>

enum { PLACES = 400 };

/* A device that refuses every read that touches a place which it lacks. */
static struct {
	bool lacks[PLACES];
	uint16_t value[PLACES];
	uint8_t code;
	unsigned asked, refused;
} unit;

static struct bench b;

static int start(void **state)
{
	(void)state;
	bench_init(&b);
	memset(&unit, 0, sizeof(unit));
	unit.code = 2;
	for (unsigned i = 0; i < PLACES; i++)
		unit.value[i] = (uint16_t)(i * 7 + 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	modbus_unplan(&b.poll);
	return 0;
}

/* The payload of its answer; false: it refuses. */
static bool unit_answer(const struct modbus_request *request, uint8_t *data)
{
	memset(data, 0, 250);
	unit.asked++;
	for (unsigned i = 0; i < request->count; i++) {
		uint16_t value = unit.value[request->address + i];

		if (unit.lacks[request->address + i]) {
			unit.refused++;
			return false;
		}
		if (request->function <= 2) {
			data[i / 8] |= (uint8_t)((value & 1) << (i % 8));
		} else {
			data[2 * i] = (uint8_t)(value >> 8);
			data[2 * i + 1] = (uint8_t)value;
		}
	}
	return true;
}

/* One poll, as the drivers do it. */
static void poll_unit(void)
{
	struct modbus_plan *plan = b.poll.plan;

	bench_forget(&b);
	modbus_begin(plan);
	unit.asked = unit.refused = 0;
	for (size_t i = 0; i < plan->request_count;) {
		uint8_t data[250];

		if (modbus_rests(&b.poll, &plan->requests[i], &b.sink))
			i++;
		else if (unit_answer(&plan->requests[i], data))
			modbus_answered(&plan->requests[i++], data, &b.sink);
		else if (!modbus_refused(plan, i, unit.code, &b.sink))
			i++;
	}
	assert_true(bench_complete(&b));
}

static void polls(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		poll_unit();
}

static bool is_good(size_t i)
{
	return b.last[i].quality == QUALITY_GOOD;
}

/* `last` survives where a point is unchanged. */
static void poll_remembering(struct reading *known)
{
	poll_unit();
	for (size_t i = 0; i < b.poll.count; i++)
		if (b.readings[i])
			known[i] = b.last[i];
}

static size_t good_after(unsigned count)
{
	struct reading known[BENCH_POINT_MAX] = { 0 };
	size_t good = 0;

	for (unsigned i = 0; i < count; i++)
		poll_remembering(known);
	for (size_t i = 0; i < b.poll.count; i++)
		good += known[i].quality == QUALITY_GOOD;
	return good;
}

static void add(int table, int type, int64_t number)
{
	bench_add(&b, table, type, number);
}

static void lack_all_but(const int *present, size_t count)
{
	for (size_t i = 0; i < PLACES; i++)
		unit.lacks[i] = true;
	for (size_t i = 0; i < count; i++)
		unit.lacks[present[i]] = false;
}

/* The first poll already: no point of such a device is ever bad. */
static void gaps_that_are_refused(void **state)
{
	static const int present[] = { 0, 1, 2, 5, 6, 20 };

	(void)state;
	b.options.gap_registers = 24;
	lack_all_but(present, 6);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 2);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 5);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 20);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(((struct modbus_plan *)b.poll.plan)->request_count, 1);
	poll_unit();
	for (size_t i = 0; i < 4; i++)
		assert_true(is_good(i));
	assert_true(b.last[3].value == unit.value[20]);
	poll_unit();
	assert_int_equal(unit.asked, 4); /* remembered */
	assert_int_equal(unit.refused, 0);
}

static void firmware_that_lacks_some(void **state)
{
	(void)state;
	for (size_t i = 10; i < PLACES; i++)
		unit.lacks[i] = true;
	b.options.gap_registers = 24;
	b.poll.period_ms = 1000;
	for (size_t i = 0; i < 5; i++)
		add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, ((int[]){ 0, 5, 9, 12, 30 })[i]);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(good_after(4), 3);
	assert_int_equal(b.last[3].reason, REASON_EXCEPTION);
	assert_int_equal(b.last[3].detail, 2);
	/* What stands alone is asked now and then, and is back soon. */
	poll_unit();
	assert_int_equal(unit.asked, 3);
	unit.lacks[12] = false;
	assert_int_equal(good_after(4), 1);
}

/* No gaps: found by halves, and the others of the block are good all along but for it. */
static void one_in_the_middle(void **state)
{
	(void)state;
	unit.lacks[17] = true;
	for (int i = 0; i < 40; i++)
		add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, i);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(good_after(3), 39);
	assert_int_equal(b.last[17].quality, QUALITY_BAD);
	poll_unit();
	assert_true(unit.asked <= 7); /* halves, not forty of one */
}

static void bits(void **state)
{
	(void)state;
	unit.lacks[21] = true;
	for (int i = 0; i < 40; i++)
		add(MODBUS_TABLE_COIL, MODBUS_TYPE_BIT, i);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(good_after(3), 39);
	for (size_t i = 0; i < 40; i++)
		unit.value[i] ^= 1;
	poll_unit();
	for (size_t i = 0; i < 40; i++)
		assert_true(i == 21 || b.last[i].value == (unit.value[i] & 1));
}

/* A value is never cut in two, nor is a device that is busy or gone asked for less. */
static void what_is_not_split(void **state)
{
	static const uint8_t codes[] = { 5, 6, 10, 11, 0x55 };
	const struct modbus_plan *plan;

	(void)state;
	unit.lacks[1] = true;
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U32, 0);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 2);
	assert_int_equal(bench_ready(&b), 0);
	plan = b.poll.plan;
	for (size_t i = 0; i < sizeof(codes); i++) {
		unit.code = codes[i];
		poll_unit();
		assert_int_equal(plan->request_count, 1);
	}
	unit.code = 2;
	poll_unit();
	assert_int_equal(plan->request_count, 2);
	assert_false(is_good(0));
	assert_true(is_good(1));
}

/* One that refused everything as it started is asked as ever, after a while. */
static void joined_again(void **state)
{
	const struct modbus_plan *plan;

	(void)state;
	unit.code = 4;
	for (size_t i = 0; i < PLACES; i++)
		unit.lacks[i] = true;
	for (int i = 0; i < 30; i++)
		add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, i + i / 10 * 5);
	assert_int_equal(bench_ready(&b), 0);
	plan = b.poll.plan;
	polls(20);
	assert_true(plan->request_count > 20);
	memset(unit.lacks, 0, sizeof(unit.lacks));
	assert_int_equal(good_after(1), 30);
	polls(200);
	assert_int_equal(plan->request_count, 1);
	assert_int_equal(unit.asked, 1);
}

/* A try that is refused costs a request now and then, and no reading. */
static void tries_in_vain(void **state)
{
	static const int present[] = { 0, 5, 9 };
	unsigned refused = 0;

	(void)state;
	lack_all_but(present, 3);
	for (int i = 0; i < 3; i++)
		add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, present[i]);
	assert_int_equal(bench_ready(&b), 0);
	polls(10);
	for (unsigned i = 0; i < 650; i++) {
		poll_unit();
		refused += unit.refused;
		for (size_t k = 0; k < 3; k++)
			assert_true(b.unchanged[k] || is_good(k));
	}
	assert_in_range(refused, 5, 10);
}

/* The try was not answered at all: the next poll asks as before. */
static void tries_without_an_answer(void **state)
{
	struct modbus_plan *plan;
	bool tried = false;

	(void)state;
	unit.lacks[3] = true;
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	add(MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 5);
	assert_int_equal(bench_ready(&b), 0);
	plan = b.poll.plan;
	for (unsigned i = 0; i < 200 && !tried; i++) {
		poll_unit();
		modbus_begin(plan);
		tried = plan->request_count == 1;
	}
	assert_true(tried);
	modbus_begin(plan);
	assert_int_equal(plan->request_count, 2);
	poll_unit();
	assert_true(is_good(0) && is_good(1));
}

static bool exists(const struct point *point)
{
	const struct modbus_point *options = point->options;

	for (unsigned i = 0; i < options->words; i++)
		if (unit.lacks[options->address + i])
			return false;
	return true;
}

static void change(unsigned share)
{
	for (size_t i = 0; i < PLACES; i++) {
		unit.lacks[i] = (unsigned)random() % 100 < share;
		unit.value[i] = (uint16_t)random();
	}
}

/* No value but the device's, and of all that exists, whatever it lacked before. */
static void random_devices(void **state)
{
	unsigned seed = (unsigned)getpid() ^ (unsigned)clock_now_ms();

	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned round = 0; round < 300; round++) {
		struct reading known[BENCH_POINT_MAX] = { 0 };
		int64_t at = 0;

		start(state);
		b.options.gap_registers = random() % 30;
		b.options.max_registers = 4 + random() % 122;
		while (b.poll.count < BENCH_POINT_MAX && at < PLACES - 4) {
			static const int types[] = { MODBUS_TYPE_U16, MODBUS_TYPE_U32,
				MODBUS_TYPE_U64 };
			int type = types[random() % 3];

			add(MODBUS_TABLE_INPUT, type, at);
			at += modbus_type_words(type) + (random() % 3 ? 0 : random() % 9);
		}
		assert_int_equal(bench_ready(&b), 0);
		for (unsigned phase = 0; phase < 4; phase++) {
			change(phase == 2 ? 0 : (unsigned)random() % 30);
			for (unsigned i = 0; i < 40; i++)
				poll_remembering(known);
			for (size_t i = 0; i < b.poll.count; i++) {
				const struct modbus_point *options = b.points[i].options;
				double value = 0;

				assert_true(exists(&b.points[i]) ==
					    (known[i].reason != REASON_EXCEPTION));
				if (known[i].quality != QUALITY_GOOD)
					continue;
				modbus_decode(options, unit.value + options->address, &value);
				assert_true(known[i].value == value);
			}
		}
		modbus_unplan(&b.poll);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gaps_that_are_refused, start, stop),
		cmocka_unit_test_setup_teardown(firmware_that_lacks_some, start, stop),
		cmocka_unit_test_setup_teardown(one_in_the_middle, start, stop),
		cmocka_unit_test_setup_teardown(bits, start, stop),
		cmocka_unit_test_setup_teardown(what_is_not_split, start, stop),
		cmocka_unit_test_setup_teardown(joined_again, start, stop),
		cmocka_unit_test_setup_teardown(tries_in_vain, start, stop),
		cmocka_unit_test_setup_teardown(tries_without_an_answer, start, stop),
		cmocka_unit_test_setup_teardown(random_devices, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_split", tests, NULL, NULL) ? 1 : 0;
}
