/* What a reload, an end and the next run leave; a disk that hangs, a broker that is away. */
#include "tests/hub_bench.h"

static void reload(struct house *house)
{
	struct site site = building;
	static struct config config;

	memcpy(house->points, building_points, sizeof(building_points));
	site.points = house->points;
	config = config_of(&site);
	assert_int_equal(hub_reload(house->hub, &config), 0);
	assert_int_equal(buses.starts, 2);
}

static void test_buses_know_what_is_watched(void **state)
{
	struct house *house = *state;

	see("f2-water", 2);
	assert_int_equal(buses.watches, 0);
	see("f2-water", 0.5);
	assert_int_equal(buses.watches, 1);
	assert_string_equal(buses.watched->id, "f2-water");
	see("f2-water", 0.4);
	assert_int_equal(buses.watches, 1); /* changes only */
	/* The buses that come after a reload know of none. */
	reload(house);
	assert_int_equal(buses.watches, 2);
	assert_ptr_equal(buses.watched, &house->points[building_point("f2-water")]);
}

static void test_a_reload_that_needs_a_restart_is_refused(void **state)
{
	struct house *house = *state;
	struct config other = config_of(&building);
	size_t before;

	other.daemon.journal_days = 2;
	assert_int_equal(hub_reload(house->hub, &other), -EPERM);
	assert_non_null(said("trouble/config", "daemon.journal_days changed: needs a restart"));
	assert_non_null(said("trouble/config", "已更改，需要重启"));
	assert_int_equal(buses.starts, 1);
	before = times_said("plan");
	reload(house);
	assert_non_null(said("troubles", "[]"));
	assert_int_equal(times_said("plan"), before + 1); /* all is told anew */
}

static void test_a_reload_that_finds_no_buses_is_refused(void **state)
{
	struct house *house = *state;
	struct config same = config_of(&building);

	buses.wont_succeed = -ENOMEM;
	assert_int_equal(hub_reload(house->hub, &same), -ENOMEM);
	assert_non_null(said("trouble/config", "the buses cannot be started"));
}

static void test_a_disk_that_hangs_delays_no_alert(void **state)
{
	struct house *house = *state;

	house->config.daemon.record_within_ms = 200;
	restart(house);
	disk_hangs = true;
	see("f3-water", 0.5);
	assert_null(said("alert", ""));
	wait_until(house, said("alert", "\"raised\""));
	disk_hangs = false;
}

static void test_an_answer_at_the_end_is_told_to_nobody(void **state)
{
	struct house *house = *state;
	char before[CLOCK_TEXT_MAX];
	const char *since;

	see("f2-leak", 1);
	wait_until(house, said("alert", "\"raised\""));
	broker.answers_late = true;
	usleep(300000);
	clock_format(clock_wall_offset_ms() + clock_now_ms() - 100, before);
	hub_stop(house->hub);
	assert_int_equal(buses.stops, 1);
	assert_int_equal(broker.stops, 1);
	assert_null(said("trouble/mqtt.unheard", ""));
	assert_non_null(said("state", "offline"));
	since = strstr(said("state", "offline"), "\"since\":\"");
	assert_non_null(since);
	assert_true(strncmp(since + strlen("\"since\":\""), before, 19) >= 0);
	broker.answers_late = false;
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	assert_non_null(house->hub);
}

static void test_without_a_journal_it_does_not_start(void **state)
{
	struct house *house = *state;

	assert_null(hub_start(&house->config, house->folder, house->socket, house->event));
	assert_int_equal(buses.starts, 1);
}

static bool replayed(size_t from, const char *text)
{
	for (size_t i = from; i < broker.count; i++)
		if (strstr(broker.payloads[i], "\"replayed\":true") &&
			strstr(broker.payloads[i], text))
			return true;
	return false;
}

static void test_the_next_run_sends_what_was_not_delivered(void **state)
{
	struct house *house = *state;
	size_t before;

	see("f3-water", 0.5);
	wait_until(house, said("alert", "\"raised\""));
	for (size_t i = 0; i < broker.count; i++)
		if (broker.tickets[i])
			broker.events->delivered(broker.events, broker.tickets[i], 0);
	see("f3-water", 2);
	wait_until(house, said("alert", "\"returned\""));
	before = broker.count;
	restart(house);
	broker.events->connected(broker.events, true, NULL);
	wait_until(house, replayed(before, "\"event\":\"returned\""));
	assert_false(replayed(before, "\"event\":\"raised\""));
}

static void with_fallback(struct house *house)
{
	house->config.fallback = (struct fallback_settings){ .actions = { &siren },
		.action_count = 1,
		.acknowledge_within_ms = 3600000,
		.unheard_after_ms = 200,
		.broker_away_after_ms = 200 };
	restart(house);
	broker.events->connected(broker.events, true, NULL);
	see("f2-leak", 1);
	wait_until(house, said("alert", "\"event\":\"raised\""));
}

static void test_the_fallback_calls_without_a_broker(void **state)
{
	struct house *house = *state;
	const struct failure lost = { WORD_CAUSE_THE_CONNECTION_WAS_LOST };

	with_fallback(house);
	broker.events->connected(broker.events, false, &lost);
	wait_until(house, said("trouble/fallback", "no broker"));
}

static void test_the_fallback_calls_where_nobody_listens(void **state)
{
	struct house *house = *state;
	size_t before;

	with_fallback(house);
	broker.events->delivered(broker.events, 1, MQTT_NO_SUBSCRIBER);
	before = broker.count;
	wait_until(house, replayed(before, "\"event\":\"raised\"")); /* does nobody, really? */
	broker.events->delivered(broker.events, 1, MQTT_NO_SUBSCRIBER);
	wait_until(house, said("trouble/fallback", "nobody listens"));
	broker.events->delivered(broker.events, 1, 0);
	wait_until(house, said("troubles", "[]"));
}

static void test_a_reload_ends_what_was_due(void **state)
{
	struct house *house = *state;
	struct config later = config_of(&building);
	struct rule slower[3];

	memcpy(slower, rules, sizeof(slower));
	slower[2].for_ms = 3600000;
	later.rules = slower;
	see("f3-water", 0.5);
	usleep(150000);
	assert_int_equal(hub_reload(house->hub, &later), 0);
	wait_until(house, said("alert", "\"water-loss\""));
	restart(house);
}

static void test_an_open_incident_goes_on(void **state)
{
	struct house *house = *state;
	size_t before;

	see("f2-leak", 1);
	wait_until(house, said("alert", "\"raised\""));
	hub_stop(house->hub);
	before = broker.count;
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	assert_non_null(house->hub);
	broker.events->connected(broker.events, true, NULL);
	wait_until(house, broker.count > before && said("state", "online"));
	see("f2-leak", 0);
	wait_until(house, said("alert", "\"returned\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_buses_know_what_is_watched),
		TEST(test_a_reload_that_needs_a_restart_is_refused),
		TEST(test_a_reload_that_finds_no_buses_is_refused),
		TEST(test_a_disk_that_hangs_delays_no_alert),
		TEST(test_an_answer_at_the_end_is_told_to_nobody),
		TEST(test_without_a_journal_it_does_not_start),
		TEST(test_the_next_run_sends_what_was_not_delivered),
		TEST(test_the_fallback_calls_without_a_broker),
		TEST(test_the_fallback_calls_where_nobody_listens),
		TEST(test_a_reload_ends_what_was_due),
		TEST(test_an_open_incident_goes_on),
	};

	log_open("reload_test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
