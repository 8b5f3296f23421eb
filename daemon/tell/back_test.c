/* What the broker says is open, after a start: taken back, listed, cleared; and what is kept aside.
 */
#include "daemon/documents/lock.h"
#include "tests/tell_bench.h"

#define OWN "0123456789abcdef"
#define NEW "fedcba9876543210"

static char topic[80], document[8000], index_of[500], row[8000];
static const char *id; /* of the incident of the run before */

/* The run before: an incident, its document and row, and the index that names it. */
static void run_before(void **state)
{
	see_leak(*state, 1, T0);
	snprintf(topic, sizeof(topic), "incident/%s", kept.id);
	id = topic + strlen("incident/");
	snprintf(document, sizeof(document), "%s", last(topic));
	snprintf(index_of, sizeof(index_of), "%s", last("incidents"));
	snprintf(row, sizeof(row), "%s", kept.text);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
}

static void start(
	const char *journal, bool used, uint64_t loaded, const char *mark, uint64_t marked)
{
	struct moment moment = at(T0 + 1000);

	config.daemon.journal_days = 2;
	disk.found = (struct journal_found){ .used = used, .mark = { .sequence = marked } };
	strcpy(disk.found.id, journal);
	strcpy(disk.found.mark.id, mark);
	disk.loaded = loaded;
	assert_true(tell_open_record(teller, "/x", NULL, &moment));
}

static void retained(const char *of, const char *text)
{
	const struct mqtt_message message = {
		.topic = of, .payload = text, .length = strlen(text), .retained = true
	};

	tell_retained(teller, &message, at(T0 + 1100));
}

static void that_was_all(void)
{
	tell_retained(teller, NULL, at(T0 + 3100));
}

static const struct incident *open_one(void)
{
	return engine_find(plant.engine, id);
}

static const char *order(enum order_kind kind)
{
	const struct order order = { .kind = kind, .user = "chen", .incident = id, .note = "" };

	return tell_aside(teller, &order, at(T0 + 5000));
}

static void test_taken_back_at_once(void **state)
{
	run_before(state);
	start(NEW, false, 0, OWN, sequence);
	assert_string_equal(kept.id, "journal-before");
	expect_text("trouble/journal.lost", "0 incidents were taken back");
	tell_sweep(teller, at(T0 + 1050));
	assert_null(last("incidents")); /* the next start may need the one before yet */
	retained("incidents", index_of);
	retained(topic, document);
	assert_non_null(open_one());
	assert_true(open_one()->taken_back);
	expect_text("alert", "\"event\":\"taken-back\"");
	expect_text(topic, "\"taken_back\":true");
	that_was_all();
	expect_text("trouble/journal.lost", "1 incidents were taken back from the broker, 0");
	expect_text("trouble/journal.lost", "missing");
	expect_text("trouble/journal.lost", "启动时日志缺失");
	expect_text("incidents", id);
	assert_false(cleared(topic));
	assert_true(kept.dropped > 0);
}

/* Without an index, and with one that comes last. */
static void test_taken_back_when_all_was_said(void **state)
{
	run_before(state);
	start(NEW, false, 0, OWN, 1);
	retained(topic, document);
	assert_null(open_one());
	that_was_all();
	assert_true(open_one()->taken_back);
}

static void test_what_is_older_is_listed(void **state)
{
	char trouble[100];

	run_before(state);
	start(NEW, false, 0, OWN, sequence + 1);
	retained("incidents", index_of);
	retained(topic, document);
	that_was_all();
	assert_null(open_one());
	assert_false(cleared(topic));
	snprintf(trouble, sizeof(trouble), "trouble/found.%s", id);
	expect_text(trouble, "adopt it if it is real");
	expect_text(trouble, "f2");
	retained(topic, document); /* a later connect */
	assert_false(cleared(topic));
	assert_null(order(ORDER_ADOPT));
	assert_non_null(open_one());
	assert_true(cleared(trouble));
	expect_text("alert", "\"event\":\"adopted\"");
	expect_text("alert", "\"user\":\"chen\"");
	assert_string_equal(order(ORDER_ADOPT), engine_result_text(ENGINE_NO_INCIDENT));
}

static void test_a_first_start_takes_and_sweeps_nothing(void **state)
{
	run_before(state);
	start(OWN, false, 0, "", 0);
	retained("incidents", index_of);
	retained(topic, document);
	retained("incident/rubbish", "[]");
	that_was_all();
	assert_null(open_one());
	assert_false(cleared(topic) || cleared("incident/rubbish"));
	assert_null(last("trouble/journal.lost"));
	assert_non_null(last("trouble/found.rubbish"));
	assert_null(order(ORDER_DISCARD));
	assert_true(cleared(topic));
	id = "rubbish";
	assert_non_null(order(ORDER_ADOPT));
	assert_false(cleared("trouble/found.rubbish"));
	assert_null(order(ORDER_DISCARD));
	assert_true(cleared("trouble/found.rubbish") && cleared("incident/rubbish"));
}

/* An orderly end before all was said: the next start is no first one any more, if there was
 * nothing. */
static void test_a_short_first_run(void **state)
{
	run_before(state);
	start(OWN, false, 0, "", 0);
	tell_back_end(teller);
	assert_int_equal(kept.dropped, 0); /* nobody was asked */
	tell_all(teller, at(T0 + 1050));
	retained(topic, document);
	tell_back_end(teller);
	assert_int_equal(kept.dropped, 0);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	start(OWN, false, 0, "", 0);
	tell_all(teller, at(T0 + 1050));
	tell_back_end(teller);
	assert_int_equal(kept.dropped, 1);
}

static void test_who_has_lost_nothing_sweeps(void **state)
{
	run_before(state);
	start(OWN, true, sequence + 5, OWN, 1);
	retained("incidents", index_of);
	retained(topic, document);
	assert_false(cleared(topic)); /* until all was said */
	that_was_all();
	assert_true(cleared(topic));
	assert_null(last("trouble/journal.lost"));
	retained(topic, document);
	assert_true(cleared(topic));
}

static void test_what_has_no_document_is_lost(void **state)
{
	run_before(state);
	start(NEW, false, 0, OWN, 1);
	retained("incidents", index_of);
	that_was_all();
	expect_text(
		"trouble/journal.lost", "0 incidents were taken back from the broker, 1 could not");
}

/* A restored copy: it has open what was closed since. */
static void test_what_a_newer_index_does_not_name_is_doubted(void **state)
{
	static char newer[500];

	run_before(state);
	disk.row = row;
	snprintf(disk.id, sizeof(disk.id), "%s", id);
	start(OWN, true, 3, OWN, 3);
	assert_false(open_one()->taken_back);
	snprintf(newer, sizeof(newer),
		"{\"v\":1,\"journal\":\"" OWN "\",\"seq\":9,\"incidents\":[]}");
	retained("incidents", newer);
	that_was_all();
	assert_true(open_one()->taken_back);
	assert_int_equal(disk.beyond, 9);
	expect_text("trouble/journal.lost", "older");
}

/* The broker says that the incident of the run before holds the boiler off. */
static void retained_claim(void)
{
	static char output[400];

	snprintf(output, sizeof(output),
		"{\"v\":1,\"id\":\"f2-boiler\",\"before\":1,\"claims\":[{\"incident\":\"%s\","
		"\"step\":\"off\",\"value\":0,\"since\":\"2026-11-24T03:01:09.250+08:00\"}]}",
		id);
	retained("output/f2-boiler", output);
}

static void test_claims_come_to_the_list(void **state)
{
	struct output_claim claim;

	run_before(state);
	start(NEW, false, 0, OWN, 1);
	retained("incidents", index_of);
	retained(topic, document);
	retained_claim();
	that_was_all();
	assert_true(outputs_claim(plant.outputs, 0, &claim));
	assert_string_equal(claim.output, "f2-boiler");
	assert_string_equal(claim.incident, id);
	assert_true(claim.said && claim.value == 0 && claim.before == 1);
	assert_false(cleared("output/f2-boiler"));
}

/* It has ended: nobody knows for how long it was to hold. */
static void test_a_hand_comes_to_the_list(void **state)
{
	struct output_claim claim;

	(void)state;
	start(NEW, false, 0, OWN, 1);
	retained("output/f2-boiler",
		"{\"v\":1,\"id\":\"f2-boiler\",\"before\":1,\"claims\":[{\"incident\":null,\"step\":"
		"null,\"value\":0,\"hand\":{\"by\":\"property\",\"reason\":\"a\\nleak\",\"until\":"
		"\"2026-11-24T03:01:09.250+08:00\",\"ended\":false},\"since\":"
		"\"2026-11-24T02:01:09.250+08:00\"}]}");
	retained("output/bypass",
		"{\"v\":1,\"id\":\"bypass\",\"before\":0,\"claims\":[{\"incident\":null,\"step\":"
		"null,\"value\":1,\"hand\":{\"by\":\"property\",\"reason\":\"another\",\"until\":"
		"\"2026-11-24T03:01:09.250+08:00\",\"ended\":false},\"since\":"
		"\"2026-11-24T02:01:09.250+08:00\"}]}");
	that_was_all();
	assert_true(outputs_claim(plant.outputs, 0, &claim));
	assert_non_null(claim.hand);
	assert_int_equal(claim.hand->state, HAND_ENDED);
	assert_string_equal(claim.hand->reason, "a leak");
	assert_true(claim.said && claim.value == 0 && claim.before == 1);
	tell_all(teller, at(T0 + 3200));
	expect_text("output/f2-boiler", "\"said\":true");
	expect_text("output/f2-boiler", "\"ended\":true");
	/* Each with its own claims, and no other's. */
	assert_null(strstr(last("output/f2-boiler"), "another"));
	assert_null(strstr(last("output/bypass"), "a leak"));
	expect_text("held", "f2-boiler");
}

/* What a first start lists is adopted with what it claims; and no claim is ever off the list. */
static void test_a_first_start_keeps_claims(void **state)
{
	struct output_claim claim;

	run_before(state);
	start(OWN, false, 0, "", 0);
	retained(topic, document);
	retained_claim();
	that_was_all();
	assert_null(open_one());
	assert_true(outputs_claim(plant.outputs, 0, &claim));
	assert_true(claim.said);
	assert_null(order(ORDER_ADOPT));
	assert_non_null(open_one());
	assert_true(outputs_claim(plant.outputs, 0, &claim));
	assert_string_equal(claim.incident, id);
	assert_false(cleared("output/f2-boiler"));
}

/* What can be read of it stands; the rest is the broker's word, which nothing overwrites before. */
static void test_a_damaged_row_of_claims_is_asked_of_the_broker(void **state)
{
	struct output_claim claim;

	(void)state;
	config.daemon.journal_days = 2;
	disk.row = "f2-boiler 2-f2-old off 0 ? 1 0 2 0 0 0 0\nrubbish\n";
	strcpy(disk.id, "claims");
	start(OWN, true, 5, OWN, 5);
	expect_text("trouble/journal.lost", "damaged");
	expect_text("trouble/journal.lost", "0 claims on outputs rest");
	tell_all(teller, at(T0 + 1050));
	tell_claimed(teller, "f2-boiler", at(T0 + 1060));
	assert_null(last("output/f2-boiler"));
	retained("output/f2-boiler",
		"{\"v\":1,\"id\":\"f2-boiler\",\"before\":1,\"claims\":[{\"incident\":\"2-f2-old\","
		"\"step\":\"off\",\"value\":0,\"since\":\"2026-11-24T03:01:09.250+08:00\"},"
		"{\"incident\":null,\"step\":null,\"value\":0,\"hand\":{\"by\":\"property\","
		"\"reason\":\"limescale\"},\"since\":\"2026-11-24T03:01:09.250+08:00\"}]}");
	that_was_all();
	assert_true(outputs_claim(plant.outputs, 0, &claim));
	assert_string_equal(claim.incident, "2-f2-old");
	assert_true(!claim.said && claim.before == 1); /* of which nobody knew what it was */
	assert_true(outputs_claim(plant.outputs, 1, &claim));
	assert_true(claim.said && claim.hand && claim.hand->state == HAND_ENDED);
	assert_false(outputs_claim(plant.outputs, 2, &claim));
	expect_text("output/f2-boiler", "limescale");
	expect_text("held", "f2-boiler");
	expect_text("trouble/journal.lost", "1 claims on outputs rest on the broker's word");
}

/* Nor is it forgotten by a start to which nobody answered: the row itself is whole by now. */
static void test_a_damaged_row_is_asked_of_the_broker_until_it_answers(void **state)
{
	static char before[sizeof(kept.text)];
	struct output_claim claim;

	config.daemon.journal_days = 2;
	disk.row = "rubbish\n";
	strcpy(disk.id, "claims");
	start(OWN, true, 5, OWN, 5);
	assert_string_equal(kept.id, "journal-before");
	snprintf(before, sizeof(before), "%s", kept.text);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	config.daemon.journal_days = 2;
	disk.row = before;
	strcpy(disk.id, "journal-before");
	start(OWN, true, 9, OWN, 9);
	expect_text("trouble/journal.lost", "damaged");
	retained("output/f2-boiler",
		"{\"v\":1,\"id\":\"f2-boiler\",\"before\":1,\"claims\":[{\"incident\":\"2-f2-old\","
		"\"step\":\"off\",\"value\":0,\"since\":\"2026-11-24T03:01:09.250+08:00\"}]}");
	that_was_all();
	assert_true(outputs_claim(plant.outputs, 0, &claim) && claim.said);
	assert_int_equal(kept.dropped, 1); /* answered */
	assert_string_equal(kept.id, "journal-before");
}

/* A whole journal knows what was put back while no broker was there. */
static void test_what_was_put_back_is_not_claimed_again(void **state)
{
	struct output_claim claim;

	run_before(state);
	disk.row = row;
	snprintf(disk.id, sizeof(disk.id), "%s", id);
	start(OWN, true, sequence, OWN, sequence);
	retained("incidents", index_of);
	retained_claim();
	that_was_all();
	assert_false(outputs_claim(plant.outputs, 0, &claim));
	assert_true(cleared("output/f2-boiler"));
}

/* Locks ---------------------------------------------------------------------- */

/* As the run before told it 10 s ago, for an hour. */
static const char *locks_said(const char *name, bool quiet, bool recurring)
{
	static char text[600];
	const struct moment then = at(T0 - 10000);
	char since[CLOCK_TEXT_MAX], until[CLOCK_TEXT_MAX];

	clock_format(then.wall_ms, since);
	clock_format(then.wall_ms + 3600000, until);
	snprintf(text, sizeof(text),
		"{\"v\":1,\"instance\":\"0badcafe\",\"locks\":[{\"lock\":\"%s\",\"quiet\":%s,"
		"\"type\":null,\"recurring\":%s,\"by\":\"property\",\"reason\":\"an electrician\","
		"\"since\":\"%s\",\"until\":\"%s\"}]}",
		name, quiet ? "true" : "false", recurring ? "true" : "false", since, until);
	return text;
}

static const struct lock *lock_there(void)
{
	return engine_lock_at(lab.engine, 0);
}

static void test_a_lost_lock_is_taken_back(void **state)
{
	(void)state;
	config.daemon.clock = CLOCK_RTC;
	start(NEW, false, 0, OWN, 1);
	retained("locks", locks_said("zone:f2", true, false));
	assert_non_null(lock_there());
	assert_true(lock_there()->taken_back && lock_there()->quiet);
	assert_string_equal(lock_there()->by, "property");
	assert_non_null(engine_forbids_write(
		lab.engine, &building_points[building_point("f2-leak")], NULL));
	retained("locks", locks_said("zone:f2", true, false)); /* a later connect */
	assert_null(engine_lock_at(lab.engine, 1));
	sweep(teller, T0 + 1500);
	expect_text("trouble/locks", "1 locks stand by the broker's word alone");
	expect_text("locks", "\"taken_back\":true");
	expect_text("locks", "\"instance\":\"cafe0123\"");
	/* What went by since it was set is taken off. */
	assert_int_equal(lock_there()->until_ms, T0 - 10000 + 3600000);
	engine_unlock(lab.engine, lock_there(), "chen", "he has left", T0 + 1600, &sink);
	sweep(teller, T0 + 1700);
	assert_true(cleared("trouble/locks"));
}

static void test_the_mark_of_a_lock_goes_over_a_restart(void **state)
{
	static char locks[sizeof(kept.text)];

	start(NEW, false, 0, OWN, 1);
	retained("locks", locks_said("zone:f2", false, false));
	tell_keep_locks(teller);
	snprintf(locks, sizeof(locks), "%s", kept.text);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	disk.row = locks;
	strcpy(disk.id, LOCKS_ROW);
	start(OWN, true, 1, OWN, 1);
	assert_true(lock_there() && lock_there()->taken_back);
}

static void test_a_journal_that_has_its_locks_takes_none(void **state)
{
	(void)state;
	start(OWN, true, 5, OWN, 5);
	retained("locks", locks_said("zone:f2", false, false));
	assert_null(lock_there());
}

static void test_a_damaged_row_of_locks_is_asked_of_the_broker(void **state)
{
	(void)state;
	disk.row = "{\"locks\":[{\"kind\":0}]}";
	strcpy(disk.id, LOCKS_ROW);
	start(OWN, true, 5, OWN, 5);
	expect_text("trouble/journal.lost", "damaged");
	retained("locks", locks_said("zone:f2", false, false));
	assert_non_null(lock_there());
}

/* Nothing is hidden from the rules by what somebody else has left; but nothing is written. */
static void test_a_first_start_takes_locks_and_goes_on_seeing(void **state)
{
	(void)state;
	start(OWN, false, 0, "", 0);
	retained("locks", locks_said("16-f2", true, false));
	retained("locks", locks_said("output:f2-boiler", false, true)); /* the configuration's */
	assert_null(lock_there());
	retained("locks", locks_said("zone:f2", true, false));
	assert_non_null(lock_there());
	assert_false(lock_there()->quiet);
}

static void test_a_lock_that_is_over_is_not_taken(void **state)
{
	const char *text = locks_said("zone:f2", false, false);
	const struct mqtt_message message = {
		.topic = "locks", .payload = text, .length = strlen(text), .retained = true
	};

	(void)state;
	config.daemon.clock = CLOCK_RTC;
	start(NEW, false, 0, OWN, 1);
	tell_retained(teller, &message, at(T0 + 2 * 3600 * 1000));
	assert_null(lock_there());
}

/* Who stands by has the locks of who tells, as long as he says so. */
static void test_who_stands_by_has_the_others_locks(void **state)
{
	(void)state;
	start(OWN, true, 5, OWN, 5);
	stands = MQTT_STANDING_BY;
	retained("locks", locks_said("zone:f2", true, false));
	assert_non_null(lock_there());
	retained("locks", "{\"v\":1,\"instance\":\"0badcafe\",\"locks\":[]}");
	assert_null(lock_there());
}

/* One that has told in our place may have promised somebody that nothing is written. */
static void test_what_another_has_locked_meanwhile_holds(void **state)
{
	(void)state;
	start(OWN, true, 5, OWN, 5);
	that_was_all();
	retained("locks", locks_said("zone:f2", false, false));
	assert_non_null(lock_there());
	tell_all(teller, at(T0 + 3200));
	retained("locks", "{\"v\":1,\"instance\":\"cafe0123\",\"locks\":[]}");
	assert_non_null(lock_there());
}

/* W2: the configuration has lost its type. */
static void test_what_cannot_be_followed_is_kept(void **state)
{
	char trouble[100];

	run_before(state);
	type.id = "other";
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	disk.row = row;
	snprintf(disk.id, sizeof(disk.id), "%s", id);
	start(OWN, true, sequence, OWN, sequence);
	snprintf(trouble, sizeof(trouble), "trouble/kept.%s", id);
	expect_text(trouble, "the configuration has no such type or zone any more");
	retained(topic, document);
	that_was_all();
	assert_false(cleared(topic));
	expect_text("incidents", id);
	forget();
	tell_all(teller, at(T0 + 3200)); /* a broker that has lost it */
	expect_text(topic, "\"type_id\":\"leak\"");
	assert_null(strstr(last(topic), "private"));
	kept.lost = true;
	tell_sweep(teller, at(T0 + 3300));
	assert_string_equal(kept.text, row);
	assert_null(order(ORDER_DISCARD));
	assert_true(cleared(topic) && cleared(trouble));
	type.id = "leak";
}

static void test_it_goes_on_when_the_configuration_has_it_again(void **state)
{
	run_before(state);
	type.id = "other";
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	disk.row = row;
	snprintf(disk.id, sizeof(disk.id), "%s", id);
	start(OWN, true, sequence, OWN, sequence);
	type.id = "leak";
	tell_back_retry(teller, at(T0 + 4000));
	assert_non_null(open_one());
	assert_false(open_one()->taken_back);
	assert_null(tell_back_kept(teller, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_taken_back_at_once),
		TEST(test_taken_back_when_all_was_said),
		TEST(test_what_is_older_is_listed),
		TEST(test_a_first_start_takes_and_sweeps_nothing),
		TEST(test_a_short_first_run),
		TEST(test_who_has_lost_nothing_sweeps),
		TEST(test_what_has_no_document_is_lost),
		TEST(test_what_a_newer_index_does_not_name_is_doubted),
		TEST(test_claims_come_to_the_list),
		TEST(test_a_hand_comes_to_the_list),
		TEST(test_a_first_start_keeps_claims),
		TEST(test_a_damaged_row_of_claims_is_asked_of_the_broker),
		TEST(test_a_damaged_row_is_asked_of_the_broker_until_it_answers),
		TEST(test_what_was_put_back_is_not_claimed_again),
		TEST(test_a_lost_lock_is_taken_back),
		TEST(test_the_mark_of_a_lock_goes_over_a_restart),
		TEST(test_a_journal_that_has_its_locks_takes_none),
		TEST(test_a_damaged_row_of_locks_is_asked_of_the_broker),
		TEST(test_a_first_start_takes_locks_and_goes_on_seeing),
		TEST(test_a_lock_that_is_over_is_not_taken),
		TEST(test_who_stands_by_has_the_others_locks),
		TEST(test_what_another_has_locked_meanwhile_holds),
		TEST(test_what_cannot_be_followed_is_kept),
		TEST(test_it_goes_on_when_the_configuration_has_it_again),
	};

	return cmocka_run_group_tests_name("taken back", tests, NULL, NULL) ? 1 : 0;
}
