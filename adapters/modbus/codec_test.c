/* Registers and values: vectors of the standard and of data sheets, and random round trips. */
#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>

#include <unistd.h>
/* after setjmp.h */
#include <cmocka.h>

static struct modbus_point point_of(int type, int order)
{
	return (struct modbus_point){
		.table = MODBUS_TABLE_HOLDING,
		.type = type,
		.order = order,
		.scale = 1,
		.bit = -1,
		.words = (uint8_t)modbus_type_words(type),
	};
}

static void decode_vectors(void **state)
{
	static const struct {
		int type, order;
		uint16_t words[4];
		double value;
	} vectors[] = {
		{ MODBUS_TYPE_U16, MODBUS_ORDER_ABCD, { 0xfffe }, 65534 },
		{ MODBUS_TYPE_U16, MODBUS_ORDER_CDAB, { 0x1234 }, 0x1234 },
		{ MODBUS_TYPE_U16, MODBUS_ORDER_BADC, { 0x1234 }, 0x3412 },
		{ MODBUS_TYPE_S16, MODBUS_ORDER_ABCD, { 0xfffe }, -2 },
		{ MODBUS_TYPE_S16, MODBUS_ORDER_ABCD, { 0x8000 }, -32768 },
		{ MODBUS_TYPE_U32, MODBUS_ORDER_ABCD, { 0x0001, 0xe240 }, 123456 },
		{ MODBUS_TYPE_U32, MODBUS_ORDER_CDAB, { 0xe240, 0x0001 }, 123456 },
		{ MODBUS_TYPE_U32, MODBUS_ORDER_BADC, { 0x0100, 0x40e2 }, 123456 },
		{ MODBUS_TYPE_U32, MODBUS_ORDER_DCBA, { 0x40e2, 0x0100 }, 123456 },
		{ MODBUS_TYPE_S32, MODBUS_ORDER_ABCD, { 0xfffe, 0x1dc0 }, -123456 },
		{ MODBUS_TYPE_S32, MODBUS_ORDER_ABCD, { 0x8000, 0x0000 }, -2147483648.0 },
		/* 123456.0f is 47F12000: the word that Debian 12's libmodbus gets wrong. */
		{ MODBUS_TYPE_F32, MODBUS_ORDER_ABCD, { 0x47f1, 0x2000 }, 123456 },
		{ MODBUS_TYPE_F32, MODBUS_ORDER_CDAB, { 0x2000, 0x47f1 }, 123456 },
		{ MODBUS_TYPE_F32, MODBUS_ORDER_BADC, { 0xf147, 0x0020 }, 123456 },
		{ MODBUS_TYPE_F32, MODBUS_ORDER_DCBA, { 0x0020, 0xf147 }, 123456 },
		{ MODBUS_TYPE_F32, MODBUS_ORDER_ABCD, { 0x4366, 0x8000 }, 230.5 },
		{ MODBUS_TYPE_F64, MODBUS_ORDER_ABCD, { 0x406c, 0xd000, 0, 0 }, 230.5 },
		{ MODBUS_TYPE_F64, MODBUS_ORDER_CDAB, { 0, 0, 0xd000, 0x406c }, 230.5 },
		{ MODBUS_TYPE_F64, MODBUS_ORDER_BADC, { 0x6c40, 0x00d0, 0, 0 }, 230.5 },
		{ MODBUS_TYPE_F64, MODBUS_ORDER_DCBA, { 0, 0, 0x00d0, 0x6c40 }, 230.5 },
		{ MODBUS_TYPE_U64, MODBUS_ORDER_ABCD, { 0x0001, 2, 3, 4 },
			281483566841860.0 /* 0x0001000200030004 */ },
		{ MODBUS_TYPE_U64, MODBUS_ORDER_CDAB, { 4, 3, 2, 1 }, 281483566841860.0 },
		{ MODBUS_TYPE_U64, MODBUS_ORDER_BADC, { 0x0100, 0x0200, 0x0300, 0x0400 },
			281483566841860.0 },
		{ MODBUS_TYPE_U64, MODBUS_ORDER_DCBA, { 0x0400, 0x0300, 0x0200, 0x0100 },
			281483566841860.0 },
		{ MODBUS_TYPE_S64, MODBUS_ORDER_ABCD, { 0xffff, 0xffff, 0xffff, 0xfffe }, -2 },
		{ MODBUS_TYPE_S64, MODBUS_ORDER_ABCD, { 0x8000, 0, 0, 0 }, -0x1p63 },
		{ MODBUS_TYPE_U64, MODBUS_ORDER_ABCD, { 0x8000, 0, 0, 0 }, 0x1p63 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct modbus_point point = point_of(vectors[i].type, vectors[i].order);
		uint16_t words[4] = { 0 };
		double value = NAN;

		assert_int_equal(modbus_decode(&point, vectors[i].words, &value), REASON_NONE);
		if (value != vectors[i].value)
			fail_msg("vector %zu: %.17g, expected %.17g", i, value, vectors[i].value);
		assert_int_equal(modbus_encode(&point, value, words), 0);
		assert_memory_equal(words, vectors[i].words, 2 * point.words);
	}
}

static void decode_refuses(void **state)
{
	static const struct {
		int type;
		uint16_t words[4];
		enum reason reason;
	} vectors[] = {
		{ MODBUS_TYPE_F32, { 0x7fc0, 0 }, REASON_NAN },
		{ MODBUS_TYPE_F32, { 0x7f80, 0 }, REASON_NAN },
		{ MODBUS_TYPE_F32, { 0xff80, 0 }, REASON_NAN },
		{ MODBUS_TYPE_F64, { 0x7ff8, 0, 0, 0 }, REASON_NAN },
		{ MODBUS_TYPE_F64, { 0xfff0, 0, 0, 0 }, REASON_NAN },
		{ MODBUS_TYPE_F32, { 0x0000, 0x0001 }, REASON_NAN }, /* subnormal */
		{ MODBUS_TYPE_F32, { 0x807f, 0xffff }, REASON_NAN },
		{ MODBUS_TYPE_F64, { 0x0008, 0, 0, 0 }, REASON_NAN },
		{ MODBUS_TYPE_U64, { 0x0020, 0, 0, 1 }, REASON_RANGE }, /* 2^53 + 1 */
		{ MODBUS_TYPE_U64, { 0x0020, 0, 0, 0 }, REASON_NONE },
		{ MODBUS_TYPE_U64, { 0xffff, 0xffff, 0xffff, 0xffff }, REASON_RANGE },
		{ MODBUS_TYPE_S64, { 0x7fff, 0xffff, 0xffff, 0xffff }, REASON_RANGE },
		{ MODBUS_TYPE_S64, { 0xffdf, 0xffff, 0xffff, 0xffff }, REASON_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct modbus_point point = point_of(vectors[i].type, MODBUS_ORDER_ABCD);
		double value;

		assert_int_equal(
			modbus_decode(&point, vectors[i].words, &value), vectors[i].reason);
	}
}

static void encode_refuses(void **state)
{
	static const struct {
		int type;
		double value;
		int result;
	} vectors[] = {
		{ MODBUS_TYPE_U16, 65535.4, 0 },
		{ MODBUS_TYPE_U16, 65535.5, -ERANGE },
		{ MODBUS_TYPE_U16, -0.4, 0 },
		{ MODBUS_TYPE_U16, -1, -ERANGE },
		{ MODBUS_TYPE_S16, 32768, -ERANGE },
		{ MODBUS_TYPE_S16, -32768, 0 },
		{ MODBUS_TYPE_S16, -32769, -ERANGE },
		{ MODBUS_TYPE_U32, 0x1p32, -ERANGE },
		{ MODBUS_TYPE_S32, -0x1p31, 0 },
		{ MODBUS_TYPE_U64, 0x1p64, -ERANGE },
		{ MODBUS_TYPE_S64, 0x1p63, -ERANGE },
		{ MODBUS_TYPE_F32, 1e39, -ERANGE },
		{ MODBUS_TYPE_F32, 0x1.fffffep127, 0 },
		{ MODBUS_TYPE_F32, 0x1.ffffffp127, -ERANGE },
		{ MODBUS_TYPE_F64, 1e300, 0 },
		{ MODBUS_TYPE_BIT, 0.5, -ERANGE },
		{ MODBUS_TYPE_BIT, 2, -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct modbus_point point = point_of(vectors[i].type, MODBUS_ORDER_ABCD);
		uint16_t words[4] = { 0xa5a5, 0xa5a5, 0xa5a5, 0xa5a5 };

		point.bit = 3;
		assert_int_equal(modbus_encode(&point, vectors[i].value, words), vectors[i].result);
		if (vectors[i].result)
			assert_int_equal(words[0], 0xa5a5);
		assert_int_equal(modbus_encode(&point, NAN, words), -ERANGE);
		assert_int_equal(modbus_encode(&point, INFINITY, words), -ERANGE);
	}
}

static void bits(void **state)
{
	struct modbus_point point = point_of(MODBUS_TYPE_BIT, MODBUS_ORDER_ABCD);
	uint16_t words[1] = { 0x0100 };
	double value;

	(void)state;
	point.bit = 8;
	assert_int_equal(modbus_decode(&point, words, &value), REASON_NONE);
	assert_true(value == 1);
	point.bit = 0;
	modbus_decode(&point, words, &value);
	assert_true(value == 0);
	assert_int_equal(modbus_encode(&point, 1, words), 0);
	assert_int_equal(words[0], 0x0101);
	/* Swapped bytes: bit 8 stands where bit 0 was. */
	point.order = MODBUS_ORDER_BADC;
	point.bit = 8;
	words[0] = 0x0001;
	modbus_decode(&point, words, &value);
	assert_true(value == 1);
	assert_int_equal(modbus_encode(&point, 0, words), 0);
	assert_int_equal(words[0], 0);
	point.invert = true;
	modbus_decode(&point, words, &value);
	assert_true(value == 1);
	point.table = MODBUS_TABLE_COIL;
	assert_int_equal(modbus_encode(&point, 0, words), 0);
	assert_int_equal(words[0], 1);
}

static double random_value(int type)
{
	uint64_t raw = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();

	switch (type) {
	case MODBUS_TYPE_U16:
		return (double)(uint16_t)raw;
	case MODBUS_TYPE_S16:
		return (double)(int16_t)raw;
	case MODBUS_TYPE_U32:
		return (double)(uint32_t)raw;
	case MODBUS_TYPE_S32:
		return (double)(int32_t)raw;
	case MODBUS_TYPE_U64:
		return (double)(raw >> 11);
	case MODBUS_TYPE_S64:
		return (double)(int64_t)(raw >> 11) - 0x1p52;
	case MODBUS_TYPE_F32:
		return (double)((float)(int32_t)raw / 1024);
	default:
		return (double)(int64_t)raw / 1000;
	}
}

static void round_trips(void **state)
{
	unsigned seed = (unsigned)getpid() ^ (unsigned)clock_now_ms();

	(void)state;
	print_message("seed %u\n", seed);
	srandom(seed);
	for (unsigned i = 0; i < 200000; i++) {
		int type = MODBUS_TYPE_U16 + (int)(random() % 8);
		struct modbus_point point = point_of(type, (int)(random() % 4));
		uint16_t words[4];
		double value = random_value(type), back;

		assert_int_equal(modbus_encode(&point, value, words), 0);
		assert_int_equal(modbus_decode(&point, words, &back), REASON_NONE);
		if (back != value)
			fail_msg("type %d order %d: %.17g came back as %.17g", type, point.order,
				value, back);
		/* Scaled: within half a step. */
		point.scale = 0.01;
		point.offset = -40;
		if (modbus_encode(&point, 12.34, words) == 0) {
			assert_int_equal(modbus_decode(&point, words, &back), REASON_NONE);
			assert_true(fabs(back - 12.34) <= 0.00501);
		}
	}
}

static void whole_readings(void **state)
{
	static struct bench b;
	struct point *number, *flag;
	uint16_t words[4] = { 1234 };
	struct reading reading;

	(void)state;
	bench_init(&b);
	number = bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	number->min = 0;
	number->max = 20;
	b.point_options[0].scale = 0.01;
	modbus_reading(number, words, &reading);
	assert_int_equal(reading.quality, QUALITY_GOOD);
	assert_int_equal(reading.reason, REASON_NONE);
	assert_true(fabs(reading.value - 12.34) < 1e-9);
	words[0] = 2001;
	modbus_reading(number, words, &reading);
	assert_int_equal(reading.quality, QUALITY_BAD);
	assert_int_equal(reading.reason, REASON_RANGE);
	assert_true(reading.value == 0);

	/* A state in a register: 2 and one half are no states. */
	flag = bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 1);
	flag->class = &b.state;
	flag->min = 0;
	flag->max = 1;
	words[0] = 1;
	modbus_reading(flag, words, &reading);
	assert_int_equal(reading.quality, QUALITY_GOOD);
	b.point_options[1].scale = 0.5;
	modbus_reading(flag, words, &reading);
	assert_int_equal(reading.reason, REASON_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode_vectors),
		cmocka_unit_test(decode_refuses),
		cmocka_unit_test(encode_refuses),
		cmocka_unit_test(bits),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(whole_readings),
	};

	return cmocka_run_group_tests_name("modbus_codec", tests, NULL, NULL) ? 1 : 0;
}
