/* A file and its includes to libconfig's tree; what the parser refuses is told at its line. */
#include "config/text/loader.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/facilityd-loader-XXXXXX";
static char *said;

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* Loads a main file; *a is its setting of this name, or 0. */
static bool load(const char *main_text, int *a)
{
	struct config_report report = { 0 };
	struct arena arena = { 0 };
	struct loader loader = { .arena = &arena, .scratch = &arena, .report = &report };
	struct loaded_text text = { 0 };
	size_t size = 0;
	bool good;

	free(said);
	report.out = open_memstream(&said, &size);
	put("main.conf", main_text);
	good = text_load(&loader, &text, "main.conf");
	*a = 0;
	config_lookup_int(&text.parsed, "a", a);
	assert_true(good == (text.root != NULL));
	assert_int_equal(report.errors, good ? 0 : 1);
	texts_free(&loader);
	arena_free(&arena);
	fclose(report.out);
	return good;
}

static void test_good(void **state)
{
	int value;

	(void)state;
	assert_true(load("a = 5;", &value));
	assert_int_equal(value, 5);
	assert_true(load("", &value));
}

static void test_refused(void **state)
{
	int value;

	(void)state;
	assert_false(load("a = ;", &value));
	assert_string_equal(said,
		"main.conf:1: syntax error at or before this line; a setting is name = value;\n");
	assert_false(load("\na = 1; a = 2;", &value));
	assert_string_equal(said,
		"main.conf:2: a setting or id stands twice in the same group; keep one of them\n");
	assert_false(load("a = [1, true];", &value));
	assert_string_equal(said, "main.conf:1: the elements of [ ... ] must all be of one type\n");
}

/* With the file's own line, not that of the whole text. */
static void test_syntax_error_in_an_include(void **state)
{
	int value;

	(void)state;
	put("a.conf", "c = 3;\nd = = 4;\n");
	assert_false(load("a = 1;\nb = 2;\n@include \"a.conf\"\n", &value));
	assert_non_null(strstr(said, "a.conf:2: syntax error"));
}

static int count_fds(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(fds))
		count++;
	closedir(fds);
	return count;
}

/* A daemon reloads: nothing open and no child may be left behind. */
static void test_nothing_is_left(void **state)
{
	int before = count_fds(), value;

	(void)state;
	load("a = 5;", &value);
	load("a = ;", &value);
	load("@include \".\"\n", &value);
	load("@include \"none\"\n", &value);
	assert_int_equal(count_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* What could keep libconfig busy for hours is refused at once. */
static void test_huge_group(void **state)
{
	enum { COUNT = 50000 };
	char *text = malloc(COUNT * 16), *end = text;
	int value;

	(void)state;
	for (int i = 0; i < COUNT; i++)
		end += sprintf(end, "a%d = 1;\n", i);
	assert_false(load(text, &value));
	assert_string_equal(said, "main.conf:10001: more than 10000 settings in one group, which "
				  "would take the parser too long\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_syntax_error_in_an_include),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_huge_group),
	};
	int failed;

	if (!mkdtemp(folder) || chdir(folder) != 0)
		return 1;
	failed = cmocka_run_group_tests_name("loader", tests, NULL, NULL);
	free(said);
	unlink("main.conf");
	unlink("a.conf");
	return failed || chdir("/") != 0 || rmdir(folder) != 0 ? 1 : 0;
}
