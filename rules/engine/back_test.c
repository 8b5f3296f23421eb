/* What is taken back while the engine runs: marked, told anew, and wanting no write until it is
 * proved. */
#include "rules/engine/keep.h"

#include "tests/kept_lab.h"

#include <errno.h>

/* The worse of both is yes. */
static struct fact facts[] = {
	{ .id = "trapped",
		.unknown = FACT_UNKNOWN_ASK,
		.worse = true,
		.deadline_ms = 120000,
		.index = 0 },
	{ .id = "hurt",
		.unknown = FACT_UNKNOWN_ASK,
		.worse = true,
		.deadline_ms = 120000,
		.index = 1 },
};

static struct kept_incident kept;

/* A rule that is true at once would open an incident of its own before this one is taken back. */
static int set_up(void **state)
{
	types[0].facts = facts;
	types[0].fact_count = 2;
	rules[0].for_ms = 500;
	return kept_set_up(state);
}

static void raise_leak(void)
{
	lab_set(&lab, 1000, "f3-tea-leak-a=1");
	lab_tick(&lab, 1500);
	engine_ack(lab.engine, "16-f3.tea", "wu", 1600, &lab.sink);
	memset(&kept, 0, sizeof(kept));
	engine_keep(lab.engine, engine_find(lab.engine, "16-f3.tea"), &kept);
}

static void report_leak(void)
{
	engine_report(lab.engine, 16, "f3.tea", "li", "a puddle", 1000, &lab.sink, NULL);
	memset(&kept, 0, sizeof(kept));
	engine_keep(lab.engine, engine_find(lab.engine, "16-f3.tea"), &kept);
}

static int give(int64_t at_ms)
{
	return engine_take_back(next.engine, &kept, at_ms, &next.sink, NULL, error, sizeof(error));
}

static enum action_state action(void)
{
	return engine_find(next.engine, "16-f3.tea")->steps[1].action;
}

static enum engine_result say(enum order_kind kind, int64_t at_ms)
{
	return order_about(next.engine, kind, "16-f3.tea", "chen", "", at_ms, &next.sink);
}

static void test_it_is_marked_and_wants_no_write(void **state)
{
	const struct incident *incident;

	(void)state;
	raise_leak();
	lab_tick(&next, 5000); /* the engine runs already */
	assert_int_equal(kept.incident.steps[1].action, ACTION_WANTED);
	assert_int_equal(give(6000), 0);
	lab_expect(&next, "6000 taken-back 16-f3.tea-1 active-unacknowledged\n");
	incident = engine_find(next.engine, "16-f3.tea-1");
	assert_true(incident->taken_back);
	assert_int_equal(incident->acked_ms, 0);
	assert_int_equal(incident->unacked_ms, 6000);
	assert_int_equal(incident->steps[1].action, ACTION_AWAITING);
	assert_int_equal(engine_serial(next.engine), 2);
	assert_int_equal(engine_still_true(next.engine, incident), TRUTH_UNKNOWN);
	lab_tick(&next, 60000);
	assert_int_equal(action(), ACTION_AWAITING);
	assert_int_equal(say(ORDER_ACK, 61000), ENGINE_OK);
	assert_true(engine_find(next.engine, "16-f3.tea")->taken_back);
}

static void test_a_rule_that_is_true_adopts_it(void **state)
{
	(void)state;
	raise_leak();
	assert_int_equal(give(6000), 0);
	next.log[0] = '\0';
	lab_set(&next, 7000, "f3-tea-leak-a=?");
	assert_int_equal(action(), ACTION_AWAITING);
	lab_expect(&next, "");
	lab_set(&next, 8000, "f3-tea-leak-a=1");
	lab_expect(&next,
		"8000 adopted 16-f3.tea-1 active-unacknowledged\n"
		"8000 action 16-f3.tea-1 active-unacknowledged dry:yes:open:wanted (adopted)\n");
	assert_false(engine_find(next.engine, "16-f3.tea")->taken_back);
}

/* Also by what was read before it came. */
static void test_what_is_seen_already_adopts_it(void **state)
{
	(void)state;
	raise_leak();
	lab_set(&next, 5000, "f3-tea-leak-a=1");
	assert_int_equal(give(5100), 0);
	assert_int_equal(engine_deadline(next.engine), 0);
	lab_tick(&next, 5100);
	assert_int_equal(action(), ACTION_WANTED);
	assert_non_null(strstr(next.log, "5100 adopted"));
}

static void test_what_is_over_returns(void **state)
{
	(void)state;
	raise_leak();
	lab_set(&next, 5000, "f3-tea-leak-a=0 f3-tea-leak-b=0");
	assert_int_equal(give(5100), 0);
	lab_tick(&next, 5100);
	lab_tick(&next, 5300);
	lab_expect(&next, "5100 taken-back 16-f3.tea-1 active-unacknowledged\n"
			  "5200 returned 16-f3.tea-1 returned-unacknowledged\n");
	assert_int_equal(action(), ACTION_OVERTAKEN);
}

static void test_a_person_adopts_it(void **state)
{
	(void)state;
	report_leak();
	assert_int_equal(give(6000), 0);
	assert_int_equal(action(), ACTION_AWAITING);
	assert_int_equal(say(ORDER_ADOPT, 7000), ENGINE_OK);
	assert_non_null(
		strstr(next.log, "7000 adopted 16-f3.tea-1 active-unacknowledged by chen\n"));
	assert_false(engine_find(next.engine, "16-f3.tea")->taken_back);
	assert_int_equal(say(ORDER_ADOPT, 7000), ENGINE_NOT_NOW);
	assert_int_equal(say(ORDER_DISCARD, 7000), ENGINE_NOT_NOW);
}

static void test_a_person_discards_it(void **state)
{
	(void)state;
	raise_leak();
	assert_int_equal(give(6000), 0);
	next.log[0] = '\0';
	assert_int_equal(say(ORDER_DISCARD, 7000), ENGINE_OK);
	lab_expect(&next, "7000 discarded 16-f3.tea-1 active-unacknowledged by chen\n"
			  "7000 closed 16-f3.tea-1 closed by chen\n");
	assert_null(engine_find(next.engine, "16-f3.tea"));
	/* It is not deaf from now on. */
	lab_set(&next, 8000, "f3-tea-leak-a=1");
	lab_tick(&next, 8500);
	lab_expect(&next, "8500 raised 16-f3.tea-2 active-unacknowledged\n");
}

static void test_what_is_open_already_has_the_report(void **state)
{
	const char *id = NULL;

	(void)state;
	report_leak();
	lab_set(&next, 5000, "f3-tea-leak-a=1");
	lab_tick(&next, 5500);
	next.log[0] = '\0';
	assert_int_equal(
		engine_take_back(next.engine, &kept, 6000, &next.sink, &id, error, sizeof(error)),
		-EEXIST);
	assert_string_equal(id, "16-f3.tea-1");
	lab_expect(
		&next, "6000 cause 16-f3.tea-1 active-unacknowledged by li (report: a puddle)\n");
	assert_false(engine_find(next.engine, "16-f3.tea")->taken_back);
}

static void test_what_cannot_be_used_changes_nothing(void **state)
{
	(void)state;
	raise_leak();
	kept.type = "flood";
	assert_int_equal(give(6000), -ENOENT);
	assert_non_null(strstr(error, "type is not in the plan"));
	assert_null(engine_incident(next.engine, 0));
	assert_int_equal(next.transitions, 0);
}

static void answer(const char *fact, const char *says)
{
	const struct order order = { .kind = ORDER_ANSWER,
		.user = "li",
		.incident = "16-f3.tea",
		.fact = fact,
		.answer = says,
		.note = "" };

	assert_int_equal(engine_order(lab.engine, &order, 1100, &lab.sink, NULL), ENGINE_OK);
}

/* Of facts the worse is kept; the rest is asked again, and has its whole time. */
static void test_the_worse_of_facts_is_kept(void **state)
{
	const struct incident *incident;

	(void)state;
	report_leak();
	answer("trapped", "yes");
	answer("hurt", "no");
	engine_keep(lab.engine, engine_find(lab.engine, "16-f3.tea"), &kept);
	assert_int_equal(give(6000), 0);
	incident = engine_find(next.engine, "16-f3.tea");
	assert_int_equal(incident->facts[0].status, FACT_SAID_WORSE);
	assert_int_equal(incident->facts[1].status, FACT_UNKNOWN);
	assert_true(incident->facts[1].asked);
	assert_int_equal(incident->facts[1].due_ms, 126000);
}

/* Each state that a document can have: how it is taken back. */
static void test_states(void **state)
{
	static const struct {
		enum incident_state said, taken;
	} table[] = {
		{ INCIDENT_ACTIVE_UNACKED, INCIDENT_ACTIVE_UNACKED },
		{ INCIDENT_ACTIVE_ACKED, INCIDENT_ACTIVE_UNACKED },
		{ INCIDENT_RETURNED_UNACKED, INCIDENT_RETURNED_UNACKED },
		{ INCIDENT_RETURNED_ACKED, INCIDENT_RETURNED_UNACKED },
		{ INCIDENT_SHELVED_ACTIVE, INCIDENT_ACTIVE_UNACKED },
		{ INCIDENT_SHELVED_RETURNED, INCIDENT_RETURNED_UNACKED },
		{ INCIDENT_SUPPRESSED_ACTIVE, INCIDENT_ACTIVE_UNACKED },
		{ INCIDENT_SUPPRESSED_RETURNED, INCIDENT_RETURNED_UNACKED },
		{ INCIDENT_HANDED_OVER, INCIDENT_HANDED_OVER },
	};

	(void)state;
	_Static_assert(sizeof(table) / sizeof(table[0]) == INCIDENT_CLOSED - 1, "each of them");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct incident *incident;
		unsigned traits = incident_traits(table[i].said);

		kept_tear_down(NULL);
		set_up(NULL);
		report_leak();
		kept.incident.state = table[i].said;
		kept.incident.causes[0].active = traits & INCIDENT_IS_TRUE;
		kept.incident.hold.until_ms = traits & INCIDENT_IS_SHELVED ? 9000 : 0;
		if (traits & INCIDENT_IS_SUPPRESSED)
			strcpy(kept.incident.suppressor, "1-f3-9");
		assert_int_equal(give(6000), 0);
		incident = engine_find(next.engine, "16-f3.tea");
		assert_int_equal(incident->state, table[i].taken);
		assert_string_equal(incident->suppressor, "");
		assert_true(incident->taken_back);
	}
}

static void test_what_the_broker_does_not_name_is_doubted(void **state)
{
	(void)state;
	raise_leak();
	assert_int_equal(engine_restore(next.engine, &kept, error, sizeof(error)), 0);
	assert_int_equal(action(), ACTION_WANTED);
	engine_doubt(next.engine, "16-f3.tea-1", 6000, &next.sink);
	lab_expect(&next, "6000 taken-back 16-f3.tea-1 active-unacknowledged\n");
	assert_int_equal(action(), ACTION_AWAITING);
	engine_doubt(next.engine, "16-f3.tea-1", 6100, &next.sink);
	engine_doubt(next.engine, "16-f3.tea-9", 6100, &next.sink);
	lab_expect(&next, "");
	assert_int_equal(say(ORDER_ADOPT, 7000), ENGINE_OK);
	assert_int_equal(action(), ACTION_WANTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, kept_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_it_is_marked_and_wants_no_write),
		TEST(test_a_rule_that_is_true_adopts_it),
		TEST(test_what_is_seen_already_adopts_it),
		TEST(test_what_is_over_returns),
		TEST(test_a_person_adopts_it),
		TEST(test_a_person_discards_it),
		TEST(test_what_is_open_already_has_the_report),
		TEST(test_what_cannot_be_used_changes_nothing),
		TEST(test_the_worse_of_facts_is_kept),
		TEST(test_states),
		TEST(test_what_the_broker_does_not_name_is_doubted),
	};

	return cmocka_run_group_tests_name("taken back", tests, building_setup, NULL) ? 1 : 0;
}
