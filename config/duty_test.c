/* Duty hours as people write them, and what is said of those that cannot be meant. */
#include "config/duty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "Mon 08:30-Mon 17:00, ..." of all the texts together. */
static const char *said(const char *const texts[], char line[static 400])
{
	struct duty_list list = { .count = 0 };
	char error[DUTY_ERROR_SIZE], from[DUTY_TEXT_SIZE], to[DUTY_TEXT_SIZE];
	size_t used = 0;

	for (; *texts; texts++)
		if (!duty_parse(*texts, &list, error))
			fail_msg("%s: %s", *texts, error);
	duty_tidy(&list);
	line[0] = '\0';
	for (size_t i = 0; i < list.count; i++)
		used += (size_t)snprintf(line + used, 400 - used, "%s%s-%s", i ? ", " : "",
			duty_text(list.spans[i].begin_min, from),
			duty_text(list.spans[i].end_min, to));
	return line;
}

static void test_texts(void **state)
{
	static const struct {
		const char *texts[4], *spans;
	} table[] = {
		{ { "Mon 08:30-17:00" }, "Mon 08:30-Mon 17:00" },
		{ { "Sat,Sun 09:00-12:00" }, "Sat 09:00-Sat 12:00, Sun 09:00-Sun 12:00" },
		{ { "Tue-Wed,Fri 00:00-01:00" },
			"Tue 00:00-Tue 01:00, Wed 00:00-Wed 01:00, Fri 00:00-Fri 01:00" },
		{ { "Sun-Mon  10:00-11:00" }, "Mon 10:00-Mon 11:00, Sun 10:00-Sun 11:00" },
		{ { "Thu 20:00-08:00" }, "Thu 20:00-Fri 08:00" },
		{ { "Sun 20:00-08:00" }, "Mon 00:00-Mon 08:00, Sun 20:00-Sun 24:00" },
		{ { "Sun 20:00-24:00" }, "Sun 20:00-Sun 24:00" },
		{ { "Mon-Sun 00:00-24:00" }, "Mon 00:00-Sun 24:00" },
		{ { "Mon 12:00-14:00", "Mon 08:00-12:00", "Mon 09:00-10:00" },
			"Mon 08:00-Mon 14:00" },
	};
	char line[400];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_string_equal(said(table[i].texts, line), table[i].spans);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *error;
	} table[] = {
		{ "", "\"\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "Monday 08:00-09:00", "\"Monday\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "mon 08:00-09:00", "\"mon\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "Mon-Fr 08:00-09:00", "\"Fr\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "Mon, 08:00-09:00", "\"\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "08:00-09:00", "\"08:00\" is no day: Mon Tue Wed Thu Fri Sat Sun" },
		{ "Mon", "hours are missing behind the days: Mon-Fri 08:30-17:00" },
		{ "Mon ", "\"\" is no time of day: 08:30" },
		{ "Mon 8:00-9:00", "\"8:00\" is no time of day: 08:30" },
		{ "Mon 08:00", "an end is missing behind \"08:00\": 08:30-17:00" },
		{ "Mon 08:00-9", "\"9\" is no time of day: 08:30" },
		{ "Mon 08:60-09:00", "\"08:60\" is no time of day: 00:00 to 24:00" },
		{ "Mon 08:00-24:01", "\"24:01\" is no time of day: 00:00 to 24:00" },
		{ "Mon 08:00-17:000", "\"17:000\" is no time of day: 08:30" },
		{ "Mon 24:00-08:00", "nothing begins at 24:00: write 00:00 of the next day" },
		{ "Mon 08:00-08:00", "begins and ends at once: a whole day is 00:00-24:00" },
		{ "Mon 08:00-12:00, Tue", "\", Tue\" is too much: days and hours, once" },
	};
	char error[DUTY_ERROR_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct duty_list list = { .count = 0 };

		assert_false(duty_parse(table[i].text, &list, error));
		assert_string_equal(error, table[i].error);
		assert_int_equal(list.count, 0);
	}
}

static void test_bounded(void **state)
{
	struct duty_list list = { .count = 0 };
	char error[DUTY_ERROR_SIZE] = "";
	size_t texts = 0;

	(void)state;
	while (texts < 100 && duty_parse("Mon-Sun 20:00-08:00", &list, error))
		texts++;
	assert_true(texts < 100 && list.count <= DUTY_MAX);
	assert_string_equal(error, "more than the 64 spans that a person may have");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests_name("duty hours", tests, NULL, NULL) ? 1 : 0;
}
