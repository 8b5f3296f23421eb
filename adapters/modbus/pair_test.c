/* Supervised inputs over Modbus: two bits read as one number, and numbers that are judged later. */
#include "core/bands.h"
#include "tests/modbus_bench.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
/* after setjmp.h */
#include <cmocka.h>

static struct bench b;
static struct bands bands;

static struct point *add_pair(int table, int64_t number, int64_t bit)
{
	struct point *point = bench_add(&b, table, MODBUS_TYPE_AUTO, number);
	struct modbus_point *options = point->options;

	assert_null(bands_parse("normal 1 alarm 2 fault", &bands));
	point->class = &b.state;
	point->bands = &bands;
	options->bit = bit;
	options->pair = true;
	return point;
}

static double value_of(const struct point *point, uint16_t first, uint16_t second)
{
	const uint16_t words[MODBUS_WORDS_MAX] = { first, second };
	double value = -1;

	assert_int_equal(modbus_decode(point->options, words, &value), REASON_NONE);
	return value;
}

static void two_bits_of_a_register(void **state)
{
	uint16_t words[MODBUS_WORDS_MAX] = { 0x1fff };
	struct point *point;

	(void)state;
	bench_init(&b);
	point = add_pair(MODBUS_TABLE_HOLDING, 0, 14);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(b.point_options[0].words, 1);
	assert_true(value_of(point, 0x3fff, 0) == 0);
	assert_true(value_of(point, 0x4000, 0) == 1);
	assert_true(value_of(point, 0x8000, 0) == 2);
	assert_true(value_of(point, 0xffff, 0) == 3);
	b.point_options[0].invert = true;
	assert_true(value_of(point, 0x4000, 0) == 2);
	assert_int_equal(modbus_encode(point->options, 1.25, words), 0);
	assert_int_equal(words[0], 0x9fff);
	assert_int_equal(modbus_encode(point->options, 4, words), -ERANGE);
	assert_int_equal(modbus_encode(point->options, NAN, words), -ERANGE);
	modbus_unplan(&b.poll);
}

/* Inputs 7 and 8 lie in two bytes of the answer. */
static void two_discrete_inputs(void **state)
{
	static const uint8_t alarm[] = { 0x80, 0 }, fault[] = { 0, 1 };
	struct modbus_request *request;

	(void)state;
	bench_init(&b);
	bench_add(&b, MODBUS_TABLE_DISCRETE, MODBUS_TYPE_BIT, 0);
	add_pair(MODBUS_TABLE_DISCRETE, 7, -1);
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(b.point_options[1].words, 2);
	request = &((struct modbus_plan *)b.poll.plan)->requests[0];
	assert_int_equal(request->count, 9);
	modbus_answered(request, alarm, &b.sink);
	assert_true(b.last[1].value == 1);
	modbus_answered(request, fault, &b.sink);
	assert_true(b.last[1].value == 2);
	assert_int_equal(b.last[1].quality, QUALITY_GOOD); /* of a number; the bands judge it */
	modbus_unplan(&b.poll);
}

static void a_register_beyond_what_a_state_is(void **state)
{
	const uint16_t words[MODBUS_WORDS_MAX] = { 1234 }, nan[MODBUS_WORDS_MAX] = { 0x7fc0 };
	struct reading reading;
	struct point *point;

	(void)state;
	bench_init(&b);
	point = bench_add(&b, MODBUS_TABLE_INPUT, MODBUS_TYPE_U16, 0);
	point->class = &b.state;
	point->min = 0;
	point->max = 1;
	modbus_reading(point, words, &reading);
	assert_int_equal(reading.reason, REASON_RANGE);
	point->bands = &bands;
	modbus_reading(point, words, &reading);
	assert_int_equal(reading.quality, QUALITY_GOOD);
	assert_true(reading.value == 1234);
	b.point_options[0].type = MODBUS_TYPE_F32;
	modbus_reading(point, nan, &reading);
	assert_int_equal(reading.quality, QUALITY_BAD);
	assert_int_equal(reading.reason, REASON_NAN);
}

static void contradictions(void **state)
{
	static const struct {
		int type;
		int64_t number, bit;
		bool writable, judged;
		const char *text;
	} cases[] = {
		{ MODBUS_TYPE_U16, 40001, -1, false, true, "is of two bits" },
		{ MODBUS_TYPE_AUTO, 40001, 15, false, true, "there is no bit above 15" },
		{ MODBUS_TYPE_AUTO, 10001, -1, false, false, "is a number of 0 to 3" },
		{ MODBUS_TYPE_AUTO, 1, -1, true, false, "is for inputs" },
		{ MODBUS_TYPE_AUTO, 19999, -1, false, true, NULL },
		{ MODBUS_TYPE_AUTO, 165536, -1, false, true, "a value of 2 registers starting at" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct point *point;

		bench_init(&b);
		b.options.address_base = MODBUS_BASE_4XXXX;
		point = add_pair(MODBUS_TABLE_AUTO, cases[i].number, cases[i].bit);
		b.point_options[0].type = cases[i].type;
		point->writable = cases[i].writable;
		point->bands = cases[i].judged ? &bands : NULL;
		modbus_check_point(point, &b.errors);
		if (b.error_count != (cases[i].text ? 1 : 0) ||
			(cases[i].text && !strstr(b.error_text[0], cases[i].text)))
			fail_msg("case %zu: %u: %s", i, b.error_count, b.error_text[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_bits_of_a_register),
		cmocka_unit_test(two_discrete_inputs),
		cmocka_unit_test(a_register_beyond_what_a_state_is),
		cmocka_unit_test(contradictions),
	};

	return cmocka_run_group_tests_name("modbus_pair", tests, NULL, NULL) ? 1 : 0;
}
