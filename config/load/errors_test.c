/*
 * Every broken configuration of tests/config-errors/ is refused with exactly the
 * lines that stand beside it. FACILITYD_EXPECT=write writes those lines anew, to
 * be read before they are committed.
 */
#include "config/load/load.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CASES_LEAST = 40 };

/* What the loader says to a file; free() it. */
static char *complaints(const char *path, bool *refused)
{
	struct config_report report = { 0 };
	struct config *config;
	char *text = NULL;
	size_t size = 0;

	report.out = open_memstream(&text, &size);
	assert_non_null(report.out);
	config = config_load(path, &report);
	*refused = config == NULL && report.errors > 0;
	config_free(config);
	fclose(report.out);
	return text;
}

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		return strdup("");
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

static bool check_case(const char *name)
{
	size_t stem = strlen(name) - strlen(".conf");
	bool refused, good;
	char *said = complaints(name, &refused);
	char path[300];
	char *expected;

	snprintf(path, sizeof(path), "%.*s.expected", (int)stem, name);
	if (getenv("FACILITYD_EXPECT")) {
		FILE *file = fopen(path, "w");

		fputs(said, file);
		fclose(file);
	}
	expected = read_text(path);
	good = refused && strcmp(said, expected) == 0;
	if (!good)
		print_error("%s%s\n--- expected\n%s--- said\n%s", name,
			refused ? "" : ": not refused", expected, said);
	free(said);
	free(expected);
	return good;
}

static int is_case(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && strcmp(entry->d_name + length - 5, ".conf") == 0;
}

static void test_every_broken_file(void **state)
{
	struct dirent **cases;
	int count = scandir(".", &cases, is_case, alphasort);
	int bad = 0;

	(void)state;
	assert_true(count >= CASES_LEAST);
	for (int i = 0; i < count; i++) {
		bad += !check_case(cases[i]->d_name);
		free(cases[i]);
	}
	free(cases);
	assert_int_equal(bad, 0);
}

/* What they are all broken copies of is itself good, and twice in one process. */
static void test_base_is_good(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		bool refused;
		char *said = complaints("base/all.conf", &refused);

		assert_false(refused);
		assert_string_equal(said, "");
		free(said);
	}
}

/* A report that already has errors of others does not spoil a good configuration. */
static void test_errors_of_others(void **state)
{
	struct config_report report = { .out = stderr, .errors = 3 };
	struct config *config = config_load("base/all.conf", &report);

	(void)state;
	assert_non_null(config);
	assert_int_equal(report.errors, 3);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_broken_file),
		cmocka_unit_test(test_base_is_good),
		cmocka_unit_test(test_errors_of_others),
	};

	if (chdir("tests/config-errors") != 0)
		return 1;
	/* Messages name the folder of the shipped profiles. */
	setenv("FACILITYD_PROFILES", "../../config/profiles", 1);
	return cmocka_run_group_tests_name("config errors", tests, NULL, NULL) ? 1 : 0;
}
