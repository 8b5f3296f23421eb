/* The registry of troubles: each begins and ends once, bounds, texts cut between characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/trouble.h"
#include "tests/heard.h"

#include <stdio.h>
#include <string.h>

struct listener {
	struct trouble_events events; /* first: events are cast back */
	unsigned told;
	struct trouble last;
};

static struct listener listener;

static struct moment at(int64_t now_ms)
{
	return (struct moment){ now_ms, now_ms };
}

static void on_trouble(
	struct trouble_events *events, const struct trouble *trouble, struct moment moment)
{
	struct listener *own = (struct listener *)events;

	(void)moment;
	own->told++;
	own->last = *trouble;
}

static int make(void **state)
{
	listener = (struct listener){ .events = { on_trouble } };
	*state = trouble_list_new(&listener.events);
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	trouble_list_free(*state);
	return 0;
}

static void test_begins_and_ends_once(void **state)
{
	const struct trouble *trouble;

	trouble_begin(*state, "device.water-f3", at(1000), "设备无应答", "no answer");
	trouble_begin(*state, "device.water-f3", at(2000), "设备无应答", "no answer");
	assert_int_equal(listener.told, 1);
	assert_true(listener.last.lasting);
	trouble = trouble_find(*state, "device.water-f3");
	assert_non_null(trouble);
	assert_int_equal(trouble->since_ms, 1000);
	assert_string_equal(trouble->zh, "设备无应答");
	assert_ptr_equal(trouble_at(*state, 0), trouble);
	assert_null(trouble_at(*state, 1));
	trouble_end(*state, "device.water-f3", at(3000));
	trouble_end(*state, "device.water-f3", at(4000));
	assert_int_equal(listener.told, 2);
	assert_false(listener.last.lasting);
	assert_string_equal(listener.last.id, "device.water-f3");
	assert_null(trouble_find(*state, "device.water-f3"));
	assert_null(trouble_at(*state, 0));
	trouble_begin(*state, "device.water-f3", at(5000), "a", "b");
	assert_int_equal(trouble_find(*state, "device.water-f3")->since_ms, 5000);
}

static void test_changed_text_is_told(void **state)
{
	trouble_begin(*state, "mqtt", at(1), "一", "one");
	trouble_begin(*state, "mqtt", at(2), "二", "two");
	assert_int_equal(listener.told, 2);
	assert_string_equal(listener.last.en, "two");
	assert_int_equal(listener.last.since_ms, 1);
	trouble_begin(*state, "mqtt", at(3), "三", "two"); /* in one language is enough */
	assert_string_equal(listener.last.zh, "三");
	trouble_begin(*state, "mqtt", at(4), "三", "four");
	assert_string_equal(listener.last.en, "four");
	assert_int_equal(listener.told, 4);
	assert_null(trouble_at(*state, 1));
}

static void test_order_stays(void **state)
{
	trouble_begin(*state, "a", at(1), "", "");
	trouble_begin(*state, "b", at(2), "", "");
	trouble_begin(*state, "c", at(3), "", "");
	trouble_end(*state, "b", at(4));
	assert_string_equal(trouble_at(*state, 0)->id, "a");
	assert_string_equal(trouble_at(*state, 1)->id, "c");
}

static void test_text_cut_between_characters(void **state)
{
	char zh[TROUBLE_TEXT_MAX * 2 + 1] = "x";
	const struct trouble *trouble;
	size_t length;

	while (strlen(zh) < TROUBLE_TEXT_MAX + 10)
		strcat(zh, "水"); /* 3 bytes each: the limit falls within one */
	trouble_begin(*state, "a", at(1), zh, zh);
	trouble = trouble_find(*state, "a");
	length = strlen(trouble->zh);
	assert_in_range(length, TROUBLE_TEXT_MAX - 2, TROUBLE_TEXT_MAX);
	assert_int_equal(length % 3, 1);
	trouble_begin(*state, "a", at(2), zh, zh); /* the same, though longer than what is kept */
	assert_int_equal(listener.told, 1);
}

static void test_full(void **state)
{
	char id[TROUBLE_ID_MAX + 1], line[100];
	int count = 0;

	hear();
	for (int i = 0; i < TROUBLE_MAX + 20; i++) {
		snprintf(id, sizeof(id), "point.p%d", i);
		trouble_begin(*state, id, at(i), "", "leaks");
	}
	snprintf(line, sizeof(line), "trouble point.p%d: not shown, %d last already: leaks",
		TROUBLE_MAX + 19, TROUBLE_MAX - 1);
	assert_int_equal(heard(line), 1);
	assert_int_equal(listener.told, TROUBLE_MAX);
	assert_string_equal(listener.last.id, "troubles-full");
	while (trouble_at(*state, (size_t)count))
		count++;
	assert_int_equal(count, TROUBLE_MAX);
	assert_null(trouble_find(*state, "point.p520"));
	for (int i = 0; trouble_find(*state, "troubles-full"); i++) {
		snprintf(id, sizeof(id), "point.p%d", i);
		trouble_end(*state, id, at(1000));
		count--;
	}
	assert_int_equal(count - 1, TROUBLE_MAX * 3 / 4 - 1);
	assert_string_equal(listener.last.id, "troubles-full");
	assert_false(listener.last.lasting);
}

#define WITH_LIST(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LIST(test_begins_and_ends_once),
		WITH_LIST(test_changed_text_is_told),
		WITH_LIST(test_order_stays),
		WITH_LIST(test_text_cut_between_characters),
		WITH_LIST(test_full),
	};

	return cmocka_run_group_tests_name("trouble", tests, NULL, NULL) ? 1 : 0;
}
