#include "core/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_valid(void **state)
{
	(void)state;
	assert_true(id_valid("f2.tea"));
	assert_true(id_valid("f3-water-pressure"));
	assert_true(id_valid("service_desk"));
	assert_false(id_valid(""));
	assert_false(id_valid("F2"));
	assert_false(id_valid("f2..tea"));
	assert_false(id_valid(".f2"));
	assert_false(id_valid("f2."));
	assert_false(id_valid("f2/tea"));
	assert_false(id_valid("a234567890123456789012345678901234567890123456789"));
}

static const char *word_at(const void *words, size_t i)
{
	return ((const char *const *)words)[i];
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "leak", "smoke", "water.pressure" };

	(void)state;
	assert_string_equal(id_nearest("leek", 3, word_at, words), "leak");
	assert_string_equal(id_nearest("water.presure", 3, word_at, words), "water.pressure");
	assert_null(id_nearest("lift.occupied", 3, word_at, words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL) ? 1 : 0;
}
