/* The option filler on a table of its own. */
#include "config/text/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/loader_bench.h"

struct thing {
	bool on;
	int64_t count, wait_ms;
	double level;
	const char *word;
	int colour;
	const char *const *words;
};

static const char *const colours[] = { "red", "9600", NULL };

static const struct option_spec specs[] = {
	{ "on", OPTION_BOOL, offsetof(struct thing, on), .value = "true" },
	{ "count", OPTION_INT, offsetof(struct thing, count), .min = -5, .max = 5e9, .value = "7" },
	{ "level", OPTION_REAL, offsetof(struct thing, level), .value = "0.5" },
	{ "wait", OPTION_DURATION, offsetof(struct thing, wait_ms), .min = 10, .max = 60000,
		.value = "\"2 s\"" },
	{ "word", OPTION_STRING, offsetof(struct thing, word), .value = "hall" },
	{ "colour", OPTION_CHOICE, offsetof(struct thing, colour), .choices = colours,
		.value = "9600" },
	{ "words", OPTION_TEXTS, offsetof(struct thing, words) },
	{ NULL },
};

static bool fill(struct fixture *f, const char *text, struct thing *thing)
{
	const struct option_group options = { "thing", { { specs, thing } } };
	config_t parsed;
	bool good;

	memset(thing, 0, sizeof(*thing));
	config_init(&parsed);
	assert_true(config_read_string(&parsed, text));
	good = options_fill(&f->loader, config_root_setting(&parsed), &options);
	config_destroy(&parsed);
	fflush(f->report.out);
	return good;
}

static void test_defaults(void **state)
{
	struct thing thing;

	assert_true(fill(*state, "", &thing));
	assert_true(thing.on);
	assert_int_equal(thing.count, 7);
	assert_int_equal(thing.wait_ms, 2000);
	assert_true(thing.level == 0.5);
	assert_string_equal(thing.word, "hall");
	assert_int_equal(thing.colour, 1);
}

static void test_values(void **state)
{
	struct thing thing;

	assert_true(fill(*state,
		"on = false; count = 5000000000L; level = 3; wait = \"1 min\"; word = \"供水\";"
		"colour = \"red\";",
		&thing));
	assert_false(thing.on);
	assert_int_equal(thing.count, 5000000000);
	assert_int_equal(thing.wait_ms, 60000);
	assert_true(thing.level == 3.0);
	assert_string_equal(thing.word, "供水");
	assert_int_equal(thing.colour, 0);
	/* A choice that looks like a number needs no quotes; it is compared as it is written. */
	assert_true(fill(*state, "colour = 9600; level = -2.5;", &thing));
	assert_int_equal(thing.colour, 1);
	assert_true(thing.level == -2.5);
}

/* Nothing is converted on the quiet; a refused setting leaves the default. */
static void test_refusals(void **state)
{
	static const char *const bad[] = { "on = 1;", "on = \"true\";", "count = 1.0;",
		"count = \"1\";", "count = 6000000000L;", "count = -6;", "level = \"1\";",
		"level = true;", "wait = 5;", "wait = \"5\";", "wait = \"5 sec\";",
		"wait = \"9 ms\";", "wait = \"61 s\";", "wait = \"1.5 s\";", "wait = \"-1 s\";",
		"wait = \" 1 s\";", "wait = \"1  s\";", "word = \"\";", "word = 1;",
		"colour = \"blue\";", "colour = 9601;", "colour = true;", "word = [ \"a\" ];",
		"level = { };", "unknown = 1;", "words = \"a\";", "words = [ ];", "words = [ 1 ];",
		"words = [ \"a\", \"\" ];", "words = ( \"a\" );" };
	struct fixture *f = *state;
	struct thing thing;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned before = f->report.errors;

		if (fill(f, bad[i], &thing))
			print_error("accepted: %s\n", bad[i]);
		assert_int_equal(f->report.errors, before + 1);
		assert_int_equal(thing.wait_ms, 2000);
		assert_int_equal(thing.count, 7);
	}
}

static void test_every_error_is_told(void **state)
{
	struct fixture *f = *state;
	struct thing thing;

	assert_false(fill(f, "on = 1; count = true; wrod = \"x\"; wait = \"1\";", &thing));
	assert_int_equal(f->report.errors, 4);
	assert_non_null(
		strstr(f->said, "thing: unknown setting \"wrod\" (did you mean \"word\"?)"));
}

static void test_text_length(void **state)
{
	struct fixture *f = *state;
	char text[300] = "word = \"";
	struct thing thing;

	memset(text + 8, 'x', 255);
	strcpy(text + 8 + 255, "\";");
	assert_true(fill(f, text, &thing));
	memset(text + 8, 'x', 256);
	strcpy(text + 8 + 256, "\";");
	assert_false(fill(f, text, &thing));
}

static void test_texts(void **state)
{
	struct fixture *f = *state;
	char text[300] = "words = [ \"x\"";
	struct thing thing;

	assert_true(fill(f, "", &thing));
	assert_null(thing.words);
	assert_true(fill(f, "words = [ \"one\", \"二 三\" ];", &thing));
	assert_string_equal(thing.words[0], "one");
	assert_string_equal(thing.words[1], "二 三");
	assert_null(thing.words[2]);
	for (int i = 1; i < OPTION_TEXTS_MAX; i++)
		strcat(text, ", \"x\"");
	strcat(text, " ];");
	assert_true(fill(f, text, &thing));
	strcpy(text + strlen(text) - 3, ", \"x\" ];");
	assert_false(fill(f, text, &thing));
}

static void test_durations(void **state)
{
	int64_t ms = -1;

	(void)state;
	assert_true(duration_parse("0 s", &ms) && ms == 0);
	assert_true(duration_parse("250 ms", &ms) && ms == 250);
	assert_true(duration_parse("250ms", &ms) && ms == 250);
	assert_true(duration_parse("2 min", &ms) && ms == 120000);
	assert_true(duration_parse("24 h", &ms) && ms == 86400000);
	assert_true(duration_parse("999999999 h", &ms) && ms == 3599999996400000);
	assert_false(duration_parse("1000000000 h", &ms));
	assert_false(duration_parse("", &ms));
	assert_false(duration_parse("s", &ms));
	assert_false(duration_parse("5 S", &ms));
	assert_false(duration_parse("5 m", &ms));
	assert_false(duration_parse("5 s ", &ms));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_values),
		TEST(test_refusals),
		TEST(test_every_error_is_told),
		TEST(test_text_length),
		TEST(test_texts),
		TEST(test_durations),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL) ? 1 : 0;
}
