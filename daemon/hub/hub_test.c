/*
 * The wiring: a reading becomes an alert, a write waits for its record, a reload leaves
 * nothing behind. All parts are the real ones but buses and broker, whose functions this
 * file has.
 */
#include "daemon/hub/hub.h"

#include "daemon/bus/bus.h"
#include "daemon/mqtt/mqtt.h"
#include "tests/heard.h"
#include "tests/rules_building.h"

#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { SAID_MAX = 200, WAIT_MS = 10000 };

/* The buses ---------------------------------------------------------------- */

static struct {
	const struct site *site;
	struct bus_events *events;
	struct reading readings[POINT_COUNT];
	int64_t heartbeat_ms;
	int wont_succeed; /* -errno */
	unsigned starts, stops, watches, writes;
	uint64_t ticket; /* of the last write */
	const struct point *watched, *written;
	double value;
} buses;

struct bus_set *bus_set_start(const struct site *site, sd_event *event, struct bus_events *events)
{
	(void)event;
	buses.site = site;
	buses.events = events;
	buses.starts++;
	return (struct bus_set *)&buses;
}

void bus_set_stop(struct bus_set *set)
{
	(void)set;
	buses.stops++;
}

int bus_set_succeed(
	struct bus_set **set, const struct site *site, sd_event *event, struct bus_events *events)
{
	if (buses.wont_succeed)
		return buses.wont_succeed;
	*set = bus_set_start(site, event, events);
	buses.watched = NULL; /* nothing was told to these */
	return 0;
}

int bus_port_write(void *set, const struct point *point, double value, uint64_t ticket)
{
	(void)set;
	buses.ticket = ticket;
	buses.writes++;
	buses.written = point;
	buses.value = value;
	return 0;
}

void bus_port_read_now(void *set, const struct point *point)
{
	(void)set, (void)point;
}

void bus_set_look(struct bus_set *set, uint64_t changes,
	bool (*watches)(const void *context, const struct point *point), const void *context)
{
	(void)set, (void)changes;
	for (size_t i = 0; i < buses.site->point_count; i++) {
		const struct point *point = &buses.site->points[i];

		if (point->poll_watched_ms == 0 || point == buses.watched ||
			!watches(context, point))
			continue;
		buses.watches++;
		buses.watched = point;
	}
}

const struct reading *bus_port_reading(void *set, const struct point *point)
{
	(void)set;
	return &buses.readings[point->index];
}

int64_t bus_set_heartbeat_ms(const struct bus_set *set)
{
	(void)set;
	return buses.heartbeat_ms;
}

/* The broker --------------------------------------------------------------- */

static struct {
	struct mqtt_events *events;
	bool answers_late; /* when the hub ends already */
	char topics[SAID_MAX][80];
	char *payloads[SAID_MAX];
	uint64_t tickets[SAID_MAX];
	size_t count;
} broker;

struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *will_payload, sd_event *loop, struct mqtt_events *events)
{
	(void)settings, (void)loop;
	assert_string_equal(prefix, "facility/centre");
	assert_non_null(strstr(will_payload, "offline"));
	broker.events = events;
	return (struct mqtt *)&broker;
}

void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms)
{
	(void)mqtt, (void)timeout_ms;
	if (broker.answers_late)
		broker.events->delivered(broker.events, 1, MQTT_NO_SUBSCRIBER);
}

int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish)
{
	(void)mqtt;
	assert_true(broker.count < SAID_MAX);
	snprintf(broker.topics[broker.count], sizeof(broker.topics[0]), "%s",
		publish->full_topic ? publish->full_topic : publish->topic);
	broker.tickets[broker.count] = publish->ticket;
	broker.payloads[broker.count++] = strndup(publish->payload, publish->length);
	return 0;
}

/* The last document of this topic that has this text; NULL: none. */
static const char *said(const char *topic, const char *text)
{
	for (size_t i = broker.count; i > 0; i--)
		if (strcmp(broker.topics[i - 1], topic) == 0 &&
			strstr(broker.payloads[i - 1], text))
			return broker.payloads[i - 1];
	return NULL;
}

static size_t times_said(const char *topic)
{
	size_t times = 0;

	for (size_t i = 0; i < broker.count; i++)
		times += strcmp(broker.topics[i], topic) == 0;
	return times;
}

/* The disk ----------------------------------------------------------------- */

static atomic_bool disk_hangs;

/* In the place of libc's, for SQLite, which writes with nothing else. */
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
	while (disk_hangs)
		usleep(1000);
	return syscall(SYS_pwrite64, fd, bytes, count, at);
}

/* The house ---------------------------------------------------------------- */

static const struct bus bus = { .id = "b" };
static const struct device device = { .id = "d", .bus = (struct bus *)&bus };

static struct action cut = { .id = "cut",
	.class = &building_classes[C_SWITCH],
	.scope = ACTION_SITE,
	.value = 0,
	.mode = ACTION_AUTO,
	.confirm_ms = 1000 };
static struct step steps[] = { { .id = "cut", .clause = "1", .action = &cut } };
static struct incident_type types[] = {
	{ .id = "leak", .number = 16, .steps = steps, .step_count = 1 },
	{ .id = "water-loss", .number = 2 },
};
static struct rule rules[] = {
	{ .id = "wet", .type = &types[0], .condition = "any(leak)", .zone = &building_zones[Z_F2] },
	{ .id = "low",
		.type = &types[1],
		.condition = "f2-water < 1 bar",
		.for_ms = 3600000,
		.zone = &building_zones[Z_F2] },
	{ .id = "low-f3",
		.type = &types[1],
		.condition = "f3-water < 1 bar",
		.for_ms = 100,
		.zone = &building_zones[Z_F3] },
};

struct house {
	char folder[40], socket[60];
	struct config config;
	struct point points[POINT_COUNT]; /* of another configuration */
	sd_event *event;
	struct hub *hub;
};

static struct config config_of(const struct site *site)
{
	return (struct config){
		.site = *site,
		.plan = { .actions = &cut, .action_count = 1, .types = types, .type_count = 2 },
		.rules = rules,
		.rule_count = 3,
		.daemon = { .actions_armed = true,
			.journal_days = 1,
			.journal_size_mb = 10,
			.record_within_ms = 8000 },
	};
}

static int setup(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	char folder[] = "/tmp/hub_test.XXXXXX";

	memset(&buses, 0, sizeof(buses));
	memset(&broker, 0, sizeof(broker));
	building_setup(NULL);
	for (size_t i = 0; i < POINT_COUNT; i++) {
		building_points[i].device = &device;
		building_points[i].heartbeat_ms = 600000;
	}
	building_points[building_point("f2-water")].poll_watched_ms = 100;
	building_points[building_point("bypass")].writable = true;
	building_points[building_point("bypass")].armed = true;
	if (!mkdtemp(folder))
		return -1;
	snprintf(house->folder, sizeof(house->folder), "%s", folder);
	snprintf(house->socket, sizeof(house->socket), "%s/s", folder);
	house->config = config_of(&building);
	if (sd_event_new(&house->event) < 0)
		return -1;
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	*state = house;
	return house->hub ? 0 : -1;
}

static int teardown(void **state)
{
	struct house *house = *state;
	char command[80];

	disk_hangs = false;
	cut.confirm_ms = 1000;
	hub_stop(house->hub);
	sd_event_unref(house->event);
	for (size_t i = 0; i < broker.count; i++)
		free(broker.payloads[i]);
	snprintf(command, sizeof(command), "rm -r %s", house->folder);
	free(house);
	return system(command);
}

static void turn(struct house *house)
{
	assert_true(sd_event_run(house->event, 100000) >= 0);
}

#define wait_until(house, what)                                                                    \
	do {                                                                                       \
		int64_t end_ms = clock_now_ms() + WAIT_MS;                                         \
		while (!(what) && clock_now_ms() < end_ms)                                         \
			turn(house);                                                               \
		assert_true(what);                                                                 \
	} while (0)

static void see(const char *id, double value)
{
	const struct point *point = &building_points[building_point(id)];
	struct reading *reading = &buses.readings[point->index];

	*reading = (struct reading){ .point = point->index,
		.quality = QUALITY_GOOD,
		.reason = REASON_NONE,
		.value = value,
		.at_ms = clock_now_ms() };
	buses.events->frame(buses.events, reading, 1);
}

static void restart(struct house *house)
{
	hub_stop(house->hub);
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	assert_non_null(house->hub);
}

static void see_bad(const char *id, enum reason reason)
{
	const struct reading bad = {
		.point = building_point(id), .quality = QUALITY_BAD, .reason = (uint8_t)reason
	};

	buses.events->frame(buses.events, &bad, 1);
}

/* Tests -------------------------------------------------------------------- */

static void test_a_reading_is_told(void **state)
{
	struct house *house = *state;

	see("f2-leak", 1);
	assert_non_null(said("point/f2-leak", "\"good\""));
	assert_null(said("alert", "")); /* not before the journal has it */
	wait_until(house, said("alert", "\"raised\""));
	assert_non_null(said("alert", "\"leak\""));
}

static void test_a_write_waits_for_its_record(void **state)
{
	struct house *house = *state;

	see("bypass", 1);
	see("f2-leak", 1);
	assert_int_equal(buses.writes, 0);
	wait_until(house, buses.writes > 0);
	assert_string_equal(buses.written->id, "bypass");
	assert_true(buses.value == 0);
}

static void test_a_write_is_proved_by_what_is_read(void **state)
{
	struct house *house = *state;

	building_points[building_point("bypass")].readback =
		&building_points[building_point("ats-on")];
	cut.confirm_ms = 60000; /* not by the end of its time */
	restart(house);
	see("ats-on", 1);
	see("f2-leak", 1);
	wait_until(house, buses.writes > 0);
	buses.events->written(buses.events, buses.written, buses.ticket, 0);
	usleep(5000);
	see("ats-on", 0);
	wait_until(house, said("alert", "\"event\":\"step\""));
}

/* Twice not written: a person must look. */
static void test_a_write_that_fails_is_told(void **state)
{
	struct house *house = *state;

	see("bypass", 1);
	see("f2-leak", 1);
	for (unsigned n = 1; n <= 2; n++) {
		wait_until(house, buses.writes == n);
		buses.events->written(buses.events, buses.written, buses.ticket, -EIO);
	}
	wait_until(house, said("trouble/output.bypass", "\"text\""));
	wait_until(house, said("alert", "\"failed\""));
}

/* What is due by time comes without any reading. */
static void test_time_decides(void **state)
{
	struct house *house = *state;

	see("f3-water", 0.5);
	assert_null(said("alert", ""));
	wait_until(house, said("alert", "\"water-loss\""));
	wait_until(house, said("stats", "\"last_10_min\":1"));
}

static void test_what_is_heard_of_the_broker(void **state)
{
	const struct failure no_route = { WORD_CAUSE_NO_ROUTE_TO_IT, 0, "10.0.0.5" };

	struct house *house = *state;
	const struct mqtt_message gone = { .topic = "point/gone", .payload = "{}", .length = 2 };
	const struct mqtt_message ack = { .topic = "cmd/li/ack",
		.payload = "{\"incident\":\"16-f2\"}",
		.length = strlen("{\"incident\":\"16-f2\"}"),
		.response_topic = "facility/centre/reply/li/x" };

	broker.events->retained(broker.events, &gone);
	assert_non_null(said("point/gone", ""));
	see("f2-leak", 1);
	wait_until(house, said("alert", "\"raised\""));
	broker.events->delivered(broker.events, 1, MQTT_NO_SUBSCRIBER);
	assert_non_null(said("trouble/mqtt.unheard", "nobody is listening"));
	broker.events->delivered(broker.events, 1, 0);
	assert_non_null(said("troubles", "[]"));
	broker.events->command(broker.events, &ack);
	wait_until(house, said("facility/centre/reply/li/x", "\"ok\""));
	broker.events->connected(broker.events, false, &no_route);
	assert_non_null(said("trouble/mqtt", "10.0.0.5: no route"));
}

static void test_troubles_of_buses_are_told(void **state)
{
	const struct device water = { .id = "water", .bus = (struct bus *)&bus };

	(void)state;
	buses.events->device(buses.events, &water, -ETIMEDOUT);
	assert_non_null(said("trouble/device.water", "no answer in time"));
	buses.events->link(buses.events, &bus, -ENODEV);
	assert_non_null(said("trouble/bus.b", "设备不在"));
	buses.events->link(buses.events, &bus, 0);
	see_bad("f2-water", REASON_NAN);
	assert_non_null(said("trouble/point.f2-water", "not a number"));
}

/* One line to the local socket, and its answer. */
static void ask(struct house *house, const char *line, const char *expected)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char answer[4000] = "";
	ssize_t got = -1;

	strcpy(address.sun_path, house->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	wait_until(house, got > 0 || (got = recv(fd, answer, sizeof(answer) - 1, 0)) > 0);
	assert_non_null(strstr(answer, expected));
	close(fd);
}

static void test_the_local_socket_answers(void **state)
{
	struct house *house = *state;

	see("f2-leak", 1);
	ask(house, "{\"verb\":\"incidents\"}\n", "\"16-f2-");
	ask(house, "{\"verb\":\"stats\"}\n", "\"last_10_min\":1");
	wait_until(house, said("alert", "\"raised\""));
	ask(house, "{\"verb\":\"history\"}\n", "\"16-f2-"); /* from the journal */
}

/* Is fed only while every worker gives a sign of life. */
static void test_the_watchdog_sees_a_dead_worker(void **state)
{
	struct house *house = *state;

	buses.heartbeat_ms = 1000000;
	assert_true(hub_alive(house->hub, 1000000));
	assert_true(hub_alive(house->hub, 1019999));
	assert_false(hub_alive(house->hub, 1020000));
	buses.heartbeat_ms = CLOCK_NEVER; /* no worker */
	assert_true(hub_alive(house->hub, 1020000));
}

/* Promise 12: a full queue has a stated policy, and who relies on it is told. */
static void test_dropped_messages_are_told(void **state)
{
	(void)state;
	broker.events->dropped(broker.events, 7);
	assert_non_null(said("trouble/mqtt.dropped", "7 messages"));
	assert_non_null(said("trouble/mqtt.dropped", "7 条消息"));
	assert_non_null(said("troubles", "mqtt.dropped"));
}

static void test_an_overload_is_told(void **state)
{
	struct overload overload = {
		.lasting = true, .needed_ms = 1200, .available_ms = 1000, .missed_percent = 30
	};
	const struct bus loaded = { .id = "rs485", .name = { "总线", "Bus" } };

	(void)state;
	buses.events->overload(buses.events, &loaded, &overload);
	assert_non_null(said("trouble/overload.rs485", "1200 ms of each 1000 ms"));
	assert_non_null(said("trouble/overload.rs485", "30% 的轮询"));
	overload.lasting = false;
	buses.events->overload(buses.events, &loaded, &overload);
	assert_non_null(said("troubles", "[]"));
}

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

/* Each second, for ever. */
static void test_heartbeats_come_again_and_again(void **state)
{
	struct house *house = *state;

	building_points[building_point("f2-leak")].heartbeat_ms = 100;
	see("f2-leak", 0);
	wait_until(house, times_said("point/f2-leak") == 4);
	assert_int_equal(times_said("point/f2-water"), 1);
}

/* Promise 2: an alert waits for a disk that hangs, but not for long. */
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

/* What the broker says of the last words is kept, and told to nobody. */
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
	assert_null(said("trouble/mqtt.unheard", ""));
	assert_non_null(said("state", "offline"));
	since = strstr(said("state", "offline"), "\"since\":\"");
	assert_non_null(since);
	assert_true(strncmp(since + strlen("\"since\":\""), before, 19) >= 0);
	broker.answers_late = false;
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	assert_non_null(house->hub);
}

/* Another has it: nothing is left half made. */
static void test_without_a_journal_it_does_not_start(void **state)
{
	struct house *house = *state;

	hear();
	assert_null(hub_start(&house->config, house->folder, house->socket, house->event));
	assert_int_equal(buses.starts, 1);
	assert_int_equal(heard("cannot start"), 1);
	hear_no_more();
}

static bool replayed(size_t from, const char *text)
{
	for (size_t i = from; i < broker.count; i++)
		if (strstr(broker.payloads[i], "\"replayed\":true") &&
			strstr(broker.payloads[i], text))
			return true;
	return false;
}

/* What the broker has is not sent to it again by the next run; what it has not is. */
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

/* What was due before the configuration came is decided by the one before. */
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_reading_is_told),
		TEST(test_a_write_waits_for_its_record),
		TEST(test_a_write_is_proved_by_what_is_read),
		TEST(test_a_write_that_fails_is_told),
		TEST(test_time_decides),
		TEST(test_what_is_heard_of_the_broker),
		TEST(test_troubles_of_buses_are_told),
		TEST(test_the_local_socket_answers),
		TEST(test_the_watchdog_sees_a_dead_worker),
		TEST(test_dropped_messages_are_told),
		TEST(test_an_overload_is_told),
		TEST(test_buses_know_what_is_watched),
		TEST(test_a_reload_that_needs_a_restart_is_refused),
		TEST(test_a_reload_that_finds_no_buses_is_refused),
		TEST(test_heartbeats_come_again_and_again),
		TEST(test_a_disk_that_hangs_delays_no_alert),
		TEST(test_an_answer_at_the_end_is_told_to_nobody),
		TEST(test_without_a_journal_it_does_not_start),
		TEST(test_the_next_run_sends_what_was_not_delivered),
		TEST(test_a_reload_ends_what_was_due),
		TEST(test_an_open_incident_goes_on),
	};

	log_open("hub_test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
