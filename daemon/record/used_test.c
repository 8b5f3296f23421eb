/* Ids of commands count once: per user, until they expire, over a restart, and within bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/record/used.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { T0 = 1000000, MINUTE = 60000, HOUR = 60 * MINUTE };

/* The rows that the journal has now, as "<id>=<text>;". */
static char rows[16 * 1024];
static unsigned puts_count, drops;

static void on_row(void *context, const char *id, const char *text)
{
	size_t length = strlen(rows);

	(void)context;
	puts_count += text != NULL;
	drops += !text;
	if (length < sizeof(rows) - 200)
		snprintf(rows + length, sizeof(rows) - length, "%s=%s;", id, text ? text : "-");
}

static int make(void **state)
{
	rows[0] = '\0';
	puts_count = drops = 0;
	*state = used_new(on_row, NULL);
	return *state ? 0 : -1;
}

static int done(void **state)
{
	used_free(*state);
	return 0;
}

static void test_once_for_each_user(void **state)
{
	assert_int_equal(used_take(*state, "li", "a", T0 + MINUTE, false, T0), 0);
	assert_int_equal(used_take(*state, "li", "a", T0 + MINUTE, false, T0), -EEXIST);
	assert_int_equal(used_take(*state, "wang", "a", T0 + MINUTE, false, T0), 0);
	assert_string_equal(rows, "used/li/a=1060000;used/wang/a=1060000;");
}

/* What is about nothing is not kept, but known while there is room. */
static void test_what_is_passing(void **state)
{
	assert_int_equal(used_take(*state, "li", "a", T0 + MINUTE, true, T0), 0);
	assert_int_equal(used_take(*state, "li", "a", T0 + MINUTE, true, T0), -EEXIST);
	used_keep(*state);
	assert_string_equal(rows, "");
}

static void use_many(struct used *used, const char *user, int from, int count, bool passing)
{
	char id[20];

	for (int i = from; i < from + count; i++) {
		snprintf(id, sizeof(id), "%d", i);
		assert_int_equal(used_take(used, user, id, T0 + MINUTE, passing, T0), 0);
	}
}

/* However many others there are, of himself or of others: none is forgotten before it expires. */
static void test_nothing_is_forgotten_early(void **state)
{
	use_many(*state, "li", 0, USED_USER_MAX, false);
	assert_int_equal(used_take(*state, "li", "more", T0 + MINUTE, false, T0), -ENOSPC);
	assert_int_equal(used_take(*state, "li", "hello", T0 + MINUTE, true, T0), 0);
	use_many(*state, "wang", 0, USED_USER_MAX, false);
	use_many(*state, "chen", 0, USED_USER_MAX, false);
	use_many(*state, "sun", 0, USED_USER_MAX, false);
	assert_int_equal(used_take(*state, "zhou", "more", T0 + MINUTE, false, T0), -ENOSPC);
	assert_int_equal(used_take(*state, "li", "0", T0 + MINUTE, false, T0), -EEXIST);
	assert_int_equal(drops, 0);
	/* Then there is room again. */
	assert_int_equal(used_take(*state, "li", "more", T0 + 2 * MINUTE, false, T0 + MINUTE), 0);
	assert_int_equal(used_take(*state, "zhou", "x", T0 + 2 * MINUTE, false, T0 + MINUTE), 0);
	assert_int_equal(drops, 2);
}

static void test_greetings_push_nothing_out_and_give_way(void **state)
{
	use_many(*state, "li", 0, 1, false);
	use_many(*state, "wang", 0, USED_MAX, true);
	use_many(*state, "wang", USED_MAX, USED_USER_MAX, false);
	assert_int_equal(used_take(*state, "li", "0", T0 + MINUTE, false, T0), -EEXIST);
}

/* A wall clock that is set back makes an old command young again: its id is still known. */
static void test_kept_longer_while_there_is_room(void **state)
{
	use_many(*state, "li", 0, 1, false);
	assert_int_equal(used_take(*state, "li", "x", T0 + HOUR, false, T0 + HOUR), 0);
	assert_int_equal(used_take(*state, "li", "0", T0 + HOUR, false, T0 + HOUR), -EEXIST);
	assert_int_equal(drops, 0);
	assert_int_equal(used_take(*state, "li", "y", T0 + 3 * HOUR, false, T0 + 3 * HOUR), 0);
	assert_int_equal(drops, 1);
	assert_non_null(strstr(rows, "used/li/0=-;"));
}

static void test_goes_on_after_a_restart(void **state)
{
	struct used *used = *state;

	assert_true(used_load(used, "used/li/a/b", "1060000", 0, T0));
	assert_false(used_load(used, "2-f3-1", "{}", 0, T0));
	assert_int_equal(used_take(used, "li", "a/b", T0, false, T0), -EEXIST);
	used_keep(used);
	assert_string_equal(rows, "used/li/a/b=1060000;");
}

/* A clock that was wrong does not make them last: nobody can be shut out so. */
static void test_no_clock_makes_them_last(void **state)
{
	char row[40];

	for (int i = 0; i < USED_USER_MAX; i++) {
		snprintf(row, sizeof(row), "used/li/%d", i);
		assert_true(used_load(*state, row, "1060000", INT64_C(1) << 50, T0));
	}
	assert_int_equal(used_take(*state, "li", "x", T0, false, T0 + 9 * MINUTE), -ENOSPC);
	assert_int_equal(used_take(*state, "li", "x", T0, false, T0 + 10 * MINUTE), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_once_for_each_user),
		TEST(test_what_is_passing),
		TEST(test_nothing_is_forgotten_early),
		TEST(test_greetings_push_nothing_out_and_give_way),
		TEST(test_kept_longer_while_there_is_room),
		TEST(test_goes_on_after_a_restart),
		TEST(test_no_clock_makes_them_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
