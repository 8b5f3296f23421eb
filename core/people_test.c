#include "core/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { HOUR = 60, DAY = 24 * HOUR };

static const struct role roles[] = {
	{ "service_desk", { "总服务台", "Service desk" } },
	{ "security", { "保安", "Security" } },
	{ "publicity", { "宣传科", "Publicity" } },
};

static const struct duty by_day[] = {
	{ 8 * HOUR, 17 * HOUR },
	{ DAY + 8 * HOUR, DAY + 17 * HOUR },
};
/* Sunday 20:00 to Monday 08:00, which the week cuts in two. */
static const struct duty over_sunday[] = { { 0, 8 * HOUR }, { 6 * DAY + 20 * HOUR, WEEK_MIN } };

static struct person list[] = {
	{ .id = "a",
		.roles = { &roles[0], &roles[1] },
		.role_count = 2,
		.account = "li",
		.duty = by_day,
		.duty_count = 2 },
	{ .id = "b",
		.roles = { &roles[0] },
		.role_count = 1,
		.duty = over_sunday,
		.duty_count = 2 },
	{ .id = "c", .roles = { &roles[1] }, .role_count = 1 },
};
static const struct people people = { list, 3 };

static void test_person(void **state)
{
	(void)state;
	assert_false(person_on_duty(&list[0], 8 * HOUR - 1));
	assert_true(person_on_duty(&list[0], 8 * HOUR));
	assert_true(person_on_duty(&list[0], 17 * HOUR - 1));
	assert_false(person_on_duty(&list[0], 17 * HOUR));
	assert_int_equal(person_duty_change(&list[0], 8 * HOUR), 9 * HOUR);
	assert_int_equal(person_duty_change(&list[0], 17 * HOUR), 15 * HOUR);
	assert_int_equal(person_duty_change(&list[0], DAY + 17 * HOUR), 5 * DAY + 15 * HOUR);
	assert_true(person_on_duty(&list[2], 0));
	assert_int_equal(person_duty_change(&list[2], 0), 0);
}

static void test_over_sunday(void **state)
{
	(void)state;
	assert_true(person_on_duty(&list[1], WEEK_MIN - 1));
	assert_true(person_on_duty(&list[1], 0));
	assert_int_equal(person_duty_change(&list[1], 6 * DAY + 21 * HOUR), 11 * HOUR);
	assert_int_equal(person_duty_change(&list[1], 0), 8 * HOUR);
	assert_int_equal(person_duty_change(&list[1], 8 * HOUR), 6 * DAY + 12 * HOUR);
}

/* What goes on over Sunday's midnight is two spans, and ends once. */
static void test_the_end_of_a_span(void **state)
{
	static const struct duty over[] = { { 0, 2 * HOUR }, { 20 * HOUR, 22 * HOUR },
		{ WEEK_MIN - HOUR, WEEK_MIN } };

	(void)state;
	assert_int_equal(duty_end(over, 3, 0), 2 * HOUR);
	assert_int_equal(duty_end(over, 3, 1), 22 * HOUR);
	assert_int_equal(duty_end(over, 3, 2), WEEK_MIN + 2 * HOUR);
	assert_int_equal(duty_end(over + 1, 2, 1), WEEK_MIN);
}

static void test_role(void **state)
{
	static const struct people none = { 0 };

	(void)state;
	assert_int_equal(people_on_duty(&people, &roles[0], 7 * HOUR), ON_DUTY_SOMEBODY);
	assert_int_equal(people_on_duty(&people, &roles[0], 9 * HOUR), ON_DUTY_SOMEBODY);
	assert_int_equal(people_on_duty(&people, &roles[0], 18 * HOUR), ON_DUTY_NOBODY);
	assert_int_equal(people_on_duty(&people, &roles[1], 18 * HOUR), ON_DUTY_SOMEBODY);
	assert_int_equal(people_on_duty(&people, &roles[2], 9 * HOUR), ON_DUTY_UNKNOWN);
	assert_int_equal(people_on_duty(&none, &roles[0], 9 * HOUR), ON_DUTY_UNKNOWN);
	/* Who has hours is not off duty by a clock that is not known to be right. */
	assert_int_equal(people_on_duty(&people, &roles[0], MINUTE_UNKNOWN), ON_DUTY_UNKNOWN);
	assert_int_equal(people_on_duty(&people, &roles[1], MINUTE_UNKNOWN), ON_DUTY_SOMEBODY);
}

static void test_shown(void **state)
{
	(void)state;
	assert_string_equal(people_shown(&people, "li"), "service_desk");
	assert_string_equal(people_shown(&people, "wang"), "wang");
	assert_string_equal(people_shown(&people, "facilityd"), "facilityd");
	assert_string_equal(people_shown(&people, ""), "");
}

/* Of its own and by its person, each once; what stands nowhere has none, and is an operator. */
static void test_accounts(void **state)
{
	static struct account accounts[] = {
		{ .id = "li",
			.kind = ACCOUNT_ENGINEER,
			.roles = { &roles[1], &roles[2] },
			.role_count = 2 },
		{ .id = "wall", .kind = ACCOUNT_VIEWER },
	};
	const struct people all = { list, 3, accounts, 2 };
	const struct role *has[ACCOUNT_ROLE_MAX];

	(void)state;
	assert_int_equal(people_roles(&all, "li", has), 3);
	assert_ptr_equal(has[0], &roles[1]);
	assert_ptr_equal(has[1], &roles[2]);
	assert_ptr_equal(has[2], &roles[0]);
	assert_int_equal(people_roles(&people, "li", has), 2);
	assert_int_equal(people_roles(&all, "wall", has), 0);
	assert_int_equal(people_roles(&all, "nobody", has), 0);
	assert_int_equal(people_kind(&all, "li"), ACCOUNT_ENGINEER);
	assert_int_equal(people_kind(&people, "li"), ACCOUNT_OPERATOR);
	assert_int_equal(people_kind(&all, "wall"), ACCOUNT_VIEWER);
	assert_int_equal(people_kind(&all, "nobody"), ACCOUNT_OPERATOR);
	assert_int_equal(people_kind(&people, "homeassistant"), ACCOUNT_HOMEASSISTANT);
}

/* Of two people, with no role in common, and both of a kind that releases. */
static void test_two_persons(void **state)
{
	static struct person persons[] = {
		{ .id = "a", .account = "a", .roles = { &roles[0] }, .role_count = 1 },
		{ .id = "b", .account = "b", .roles = { &roles[1] }, .role_count = 1 },
		{ .id = "c", .account = "c", .roles = { &roles[0] }, .role_count = 1 },
		{ .id = "d", .roles = { &roles[2] }, .role_count = 1 },
	};
	static struct account accounts[] = {
		{ .id = "b", .kind = ACCOUNT_ENGINEER },
		{ .id = "c", .roles = { &roles[1] }, .role_count = 1 },
		{ .id = "x", .roles = { &roles[2] }, .role_count = 1 },
	};
	struct people all = { persons, 4, accounts, 3 };

	(void)state;
	assert_true(people_are_two(&all, "a", "b"));
	assert_true(people_are_two(&all, "b", "a"));
	assert_false(people_are_two(&all, "a", "a"));
	assert_false(people_are_two(&all, "a", "c"));
	assert_false(people_are_two(&all, "b", "c")); /* by its account's own role */
	assert_false(people_are_two(&all, "a", "x")); /* nobody's */
	assert_true(people_have_two(&all));
	accounts[0].kind = ACCOUNT_VIEWER;
	assert_false(people_are_two(&all, "a", "b"));
	assert_false(people_have_two(&all));
	accounts[0].kind = ACCOUNT_ENGINEER;
	all.count = 1;
	assert_false(people_have_two(&all));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_person),
		cmocka_unit_test(test_over_sunday),
		cmocka_unit_test(test_the_end_of_a_span),
		cmocka_unit_test(test_role),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_two_persons),
	};

	return cmocka_run_group_tests_name("people", tests, NULL, NULL) ? 1 : 0;
}
