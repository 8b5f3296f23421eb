/* What is told of points, troubles, figures and alerts, and what is cleared. */
#include "tests/tell_bench.h"

/* Points ------------------------------------------------------------------- */

static void test_what_differs_enough_is_told(void **state)
{
	see(*state, 2, T0);
	expect_text("point/f2-water", "\"value\":2,");
	forget();
	see(*state, 2.4, T0 + 1);
	assert_int_equal(count, 0);
	see(*state, 2.5, T0 + 2);
	expect_text("point/f2-water", "\"value\":2.5");
	forget();
	see(*state, 2.1, T0 + 3);
	assert_int_equal(count, 0);
	tell_points(
		*state, reading("f2-water", QUALITY_BAD, REASON_RANGE, 0, T0 + 4), 1, at(T0 + 4));
	expect_text("point/f2-water", "\"bad\"");
	forget();
	tell_points(
		*state, reading("f2-water", QUALITY_BAD, REASON_RANGE, 0, T0 + 5), 1, at(T0 + 5));
	assert_int_equal(count, 0);
	tell_points(*state, reading("f2-water", QUALITY_BAD, REASON_NAN, 0, T0 + 6), 1, at(T0 + 6));
	expect_text("point/f2-water", "not a number");
}

static void test_each_point_again_after_its_heartbeat(void **state)
{
	see(*state, 2, T0);
	tell_sweep(*state, at(T0));
	forget();
	tell_sweep(*state, at(T0 + 59999));
	assert_null(last("point/f2-water"));
	tell_sweep(*state, at(T0 + 60000));
	expect_text("point/f2-water", "\"value\":2,");
	expect_text("point/f3-water", "\"never read\"");
}

/* Hands ---------------------------------------------------------------------- */

/* As the last run has kept it. */
static void load_hand(const char *state_and_more)
{
	char row[200];

	building_points[building_point("bypass")].writable = true;
	snprintf(row, sizeof(row), "bypass - - 1 ? %d 0 %d 0 0 0 0 %s", T0, T0, state_and_more);
	assert_true(outputs_load(plant.outputs, "claims", row, &same_boot));
}

static void test_the_setter_of_a_hand_is_told_once_before_its_end(void **state)
{
	static const struct role role = { .id = "property", .name = { "物业", "Property" } };
	static struct person wang = {
		.id = "wang", .account = "desk", .roles = { &role }, .role_count = 1
	};

	config.people = (struct people){ &wang, 1 };
	load_hand("2 900000 0 - desk trying the bypass");
	tell_sweep(*state, at(T0));
	expect_text("reply/desk", "the hand on bypass ends in 15 minutes");
	expect_text("reply/desk", "对 bypass 的手动设定将在 15 分钟后到期");
	expect_text("notify/property", "the hand on bypass ends soon");
	expect_text("notify/property", "\"incident\":null");
	forget();
	tell_sweep(*state, at(T0 + 1));
	assert_null(last("reply/desk"));
	assert_null(last("notify/property"));
}

static void test_a_role_is_asked_daily_about_what_is_held(void **state)
{
	static struct role property = { .id = "property", .name = { "物业", "Property" } };

	config.plan = (struct plan){ .roles = &property, .role_count = 1 };
	config.daemon.held_role = "property";
	config.daemon.deadline_scale = 1;
	load_hand("5 900000 0 - desk trying the bypass"); /* ended */
	tell_sweep(*state, at(T0 + 86399999));
	assert_null(last("notify/property"));
	tell_sweep(*state, at(T0 + 86400000));
	expect_text("notify/property", "\"note\":\"bypass is still held\"");
	expect_text("notify/property", "\"event\":\"held\"");
	expect_text("notify/property", "\"output\":\"bypass\"");
	forget();
	tell_sweep(*state, at(T0 + 172799999));
	assert_null(last("notify/property"));
	tell_sweep(*state, at(T0 + 172800000));
	expect_text("notify/property", "bypass is still held");
	config.plan = (struct plan){ 0 };
}

/* Who is asked about held outputs is told at once when one is found switched back; and once. */
static void test_a_role_is_asked_about_what_is_lost(void **state)
{
	static struct role property = { .id = "property", .name = { "物业", "Property" } };
	char row[200];

	building_points[building_point("bypass")].writable = true;
	config.plan = (struct plan){ .roles = &property, .role_count = 1 };
	config.daemon.held_role = "property";
	config.daemon.deadline_scale = 1;
	snprintf(row, sizeof(row), "bypass 16-f2-1 cut 1 ? %d 0 %d 8 1 0 0\n", T0, T0);
	assert_true(outputs_load(plant.outputs, "claims", row, &same_boot));
	tell_sweep(*state, at(T0));
	expect_text("notify/property", "\"event\":\"lost-feedback\"");
	expect_text("notify/property",
		"\"note\":\"bypass: switched back by hand? \\\"restore\\\" strikes it\"");
	expect_text("notify/property", "\"output\":\"bypass\"");
	forget();
	tell_sweep(*state, at(T0 + 1));
	assert_null(last("notify/property"));
	config.plan = (struct plan){ 0 };
}

/* By an incident that is closed by now; he is told all the same. */
static void test_the_setter_of_a_hand_is_told_that_a_claim_ended_it(void **state)
{
	load_hand("4 900000 0 16-f2-1 desk trying the bypass");
	tell_sweep(*state, at(T0));
	expect_text(
		"reply/desk", "the hand on bypass has ended: 16-f2-1 wants it at another value");
	assert_null(last("alert"));
	forget();
	tell_sweep(*state, at(T0 + 1));
	assert_null(last("reply/desk"));
}

/* Troubles ----------------------------------------------------------------- */

static void bad(struct tell *tell, enum reason reason)
{
	tell_point_troubles(tell, reading("f2-water", QUALITY_BAD, reason, 0, T0), 1, at(T0));
}

static void test_a_silent_device_covers_its_points(void **state)
{
	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0));
	expect_text("trouble/device.water", "no answer in time");
	expect_text("troubles", "device.water");
	bad(*state, REASON_EXCEPTION);
	assert_null(last("trouble/point.f2-water"));
	tell_reach(*state, device.bus, &device, 0, at(T0));
	assert_true(cleared("trouble/device.water"));
	tell_reach(*state, &bus, NULL, -ENODEV, at(T0));
	expect_text("trouble/bus.rs485", "设备不在");
	bad(*state, REASON_EXCEPTION);
	assert_null(last("trouble/point.f2-water"));
	tell_reach(*state, &bus, NULL, 0, at(T0));
	bad(*state, REASON_EXCEPTION);
	expect_text("trouble/point.f2-water", "(0x02)");
	tell_point_troubles(
		*state, reading("f2-water", QUALITY_GOOD, REASON_NONE, 2, T0), 1, at(T0));
	assert_true(cleared("trouble/point.f2-water"));
	expect_text("troubles", "[]");
}

/* Over is usable: a trouble only when it lasts. */
static void test_beyond_the_range_is_a_trouble_when_it_lasts(void **state)
{
	struct reading over = *reading("f2-water", QUALITY_OVER, REASON_RANGE, 10, T0);

	tell_point_troubles(*state, &over, 1, at(T0));
	assert_int_equal(count, 0);
	over.detail = 1;
	tell_point_troubles(*state, &over, 1, at(T0));
	expect_text("trouble/point.f2-water", "beyond its measuring range: above its range");
	tell_point_troubles(
		*state, reading("f2-water", QUALITY_GOOD, REASON_NONE, 2, T0), 1, at(T0));
	assert_true(cleared("trouble/point.f2-water"));
}

static void test_one_lost_answer_is_no_trouble(void **state)
{
	bad(*state, REASON_TIMEOUT);
	bad(*state, REASON_LINK);
	bad(*state, REASON_NEVER);
	assert_int_equal(count, 0);
	bad(*state, REASON_AGE);
	expect_text("trouble/point.f2-water", "too old");
	readings[building_point("f3-water")] = (struct reading){
		.point = building_point("f3-water"), .reason = REASON_LOCAL, .detail = ENODEV
	};
	tell_point_troubles(*state, &readings[building_point("f3-water")], 1, at(T0));
	expect_text("trouble/point.f3-water", "（设备不在）");
}

static void test_what_the_broker_says_of_an_alert(void **state)
{
	const struct failure silent = { WORD_CAUSE_THE_BROKER_DOES_NOT_ANSWER, 0,
		"no CONNACK within 5 s" };

	tell_heard(*state, 1, MQTT_NO_SUBSCRIBER, at(T0));
	expect_text("trouble/mqtt.unheard", "nobody is listening");
	tell_heard(*state, 1, 0x87, at(T0));
	expect_text("trouble/mqtt.unheard", "0x87");
	tell_heard(*state, NOTICE, MQTT_NO_SUBSCRIBER, at(T0));
	tell_heard(*state, NOTICE, 0, at(T0));
	assert_false(cleared("trouble/mqtt.unheard"));
	tell_heard(*state, 1, 0, at(T0));
	assert_true(cleared("trouble/mqtt.unheard"));
	tell_broker(*state, false, &silent, at(T0));
	expect_text("trouble/mqtt", "the broker does not answer: no CONNACK within 5 s\"");
	expect_text("trouble/mqtt", "消息服务器不可达：消息服务器无应答\"");
	tell_broker(*state, true, NULL, at(T0));
	assert_true(cleared("trouble/mqtt"));
}

static void test_outputs_journal_and_configuration(void **state)
{
	const struct point *point = &building_points[building_point("bypass")];
	const struct failure why = { WORD_CAUSE_ERRORS, 3, "a.conf:7" };
	const struct failure engine = { WORD_CAUSE_LOG, 0, "type \"x\" is gone" };

	tell_output(*state, point, WORD_WRITE_REFUSAL_NO_READ_BACK, at(T0));
	expect_text("trouble/output.bypass", "no read-back");
	tell_output(*state, point, WORD_WRITE_REFUSAL_NONE, at(T0));
	assert_true(cleared("trouble/output.bypass"));
	kept.trouble = (struct failure){ WORD_CAUSE_THE_DISK_IS_FULL_OR_NEARLY_SO, 4096 };
	tell_sweep(*state, at(T0));
	expect_text("trouble/journal", "磁盘已满或将满，日志失去 4096 KB");
	kept.trouble.number = 0;
	tell_sweep(*state, at(T0));
	assert_true(cleared("trouble/journal"));
	tell_config(*state, &why, at(T0));
	expect_text("trouble/config", "3 errors, the first: a.conf:7");
	expect_text("trouble/config", "3 处错误");
	assert_string_equal(kept.command, "reload: refused: 3 errors, the first: a.conf:7");
	tell_config(*state, NULL, at(T0));
	assert_string_equal(kept.command, "reload: done");
	assert_int_equal(kept.commands, 2);
	tell_config(*state, &engine, at(T0));
	expect_text("trouble/config", "type \\\"x\\\" is gone");
	expect_text("trouble/config", "原因见系统日志\"");
	tell_config(*state, NULL, at(T0));
	assert_true(cleared("trouble/config"));
}

/* Reload and hygiene -------------------------------------------------------- */

static void retained(struct tell *tell, const char *topic)
{
	const struct mqtt_message message = { .topic = topic, .payload = "" };

	tell_retained(tell, &message, at(T0));
}

static void test_what_is_not_ours_is_cleared(void **state)
{
	char topic[INCIDENT_ID_MAX + 16];

	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0));
	forget();
	retained(*state, "point/f2-water");
	retained(*state, "trouble/device.water");
	retained(*state, "state");
	assert_int_equal(count, 0);
	retained(*state, "point/gone");
	retained(*state, "trouble/device.gone");
	retained(*state, "incident/2-f9-old");
	assert_true(cleared("point/gone") && cleared("trouble/device.gone") &&
		    cleared("incident/2-f9-old"));
	see_leak(*state, 1, T0);
	snprintf(topic, sizeof(topic), "incident/%s", kept.id);
	forget();
	retained(*state, topic);
	assert_false(cleared(topic));
	retained(*state, "incident/16-f2");
	assert_true(cleared("incident/16-f2")); /* what people type, and no document's name */
	tell_retained(*state,
		&(struct mqtt_message){ .topic = "homeassistant/button/x/old/config",
			.payload = "{}",
			.length = 2,
			.elsewhere = true },
		at(T0));
	assert_true(cleared("homeassistant/button/x/old/config"));
}

/* The broker says it for us, should we be gone. */
static void test_the_will_says_offline(void **state)
{
	(void)state;
	assert_null(tell_start_link(&config, NULL, NULL));
	expect_text("facility/centre", "\"offline\"");
}

static void test_a_reload_clears_what_is_gone(void **state)
{
	const struct overload overload = {
		.lasting = true, .needed_ms = 1200, .available_ms = 1000, .missed_percent = 30
	};
	const struct failure away = { WORD_CAUSE_THE_CONNECTION_WAS_LOST };
	const struct config before = config;
	const struct bus gone = { .id = "lon", .name = { "旧线", "Old" } };
	const struct device old = { .id = "away", .name = { "旧表", "Old" }, .bus = &bus };
	static struct device other = { .id = "other", .bus = &bus };

	see(*state, 2, T0);
	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0));
	tell_overload(*state, &bus, &overload, at(T0));
	tell_output(
		*state, &building_points[POINT_COUNT - 1], WORD_WRITE_REFUSAL_NO_ANSWER, at(T0));
	tell_reach(*state, &gone, NULL, -ENODEV, at(T0));
	tell_reach(*state, old.bus, &old, -ENODEV, at(T0));
	tell_point_troubles(*state, reading("smoke-1", QUALITY_BAD, REASON_NAN, 0, T0), 1, at(T0));
	tell_reach(*state, &bus, NULL, -ENODEV, at(T0));
	tell_broker(*state, false, &away, at(T0));
	config.site.buses = &bus;
	config.site.bus_count = 1;
	building_points[building_point("smoke-1")].device = &other;
	config.site.point_count--; /* "y" */
	assert_true(tell_prepare(*state, &config.site));
	forget();
	config.daemon.record_within_ms = 700;
	tell_adopt(*state, &before.site, at(T0 + 1000));
	assert_int_equal(kept.within_ms, 700);
	assert_int_equal(kept.outputs, 2);
	assert_true(cleared("point/y"));
	assert_false(cleared("point/f2-water"));
	assert_true(cleared("trouble/output.y"));
	assert_true(cleared("trouble/overload.rs485"));
	assert_true(cleared("trouble/bus.lon"));
	assert_true(cleared("trouble/device.away"));
	assert_false(cleared("trouble/point.smoke-1"));
	assert_false(cleared("trouble/bus.rs485"));
	assert_false(cleared("trouble/mqtt"));
	assert_false(cleared("trouble/device.water"));
	/* What was told of a point that stays is remembered. */
	see(*state, 2.1, T0 + 900);
	assert_null(last("point/f2-water"));
	/* It has answered before the reload only; then after it, of which nobody tells. */
	tell_sweep(*state, at(T0 + 1500));
	assert_false(cleared("trouble/device.water"));
	see(*state, 2.1, T0 + 1600);
	tell_sweep(*state, at(T0 + 1700));
	assert_true(cleared("trouble/device.water"));
	/* Silent again since: that it answered before says nothing. */
	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0 + 1800));
	tell_sweep(*state, at(T0 + 1900));
	assert_false(cleared("trouble/device.water"));
}

/* What nobody subscribes to stands in the system's log. */
static void test_what_is_logged(void **state)
{
	const struct failure why = { WORD_CAUSE_ERRORS, 3, "a.conf:7" };

	hear();
	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0));
	assert_int_equal(heard("trouble device.water: device \"Water\""), 1);
	tell_reach(*state, device.bus, &device, 0, at(T0));
	assert_int_equal(heard("trouble device.water: over"), 1);
	tell_reach(*state, &bus, NULL, -ENODEV, at(T0));
	assert_int_equal(heard("bus rs485: open"), 0);
	tell_reach(*state, &bus, NULL, 0, at(T0));
	assert_int_equal(heard("bus rs485: open"), 1);
	tell_config(*state, &why, at(T0));
	assert_int_equal(heard("reload: 3 errors, the first: a.conf:7: refused"), 1);
	retained(*state, "point/gone");
	assert_int_equal(heard("clearing point/gone"), 1);
	config.fallback.action_count = 1;
	config.fallback.actions[0] = &siren;
	see_leak(*state, 1, T0);
	assert_int_equal(heard("incident 16-f2-1: raised by facilityd: active"), 1);
	assert_true(tell_again(*state, at(T0 + 1)));
	assert_int_equal(heard("one of 16-f2-1 is sent again"), 1);
	hear_no_more();
}

static void test_a_call_of_the_fallback_is_a_trouble(void **state)
{
	struct fallback fallback = { .calls = { { .incident = "16-f2-1" } }, .call_count = 1 };

	tell_fallback(*state, &fallback, NULL, 0, at(T0));
	expect_text("trouble/fallback", "nobody answers 16-f2-1");
	expect_text("trouble/fallback", "无人应答：16-f2-1");
	fallback.call_count = 0;
	tell_fallback(*state, &fallback, NULL, 0, at(T0));
	assert_true(cleared("trouble/fallback"));
}

/* What was made for a configuration that does not come is not kept for ever. */
static void test_a_reload_that_is_given_up(void **state)
{
	assert_true(tell_prepare(*state, &config.site));
	assert_true(tell_prepare(*state, &config.site));
	see(*state, 2, T0);
	expect_text("point/f2-water", "\"value\":2,");
}

/* Figures and alerts -------------------------------------------------------- */

static void test_figures_are_told_when_they_change(void **state)
{
	sweep(*state, T0);
	expect_text("stats", "\"last_day\":0");
	sweep(*state, T0 + 20000);
	assert_null(last("stats"));
	sweep(*state, T0 + 300000);
	assert_non_null(last("stats"));
	for (int i = 0; i < FLOOD_BEGINS_ABOVE + 1; i++)
		tell_load_raise(*state, 16, "f2", at(T0).wall_ms + 301000, at(T0 + 301000));
	sweep(*state, T0 + 302000);
	assert_null(last("stats")); /* at most each 10 s */
	expect_text("trouble/flood", "11");
	sweep(*state, T0 + 310000);
	expect_text("stats", "\"last_day\":11");
	sweep(*state, T0 + 320000);
	assert_null(last("stats")); /* they are as they were */
	tell_all(*state, at(T0 + 321000));
	sweep(*state, T0 + 321000);
	assert_non_null(last("stats"));
	sweep(*state, T0 + 302000 + HYGIENE_WINDOW_MS);
	assert_true(cleared("trouble/flood"));
}

/* By a wall clock that has been set back since. */
static void test_a_raise_of_the_future_is_one_of_now(void **state)
{
	tell_load_raise(*state, 16, "f2", at(T0).wall_ms + 60000, at(T0));
	sweep(*state, T0 + HYGIENE_WINDOW_MS - 1);
	expect_text("stats", "\"last_10_min\":1");
	sweep(*state, T0 + HYGIENE_WINDOW_MS + 60000);
	expect_text("stats", "\"last_10_min\":0");
}

static void test_an_alert_can_be_said_again(void **state)
{
	uint64_t ticket;

	assert_false(tell_again(*state, at(T0)));
	config.fallback.actions[0] = &siren;
	config.fallback.action_count = 1;
	see_leak(*state, 1, T0);
	expect_text("alert", "\"raised\"");
	expect_text("alert", "\"replayed\":false");
	assert_true(strncmp(said[1].topic, "incident/16-f2-", 15) == 0);
	ticket = said[0].ticket;
	forget();
	assert_true(tell_again(*state, at(T0 + 1)));
	expect_text("alert", "\"replayed\":true");
	assert_int_equal(said[0].ticket, ticket);
	sweep(*state, T0 + 2);
	expect_text("stats", "\"last_10_min\":1");
	acknowledge(T0 + 3);
	expect_text("alert", "\"acknowledged\"");
	assert_false(tell_again(*state, at(T0 + 4)));
}

static void test_a_rule_that_chatters_is_a_trouble(void **state)
{
	for (int i = 0; i < 4; i++) {
		see_leak(*state, 1, T0 + 20 * i);
		see_leak(*state, 0, T0 + 20 * i + 10);
	}
	forget();
	tell_sweep(*state, at(T0 + 100));
	expect_text("trouble/rule.wet.f2", "3");
}

/* Home Assistant can acknowledge it from when it is raised. */
static void test_each_incident_has_its_button(void **state)
{
	char topic[100];

	config.homeassistant =
		(struct homeassistant_settings){ true, "homeassistant", LANGUAGE_EN };
	see_leak(*state, 1, T0);
	snprintf(topic, sizeof(topic), "homeassistant/button/facility_centre/%s/config", kept.id);
	expect_text(topic, "cmd/homeassistant/ack");
}

static void test_what_is_closed_is_cleared(void **state)
{
	see_leak(*state, 1, T0);
	assert_false(tell_again(*state, at(T0))); /* no fallback would ask with it */
	acknowledge(T0 + 1);
	forget();
	see_leak(*state, 0, T0 + 2);
	expect_text("alert", "\"closed\"");
	expect_text("alert", "\"held\":[]"); /* what it leaves off */
	assert_memory_equal(said[count - 2].topic, "incident/16-f2-", 15);
	assert_true(said[count - 2].cleared);
	expect_text("incidents", "\"incidents\":[]");
}

/* By it everybody knows which documents are left over: it is never behind what was told. */
static void test_the_index_names_what_is_open(void **state)
{
	struct tell *tell = *state;
	char newest[40];

	see_leak(tell, 1, T0);
	expect_text("incidents", "\"journal\":\"0123456789abcdef\"");
	expect_text("incidents", "\"incidents\":[\"16-f2-");
	snprintf(newest, sizeof(newest), "\"seq\":%d,", (int)sequence);
	expect_text("incidents", newest);
	forget();
	tell_sweep(tell, at(T0 + 1));
	assert_null(last("incidents")); /* nothing new */
	sequence++;                     /* a command */
	tell_sweep(tell, at(T0 + 2));
	snprintf(newest, sizeof(newest), "\"seq\":%d,", (int)sequence);
	expect_text("incidents", newest);
	forget();
	tell_all(tell, at(T0 + 3)); /* a broker that may have lost it */
	assert_non_null(last("incidents"));
}

static void test_who_claims_an_output_is_told(void **state)
{
	tell_claimed(*state, "bypass", at(T0)); /* nobody any more */
	assert_true(cleared("output/bypass"));
	expect_text("held", "\"held\":[]");
}

static void test_all_again_for_a_broker_without_its_store(void **state)
{
	char topic[INCIDENT_ID_MAX + 16];

	config.homeassistant =
		(struct homeassistant_settings){ true, "homeassistant", LANGUAGE_EN };
	see(*state, 2, T0);
	see_leak(*state, 1, T0);
	snprintf(topic, sizeof(topic), "incident/%s", kept.id);
	tell_reach(*state, device.bus, &device, -ETIMEDOUT, at(T0));
	tell_sweep(*state, at(T0)); /* no heartbeat is due for a minute */
	forget();
	tell_all(*state, at(T0 + 1));
	expect_text("state", "\"online\"");
	assert_non_null(last(topic));
	expect_text("homeassistant/device/facility_centre/_site/config", "_connection");
	assert_non_null(last("plan"));
	assert_non_null(last("trouble/device.water"));
	expect_text("troubles", "device.water");
	expect_text("point/f2-water", "\"value\":2,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_differs_enough_is_told),
		TEST(test_each_point_again_after_its_heartbeat),
		TEST(test_a_role_is_asked_daily_about_what_is_held),
		TEST(test_a_role_is_asked_about_what_is_lost),
		TEST(test_the_setter_of_a_hand_is_told_once_before_its_end),
		TEST(test_the_setter_of_a_hand_is_told_that_a_claim_ended_it),
		TEST(test_a_silent_device_covers_its_points),
		TEST(test_beyond_the_range_is_a_trouble_when_it_lasts),
		TEST(test_one_lost_answer_is_no_trouble),
		TEST(test_what_the_broker_says_of_an_alert),
		TEST(test_outputs_journal_and_configuration),
		TEST(test_what_is_not_ours_is_cleared),
		TEST(test_a_reload_clears_what_is_gone),
		TEST(test_figures_are_told_when_they_change),
		TEST(test_a_raise_of_the_future_is_one_of_now),
		TEST(test_the_index_names_what_is_open),
		TEST(test_an_alert_can_be_said_again),
		TEST(test_a_reload_that_is_given_up),
		TEST(test_what_is_logged),
		TEST(test_a_call_of_the_fallback_is_a_trouble),
		TEST(test_a_rule_that_chatters_is_a_trouble),
		TEST(test_each_incident_has_its_button),
		TEST(test_what_is_closed_is_cleared),
		TEST(test_the_will_says_offline),
		TEST(test_who_claims_an_output_is_told),
		TEST(test_all_again_for_a_broker_without_its_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
