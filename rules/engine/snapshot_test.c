/* Snapshots one by one: what they keep, what changed meanwhile, and damage. SEED=... repeats. */
#include "rules/engine/snapshot.h"

#include "rules/engine/snapshot_line.h"
#include "tests/rules_lab.h"

#include <errno.h>
#include <inttypes.h>

static const struct action cut = { .id = "cut", .mode = ACTION_AUTO };
static const struct action told = { .id = "cut", .mode = ACTION_ADVISE };

static struct step steps[] = {
	{ .id = "call", .mandatory = true },
	{ .id = "dry", .when = "any(leak)", .action = &cut },
};

static struct incident_type types[] = {
	{ .id = "leak", .number = 16, .steps = steps, .step_count = 2 },
	{ .id = "fight", .number = 9, .steps = steps, .step_count = 1 },
};

static const struct plan plan = { .types = types, .type_count = 2 };

static const struct rule rules[] = {
	{ .id = "leak",
		.type = &types[0],
		.condition = "any(leak)",
		.clear_for_ms = 100,
		.each_zone = true,
		.zone = &building_zones[Z_CENTRE] },
	{ .id = "smoke",
		.type = &types[0],
		.condition = "any(smoke)",
		.zone = &building_zones[Z_F3] },
};

static struct lab lab, next;
static char text[SNAPSHOT_MAX];
static char error[256];

static int set_up(void **state)
{
	(void)state;
	lab_start_plan(&lab, &plan, rules, 2);
	lab_start_plan(&next, &plan, rules, 2);
	error[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lab_end(&lab);
	lab_end(&next);
	return 0;
}

static void take(const char *id)
{
	size_t length =
		engine_snapshot(lab.engine, engine_find(lab.engine, id), text, sizeof(text));

	assert_true(length > 0);
	assert_int_equal(length, strlen(text));
}

static void give(int64_t shift_ms)
{
	if (engine_restore(next.engine, text, shift_ms, error, sizeof(error)))
		fail_msg("%s\n%s", error, text);
	assert_int_equal(next.transitions, 0);
}

static void refused(const char *why)
{
	assert_int_equal(engine_restore(next.engine, text, 0, error, sizeof(error)), -EINVAL);
	if (!strstr(error, why))
		fail_msg("%s", error);
	assert_null(engine_incident(next.engine, 0));
	assert_int_equal(engine_serial(next.engine), 1);
}

/* The last line anew, as if the text had been written so. */
static void seal(void)
{
	size_t length = strlen(text) - SNAPSHOT_END;

	snprintf(text + length, SNAPSHOT_END + 1, "end %016" PRIx64 "\n",
		snapshot_sum(text, length));
}

static void replace(const char *old, const char *new)
{
	char behind[SNAPSHOT_MAX], *at = strstr(text, old);

	assert_non_null(at);
	strcpy(behind, at + strlen(old));
	strcpy(at, new);
	strcat(text, behind);
	seal();
}

static void test_what_it_looks_like(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_report(lab.engine, 16, "f3.tea", "li", "a\n\\puddle", 1500, &lab.sink, NULL);
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_ack(lab.engine, "16-f3.tea", "wu", 2010, &lab.sink);
	engine_step(lab.engine, "16-f3.tea", "call", STEP_SKIPPED, "wu", "nobody", 2030, &lab.sink);
	take("16-f3.tea");
	text[strlen(text) - SNAPSHOT_END] = '\0';
	assert_string_equal(text,
		"facility-incident 2\nid 16-f3.tea-1\ntype leak\nzone f3.tea\n"
		"state active-acknowledged\ndrill no\ntold yes\n"
		"raised 1000\nacknowledged 2010\nreturned 0\nunacknowledged 1000\nlevel 0\n"
		"by wu\n"
		"cause leak yes no 1000 0\nclear 70 yes\n"
		"witness f3-tea-leak-a 2 0 0 3ff0000000000000 1000\n"
		"report yes no 1500 0\nby li\nnote a\\i\\\\puddle\n"
		"step call yes skipped idle 2030 0 0 0 no 0 0\nby wu\nnote nobody\n"
		"step dry no open wanted 0 1000 0 0 no 0 0\n");
}

/* After a reboot: the clock began anew, and 70 ms of clear_for are left. */
static void test_shifted(void **state)
{
	const struct incident *incident;

	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_action(lab.engine, "16-f3.tea", 1, ACTION_DONE, "facilityd", "", 2030, &lab.sink);
	take("16-f3.tea");
	give(-1000);
	incident = engine_find(next.engine, "16-f3.tea-1");
	assert_non_null(incident);
	assert_int_equal(incident->raised_ms, -1); /* 0 would say: never */
	assert_int_equal(incident->acked_ms, 0);
	assert_int_equal(incident->causes[0].since_ms, -1);
	assert_int_equal(incident->causes[0].witnesses[0].at_ms, -1);
	assert_int_equal(incident->steps[1].action_ms, 1030);
	assert_ptr_equal(incident->causes[0].rule, &rules[0]);
	assert_int_equal(engine_serial(next.engine), 2);
	assert_int_equal(engine_still_true(next.engine, incident), TRUTH_UNKNOWN);
	lab_tick(&next, 50000); /* nobody saw a reading: nothing clears */
	lab_set(&next, 50010, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	assert_int_equal(engine_deadline(next.engine), 50080);
	lab_tick(&next, 50080);
	lab_expect(&next, "50080 returned 16-f3.tea-1 returned-unacknowledged\n");
}

static void test_true_still(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	take("16-f3.tea");
	give(0);
	lab_set(&next, 3000, "f3-tea-leak-a=1");
	lab_expect(&next, "");
	lab_set(&next, 4000, "f2-leak=1");
	lab_expect(&next, "4000 raised 16-f2-2 active-unacknowledged\n");
}

/* It was drying, then the sensor was lost: that it was over once must not be forgotten. */
static void test_relapse_after_silence(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	lab_set(&lab, 2000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	engine_action(
		lab.engine, "16-f3.tea", 1, ACTION_OVERTAKEN, "facilityd", "", 2010, &lab.sink);
	lab_set(&lab, 2020, "f3-tea-leak-a=?");
	/* The step's own `when` is not what is tested here. */
	take("16-f3.tea");
	replace("step dry no", "step dry yes");
	give(0);
	lab_set(&next, 3000, "f3-tea-leak-a=1");
	lab_expect(&next, "3000 action 16-f3.tea-1 active-unacknowledged dry:yes:open:wanted "
			  "(true again)\n");
}

static void test_rule_is_gone(void **state)
{
	const struct rule one[] = { rules[0] };

	(void)state;
	lab_set(&lab, 1000, "smoke-1=1");
	take("16-f3");
	lab_end(&next);
	lab_start_plan(&next, &plan, one, 1);
	give(0);
	assert_string_equal(engine_incident(next.engine, 0)->causes[0].rule->id, "smoke");
	assert_int_equal(engine_deadline(next.engine), 0);
	lab_tick(&next, 5000);
	lab_expect(&next, "5000 returned 16-f3-1 returned-unacknowledged\n");
	assert_int_equal(engine_deadline(next.engine), INT64_MAX);
}

static void test_steps_are_gone_or_changed(void **state)
{
	struct step other[] = {
		{ .id = "new", .mandatory = true },
		{ .id = "dry", .when = "any(leak)", .action = &told },
	};
	struct step *before = types[0].steps;

	(void)state;
	lab_set(&lab, 1000, "smoke-1=1 f2-leak=1");
	engine_step(lab.engine, "16-f2", "call", STEP_DONE, "li", "yes", 1100, &lab.sink);
	assert_int_equal(lab.last.steps[1].action, ACTION_WANTED);
	take("16-f2");
	types[0].steps = other;
	give(0);
	assert_int_equal(engine_incident(next.engine, 0)->steps[0].status, STEP_OPEN);
	assert_int_equal(engine_incident(next.engine, 0)->steps[0].applies, TRUTH_TRUE);
	assert_int_equal(engine_incident(next.engine, 0)->steps[1].action, ACTION_ADVISED);
	types[0].steps = before;
}

static void test_the_last_open_step_is_gone(void **state)
{
	(void)state;
	engine_report(lab.engine, 9, "f2", "li", "", 10, &lab.sink, NULL);
	engine_ack(lab.engine, "9-f2", "li", 20, &lab.sink);
	engine_return(lab.engine, "9-f2", "li", 30, &lab.sink);
	take("9-f2");
	types[1].step_count = 0;
	give(0);
	lab_tick(&next, 40);
	lab_expect(&next, "40 closed 9-f2-1 closed\n");
	types[1].step_count = 1;
}

static void test_what_cannot_be_used(void **state)
{
	(void)state;
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	take("16-f3.tea");
	replace("type leak", "type flood");
	refused("its incident type is not in the plan any more");
	take("16-f3.tea");
	replace("zone f3.tea", "zone f4.tea");
	refused("its zone is not in the building any more");
	take("16-f3.tea");
	replace("incident 2", "incident 3");
	refused("its version is not known here");
	take("16-f3.tea");
	replace("active-un", "returned-un");
	refused("its state and its causes contradict");
	take("16-f3.tea");
	text[30] ^= 1;
	refused("damaged or cut off");
	take("16-f3.tea");
	give(0);
	assert_int_equal(engine_restore(next.engine, text, 0, error, sizeof(error)), -EINVAL);
	lab_tick(&next, 10);
	assert_int_equal(engine_restore(next.engine, text, 0, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "readings already"));
	assert_null(engine_incident(next.engine, 1));
}

static uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed >> 11;
}

static void damage(uint64_t *seed, const char *whole, size_t length)
{
	size_t from = random_next(seed) % length, count = random_next(seed) % 40;
	uint64_t kind = random_next(seed) % 4;

	strcpy(text, whole);
	if (kind == 0) /* cut off */
		text[from] = '\0';
	else if (kind == 1) /* a part is gone */
		memmove(text + from, whole + from + (count < length - from ? count : 0),
			length - from - (count < length - from ? count : 0) + 1);
	else if (kind == 2) /* a part is there twice */
		strcpy(text + from, whole + (from > count ? from - count : 0));
	else
		for (size_t i = 0; i <= count % 4; i++)
			text[random_next(seed) % length] = (char)(random_next(seed) % 255 + 1);
}

static void test_damage(void **state)
{
	uint64_t seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) : 0xdecafbad;
	static char whole[SNAPSHOT_MAX];
	unsigned taken = 0, sealed_taken = 0;
	size_t length;

	(void)state;
	print_message("SEED=0x%llx\n", (unsigned long long)seed);
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	engine_report(lab.engine, 16, "f3.tea", "li", "a puddle", 1500, &lab.sink, NULL);
	engine_step(lab.engine, "16-f3.tea", "call", STEP_SKIPPED, "wu", "nobody", 2030, &lab.sink);
	take("16-f3.tea");
	length = strlen(text);
	strcpy(whole, text);
	for (int i = 0; i < 20000; i++) {
		bool sealed = i % 2;

		damage(&seed, whole, length);
		if (strcmp(text, whole) == 0)
			continue;
		if (sealed && strlen(text) > SNAPSHOT_END)
			seal();
		if (engine_restore(next.engine, text, 0, error, sizeof(error))) {
			assert_null(engine_incident(next.engine, 0));
			assert_int_equal(engine_serial(next.engine), 1);
			continue;
		}
		/* Only what was sealed anew may pass; then it must live and end like any. */
		taken += !sealed;
		sealed_taken += sealed;
		lab_set(&next, 9000, "f3-tea-leak-a=0 f3-tea-leak-b=0 smoke-1=0");
		lab_tick(&next, 99000);
		tear_down(NULL);
		set_up(NULL);
	}
	print_message("20000 damaged texts, %u taken that were sealed anew\n", sealed_taken);
	assert_int_equal(taken, 0);
	assert_true(sealed_taken > 100);
}

/* As long as everything may be: the text has room. */
static void test_the_longest(void **state)
{
	static char ids[STEP_MAX + CAUSE_MAX][ID_MAX + 1];
	static struct step many[STEP_MAX];
	static struct rule few[CAUSE_RULE_MAX];
	struct incident_type type = { .id = ids[0], .number = 28, .steps = many };
	struct plan large = { .types = &type, .type_count = 1 };
	char note[NOTE_MAX + 1], user[USER_MAX + 1];
	size_t length;

	(void)state;
	memset(note, '\n', NOTE_MAX);
	memset(user, 1, USER_MAX);
	note[NOTE_MAX] = user[USER_MAX] = '\0';
	for (size_t i = 0; i < STEP_MAX + CAUSE_MAX; i++) {
		memset(ids[i], 'x', ID_MAX);
		ids[i][0] = (char)('a' + i % 26), ids[i][1] = (char)('a' + i / 26);
	}
	for (size_t i = 0; i < STEP_MAX; i++)
		many[i] = (struct step){ .id = ids[i], .action = &cut };
	type.step_count = STEP_MAX;
	for (size_t i = 0; i < CAUSE_RULE_MAX; i++)
		few[i] = (struct rule){ .id = ids[STEP_MAX + i],
			.type = &type,
			.condition = "any(leak) or any(smoke) or ats-on",
			.zone = &building_zones[Z_F3] };
	lab_end(&lab);
	lab_start_plan(&lab, &large, few, CAUSE_RULE_MAX);
	lab_end(&next);
	lab_start_plan(&next, &large, few, CAUSE_RULE_MAX);
	lab_set(&lab, SNAPSHOT_TIME_MAX - 100,
		"smoke-1=1 smoke-2=1 smoke-3=1 f3-tea-leak-a=1 f3-tea-leak-b=1 ats-on=1");
	lab.log[0] = '\0';
	engine_report(lab.engine, 28, "f3", user, note, SNAPSHOT_TIME_MAX - 9, &lab.sink, NULL);
	for (size_t i = 0; i < STEP_MAX; i++, lab.log[0] = '\0')
		assert_int_equal(engine_step(lab.engine, "28-f3", ids[i], STEP_SKIPPED, user, "  x",
					 SNAPSHOT_TIME_MAX, &lab.sink),
			ENGINE_OK);
	take("28-f3");
	length = strlen(text);
	give(0);
	/* Points' ids may be 35 bytes longer, and each step's note twice NOTE_MAX. */
	length += CAUSE_MAX * WITNESS_MAX * 112 + STEP_MAX * (2 * NOTE_MAX);
	print_message("%zu bytes at most\n", length);
	assert_true(length < SNAPSHOT_MAX);
	assert_int_equal(
		engine_snapshot(lab.engine, engine_incident(lab.engine, 0), text, 1000), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_it_looks_like),
		TEST(test_shifted),
		TEST(test_true_still),
		TEST(test_relapse_after_silence),
		TEST(test_rule_is_gone),
		TEST(test_steps_are_gone_or_changed),
		TEST(test_the_last_open_step_is_gone),
		TEST(test_what_cannot_be_used),
		TEST(test_damage),
		TEST(test_the_longest),
	};

	return cmocka_run_group_tests_name("snapshot", tests, building_setup, NULL) ? 1 : 0;
}
