/* Entries as CSV: quotes as RFC 4180 has them, and nothing that a spreadsheet would carry out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/csv.h"

#include <stdlib.h>
#include <string.h>

static char *as_csv(const char *json_text)
{
	json_t *entry = json_loads(json_text, 0, NULL);
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(entry);
	csv_entry(out, entry);
	fclose(out);
	json_decref(entry);
	return text;
}

static void test_whole(void **state)
{
	char *text =
		as_csv("{\"sequence\":17,\"event_id\":\"e\",\"kind\":\"alert\",\"topic\":\"alert\","
		       "\"incident\":\"2-f3-a\",\"user\":\"li\",\"time\":\"t\",\"payload\":{"
		       "\"event\":\"step\",\"drill\":false,\"step\":\"s\",\"note\":\"n\","
		       "\"replayed\":true,"
		       "\"incident\":{\"type\":2,\"name\":{\"zh\":\"停水\",\"en\":\"Water\"},"
		       "\"zone\":\"f3\","
		       "\"severity\":\"high\",\"state\":\"closed\"}}}");

	(void)state;
	assert_string_equal(text,
		"17,t,alert,step,2-f3-a,2,停水,Water,f3,high,closed,false,,s,,,li,"
		",n,true,alert,e\r\n");
	free(text);
}

static void test_texts(void **state)
{
	static const struct {
		const char *note, *cell; /* as JSON, and as CSV */
	} table[] = {
		{ "plain", "plain" },
		{ "a,b", "\"a,b\"" },
		{ "a\\\"b", "\"a\"\"b\"" },
		{ "two\\nlines", "\"two\nlines\"" },
		{ "=1+1", "'=1+1" },
		{ "+86 21", "'+86 21" },
		{ "-5", "'-5" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ "\\t=1", "'\t=1" },
		{ "\\r=1", "\"'\r=1\"" },
		{ "=a,\\\"b\\\"", "\"'=a,\"\"b\"\"\"" },
		{ "1-2", "1-2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char json[128], expected[128];
		char *text;

		snprintf(json, sizeof(json), "{\"payload\":{\"note\":\"%s\"}}", table[i].note);
		snprintf(expected, sizeof(expected), ",,,,,,,,,,,,,,,,,,%s,,,\r\n", table[i].cell);
		text = as_csv(json);
		assert_string_equal(text, expected);
		free(text);
	}
}

static void test_values(void **state)
{
	char *text = as_csv("{\"sequence\":1,\"payload\":{\"value\":-0.5,\"note\":{\"a\":[1]}}}");

	(void)state;
	assert_string_equal(text, "1,,,,,,,,,,,,,,,-0.5,,,\"{\"\"a\"\":[1]}\",,,\r\n");
	free(text);
	text = as_csv("{\"sequence\":1,\"payload\":\"no document\"}");
	assert_string_equal(text, "1,,,,,,,,,,,,,,,,,,,,,\r\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_values),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL) ? 1 : 0;
}
