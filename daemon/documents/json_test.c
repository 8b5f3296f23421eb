/* The pieces of documents: numbers and texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_numbers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} table[] = {
		{ 0.1, "0.1" },
		{ 0.1 + 0.2, "0.3" },
		{ -12.34, "-12.34" },
		{ 3.0, "3" },
		{ -0.0, "0" },
		{ 9007199254740992.0, "9007199254740992" },
		{ -4294967296.0, "-4294967296" },
		{ 1.5e300, "1.5e300" },
		{ 21.5625, "21.5625" },
		{ INFINITY, "null" },
		{ NAN, "null" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *array = json_array();
		char *text, expected[40];

		json_array_append_new(array, document_number(table[i].value));
		text = document_text(array);
		snprintf(expected, sizeof(expected), "[%s]", table[i].text);
		assert_string_equal(text, expected);
		free(text);
	}
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void test_texts_are_mended(void **state)
{
	static const char *const table[][2] = {
		{ "", "" },
		{ "水 \"quoted\"\n", "水 \"quoted\"\n" },
		{ "\xf0\x9f\x94\xa5", "\xf0\x9f\x94\xa5" },
		{ "a\xff"
		  "b",
			"a" BAD "b" },
		{ "cut \xe6\xb0", "cut " BAD },
		{ "\xe6", BAD },
		{ "\xe6X", BAD "X" },
		{ "\xc0\xaf", BAD },         /* overlong '/' */
		{ "\xe0\x80\xaf", BAD },     /* overlong */
		{ "\xed\xa0\x80", BAD },     /* a surrogate */
		{ "\xf4\x90\x80\x80", BAD }, /* above U+10FFFF */
		{ "\xf8\x88\x80\x80\x80", BAD },
		{ "\x80", BAD },
		{ "\xff\xff", BAD BAD },
		{ "\xef\xbf\xbf", "\xef\xbf\xbf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *string = document_string(table[i][0]);
		json_t *checked = json_string(json_string_value(string)); /* NULL if not UTF-8 */

		assert_non_null(checked);
		assert_string_equal(json_string_value(checked), table[i][1]);
		json_decref(checked);
		json_decref(string);
	}
}

/* Half a document is none: what follows the failure is taken over, and freed, too. */
static void test_a_failure_takes_the_whole(void **state)
{
	json_t *object = json_object(), *array = json_array();

	(void)state;
	document_add(&object, "a", json_integer(1));
	document_append(&array, json_integer(1));
	assert_int_equal(json_object_size(object), 1);
	assert_int_equal(json_array_size(array), 1);
	document_add(&object, "b", NULL);
	document_append(&array, NULL);
	assert_null(object);
	assert_null(array);
	document_add(&object, "c", json_string("c"));
	document_append(&array, json_string("c"));
	assert_null(object);
	assert_null(array);
	assert_null(document_text(object));
}

static void test_nothing_is_null(void **state)
{
	json_t *text = document_string_or_null("li");

	(void)state;
	assert_string_equal(json_string_value(text), "li");
	json_decref(text);
	assert_true(json_is_null(document_string(NULL)));
	assert_true(json_is_null(document_string_or_null(NULL)));
	assert_true(json_is_null(document_string_or_null("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts_are_mended),
		cmocka_unit_test(test_a_failure_takes_the_whole),
		cmocka_unit_test(test_nothing_is_null),
	};

	return cmocka_run_group_tests_name("document json", tests, NULL, NULL) ? 1 : 0;
}
