/* The PDU handler against frames written by hand. */
#include "sim/slave.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct slave slave;
static uint32_t written_first, written_count;
static int written_kind;

static void note_written(
	struct slave *s, enum slave_table_kind kind, uint32_t first, uint32_t count)
{
	assert_ptr_equal(s, &slave);
	written_kind = (int)kind;
	written_first = first;
	written_count = count;
}

static int setup(void **state)
{
	(void)state;
	slave = (struct slave){ .unit = 7, .written = note_written };
	written_kind = -1;
	assert_int_equal(slave_table_init(&slave, SLAVE_COILS, 10, 29), 0);
	assert_int_equal(slave_table_init(&slave, SLAVE_DISCRETE, 0, 7), 0);
	assert_int_equal(slave_table_init(&slave, SLAVE_HOLDING, 100, 119), 0);
	assert_int_equal(slave_table_init(&slave, SLAVE_INPUT, 65530, 65535), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slave_release(&slave);
	return 0;
}

#define ANSWERS(request, expected)                                                                 \
	answers((request), sizeof(request) - 1, (expected), sizeof(expected) - 1)

static void answers(const char *request, size_t size, const char *expected, size_t expected_size)
{
	uint8_t reply[PDU_MAX] = { 0 };
	size_t got = slave_answer(&slave, (const uint8_t *)request, size, reply);

	assert_int_equal(got, expected_size);
	assert_memory_equal(reply, expected, expected_size);
}

static void reads(void **state)
{
	(void)state;
	*slave_word(&slave, SLAVE_COILS, 10) = 1;
	*slave_word(&slave, SLAVE_COILS, 19) = 1;
	*slave_word(&slave, SLAVE_DISCRETE, 7) = 1;
	*slave_word(&slave, SLAVE_HOLDING, 101) = 0x1234;
	*slave_word(&slave, SLAVE_INPUT, 65535) = 0xfffe;
	ANSWERS("\x01\x00\x0a\x00\x0a", "\x01\x02\x01\x02");
	ANSWERS("\x02\x00\x00\x00\x08", "\x02\x01\x80");
	ANSWERS("\x03\x00\x64\x00\x02", "\x03\x04\x00\x00\x12\x34");
	ANSWERS("\x04\xff\xff\x00\x01", "\x04\x02\xff\xfe");
}

static void reads_outside(void **state)
{
	(void)state;
	ANSWERS("\x01\x00\x09\x00\x01", "\x81\x02");
	ANSWERS("\x01\x00\x0a\x00\x15", "\x81\x02");
	ANSWERS("\x02\x00\x08\x00\x01", "\x82\x02");
	ANSWERS("\x03\x00\x77\x00\x02", "\x83\x02");
	ANSWERS("\x03\x00\x78\x00\x01", "\x83\x02");
	ANSWERS("\x04\xff\xff\x00\x02", "\x84\x02");
	ANSWERS("\x04\x00\x00\x00\x01", "\x84\x02");
}

static void counts(void **state)
{
	(void)state;
	ANSWERS("\x01\x00\x0a\x00\x00", "\x81\x03");
	ANSWERS("\x01\x00\x0a\x07\xd1", "\x81\x03");
	ANSWERS("\x01\x00\x0a\x07\xd0", "\x81\x02");
	ANSWERS("\x03\x00\x64\x00\x7e", "\x83\x03");
	ANSWERS("\x03\x00\x64\x00\x7d", "\x83\x02");
	ANSWERS("\x03\x00\x64\x00", "\x83\x03");
	ANSWERS("\x03\x00\x64\x00\x01\x00", "\x83\x03");
	ANSWERS("\x10\x00\x64\x00\x01\x02\x00", "\x90\x03");
	ANSWERS("\x10\x00\x64\x00\x01\x04\x00\x00\x00\x00", "\x90\x03");
	ANSWERS("\x0f\x00\x0a\x00\x09\x01\xff", "\x8f\x03");
	ANSWERS("\x05\x00\x0a\x00\x01", "\x85\x03");
	assert_int_equal(written_kind, -1);
}

static void functions_unknown(void **state)
{
	(void)state;
	ANSWERS("\x07", "\x87\x01");
	ANSWERS("\x17\x00\x00\x00\x01\x00\x00\x00\x01\x02\x00\x00", "\x97\x01");
	ANSWERS("\x2b\x0e\x01\x00", "\xab\x01");
}

static void writes(void **state)
{
	(void)state;
	slave_allow_write(&slave, SLAVE_COILS, 10, 12);
	slave_allow_write(&slave, SLAVE_HOLDING, 100, 3);
	ANSWERS("\x05\x00\x0b\xff\x00", "\x05\x00\x0b\xff\x00");
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 11), 1);
	assert_int_equal(written_kind, SLAVE_COILS);
	assert_int_equal(written_first, 11);
	assert_int_equal(written_count, 1);
	ANSWERS("\x05\x00\x0b\x00\x00", "\x05\x00\x0b\x00\x00");
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 11), 0);
	ANSWERS("\x06\x00\x66\xab\xcd", "\x06\x00\x66\xab\xcd");
	assert_int_equal(*slave_word(&slave, SLAVE_HOLDING, 102), 0xabcd);
	ANSWERS("\x10\x00\x64\x00\x02\x04\x01\x02\x03\x04", "\x10\x00\x64\x00\x02");
	assert_int_equal(*slave_word(&slave, SLAVE_HOLDING, 100), 0x0102);
	assert_int_equal(*slave_word(&slave, SLAVE_HOLDING, 101), 0x0304);
	assert_int_equal(written_kind, SLAVE_HOLDING);
	assert_int_equal(written_count, 2);
	ANSWERS("\x0f\x00\x0a\x00\x0a\x02\x05\x02", "\x0f\x00\x0a\x00\x0a");
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 10), 1);
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 11), 0);
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 12), 1);
	assert_int_equal(*slave_word(&slave, SLAVE_COILS, 19), 1);
	assert_int_equal(written_count, 10);
}

static void writes_refused(void **state)
{
	(void)state;
	slave_allow_write(&slave, SLAVE_HOLDING, 100, 1);
	ANSWERS("\x06\x00\x65\x00\x01", "\x86\x02");
	ANSWERS("\x10\x00\x64\x00\x02\x04\x01\x02\x03\x04", "\x90\x02");
	assert_int_equal(*slave_word(&slave, SLAVE_HOLDING, 100), 0);
	ANSWERS("\x05\x00\x0a\xff\x00", "\x85\x02");
	assert_int_equal(written_kind, -1);
}

static void silence(void **state)
{
	uint8_t reply[PDU_MAX];

	(void)state;
	slave.silent = true;
	assert_int_equal(
		slave_answer(&slave, (const uint8_t *)"\x03\x00\x64\x00\x01", 5, reply), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads, setup, teardown),
		cmocka_unit_test_setup_teardown(reads_outside, setup, teardown),
		cmocka_unit_test_setup_teardown(counts, setup, teardown),
		cmocka_unit_test_setup_teardown(functions_unknown, setup, teardown),
		cmocka_unit_test_setup_teardown(writes, setup, teardown),
		cmocka_unit_test_setup_teardown(writes_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(silence, setup, teardown),
	};

	return cmocka_run_group_tests_name("slave", tests, NULL, NULL) ? 1 : 0;
}
