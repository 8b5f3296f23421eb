/* PDUs as the standard's examples have them, and replies that must not pass. */
#include "tests/modbus_bench.h"

#include <errno.h>
#include <setjmp.h>
/* after setjmp.h */
#include <cmocka.h>

static struct bench b;

static void reads(void **state)
{
	/* The standard's examples: 6.1 coils 20-38, 6.3 holding registers 108-110. */
	static const uint8_t coils[] = { 0x01, 0x00, 0x13, 0x00, 0x13 };
	static const uint8_t holding[] = { 0x03, 0x00, 0x6b, 0x00, 0x03 };
	uint8_t pdu[MODBUS_REQUEST_MAX];
	struct modbus_request request = { .function = 1, .address = 19, .count = 19 };

	(void)state;
	assert_int_equal(modbus_read_pdu(pdu, &request), 5);
	assert_memory_equal(pdu, coils, 5);
	assert_int_equal(modbus_reply_size(&request), 5);
	request = (struct modbus_request){ .function = 3, .address = 107, .count = 3 };
	assert_int_equal(modbus_read_pdu(pdu, &request), 5);
	assert_memory_equal(pdu, holding, 5);
	assert_int_equal(modbus_reply_size(&request), 8);
}

static void writes(void **state)
{
	static const struct {
		struct modbus_point point;
		uint16_t words[4];
		size_t size;
		uint8_t pdu[MODBUS_REQUEST_MAX];
	} vectors[] = {
		{ { .function = 5, .address = 172 }, { 1 }, 5, { 5, 0, 0xac, 0xff, 0 } },
		{ { .function = 5, .address = 172 }, { 0 }, 5, { 5, 0, 0xac, 0, 0 } },
		{ { .function = 6, .address = 1 }, { 3 }, 5, { 6, 0, 1, 0, 3 } },
		{ { .function = 15, .address = 19 }, { 1 }, 7, { 15, 0, 19, 0, 1, 1, 1 } },
		{ { .function = 16, .address = 1, .words = 2 }, { 0x000a, 0x0102 }, 10,
			{ 16, 0, 1, 0, 2, 4, 0, 0x0a, 1, 2 } },
	};
	uint8_t pdu[MODBUS_REQUEST_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_int_equal(modbus_write_pdu(pdu, &vectors[i].point, vectors[i].words),
			vectors[i].size);
		assert_memory_equal(pdu, vectors[i].pdu, vectors[i].size);
	}
}

static void replies(void **state)
{
	static const struct {
		uint8_t request[8], reply[8];
		size_t length;
		enum reason reason;
	} vectors[] = {
		{ { 3, 0, 0, 0, 2 }, { 3, 4, 1, 2, 3, 4 }, 6, REASON_NONE },
		{ { 3, 0, 0, 0, 2 }, { 3, 4, 1, 2, 3 }, 5, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 3, 4, 1, 2, 3, 4, 5 }, 7, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 3, 2, 1, 2 }, 4, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 3 }, 1, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 0 }, 0, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 4, 4, 1, 2, 3, 4 }, 6, REASON_MISMATCH },
		{ { 3, 0, 0, 0, 2 }, { 0x83, 2 }, 2, REASON_EXCEPTION },
		{ { 3, 0, 0, 0, 2 }, { 0x83, 2, 0 }, 3, REASON_GARBLED },
		{ { 3, 0, 0, 0, 2 }, { 0x84, 2 }, 2, REASON_MISMATCH },
		{ { 1, 0, 0, 0, 9 }, { 1, 2, 0xff, 1 }, 4, REASON_NONE },
		{ { 1, 0, 0, 0, 9 }, { 1, 1, 0xff }, 3, REASON_GARBLED },
		{ { 6, 0, 1, 0, 3 }, { 6, 0, 1, 0, 3 }, 5, REASON_NONE },
		{ { 6, 0, 1, 0, 3 }, { 6, 0, 2, 0, 3 }, 5, REASON_MISMATCH },
		{ { 6, 0, 1, 0, 3 }, { 6, 0, 1, 0, 4 }, 5, REASON_MISMATCH },
		{ { 6, 0, 1, 0, 3 }, { 6, 0, 1, 0 }, 4, REASON_GARBLED },
		{ { 5, 0, 1, 0xff, 0 }, { 5, 0, 1, 0, 0 }, 5, REASON_MISMATCH },
		{ { 16, 0, 1, 0, 2, 4 }, { 16, 0, 1, 0, 2 }, 5, REASON_NONE },
		{ { 16, 0, 1, 0, 2, 4 }, { 16, 0, 1, 0, 1 }, 5, REASON_MISMATCH },
		{ { 15, 0, 1, 0, 1, 1 }, { 0x8f, 4 }, 2, REASON_EXCEPTION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		const uint8_t *data = NULL;
		unsigned code = 0;
		enum reason reason = modbus_check_reply(
			vectors[i].request, vectors[i].reply, vectors[i].length, &data, &code);

		if (reason != vectors[i].reason)
			fail_msg("vector %zu: %s", i, reason_name(reason));
		if (reason == REASON_EXCEPTION)
			assert_int_equal(code, vectors[i].reply[1]);
		if (reason == REASON_NONE && vectors[i].request[0] <= 4)
			assert_ptr_equal(data, vectors[i].reply + 2);
	}
}

static void answers(void **state)
{
	/* Registers 100 to 103. */
	static const uint8_t first[] = { 0, 1, 0x43, 0x66, 0x80, 0, 0x7f, 0xc0 };
	static const uint8_t second[] = { 0, 2, 0x43, 0x66, 0x80, 0, 0x7f, 0xc0 };
	struct modbus_request *request;

	(void)state;
	bench_init(&b);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 100);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_F32, 101);
	bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_S16, 103);
	b.points[2].max = 1000;
	assert_int_equal(bench_ready(&b), 0);
	request = &((struct modbus_plan *)b.poll.plan)->requests[0];
	modbus_answered(request, first, &b.sink);
	assert_true(bench_complete(&b));
	assert_true(b.last[0].value == 1 && b.last[1].value == 230.5);
	assert_int_equal(b.last[2].reason, REASON_RANGE);

	modbus_answered(request, first, &b.sink); /* the same again */
	assert_int_equal(b.readings[0], 1);
	assert_int_equal(b.unchanged[0] + b.unchanged[1] + b.unchanged[2], 3);

	modbus_failed(request, REASON_EXCEPTION, 2, &b.sink);
	assert_int_equal(b.last[1].detail, 2);
	bench_forget(&b);
	modbus_answered(request, first, &b.sink); /* after bad readings nothing is unchanged */
	assert_int_equal(b.readings[1], 1);
	modbus_answered(request, second, &b.sink);
	assert_true(b.last[0].value == 2);
	modbus_unplan(&b.poll);
}

static void write_values(void **state)
{
	uint16_t words[MODBUS_WORDS_MAX];
	struct point *point;

	(void)state;
	bench_init(&b);
	point = bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, 0);
	point->writable = true;
	point->max = 70000;
	b.point_options[0].scale = 0.5;
	assert_int_equal(bench_ready(&b), 0);
	assert_int_equal(modbus_write_words(point, 12.5, words), 0);
	assert_int_equal(words[0], 25);
	assert_int_equal(modbus_write_words(point, 70001, words), -EINVAL);
	assert_int_equal(modbus_write_words(point, 40000, words), -EINVAL);
	assert_int_equal(modbus_write_words(point, __builtin_nan(""), words), -EINVAL);
	point->writable = false;
	assert_int_equal(modbus_write_words(point, 12.5, words), -EINVAL);
	modbus_unplan(&b.poll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(writes),
		cmocka_unit_test(replies),
		cmocka_unit_test(answers),
		cmocka_unit_test(write_values),
	};

	return cmocka_run_group_tests_name("modbus_pdu", tests, NULL, NULL) ? 1 : 0;
}
