/*
 * When which incident calls, and until when. The engine is a stand-in, since only its
 * list of open incidents matters here; the states' traits are the real ones.
 */
#include "daemon/outputs/fallback/fallback.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { INCIDENTS = FALLBACK_CALL_MAX + 2, T0 = 1000000 };
enum { WITHIN = 600000, UNHEARD = 20000, AWAY = 60000 };

static struct bench {
	struct fallback fallback;
	struct fallback_settings settings;
	struct incident_type type;
	struct incident incidents[INCIDENTS];
	size_t count;
	struct fallback_verdict verdict;
} b;

const struct incident *engine_incident(const struct engine *engine, size_t i)
{
	(void)engine;
	return i < b.count ? &b.incidents[i] : NULL;
}

const struct incident *engine_find(const struct engine *engine, const char *id)
{
	(void)engine;
	for (size_t i = 0; i < b.count; i++)
		if (strcmp(b.incidents[i].id, id) == 0)
			return &b.incidents[i];
	return NULL;
}

static void raise_one(int64_t at_ms)
{
	struct incident *incident = &b.incidents[b.count];

	*incident = (struct incident){
		.type = &b.type, .state = INCIDENT_ACTIVE_UNACKED, .unacked_ms = at_ms
	};
	snprintf(incident->id, sizeof(incident->id), "2-f%zu-x", b.count++);
}

static int set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	b.type.severity = SEVERITY_HIGH;
	b.settings = (struct fallback_settings){ .action_count = 1,
		.severity = SEVERITY_HIGH,
		.acknowledge_within_ms = WITHIN,
		.unheard_after_ms = UNHEARD,
		.broker_away_after_ms = AWAY };
	fallback_link(&b.fallback, true, T0 - 1000);
	raise_one(T0);
	return 0;
}

/* Judges; how many call. */
static size_t judge(int64_t now_ms)
{
	b.verdict = fallback_judge(&b.fallback, &b.settings, NULL, now_ms);
	return b.fallback.call_count;
}

static void test_not_acknowledged_in_time(void **state)
{
	(void)state;
	assert_int_equal(judge(T0), 0);
	assert_int_equal(b.verdict.next_ms, T0 + WITHIN);
	assert_int_equal(judge(T0 + WITHIN - 1), 0);
	assert_false(b.verdict.changed);
	assert_int_equal(judge(T0 + WITHIN), 1);
	assert_true(b.verdict.changed);
	assert_true(b.fallback.calls[0].fresh);
	assert_int_equal(b.fallback.calls[0].reason, FALLBACK_UNACKNOWLEDGED);
	assert_string_equal(b.fallback.calls[0].incident, "2-f0-x");
	assert_int_equal(judge(T0 + WITHIN + 1), 1);
	assert_false(b.verdict.changed);
	assert_false(b.fallback.calls[0].fresh);
	assert_int_equal(b.verdict.next_ms, CLOCK_NEVER);
}

/* After a reboot its time may lie before the boot. */
static void test_unanswered_since_before_the_boot(void **state)
{
	(void)state;
	b.incidents[0].unacked_ms = -WITHIN;
	assert_int_equal(judge(1000), 1);
}

static void test_whatever_answers_it_silences_it(void **state)
{
	(void)state;
	for (enum incident_state s = INCIDENT_NONE; s < INCIDENT_STATE_COUNT; s++) {
		bool calls = s == INCIDENT_ACTIVE_UNACKED || s == INCIDENT_RETURNED_UNACKED;

		b.incidents[0].state = INCIDENT_ACTIVE_UNACKED;
		assert_int_equal(judge(T0 + WITHIN), 1);
		b.incidents[0].state = s;
		assert_int_equal(judge(T0 + WITHIN + 1), calls);
		assert_true(b.verdict.changed == !calls);
	}
}

static void test_one_that_is_gone(void **state)
{
	(void)state;
	assert_int_equal(judge(T0 + WITHIN), 1);
	b.count = 0;
	assert_int_equal(judge(T0 + WITHIN + 1), 0);
	assert_true(b.verdict.changed);
}

static void test_never_for_an_exercise(void **state)
{
	(void)state;
	b.incidents[0].drill = true;
	fallback_heard(&b.fallback, false, T0);
	fallback_heard(&b.fallback, false, T0 + UNHEARD);
	assert_int_equal(judge(T0 + 10 * WITHIN), 0);
	fallback_link(&b.fallback, false, T0);
	assert_int_equal(judge(T0 + 10 * WITHIN), 0);
	assert_int_equal(b.verdict.next_ms, CLOCK_NEVER);
}

static void test_least_severity(void **state)
{
	(void)state;
	b.type.severity = SEVERITY_MEDIUM;
	assert_int_equal(judge(T0 + WITHIN), 0);
	b.type.severity = SEVERITY_CRITICAL;
	assert_int_equal(judge(T0 + WITHIN), 1);
}

static void test_without_the_section(void **state)
{
	(void)state;
	assert_int_equal(judge(T0 + WITHIN), 1);
	b.settings.action_count = 0;
	assert_int_equal(judge(T0 + WITHIN), 0);
	assert_true(b.verdict.changed);
	assert_int_equal(judge(T0 + WITHIN), 0);
	assert_int_equal(b.verdict.next_ms, CLOCK_NEVER);
}

static void test_nobody_listens(void **state)
{
	(void)state;
	fallback_heard(&b.fallback, false, T0 + 5);
	assert_int_equal(judge(T0 + 5), 0);
	assert_int_equal(b.verdict.next_ms, T0 + 5 + UNHEARD);
	/* It is asked again before it calls, once. */
	assert_int_equal(judge(T0 + 5 + UNHEARD), 0);
	assert_true(b.verdict.ask);
	b.fallback.asked = true;
	assert_int_equal(judge(T0 + 6 + UNHEARD), 0);
	assert_false(b.verdict.ask);
	fallback_heard(&b.fallback, false, T0 + 7 + UNHEARD);
	assert_int_equal(judge(T0 + 7 + UNHEARD), 1);
	assert_int_equal(b.fallback.calls[0].reason, FALLBACK_UNHEARD);
	/* That somebody listens later is no answer. */
	fallback_heard(&b.fallback, true, T0 + 2 * UNHEARD);
	assert_int_equal(judge(T0 + 2 * UNHEARD), 1);
}

static void test_a_dashboard_that_reconnects(void **state)
{
	(void)state;
	fallback_heard(&b.fallback, false, T0 + 5);
	judge(T0 + 5 + UNHEARD);
	assert_true(b.verdict.ask);
	fallback_heard(&b.fallback, true, T0 + 6 + UNHEARD);
	assert_int_equal(judge(T0 + 6 + UNHEARD), 0);
	assert_int_equal(b.verdict.next_ms, T0 + WITHIN);
}

/* A bridge to telephones hears notices and no alerts. */
static void test_a_notice_that_was_heard(void **state)
{
	(void)state;
	fallback_heard(&b.fallback, false, T0 + 5);
	fallback_noticed(&b.fallback, T0 + 6);
	fallback_heard(&b.fallback, false, T0 + UNHEARD);
	assert_int_equal(judge(T0 + 5 + UNHEARD), 0);
	assert_false(b.verdict.ask);
	assert_int_equal(b.verdict.next_ms, T0 + WITHIN);
	/* It says nothing of what comes later. */
	raise_one(T0 + UNHEARD);
	fallback_heard(&b.fallback, false, T0 + 2 * UNHEARD);
	assert_int_equal(judge(T0 + 2 * UNHEARD), 1);
	assert_string_equal(b.fallback.calls[0].incident, "2-f1-x");
	/* Nor has anybody acknowledged. */
	assert_int_equal(judge(T0 + WITHIN), 2);
}

static void test_unheard_at_once(void **state)
{
	(void)state;
	b.settings.unheard_after_ms = 0;
	fallback_heard(&b.fallback, false, T0 + 5);
	assert_int_equal(judge(T0 + 5), 1);
}

/* That nobody listened to an old alert says nothing of a new one. */
static void test_a_later_incident_has_its_own_time(void **state)
{
	(void)state;
	fallback_heard(&b.fallback, false, T0);
	b.incidents[0].state = INCIDENT_ACTIVE_ACKED;
	raise_one(T0 + WITHIN);
	assert_int_equal(judge(T0 + WITHIN), 0);
	assert_int_equal(b.verdict.next_ms, T0 + WITHIN + UNHEARD);
}

static void test_broker_away(void **state)
{
	(void)state;
	fallback_link(&b.fallback, false, T0 + 100);
	/* Told again with each attempt. */
	fallback_link(&b.fallback, false, T0 + AWAY);
	assert_int_equal(judge(T0 + 99 + AWAY), 0);
	assert_int_equal(b.verdict.next_ms, T0 + 100 + AWAY);
	assert_int_equal(judge(T0 + 100 + AWAY), 1);
	assert_int_equal(b.fallback.calls[0].reason, FALLBACK_BROKER_AWAY);
	fallback_link(&b.fallback, true, T0 + 2 * AWAY);
	assert_int_equal(judge(T0 + 2 * AWAY), 1);
}

static void test_broker_back_in_time(void **state)
{
	(void)state;
	fallback_link(&b.fallback, false, T0);
	fallback_link(&b.fallback, true, T0 + AWAY - 1);
	assert_int_equal(judge(T0 + AWAY), 0);
	assert_int_equal(b.verdict.next_ms, T0 + WITHIN);
}

/* Who listened before an outage may be gone, and the other way round. */
static void test_an_outage_forgets_who_listens(void **state)
{
	(void)state;
	fallback_heard(&b.fallback, false, T0);
	b.fallback.asked = true;
	fallback_link(&b.fallback, false, T0 + 10);
	fallback_link(&b.fallback, true, T0 + 20);
	assert_false(b.fallback.asked);
	assert_int_equal(judge(T0 + UNHEARD), 0);
	assert_false(b.verdict.ask);
}

static void test_calls_go_on_after_a_restart(void **state)
{
	(void)state;
	assert_true(fallback_resume(&b.fallback, "2-f0-x", "unheard"));
	assert_true(fallback_resume(&b.fallback, "3-f1-gone", "broker-away"));
	assert_false(fallback_resume(&b.fallback, "2-f0-x", "tired"));
	assert_int_equal(judge(T0 + 1), 1);
	assert_string_equal(b.fallback.calls[0].incident, "2-f0-x");
	assert_int_equal(b.fallback.calls[0].reason, FALLBACK_UNHEARD);
	assert_false(b.fallback.calls[0].fresh);
}

static void test_more_than_there_is_room_for(void **state)
{
	(void)state;
	while (b.count < INCIDENTS)
		raise_one(T0);
	assert_int_equal(judge(T0 + WITHIN), FALLBACK_CALL_MAX);
	assert_int_equal(judge(T0 + WITHIN), FALLBACK_CALL_MAX);
	assert_false(b.verdict.changed);
	/* Room for one: the next of those that wait. */
	b.incidents[3].state = INCIDENT_ACTIVE_ACKED;
	assert_int_equal(judge(T0 + WITHIN), FALLBACK_CALL_MAX);
	assert_true(b.verdict.changed);
	assert_string_equal(b.fallback.calls[FALLBACK_CALL_MAX - 1].incident, "2-f64-x");
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(
		word_id(WORD_FALLBACK_REASON, FALLBACK_UNACKNOWLEDGED), "unacknowledged");
	assert_string_equal(word_id(WORD_FALLBACK_REASON, FALLBACK_UNHEARD), "unheard");
	assert_string_equal(word_id(WORD_FALLBACK_REASON, FALLBACK_BROKER_AWAY), "broker-away");
}

#define TEST(f) cmocka_unit_test_setup(f, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_not_acknowledged_in_time),
		TEST(test_unanswered_since_before_the_boot),
		TEST(test_whatever_answers_it_silences_it),
		TEST(test_one_that_is_gone),
		TEST(test_never_for_an_exercise),
		TEST(test_least_severity),
		TEST(test_without_the_section),
		TEST(test_nobody_listens),
		TEST(test_a_dashboard_that_reconnects),
		TEST(test_a_notice_that_was_heard),
		TEST(test_unheard_at_once),
		TEST(test_a_later_incident_has_its_own_time),
		TEST(test_broker_away),
		TEST(test_broker_back_in_time),
		TEST(test_an_outage_forgets_who_listens),
		TEST(test_calls_go_on_after_a_restart),
		TEST(test_more_than_there_is_room_for),
		TEST(test_names),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL) ? 1 : 0;
}
