/* Options of a verb: where they may stand, what they may be, and words that only look like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/options.h"

#include <string.h>

static const struct verb_option options[] = {
	{ "json", 0, NULL, NULL },
	{ "since", 0, "T", NULL },
	{ "output", 'o', "FILE", NULL },
	{ "format", 'f', "F", "csv|json" },
	{ NULL, 0, NULL, NULL },
};

static int parse(struct verb_line *line, char *text, const struct verb_option *known)
{
	static char *argv[16];
	int argc = 0;

	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return verb_line_parse(line, known, argc, argv);
}

static void test_anywhere(void **state)
{
	char text[] = "record --json 2-f3 -o x --since=7d more --format json";
	struct verb_line line;

	(void)state;
	assert_int_equal(parse(&line, text, options), 0);
	assert_int_equal(line.count, 2);
	assert_string_equal(line.words[0], "2-f3");
	assert_string_equal(line.words[1], "more");
	assert_string_equal(verb_line_option(&line, "json"), "");
	assert_string_equal(verb_line_option(&line, "output"), "x");
	assert_string_equal(verb_line_option(&line, "since"), "7d");
	assert_string_equal(verb_line_option(&line, "format"), "json");
	assert_null(verb_line_option(&line, "force"));
}

static void test_not_given(void **state)
{
	char text[] = "record -- --json";
	struct verb_line line;

	(void)state;
	assert_int_equal(parse(&line, text, options), 0);
	assert_null(verb_line_option(&line, "json"));
	assert_int_equal(line.count, 1);
	assert_string_equal(line.words[0], "--json");
}

/* A verb without options: every word is a word, also one that begins with a dash. */
static void test_none(void **state)
{
	char text[] = "skip 2-f3 all --json -5";
	struct verb_line line;

	(void)state;
	assert_int_equal(parse(&line, text, NULL), 0);
	assert_int_equal(line.count, 4);
	assert_string_equal(line.words[3], "-5");
	assert_null(verb_line_option(&line, "json"));
}

static void test_wrong(void **state)
{
	char texts[][40] = { "v --josn", "v --since", "v -x", "v --format xml", "v --format js",
		"v --json=1", "v -f json2" };
	struct verb_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(parse(&line, texts[i], options), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anywhere),
		cmocka_unit_test(test_not_given),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL) ? 1 : 0;
}
