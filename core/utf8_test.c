/* What is UTF-8, and where a text may be cut. */
#include "core/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_length(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{ "a", 1 },
		{ "é", 2 },
		{ "供水", 3 },
		{ "\xF0\x9F\x94\xA5", 4 },
		{ "\x80", 0 },             /* begins in a character */
		{ "\xE4\xBE", 0 },         /* ends in one */
		{ "\xC0\xAF", 0 },         /* overlong */
		{ "\xE0\x80\xAF", 0 },     /* overlong */
		{ "\xED\xA0\x80", 0 },     /* a surrogate */
		{ "\xF4\x90\x80\x80", 0 }, /* above U+10FFFF */
		{ "\xFF", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			utf8_length(cases[i].text, strlen(cases[i].text)), cases[i].length);
	assert_int_equal(utf8_length("", 0), 0);
	assert_int_equal(utf8_length("供", 2), 0);
}

static void test_head(void **state)
{
	(void)state;
	assert_int_equal(utf8_head("abc", 5), 3);
	assert_int_equal(utf8_head("abc", 2), 2);
	assert_int_equal(utf8_head("供水", 6), 6);
	assert_int_equal(utf8_head("供水", 5), 3);
	assert_int_equal(utf8_head("供水", 3), 3);
	assert_int_equal(utf8_head("供水", 2), 0);
	assert_int_equal(utf8_head("", 2), 0);
}

static void test_copy(void **state)
{
	char to[6];

	(void)state;
	utf8_copy(to, sizeof(to), "供水");
	assert_string_equal(to, "供");
	utf8_copy(to, sizeof(to), "12345");
	assert_string_equal(to, "12345");
	utf8_copy(to, sizeof(to), NULL);
	assert_string_equal(to, "");
	utf8_copy(to, 1, "1");
	assert_string_equal(to, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL) ? 1 : 0;
}
