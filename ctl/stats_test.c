/* Alarm hygiene in words: the guides' limits, in both languages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/list.h"

#include <stdlib.h>
#include <string.h>

/* What is printed; the caller frees it. */
static char *print(bool chinese, const char *documents)
{
	char *text = NULL;
	size_t size;
	json_t *json = json_loads(documents, 0, NULL);
	struct show show = { open_memstream(&text, &size), chinese, false };

	assert_non_null(json);
	assert_true(list_print(&show, "stats", json));
	fclose(show.out);
	json_decref(json);
	return text;
}

#define STATS                                                                                      \
	"[{\"open\":{\"active\":3,\"returned\":1,\"unacknowledged\":2,\"shelved\":0,"              \
	"\"suppressed\":4,\"out_of_service\":0,\"handed_over\":0,\"drills\":1},"                   \
	"\"raised\":{\"last_10_min\":12,\"last_hour\":14,\"last_day\":20,"                         \
	"\"average_per_10_min\":0.139,\"peak_10_min\":12,"                                         \
	"\"peak_time\":\"2026-11-24T03:01:09.250+08:00\"},"                                        \
	"\"flood\":{\"active\":true,\"since\":\"2026-11-24T03:00:00.000+08:00\",\"limit\":10,"     \
	"\"percent_of_day\":1.5},"                                                                 \
	"\"chattering\":[{\"rule\":\"leak-detected\",\"zone\":\"f3.tea\",\"raises\":7}],"          \
	"\"standing\":[{\"incident\":\"2-f3-1\",\"since\":\"2026-11-24T01:00:00.000+08:00\"}],"    \
	"\"stale\":[],\"most_frequent\":[{\"type\":16,\"zone\":\"f3.tea\",\"raises\":9}]}]"

static void test_english(void **state)
{
	char *text = print(false, STATS);

	(void)state;
	assert_string_equal(text,
		"Open: 3 active, 2 not acknowledged, 1 over, 0 shelved, 4 suppressed, 0 out of "
		"service, 0 handed over, 1 drills\n"
		"Raised: 12 in the last 10 minutes, 14 in the last hour, 20 in the last day\n"
		"Average in 10 minutes: 0.139: very likely to be acceptable (at most 1)\n"
		"Most in 10 minutes: 12 (11-24 03:01:09): too many (more than 10)\n"
		"Flood: since 11-24 03:00:00; of the day 1.5 %: too much (more than 1 %)\n"
		"Chattering rules (there should be none): \n"
		"  leak-detected  f3.tea  7\n"
		"Standing: \n"
		"  2-f3-1  since 11-24 01:00:00\n"
		"Stale (should be fewer than 5): none\n"
		"Most frequent of the day: \n"
		"  16-f3.tea  9\n");
	free(text);
}

static void test_chinese(void **state)
{
	char *text = print(true, STATS);

	(void)state;
	assert_non_null(strstr(text, "12 起（最近 10 分钟），14 起（最近 1 小时）"));
	assert_non_null(strstr(text, "每 10 分钟平均 0.139: 很可能可以接受（≤1）\n"));
	assert_non_null(strstr(text, "告警泛滥，开始于 11-24 03:00:00；占一天的 1.5 %: 过多"));
	assert_non_null(strstr(text, "久未处理（应少于 5 起）：无\n"));
	free(text);
}

static void test_limits(void **state)
{
	static const struct {
		double average;
		const char *words;
	} table[] = {
		{ 0, "acceptable" },
		{ 1, "acceptable" },
		{ 1.001, "manageable" },
		{ 2, "manageable" },
		{ 2.5, "over-demanding" },
		{ 5, "over-demanding" },
		{ 28, "very likely to be unacceptable" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char document[100], *text;

		snprintf(document, sizeof(document), "[{\"raised\":{\"average_per_10_min\":%g}}]",
			table[i].average);
		text = print(false, document);
		if (!strstr(strstr(text, "Average"), table[i].words))
			fail_msg("%g: %s", table[i].average, text);
		free(text);
	}
}

/* Documents that are none at all do not break it. */
static void test_rubbish(void **state)
{
	(void)state;
	free(print(false, "[]"));
	free(print(true, "[7]"));
	free(print(false, "[{\"open\":3,\"stale\":[1,{}],\"chattering\":{},\"flood\":[]}]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english),
		cmocka_unit_test(test_chinese),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_rubbish),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL) ? 1 : 0;
}
