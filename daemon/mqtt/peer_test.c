/* Two runs of one site: the whole table, and two of them that talk to each other in played time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "daemon/mqtt/peer.h"
#include "tests/document_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { T0 = 1000000, S = 1000 };

/* Every state by every event, as safety.md has it: what differs from here is said there, too. */
static void test_the_table(void **state)
{
	static const char *const expected[MQTT_STANDING_COUNT] = {
		/* alone, other, unreached, connected, unanswered, stronger, silent, takeover */
		[MQTT_STARTING] = "2 1 2 0 2 3 0 2",
		[MQTT_ASKING] = "1 1 2 1 2 3 1 2",
		[MQTT_ACTIVE] = "2 2 2 2 2 3 2 2",
		[MQTT_STANDING_BY] = "3 3 3 3 3 3 4 2",
		[MQTT_TAKEN_OVER] = "4 4 4 3 4 3 4 2",
	};

	(void)state;
	for (int s = 0; s < MQTT_STANDING_COUNT; s++)
		for (int e = 0; e < PEER_EVENT_COUNT; e++)
			assert_int_equal(peer_next((enum mqtt_standing)s, (enum peer_event)e),
				expected[s][2 * e] - '0');
}

/* Two, and the broker between them: what one says the other hears, and it comes back. */
static struct {
	struct peer a, b;
	int64_t now_ms;
	bool b_hangs;
} site;

static void pass(struct peer *from, struct peer *to, bool hears)
{
	struct peer_word word, parsed;
	char *text;

	while (peer_say(from, &word, site.now_ms)) {
		text = peer_text(&word);
		assert_true(peer_parse(from->instance, text, strlen(text), &parsed));
		free(text);
		if (!parsed.is_answer)
			peer_echo(from, site.now_ms);
		if (hears)
			peer_heard(to, &parsed, site.now_ms);
	}
}

static void turn(void)
{
	for (int i = 0; i < 4; i++) {
		pass(&site.a, &site.b, site.b.connected && !site.b_hangs);
		if (!site.b_hangs)
			pass(&site.b, &site.a, site.a.connected);
	}
}

static void run_for(int64_t ms)
{
	for (int64_t end_ms = site.now_ms + ms; site.now_ms < end_ms; site.now_ms += 100) {
		peer_tick(&site.a, site.now_ms);
		if (!site.b_hangs)
			peer_tick(&site.b, site.now_ms);
		turn();
	}
}

static void expect(enum mqtt_standing a, enum mqtt_standing b)
{
	assert_int_equal(site.a.standing, a);
	assert_int_equal(site.b.standing, b);
}

/* b is at work already, since then; a begins now. */
static int set_up(void **state)
{
	(void)state;
	memset(&site, 0, sizeof(site));
	site.now_ms = T0;
	peer_begin(&site.a, "aaaa", T0);
	site.a.connected = false;
	peer_begin(&site.b, "bbbb", T0);
	peer_connected(&site.b, T0);
	turn();
	run_for(10 * S);
	assert_int_equal(site.b.standing, MQTT_ACTIVE);
	peer_begin(&site.a, "aaaa", site.now_ms);
	return 0;
}

static void join(void)
{
	peer_connected(&site.a, site.now_ms);
	peer_saw(&site.a, "bbbb", site.now_ms); /* state is retained */
	turn();
}

static void test_who_is_alone_begins_at_once(void **state)
{
	(void)state;
	peer_connected(&site.a, T0);
	assert_false(peer_tells(&site.a));
	assert_false(peer_may_sweep(&site.a, T0));
	pass(&site.a, &site.b, false);
	assert_int_equal(site.a.standing, MQTT_ACTIVE);
	assert_true(peer_may_sweep(&site.a, T0));
}

static void test_without_a_broker_too(void **state)
{
	(void)state;
	peer_lost(&site.a, site.now_ms);
	assert_int_equal(site.a.standing, MQTT_ACTIVE);
	/* One that hangs has as long as an answer. */
	peer_begin(&site.a, "aaaa", site.now_ms);
	assert_int_equal(peer_deadline(&site.a), site.now_ms + PEER_ANSWER_MS);
	peer_tick(&site.a, site.now_ms + PEER_ANSWER_MS - 1);
	assert_int_equal(site.a.standing, MQTT_STARTING);
	peer_tick(&site.a, site.now_ms + PEER_ANSWER_MS);
	assert_int_equal(site.a.standing, MQTT_ACTIVE);
}

/* "online" that is retained proves nothing: it is asked, and nothing is swept meanwhile. */
static void test_a_trace_is_asked(void **state)
{
	(void)state;
	site.b_hangs = true;
	join();
	expect(MQTT_ASKING, MQTT_ACTIVE);
	run_for(PEER_ANSWER_MS - 100);
	expect(MQTT_ASKING, MQTT_ACTIVE);
	assert_false(peer_may_sweep(&site.a, site.now_ms));
	run_for(200);
	expect(MQTT_ACTIVE, MQTT_ACTIVE);
	assert_true(peer_may_sweep(&site.a, site.now_ms));
}

static void test_the_second_stands_by(void **state)
{
	(void)state;
	join();
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	assert_string_equal(site.a.other, "bbbb");
	assert_true(site.a.fresh);
	run_for(60 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	assert_false(site.b.renew); /* it has told nothing, so nothing is to be put right */
}

/* The elder falls silent, and is heard again. */
static void test_it_takes_over_the_telling(void **state)
{
	(void)state;
	join();
	run_for(6 * S);
	site.b_hangs = true;
	run_for(9 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	run_for(7 * S);
	expect(MQTT_TAKEN_OVER, MQTT_ACTIVE);
	assert_false(peer_may_sweep(&site.a, site.now_ms));
	site.b_hangs = false;
	peer_connected(&site.b, site.now_ms);
	peer_saw(&site.b, "aaaa", site.now_ms);
	peer_saw(&site.a, "bbbb", site.now_ms);
	assert_false(peer_may_sweep(&site.b, site.now_ms));
	run_for(1 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	assert_true(site.b.renew);
	run_for(6 * S);
	assert_true(peer_may_sweep(&site.b, site.now_ms));
}

/* After that the order is turned round: the old one yields when it is heard again. */
static void test_a_person_says_which(void **state)
{
	(void)state;
	join();
	site.b_hangs = true;
	run_for(21 * S);
	expect(MQTT_TAKEN_OVER, MQTT_ACTIVE);
	assert_int_equal(peer_take_over(&site.a, site.now_ms), 0);
	assert_int_equal(peer_take_over(&site.a, site.now_ms), -EALREADY);
	expect(MQTT_ACTIVE, MQTT_ACTIVE);
	site.b_hangs = false;
	peer_connected(&site.b, site.now_ms);
	peer_saw(&site.b, "aaaa", site.now_ms);
	run_for(1 * S);
	expect(MQTT_ACTIVE, MQTT_STANDING_BY);
	/* And back, as often as it is said. */
	assert_int_equal(peer_take_over(&site.b, site.now_ms), 0);
	peer_saw(&site.a, "bbbb", site.now_ms);
	run_for(6 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
}

/* Both had no broker: who has been active for shorter yields, of equals the higher instance. */
static void test_both_were_active(void **state)
{
	static const struct {
		int64_t a_ms, b_ms;
		enum mqtt_standing a, b;
	} table[] = {
		{ 1000, 60000, MQTT_STANDING_BY, MQTT_ACTIVE },
		{ 60000, 1000, MQTT_ACTIVE, MQTT_STANDING_BY },
		{ 5000, 5000, MQTT_ACTIVE, MQTT_STANDING_BY },
		{ 5000, 5001, MQTT_STANDING_BY, MQTT_ACTIVE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		peer_begin(&site.a, "aaaa", site.now_ms);
		peer_begin(&site.b, "bbbb", site.now_ms);
		peer_lost(&site.a, site.now_ms - table[i].a_ms);
		peer_lost(&site.b, site.now_ms - table[i].b_ms);
		peer_connected(&site.a, site.now_ms);
		peer_connected(&site.b, site.now_ms);
		run_for(6 * S);
		expect(table[i].a, table[i].b);
		assert_int_equal(site.a.renew, table[i].a == MQTT_ACTIVE);
	}
}

/* It goes on to stand by without a broker, and asks anew when it is back; 15 s count from then. */
static void test_a_broker_that_goes(void **state)
{
	(void)state;
	join();
	peer_lost(&site.a, site.now_ms);
	run_for(14 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	peer_connected(&site.a, site.now_ms);
	run_for(10 * S);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
	/* Where it and the elder are both gone, the building is watched from here. */
	peer_lost(&site.a, site.now_ms);
	run_for(16 * S);
	expect(MQTT_TAKEN_OVER, MQTT_ACTIVE);
	peer_connected(&site.a, site.now_ms);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
}

/* Only an answer to the question that is open counts. */
static void test_what_is_no_answer(void **state)
{
	struct peer_word word = { .is_answer = true,
		.instance = "cccc",
		.to = "aaaa",
		.number = 1,
		.rank = 2,
		.active_ms = 99999 };

	(void)state;
	site.b_hangs = true;
	peer_heard(&site.a, &word, site.now_ms); /* nobody has asked */
	join();
	word.number = 2;
	peer_heard(&site.a, &word, site.now_ms);
	word.number = 1;
	strcpy(word.to, "bbbb");
	peer_heard(&site.a, &word, site.now_ms);
	strcpy(word.to, "aaaa");
	word.rank = 0;
	peer_heard(&site.a, &word, site.now_ms);
	word.rank = 2;
	peer_heard(&site.a, &word, site.now_ms + PEER_ANSWER_MS + 1);
	expect(MQTT_ASKING, MQTT_ACTIVE);
	peer_heard(&site.a, &word, site.now_ms);
	expect(MQTT_STANDING_BY, MQTT_ACTIVE);
}

/* However long nothing is heard: no deadline lies in the past for ever, or the loop would spin. */
static void test_deadlines(void **state)
{
	(void)state;
	join();
	for (int i = 0; i < 60; i++) {
		run_for(1 * S);
		site.b_hangs = i % 20 > 5;
		peer_tick(&site.a, site.now_ms);
		turn();
		assert_true(peer_deadline(&site.a) > site.now_ms);
	}
	site.b_hangs = false;
	peer_lost(&site.b, site.now_ms);
	assert_true(peer_deadline(&site.b) == CLOCK_NEVER);
}

static void test_words(void **state)
{
	static const char *const refused[] = {
		"",
		"{}",
		"[]",
		"null",
		"{\"question\":1}",
		"{\"question\":1,\"instance\":\"other\",\"rank\":2,\"active_ms\":1}",
		"{\"question\":1,\"instance\":\"me\",\"rank\":-1,\"active_ms\":1}",
		"{\"question\":1,\"instance\":\"me\",\"rank\":2147483647,\"active_ms\":1}",
		"{\"question\":1,\"instance\":\"me\",\"rank\":2,\"active_ms\":-1}",
		"{\"question\":1,\"instance\":\"me\",\"rank\":2,\"active_ms\":1.5}",
		"{\"question\":\"1\",\"instance\":\"me\",\"rank\":2,\"active_ms\":1}",
		"{\"answer\":1,\"instance\":\"me\",\"rank\":2,\"active_ms\":1}",
		"{\"answer\":1,\"to\":\"01234567890123456\",\"instance\":\"me\",\"rank\":2,"
		"\"active_ms\":1}",
		"{\"question\":1,\"question\":1,\"instance\":\"me\",\"rank\":2,\"active_ms\":1}",
	};
	struct peer_word word;
	char other[MQTT_INSTANCE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_false(peer_parse("me", refused[i], strlen(refused[i]), &word));
#define STATE(text) peer_other_online("me", text, sizeof(text) - 1, other)
	assert_true(STATE("{\"status\":\"online\",\"instance\":\"you\"}"));
	assert_string_equal(other, "you");
	assert_false(STATE("{\"status\":\"online\",\"instance\":\"me\"}"));
	assert_false(STATE("{\"status\":\"offline\",\"instance\":\"you\"}"));
	assert_true(STATE("{\"status\":\"online\"}"));
	assert_false(STATE(""));
	assert_false(STATE("[1]"));
}

static void test_the_document_agrees(void **state)
{
	static const char *const names[MQTT_STANDING_COUNT] = { "starting", "asking", "active",
		"standing by", "taken over" };
	static struct document_table table;

	(void)state;
	document_table("docs/safety.md", "| | alone | another is said to be online |", &table);
	assert_int_equal(table.rows, MQTT_STANDING_COUNT);
	assert_int_equal(table.columns, PEER_EVENT_COUNT + 1);
	for (size_t from = 0; from < table.rows; from++) {
		assert_string_equal(table.cells[from][0], names[from]);
		for (int e = 0; e < PEER_EVENT_COUNT; e++) {
			const char *text = table.cells[from][e + 1];
			int to =
				*text ? document_word(text, names, MQTT_STANDING_COUNT) : (int)from;

			assert_int_equal(
				peer_next((enum mqtt_standing)from, (enum peer_event)e), to);
		}
	}
}

#define TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table),
		cmocka_unit_test(test_the_document_agrees),
		TEST(test_who_is_alone_begins_at_once),
		TEST(test_without_a_broker_too),
		TEST(test_a_trace_is_asked),
		TEST(test_the_second_stands_by),
		TEST(test_it_takes_over_the_telling),
		TEST(test_a_person_says_which),
		TEST(test_both_were_active),
		TEST(test_a_broker_that_goes),
		TEST(test_what_is_no_answer),
		TEST(test_deadlines),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
