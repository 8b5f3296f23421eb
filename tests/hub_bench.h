/*
 * For the tests of the hub only: a house whose parts are the real ones but buses and broker,
 * whose functions this file has, and a disk that may hang.
 */
#ifndef TESTS_HUB_BENCH_H
#define TESTS_HUB_BENCH_H

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
	int take_over_error;
	uint64_t dropped;
	unsigned stops;
	char topics[SAID_MAX][80];
	char *payloads[SAID_MAX];
	uint64_t tickets[SAID_MAX];
	size_t count;
} broker;

struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *instance, const char *will_payload, sd_event *loop, struct mqtt_events *events)
{
	(void)settings, (void)loop;
	assert_int_equal(strlen(instance), 8);
	assert_string_equal(prefix, "facility/centre");
	assert_non_null(strstr(will_payload, "offline"));
	broker.events = events;
	return (struct mqtt *)&broker;
}

void mqtt_name_instance(char instance[static MQTT_INSTANCE_SIZE])
{
	strcpy(instance, "cafe0123");
}

const char *mqtt_instance(const struct mqtt *mqtt)
{
	(void)mqtt;
	return "cafe0123";
}

enum mqtt_standing mqtt_standing(const struct mqtt *mqtt)
{
	(void)mqtt;
	return MQTT_ACTIVE;
}

uint64_t mqtt_dropped(const struct mqtt *mqtt)
{
	(void)mqtt;
	return broker.dropped;
}

int mqtt_take_over(struct mqtt *mqtt)
{
	(void)mqtt;
	return broker.take_over_error;
}

void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms)
{
	(void)mqtt, (void)timeout_ms;
	broker.stops++;
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
static inline const char *said(const char *topic, const char *text)
{
	for (size_t i = broker.count; i > 0; i--)
		if (strcmp(broker.topics[i - 1], topic) == 0 &&
			strstr(broker.payloads[i - 1], text))
			return broker.payloads[i - 1];
	return NULL;
}

static inline size_t times_said(const char *topic)
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
static const struct action siren = { .id = "siren",
	.class = &building_classes[C_RATIO],
	.scope = ACTION_SITE,
	.value = 1,
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

static inline struct config config_of(const struct site *site)
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

static inline int setup(void **state)
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

static inline int teardown(void **state)
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

static inline void turn(struct house *house)
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

static inline void see(const char *id, double value)
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

static inline void restart(struct house *house)
{
	hub_stop(house->hub);
	house->hub = hub_start(&house->config, house->folder, house->socket, house->event);
	assert_non_null(house->hub);
}

static inline void see_bad(const char *id, enum reason reason)
{
	const struct reading bad = {
		.point = building_point(id), .quality = QUALITY_BAD, .reason = (uint8_t)reason
	};

	buses.events->frame(buses.events, &bad, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
