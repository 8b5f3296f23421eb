/* The clause table against the plan's own counts, and the form of clause numbers. */
#include "config/load/clauses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_counts(void **state)
{
	int sum = 0;

	(void)state;
	for (int i = 1; i <= INCIDENT_NUMBER_MAX; i++) {
		assert_in_range(clause_count(i), 2, 6);
		sum += clause_count(i);
	}
	assert_int_equal(sum, 98); /* as many as the plan has in all */
	assert_int_equal(clause_count(1), 4);
	assert_int_equal(clause_count(3), 5);
	assert_int_equal(clause_count(8), 6);
	assert_int_equal(clause_count(28), 2);
	assert_int_equal(clause_count(0), 0);
	assert_int_equal(clause_count(29), 0);
	assert_int_equal(clause_count(-1), 0);
}

static void test_form(void **state)
{
	static const char *const bad[] = { "", "2", "2.", ".2", "2.1.1", "02.1", "2.01", "2.0",
		"0.1", "2,1", " 2.1", "2.1 ", "2.1a", "-2.1", "100.1", "2.100" };
	int incident, clause;

	(void)state;
	assert_true(clause_parse("16.3", &incident, &clause));
	assert_int_equal(incident, 16);
	assert_int_equal(clause, 3);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clause_parse(bad[i], &incident, &clause))
			fail_msg("\"%s\" is taken for a clause", bad[i]);
}

static void test_of_section(void **state)
{
	static const char *const good[] = { "§1.1", "§1.3", "§3.1", "§5.4" };
	static const char *const bad[] = { "", "§", "§3", "3.1", "§3.4", "§2.1", "§4.1", "§6.1",
		"§0.1", "§ 3.1", "§3.1 ", "Â" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(clause_of_section(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clause_of_section(bad[i]))
			fail_msg("\"%s\" is taken for a clause", bad[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_of_section),
	};

	return cmocka_run_group_tests_name("clauses", tests, NULL, NULL) ? 1 : 0;
}
