/* The trial in a child: what would end or hang this process is only reported. */
#include "config/text/parse.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static char *said;

/* Parses a text that no precheck has seen. */
static bool parse(const char *text, int *value)
{
	struct config_report report = { 0 };
	struct source source = { .text = strdup(text), .main_file = "t.conf" };
	size_t size = 0;
	config_t parsed;
	bool good;

	free(said);
	report.out = open_memstream(&said, &size);
	good = parse_source(&parsed, &source, &report);
	*value = 0;
	if (good)
		config_lookup_int(&parsed, "a", value);
	config_destroy(&parsed);
	fclose(report.out);
	free(source.text);
	assert_int_equal(report.errors, good ? 0 : 1);
	return good;
}

static void test_good(void **state)
{
	int value;

	(void)state;
	assert_true(parse("a = 5;", &value));
	assert_int_equal(value, 5);
	assert_true(parse("", &value));
}

static void test_syntax(void **state)
{
	int value;

	(void)state;
	assert_false(parse("a = ;", &value));
	assert_string_equal(
		said, "t.conf: syntax error at or before this line; a setting is name = value;\n");
	assert_false(parse("a = 1; a = 2;", &value));
	assert_string_equal(
		said, "t.conf: a setting or id stands twice in the same group; keep one of them\n");
}

/* libconfig calls exit(2) on this: were it done here, this test would be gone. */
static void test_parser_that_exits(void **state)
{
	int value;

	(void)state;
	assert_false(parse("@include \".\"\n", &value));
	assert_string_equal(
		said, "t.conf: the parser fails on this text; nothing of it was used\n");
}

static void test_very_deep(void **state)
{
	enum { DEPTH = 200000 };
	char *text = malloc(3 + DEPTH + 1);
	int value;

	(void)state;
	memcpy(text, "a =", 3);
	memset(text + 3, '(', DEPTH);
	text[3 + DEPTH] = '\0';
	assert_false(parse(text, &value));
	free(text);
}

static int count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* A daemon reloads: nothing open and no child may be left behind. */
static void test_nothing_is_left(void **state)
{
	int before = count_fds(), value;

	(void)state;
	parse("a = 5;", &value);
	parse("a = ;", &value);
	parse("@include \".\"\n", &value);
	assert_int_equal(count_fds(), before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Where children are reaped by the kernel, the verdict still comes: by the pipe. */
static void test_children_ignored(void **state)
{
	void (*before)(int) = signal(SIGCHLD, SIG_IGN);
	int value;

	(void)state;
	assert_true(parse("a = 6;", &value));
	assert_int_equal(value, 6);
	assert_false(parse("a = ;", &value));
	signal(SIGCHLD, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_parser_that_exits),
		cmocka_unit_test(test_very_deep),
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_children_ignored),
	};
	int failed = cmocka_run_group_tests_name("parse", tests, NULL, NULL);

	free(said);
	return failed ? 1 : 0;
}
