/* The shipped configuration, looked at as a site's own. */
#include "config/lint/lint.h"
#include "config/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What we ship loads, and its own lints have nothing against it. */
static void test_shipped(void **state)
{
	struct config_report report = { .out = stderr };
	struct config *config = config_load("config/etc/facilityd.conf", &report);

	(void)state;
	assert_non_null(config);
	config_lint(config, &report);
	assert_int_equal(report.errors, 0);
	assert_int_equal(report.warnings, 0);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
	};

	return cmocka_run_group_tests_name("shipped", tests, NULL, NULL) ? 1 : 0;
}
