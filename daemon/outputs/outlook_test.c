/*
 * Who calls by which outputs, what outlives the process, and the question whether anybody
 * listens again. Engine and actuation are stand-ins.
 */
#include "daemon/outputs/outlook.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { T0 = 1000000, WITHIN = 600000, UNHEARD = 20000 };

static struct incident_type type = { .severity = SEVERITY_HIGH };
static struct incident incident;
static bool is_open;

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	(void)engine;
	return is_open && i == 0 ? &incident : NULL;
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	(void)engine;
	return is_open && strcmp(incident.id, id) == 0 ? &incident : NULL;
}

/* The actuation: what it was told, and what it says of its one output. */
static struct {
	unsigned calls, resumes;
	size_t count;
	struct output_call last;
	bool ours;
} outputs;

static struct point points[] = { { .id = "f1-leak" },
	{ .id = "siren", .writable = true, .index = 1 } };

void actuation_calls(struct actuation *actuation, const struct output_call *calls, size_t count)
{
	(void)actuation;
	outputs.calls++;
	outputs.count = count;
	if (count)
		outputs.last = calls[0];
}

bool actuation_called(const struct actuation *actuation, size_t i, struct called_output *out)
{
	(void)actuation;
	*out = (struct called_output){ &points[1], 1, "2-f0-x", true, outputs.ours,
		OUTPUT_CONFIRMED, "" };
	return outputs.ours && i == 0;
}

void actuation_call_resume(
	struct actuation *actuation, const struct point *point, double on, const char *caller)
{
	(void)actuation;
	assert_ptr_equal(point, &points[1]);
	assert_true(on == 1);
	assert_string_equal(caller, "2-f0-x");
	outputs.resumes++;
}

const struct zone *action_zone(
	const struct site *site, const struct action *action, const struct zone *zone)
{
	(void)site, (void)action;
	return zone;
}

bool action_covers(const struct action *action, const struct zone *scope, const struct point *point)
{
	(void)action, (void)scope;
	return point == &points[1];
}

/* The ports ---------------------------------------------------------------- */

static char row[200];
static unsigned kept, told, asked;
static bool can_ask;

static bool port_again(void *context)
{
	(void)context;
	asked++;
	return can_ask;
}

static void port_keep(void *context, const char *text)
{
	(void)context;
	kept++;
	snprintf(row, sizeof(row), "%s", text ? text : "");
}

static void port_tell(void *context, const struct fallback *fallback,
	const struct called_output *called, size_t count)
{
	(void)context, (void)fallback, (void)called, (void)count;
	told++;
}

static const struct outlook_ports ports = { NULL, port_again, port_keep, port_tell };
static const struct action siren = { .id = "siren" };
static const struct action *const actions[] = { &siren };
static struct config config;
static struct plant plant = { &config };

static int set_up(void **state)
{
	memset(&outputs, 0, sizeof(outputs));
	kept = told = asked = 0;
	row[0] = '\0';
	can_ask = is_open = true;
	incident = (struct incident){
		.id = "2-f0-x", .type = &type, .state = INCIDENT_ACTIVE_UNACKED, .unacked_ms = T0
	};
	config = (struct config){ .site = { .points = points, .point_count = 2 } };
	memcpy(config.fallback.actions, actions, sizeof(actions));
	config.fallback.action_count = 1;
	config.fallback.severity = SEVERITY_HIGH;
	config.fallback.acknowledge_within_ms = WITHIN;
	config.fallback.unheard_after_ms = UNHEARD;
	config.fallback.broker_away_after_ms = WITHIN * 2;
	*state = outlook_new(&plant, &ports, T0);
	outlook_link(*state, true, T0);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	outlook_free(*state);
	return 0;
}

static void settle(struct outlook *outlook, int64_t now_ms)
{
	outlook_judge(outlook, now_ms);
	outlook_tell(outlook);
}

static void test_calls_until_it_is_answered(void **state)
{
	settle(*state, T0);
	assert_int_equal(outputs.count, 0);
	assert_int_equal(outlook_deadline(*state), T0 + WITHIN);
	settle(*state, T0 + WITHIN);
	assert_int_equal(outputs.count, 1);
	assert_ptr_equal(outputs.last.point, &points[1]);
	assert_true(outputs.last.fresh);
	assert_string_equal(row, "fallback 1\ncall 2-f0-x unacknowledged\n");
	incident.state = INCIDENT_ACTIVE_ACKED;
	outlook_look(*state);
	assert_int_equal(outlook_deadline(*state), 0);
	settle(*state, T0 + WITHIN + 1);
	assert_int_equal(outputs.count, 0);
	assert_string_equal(row, "");
}

static void test_a_row_is_kept_when_it_changes(void **state)
{
	settle(*state, T0 + WITHIN);
	kept = told = 0;
	settle(*state, T0 + WITHIN + 1);
	outlook_keep(*state, false);
	assert_int_equal(kept + told, 0);
	outputs.ours = true;
	outlook_moved(*state);
	settle(*state, T0 + WITHIN + 2);
	assert_int_equal(kept, 1);
	assert_int_equal(told, 1);
	assert_string_equal(row, "fallback 1\ncall 2-f0-x unacknowledged\noutput siren 1 2-f0-x\n");
	outlook_keep(*state, true);
	assert_int_equal(kept, 2);
}

static void test_goes_on_after_a_restart(void **state)
{
	outlook_load(*state,
		"fallback 1\ncall 2-f0-x unacknowledged\noutput siren 1 2-f0-x\noutput gone 1 x\n");
	assert_int_equal(outputs.resumes, 1);
	/* It called before; it calls still, and not freshly. */
	settle(*state, T0 + 1);
	assert_int_equal(outputs.count, 1);
	assert_false(outputs.last.fresh);
}

static void test_what_is_not_understood_calls_nobody(void **state)
{
	outlook_load(*state, "fallback 2\ncall 2-f0-x unacknowledged\n");
	settle(*state, T0 + 1);
	assert_int_equal(outputs.count, 0);
}

/* That nobody listened some time ago does not say that nobody does now: it is asked. */
static void test_asks_whether_anybody_listens(void **state)
{
	outlook_heard(*state, false, false, T0 + 1);
	settle(*state, T0 + UNHEARD);
	assert_int_equal(asked, 0);
	settle(*state, T0 + UNHEARD + 1);
	assert_int_equal(asked, 1);
	assert_int_equal(outputs.count, 0);
	settle(*state, T0 + UNHEARD + 2);
	assert_int_equal(asked, 1); /* the answer is awaited */
	outlook_heard(*state, false, false, T0 + UNHEARD + 3);
	settle(*state, T0 + UNHEARD + 3);
	assert_int_equal(outputs.count, 1);
}

static void test_somebody_listens_again(void **state)
{
	outlook_heard(*state, false, false, T0 + 1);
	settle(*state, T0 + UNHEARD + 1);
	outlook_heard(*state, false, true, T0 + UNHEARD + 2);
	settle(*state, T0 + UNHEARD + 3);
	assert_int_equal(outputs.count, 0);
}

static void test_what_cannot_be_asked_is_answered(void **state)
{
	can_ask = false;
	outlook_heard(*state, false, false, T0 + 1);
	settle(*state, T0 + UNHEARD + 1);
	assert_int_equal(asked, 1);
	assert_int_equal(outputs.count, 1);
}

/* A reload has other outputs: what is called is said to them. */
static void test_a_reload_says_it_again(void **state)
{
	settle(*state, T0 + WITHIN);
	outputs.calls = 0;
	outlook_adopt(*state);
	settle(*state, T0 + WITHIN + 1);
	assert_int_equal(outputs.calls, 1);
	assert_int_equal(outputs.count, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_calls_until_it_is_answered),
		TEST(test_a_row_is_kept_when_it_changes),
		TEST(test_goes_on_after_a_restart),
		TEST(test_what_is_not_understood_calls_nobody),
		TEST(test_asks_whether_anybody_listens),
		TEST(test_somebody_listens_again),
		TEST(test_what_cannot_be_asked_is_answered),
		TEST(test_a_reload_says_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
