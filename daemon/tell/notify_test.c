/* Who is told of a transition, and who instead where nobody is on duty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/documents/duty.h"
#include "daemon/tell/parts.h"

#include <stdio.h>
#include <string.h>

/* The record: who was told, "guard desk(nobody of guard is on duty) ". */
static char told[1000];
static uint64_t sequence;

struct event_name record_name(struct record *record)
{
	struct event_name name = { .sequence = ++sequence };

	(void)record;
	snprintf(name.id, sizeof(name.id), "run-%d", (int)name.sequence);
	return name;
}

void record_event(struct record *record, const struct record_event *event, struct moment moment)
{
	const char *note = strstr(event->payload, "\"note\":\"") + strlen("\"note\":\"");
	size_t used = strlen(told);

	(void)record, (void)moment;
	assert_true(event->notice);
	assert_string_equal(event->kind, "notify");
	assert_memory_equal(event->topic, "notify/", 7);
	snprintf(told + used, sizeof(told) - used, "%s%s%.*s%s ", event->topic + 7,
		*note == '"' ? "" : "(", (int)strcspn(note, "\""), note, *note == '"' ? "" : ")");
}

static int minute; /* of the week */

int tell_minute(const struct tell *tell, struct moment moment)
{
	(void)tell, (void)moment;
	return minute;
}

enum { DESK, GUARD, CHIEF, OWNER, ROLE_COUNT };

static struct role roles[ROLE_COUNT] = { { .id = "desk" }, { .id = "guard" }, { .id = "chief" },
	{ .id = "owner" } };
static struct step steps[] = {
	{ .id = "look", .clause = "1", .roles = { &roles[GUARD] }, .role_count = 1 },
};
static struct incident_type type = { .id = "leak", .number = 16, .steps = steps, .step_count = 1 };
static struct zone zone = { .id = "f2" };

static const struct moment now = { 100000, 1795489269250 };
static struct duty away; /* an hour of the week that is not now */

static struct config config;
static struct person persons[ROLE_COUNT];

/* Persons have one role each; those of `absent` (bits) are not on duty. */
static int house(unsigned absent)
{
	minute = duty_minute(now.wall_ms);
	away.begin_min = minute < WEEK_MIN / 2 ? WEEK_MIN - 60 : 0;
	away.end_min = away.begin_min + 60;
	config = (struct config){
		.plan = { .roles = roles,
			.role_count = ROLE_COUNT,
			.chain = { { .roles = { &roles[DESK], &roles[CHIEF] }, .role_count = 2 },
				{ .roles = { &roles[OWNER] }, .role_count = 1 } },
			.chain_count = 2 },
		.people = { persons, ROLE_COUNT },
	};
	for (size_t i = 0; i < ROLE_COUNT; i++)
		persons[i] = (struct person){ .id = roles[i].id,
			.roles = { &roles[i] },
			.role_count = 1,
			.duty = &away,
			.duty_count = absent & 1u << i ? 1 : 0 };
	told[0] = '\0';
	return 0;
}

static enum incident_state state_told = INCIDENT_ACTIVE_UNACKED;

static void tell_of(enum transition_kind kind, unsigned level)
{
	struct incident incident = {
		.id = "16-f2-1", .type = &type, .zone = &zone, .state = state_told, .level = level
	};
	const struct transition transition = {
		.kind = kind, .incident = &incident, .step = -1, .user = "facilityd", .note = ""
	};

	incident.steps[0].applies = TRUTH_TRUE;
	tell_roles(NULL, &config, &transition, &transition, minute, now);
}

static void test_who_has_a_step_is_told(void **state)
{
	(void)state;
	house(0);
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(told, "guard ");
}

static void test_what_concerns_nobody_is_told_to_nobody(void **state)
{
	(void)state;
	house(0);
	state_told = INCIDENT_SHELVED_ACTIVE;
	tell_of(TRANSITION_RAISED, 0);
	state_told = INCIDENT_ACTIVE_UNACKED;
	tell_of(TRANSITION_ACKNOWLEDGED, 0);
	assert_string_equal(told, "");
}

static void test_the_chain_does_not_wait_for_the_absent(void **state)
{
	(void)state;
	house(1u << GUARD);
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(
		told, "guard desk(nobody of guard is on duty) chief(nobody of guard is on duty) ");
}

/* By a clock that nobody vouches for nobody is absent, and the chain is called in its time. */
static void test_nobody_is_absent_by_a_clock_that_may_be_wrong(void **state)
{
	(void)state;
	house(1u << GUARD | 1u << DESK | 1u << CHIEF);
	minute = MINUTE_UNKNOWN;
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(told, "guard ");
	told[0] = '\0';
	tell_of(TRANSITION_ESCALATED, 1);
	assert_string_equal(told, "desk chief ");
}

static void test_those_of_a_level_who_are_there_are_called(void **state)
{
	(void)state;
	house(1u << GUARD | 1u << DESK);
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(told, "guard chief(nobody of guard is on duty) ");
}

static void test_the_next_level_where_a_level_is_away(void **state)
{
	(void)state;
	house(1u << GUARD | 1u << DESK | 1u << CHIEF);
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(told, "guard owner(nobody of guard is on duty) ");
}

/* Somebody must be called: the highest, whoever of them it reaches. */
static void test_nobody_at_all_is_on_duty(void **state)
{
	(void)state;
	house(~0u);
	tell_of(TRANSITION_RAISED, 0);
	assert_string_equal(told, "guard owner(nobody of guard is on duty) ");
}

/* One who is there will do, of a level that is called. */
/* Of them all only the first names have room. */
static void test_many_are_absent(void **state)
{
	static char ids[ROLE_COUNT][81];

	(void)state;
	house(1u << DESK | 1u << GUARD | 1u << CHIEF | 1u << OWNER);
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		memset(ids[i], 'a' + (int)i, 80);
		roles[i].id = ids[i];
	}
	config.plan.chain[0].role_count = 4;
	config.plan.chain[0].roles[2] = &roles[GUARD];
	config.plan.chain[0].roles[3] = &roles[OWNER];
	config.plan.chain_count = 1;
	tell_of(TRANSITION_ESCALATED, 1);
	assert_null(strstr(told, "is on duty")); /* nobody is above */
	config.plan.chain[0].roles[3] = &roles[CHIEF];
	config.plan.chain[1] = (struct chain_level){ .roles = { &roles[OWNER] }, .role_count = 1 };
	config.plan.chain_count = 2;
	told[0] = '\0';
	tell_of(TRANSITION_ESCALATED, 1);
	assert_non_null(strstr(told, "(nobody of aaa"));
	assert_non_null(strstr(told, "a, bbb"));
	assert_non_null(strstr(told, "b, ... is on duty) "));
	roles[DESK].id = "desk";
	roles[GUARD].id = "guard";
	roles[CHIEF].id = "chief";
	roles[OWNER].id = "owner";
}

static void test_a_called_level_with_somebody(void **state)
{
	(void)state;
	house(1u << DESK);
	tell_of(TRANSITION_ESCALATED, 1);
	assert_string_equal(told, "desk chief ");
	house(1u << DESK | 1u << CHIEF);
	tell_of(TRANSITION_ESCALATED, 1);
	assert_string_equal(told, "desk chief owner(nobody of desk, chief is on duty) ");
}

static void tell_of_step(enum transition_kind kind, int step, enum truth applies)
{
	static struct step both[] = {
		{ .id = "look", .clause = "1", .roles = { &roles[GUARD] }, .role_count = 1 },
		{ .id = "call",
			.clause = "2",
			.roles = { &roles[CHIEF], &roles[OWNER] },
			.role_count = 2 },
	};
	static struct incident_type leak = {
		.id = "leak", .number = 16, .steps = both, .step_count = 2
	};
	struct incident incident = {
		.id = "16-f2-1", .type = &leak, .zone = &zone, .state = INCIDENT_ACTIVE_ACKED
	};
	const struct transition transition = {
		.kind = kind, .incident = &incident, .step = step, .user = "facilityd", .note = ""
	};

	house(0);
	incident.steps[0].applies = incident.steps[1].applies = TRUTH_TRUE;
	if (step >= 0)
		incident.steps[step].applies = applies;
	tell_roles(NULL, &config, &transition, &transition, minute, now);
}

static void test_of_a_step_those_are_told_who_have_it(void **state)
{
	static const enum transition_kind kinds[] = { TRANSITION_STEP, TRANSITION_ACTION,
		TRANSITION_OVERDUE, TRANSITION_REMINDER };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tell_of_step(kinds[i], 0, TRUTH_TRUE);
		assert_string_equal(told, "guard ");
		tell_of_step(kinds[i], 1, TRUTH_TRUE);
		assert_string_equal(told, "chief owner ");
		tell_of_step(kinds[i], 1, TRUTH_FALSE); /* nothing to do any more */
		assert_string_equal(told, "");
		tell_of_step(kinds[i], -1, TRUTH_TRUE);
		assert_string_equal(told, "");
	}
}

static void test_all_are_told_what_begins_or_begins_again(void **state)
{
	static const enum transition_kind kinds[] = { TRANSITION_RAISED, TRANSITION_RERAISED,
		TRANSITION_UNSHELVED, TRANSITION_UNSUPPRESSED, TRANSITION_STAGE };

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		tell_of_step(kinds[i], -1, TRUTH_TRUE);
		assert_string_equal(told, "guard chief owner ");
	}
}

static void test_a_level_that_the_chain_has_not(void **state)
{
	(void)state;
	house(0);
	tell_of(TRANSITION_ESCALATED, 0);
	tell_of(TRANSITION_ESCALATED, 3);
	assert_string_equal(told, "");
	tell_of(TRANSITION_ESCALATED, 2);
	assert_string_equal(told, "owner ");
	house(1u << OWNER); /* nobody is above */
	tell_of(TRANSITION_ESCALATED, 2);
	assert_string_equal(told, "owner ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_has_a_step_is_told),
		cmocka_unit_test(test_what_concerns_nobody_is_told_to_nobody),
		cmocka_unit_test(test_the_chain_does_not_wait_for_the_absent),
		cmocka_unit_test(test_nobody_is_absent_by_a_clock_that_may_be_wrong),
		cmocka_unit_test(test_those_of_a_level_who_are_there_are_called),
		cmocka_unit_test(test_the_next_level_where_a_level_is_away),
		cmocka_unit_test(test_nobody_at_all_is_on_duty),
		cmocka_unit_test(test_many_are_absent),
		cmocka_unit_test(test_a_called_level_with_somebody),
		cmocka_unit_test(test_of_a_step_those_are_told_who_have_it),
		cmocka_unit_test(test_all_are_told_what_begins_or_begins_again),
		cmocka_unit_test(test_a_level_that_the_chain_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
