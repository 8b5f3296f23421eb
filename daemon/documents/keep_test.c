/*
 * What the journal keeps of an incident, read back: nothing is lost, and nothing that is damaged
 * is believed. SEED=... repeats.
 */
#include "daemon/documents/keep.h"

#include "core/clock.h"
#include "daemon/documents/json.h"
#include "rules/engine/keep.h"
#include "rules/engine/locking.h"
#include "tests/kept_lab.h"

#include <errno.h>

static const struct reboot same = { 0 };

#define WALL_MS 1795489269250
static const struct moment then = { 2030, WALL_MS };
static const struct document_origin origin = { "0123456789abcdef", 7 };

static char *text;

static int tear_down(void **state)
{
	free(text);
	text = NULL;
	return kept_tear_down(state);
}

static void take(const char *id)
{
	free(text);
	text = document_keep(
		engine_find(lab.engine, id), &origin, lab.engine, NULL, &building, &then);
	assert_non_null(text);
}

static void give(const struct reboot *reboot)
{
	if (document_restore(next.engine, text, reboot, error, sizeof(error)))
		fail_msg("%s\n%s", error, text);
	assert_int_equal(next.transitions, 0);
}

static void refused(const char *why)
{
	assert_int_equal(document_restore(next.engine, text, &same, error, sizeof(error)), -EINVAL);
	if (!strstr(error, why))
		fail_msg("%s\n%s", error, text);
	assert_null(engine_incident(next.engine, 0));
	assert_int_equal(engine_serial(next.engine), 1);
}

/* The sum anew, as if the text had been written so. */
static void seal(json_t *json)
{
	char *plain, sum[17];
	uint64_t value = 0xcbf29ce484222325;

	json_object_del(json, "sum");
	plain = document_text(json_incref(json));
	for (size_t i = 0; plain[i]; i++)
		value = (value ^ (unsigned char)plain[i]) * 0x100000001b3;
	free(plain);
	snprintf(sum, sizeof(sum), "%016llx", (unsigned long long)value);
	json_object_set_new(json, "sum", json_string(sum));
	free(text);
	text = document_text(json);
}

/* The member at a path like "causes/0/rule" of its parent, which is returned; *key: its name. */
static json_t *parent_of(json_t *json, char *path, const char **key)
{
	char *slash;

	while ((slash = strchr(path, '/'))) {
		*slash = '\0';
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(path))
					   : json_object_get(json, path);
		assert_non_null(json);
		path = slash + 1;
	}
	*key = path;
	return json;
}

/* Another value at the path; NULL: none. */
static void change(const char *where, json_t *value)
{
	json_t *json = json_loads(text, 0, NULL), *parent;
	char path[64];
	const char *key;

	assert_non_null(json);
	snprintf(path, sizeof(path), "%s", where);
	parent = parent_of(json, path, &key);
	assert_non_null(json_object_get(parent, key));
	if (value)
		json_object_set_new(parent, key, value);
	else
		json_object_del(parent, key);
	seal(json);
}

/* The document that the topic carries, and behind it what no topic does. */
static void test_what_it_looks_like(void **state)
{
	json_t *json, *public;
	char *plain, *private;

	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_report(lab.engine, 16, "f3.tea", "li", "a\n\\puddle", 1500, &lab.sink, NULL);
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_step(lab.engine, "16-f3.tea", "call", STEP_SKIPPED, "wu", "nobody", 2030, &lab.sink);
	take("16-f3.tea");
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	private = document_text(json_incref(json_object_get(json, "private")));
	assert_string_equal(private,
		"{\"v\":1,\"boot_ms\":2030,\"wall_ms\":1795489269250,\"told\":true,"
		"\"unacknowledged\":\"2026-11-24T11:01:08.220+08:00\",\"level\":0,\"owed_ms\":0,"
		"\"owed_until_ms\":0,\"causes\":["
		"{\"report\":false,\"clear\":\"yes\",\"left_ms\":70,\"unseen\":false},"
		"{\"report\":true,\"clear\":null,\"left_ms\":0,\"unseen\":false}],\"facts\":[],\"steps\":["
		"{\"overdue\":false,\"reminder\":null,\"reminders\":0,\"overdue_level\":0,"
		"\"failed_level\":0},"
		"{\"overdue\":false,\"reminder\":null,\"reminders\":0,\"overdue_level\":0,"
		"\"failed_level\":0}]}");
	free(private);
	json_object_del(json, "private");
	json_object_del(json, "sum");
	plain = document_incident(
		engine_find(lab.engine, "16-f3.tea"), &origin, NULL, &building, &then);
	public = json_loads(plain, 0, NULL);
	assert_true(json_equal(json, public));
	free(plain);
	json_decref(public);
	json_decref(json);
}

/* After a reboot: the clock began anew. */
static void test_shifted(void **state)
{
	const struct incident *incident;

	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_action(lab.engine, "16-f3.tea", 1, ACTION_DONE, "facilityd", "", 2030, &lab.sink);
	take("16-f3.tea");
	give(&(struct reboot){ .rebooted = true, .shift_ms = -1000, .still_ms = -1000 });
	incident = engine_find(next.engine, "16-f3.tea-1");
	assert_non_null(incident);
	assert_int_equal(incident->raised_ms, -1); /* 0 would say: never */
	assert_int_equal(incident->acked_ms, 0);
	assert_int_equal(incident->causes[0].since_ms, -1);
	assert_int_equal(incident->causes[0].witnesses[0].at_ms, -1);
	assert_int_equal(incident->steps[1].action_ms, 1030);
	assert_ptr_equal(incident->causes[0].rule, &rules[0]);
}

/* A shelf has what was left, not what a wall clock says that nobody vouches for; and what is owed
 * of it is kept. */
static void test_a_shelf_over_a_reboot(void **state)
{
	const struct reboot reboot = {
		.rebooted = true, .shift_ms = 500000, .still_ms = -1000, .offset_ms = 7000000
	};

	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_shelve(lab.engine, "16-f3.tea", SHELF_MIN_MS, "li", "known", 2000, &lab.sink);
	take("16-f3.tea");
	give(&reboot);
	assert_int_equal(engine_find(next.engine, "16-f3.tea")->hold.until_ms, 1000 + SHELF_MIN_MS);
	assert_int_equal(engine_find(next.engine, "16-f3.tea")->owed_ms, 7001000);
}

/* So have deadlines, the chain, and what presses since it has failed. What is past is as people
 * know it. */
static void test_deadlines_over_a_reboot(void **state)
{
	const struct reboot reboot = {
		.rebooted = true, .shift_ms = 500000, .still_ms = -1000, .offset_ms = 7000000
	};
	const struct incident *incident;

	(void)state;
	steps[0].deadline_ms = 5000;
	lab_set(&lab, 1500, "f3-tea-leak-a=1");
	engine_step(lab.engine, "16-f3.tea", "call", STEP_FAILED, "wu", "no line", 1600, &lab.sink);
	engine_action(lab.engine, "16-f3.tea", 1, ACTION_FAILED, "facilityd", "", 1700, &lab.sink);
	take("16-f3.tea");
	give(&reboot);
	incident = engine_find(next.engine, "16-f3.tea");
	assert_int_equal(incident->steps[0].due_ms, 5500);
	assert_int_equal(incident->unacked_ms, 500);
	assert_int_equal(incident->steps[0].status_ms, 600);
	assert_int_equal(incident->steps[1].action_ms, 700);
	assert_int_equal(incident->raised_ms, 501500);
	assert_int_equal(incident->owed_ms, 7001000);
	assert_int_equal(incident->owed_until_ms, then.now_ms - 1000);
	/* Over a restart it owes the same. */
	free(text);
	text = document_keep(incident, &origin, next.engine, NULL, &building, &then);
	lab_end(&next);
	lab_start_plan(&next, &plan, rules, 2);
	give(&same);
	incident = engine_find(next.engine, "16-f3.tea");
	assert_int_equal(incident->steps[0].due_ms, 5500);
	assert_int_equal(incident->owed_ms, 7001000);
	assert_int_equal(incident->owed_until_ms, then.now_ms - 1000);
	steps[0].deadline_ms = 0;
}

/* It is a delay of a rule: time in which nobody looked does not count. */
static void test_what_is_suppressed_over_a_reboot(void **state)
{
	const struct reboot reboot = {
		.rebooted = true, .shift_ms = 500000, .still_ms = -1000, .offset_ms = 7000000
	};
	json_t *json;

	(void)state;
	lab_set(&lab, 1500, "f3-tea-leak-a=1");
	take("16-f3.tea");
	json = json_loads(text, 0, NULL);
	json_object_set_new(json, "state", json_string("suppressed-active"));
	json_object_set_new(json, "suppressed",
		json_pack("{s:s, s:s}", "by", "1-centre-1", "until",
			"2026-11-24T11:01:12.220+08:00"));
	seal(json);
	give(&reboot);
	assert_int_equal(engine_find(next.engine, "16-f3.tea")->unsuppress_ms, 4000);
	assert_true(engine_clock(next.engine, &(struct moment){ 2000, 7001000 + 2000 + 3600000 }));
	assert_int_equal(engine_find(next.engine, "16-f3.tea")->unsuppress_ms, 4000);
	lab_end(&next);
	lab_start_plan(&next, &plan, rules, 2);
	give(&(struct reboot){ .still_ms = 700 }); /* the same boot */
	assert_int_equal(engine_find(next.engine, "16-f3.tea")->unsuppress_ms, 5700);
}

/* A rule may have any name, that of a report too; and a person's words may be no UTF-8. */
static void test_odd_names_and_notes(void **state)
{
	struct rule odd = rules[1];
	const struct incident *incident;
	char note[NOTE_MAX + 1];

	(void)state;
	odd.id = "report";
	lab_end(&lab);
	lab_start_plan(&lab, &plan, &odd, 1);
	lab_end(&next);
	lab_start_plan(&next, &plan, &odd, 1);
	memset(note, 0xff, NOTE_MAX);
	note[NOTE_MAX] = '\0';
	lab_set(&lab, 1000, "smoke-1=1");
	lab.log[0] = '\0';
	engine_report(lab.engine, 16, "f3", "li", note, 1500, &lab.sink, NULL);
	take("16-f3");
	give(&same);
	incident = engine_incident(next.engine, 0);
	assert_int_equal(incident->cause_count, 2);
	assert_ptr_equal(incident->causes[0].rule, &odd);
	assert_null(incident->causes[1].rule);
	assert_string_equal(incident->causes[1].by, "li");
	assert_int_equal(strlen(incident->causes[1].note), NOTE_MAX - NOTE_MAX % 3);
}

/* What must be there, and what is said where it is not. */
static const struct {
	const char *path, *why;
} needed[] = {
	{ "id", "\"id\" is missing or wrong" },
	{ "type_id", "\"type_id\"" },
	{ "zone", "\"zone\"" },
	{ "state", "\"state\"" },
	{ "drill", "\"drill\"" },
	{ "raised", "\"raised\"" },
	{ "shelved", "\"time\"" },
	{ "acknowledged", "\"time\"" },
	{ "suppressed", "\"until\"" },
	{ "causes", "\"causes\"" },
	{ "causes/0/active", "causes[0]: \"active\"" },
	{ "causes/0/since", "causes[0]: \"since\"" },
	{ "causes/0/readings", "causes[0]: \"readings\"" },
	{ "causes/0/readings/0/value", "causes[0]: \"value\"" },
	{ "causes/0/readings/0/quality", "causes[0]: \"quality\"" },
	{ "causes/0/readings/0/point", "causes[0]: \"point\"" },
	{ "steps", "\"steps\"" },
	{ "steps/1/status", "steps[1]: \"status\"" },
	{ "steps/1/applies", "steps[1]: \"applies\"" },
	{ "steps/1/deadline", "steps[1]: \"deadline\"" },
	{ "steps/1/action/state", "steps[1]: \"state\"" },
	{ "private/boot_ms", "\"boot_ms\"" },
	{ "private/told", "\"told\"" },
	{ "private/level", "\"level\"" },
	{ "private/causes", "\"causes\"" },
	{ "private/causes/0/report", "causes[0]: \"report\"" },
	{ "private/causes/0/unseen", "causes[0]: \"unseen\"" },
	{ "private/causes/0/left_ms", "causes[0]: \"left_ms\"" },
	{ "private/steps/1/reminders", "steps[1]: \"reminders\"" },
	{ "private/steps/1/overdue_level", "steps[1]: \"overdue_level\"" },
	{ "private/steps/1/failed_level", "steps[1]: \"failed_level\"" },
	{ "private/v", "its version is not known here" },
	{ "private", "this is no incident as the journal keeps it" },
};

static void test_what_cannot_be_used(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		take("16-f3.tea");
		change(needed[i].path, NULL);
		refused(needed[i].why);
		take("16-f3.tea");
		change(needed[i].path, json_pack("[i]", 1));
		refused("");
	}
	take("16-f3.tea");
	change("state", json_string("asleep"));
	refused("\"state\" is missing or wrong");
	take("16-f3.tea");
	change("state", json_string("closed"));
	refused("it is not open");
	take("16-f3.tea");
	change("raised", json_string("yesterday"));
	refused("\"raised\" is missing or wrong");
	take("16-f3.tea");
	change("private/steps/0/reminders", json_integer(-1));
	refused("\"reminders\" is missing or wrong");
	free(text);
	text = strdup("facility-incident 2\nid 16-f2-1\n");
	refused("this is no document");
	free(text);
	text = strdup("[1]");
	refused("this is no incident as the journal keeps it");
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

/* Bytes that are gone, there twice, cut off, or others. */
static void damage_text(uint64_t *seed, const char *whole, size_t length)
{
	size_t from = random_next(seed) % length, count = random_next(seed) % 40;

	free(text);
	text = calloc(1, 2 * length + 1);
	strcpy(text, whole);
	count = count < length - from ? count : length - from;
	switch (random_next(seed) % 4) {
	case 0:
		text[from] = '\0';
		break;
	case 1:
		strcpy(text + from, whole + from + count);
		break;
	case 2:
		strcpy(text + from, whole + (from > count ? from - count : 0));
		break;
	default:
		for (size_t i = 0; i <= count % 4; i++)
			text[random_next(seed) % length] = (char)(random_next(seed) % 255 + 1);
	}
}

static json_t *random_value(uint64_t *seed)
{
	static const char *const words[] = { "", "yes", "closed", "handed-over", "report", "good",
		"2026-11-24T11:01:08.220+08:00", "9999-11-24T11:01:08.220+08:00",
		"0000-11-24T11:01:08.220+08:00", "leak", "f2.tea", "16-f3.tea-zzzzzzzzzzzzzzzzzz" };

	switch (random_next(seed) % 8) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(random_next(seed) % 2);
	case 2:
		return json_integer((json_int_t)(random_next(seed) << 11));
	case 3:
		return json_real((double)random_next(seed) * 1e290);
	case 4:
		return json_pack("{s:i, s:[n]}", "time", 1, "by");
	case 5:
		return json_pack("[{}, i, n]", 7);
	default:
		return json_string(words[random_next(seed) % (sizeof(words) / sizeof(words[0]))]);
	}
}

/* One member somewhere has another value, is gone, or is there again. */
static void damage_member(uint64_t *seed, json_t *json)
{
	size_t count, at;

	for (;;) {
		bool list = json_is_array(json);
		json_t *inner;
		void *iter;

		count = list ? json_array_size(json) : json_object_size(json);
		if (count == 0)
			return;
		at = random_next(seed) % count;
		iter = list ? NULL : json_object_iter(json);
		for (size_t i = 0; iter && i < at; i++)
			iter = json_object_iter_next(json, iter);
		inner = list ? json_array_get(json, at) : json_object_iter_value(iter);
		if (random_next(seed) % 4 && (json_is_array(inner) || json_is_object(inner))) {
			json = inner;
			continue;
		}
		if (list && random_next(seed) % 2)
			json_array_append(json, inner);
		else if (list)
			json_array_set_new(json, at, random_value(seed));
		else if (random_next(seed) % 4)
			json_object_iter_set_new(json, iter, random_value(seed));
		else
			json_object_del(json, json_object_iter_key(iter));
		return;
	}
}

static bool equal_texts(const char *a, const char *b)
{
	json_t *x = json_loads(a, 0, NULL), *y = json_loads(b, 0, NULL);
	bool equal = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return equal;
}

/* What was sealed anew may pass; then it must live and end like any. */
static void live_on(void)
{
	lab_set(&next, 9000, "f3-tea-leak-a=0 f3-tea-leak-b=0 smoke-1=0");
	lab_tick(&next, 99000);
	lab_end(&next);
	lab_start_plan(&next, &plan, rules, 2);
}

static void test_damage(void **state)
{
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 0xdecafbad;
	unsigned taken = 0, refusals = 0;
	char *whole;

	(void)state;
	print_message("SEED=0x%llx\n", (unsigned long long)seed);
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_report(lab.engine, 16, "f3.tea", "li", "a puddle", 1500, &lab.sink, NULL);
	engine_step(lab.engine, "16-f3.tea", "call", STEP_SKIPPED, "wu", "nobody", 2030, &lab.sink);
	engine_shelve(lab.engine, "16-f3.tea", SHELF_MIN_MS, "wu", "late", 2030, &lab.sink);
	take("16-f3.tea");
	whole = strdup(text);
	for (int i = 0; i < 10000; i++) {
		bool sealed = i % 2;

		if (sealed) {
			json_t *json = json_loads(whole, 0, NULL);

			for (uint64_t k = random_next(&seed) % 3 + 1; k > 0; k--)
				damage_member(&seed, json);
			seal(json);
		} else {
			damage_text(&seed, whole, strlen(whole));
		}
		if (document_restore(next.engine, text, &same, error, sizeof(error))) {
			assert_null(engine_incident(next.engine, 0));
			assert_int_equal(engine_serial(next.engine), 1);
			assert_true(error[0]);
			refusals++;
			continue;
		}
		if (!sealed && !equal_texts(text, whole))
			fail_msg("taken, though it is damaged: %s", text);
		taken += sealed;
		live_on();
	}
	print_message("%u refused; %u taken that were sealed anew\n", refusals, taken);
	assert_true(refusals > 6000 && taken > 100);
	free(whole);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kept_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_it_looks_like),
		TEST(test_shifted),
		TEST(test_a_shelf_over_a_reboot),
		TEST(test_deadlines_over_a_reboot),
		TEST(test_what_is_suppressed_over_a_reboot),
		TEST(test_odd_names_and_notes),
		TEST(test_what_cannot_be_used),
		TEST(test_damage),
	};

	setenv("TZ", "Asia/Shanghai", 1);
	return cmocka_run_group_tests_name("keep documents", tests, building_setup, NULL) ? 1 : 0;
}
