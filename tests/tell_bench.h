/*
 * For the tests of tell only: a house over the real engine; broker and record are played by this
 * file, and say what they were given.
 */
#ifndef TESTS_TELL_BENCH_H
#define TESTS_TELL_BENCH_H

#include "daemon/tell/parts.h"
#include "rules/engine/keep.h"
#include "tests/heard.h"
#include "tests/rules_lab.h"

#include <errno.h>
#include <stdlib.h>

enum { SAID_MAX = 100, T0 = 100000, NOTICE = 77 };

__attribute__((unused)) static const struct reboot same_boot = { 0 };
static struct {
	char topic[80], *payload;
	bool cleared;
	uint64_t ticket;
} said[SAID_MAX];
static size_t count;
static uint64_t sequence;

static inline void note_said(const char *topic, const char *payload, size_t length, uint64_t ticket)
{
	assert_true(count < SAID_MAX);
	snprintf(said[count].topic, sizeof(said[count].topic), "%s", topic);
	said[count].payload = strndup(payload, length);
	said[count].cleared = length == 0;
	said[count++].ticket = ticket;
}

int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish)
{
	(void)mqtt;
	note_said(publish->full_topic ? publish->full_topic : publish->topic, publish->payload,
		publish->length, publish->ticket);
	return 0;
}

struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *instance, const char *will_payload, sd_event *loop, struct mqtt_events *events)
{
	(void)settings, (void)loop, (void)events, (void)instance;
	note_said(prefix, will_payload, strlen(will_payload), 0);
	return NULL;
}

void mqtt_name_instance(char instance[static MQTT_INSTANCE_SIZE])
{
	strcpy(instance, "cafe0123");
}

static uint64_t dropped;

uint64_t mqtt_dropped(const struct mqtt *mqtt)
{
	(void)mqtt;
	return dropped;
}

const char *mqtt_instance(const struct mqtt *mqtt)
{
	(void)mqtt;
	return "cafe0123";
}

static enum mqtt_standing stands = MQTT_ACTIVE;

enum mqtt_standing mqtt_standing(const struct mqtt *mqtt)
{
	(void)mqtt;
	return stands;
}

struct event_name record_name(struct record *record)
{
	struct event_name name = { .sequence = ++sequence };

	(void)record;
	snprintf(name.id, sizeof(name.id), "run-%d", (int)sequence);
	return name;
}

void record_event(struct record *record, const struct record_event *event, struct moment moment)
{
	(void)record, (void)moment;
	assert_int_equal(event->notice, strcmp(event->kind, "notify") == 0);
	note_said(event->topic, event->payload, event->length, event->sequence);
}

static char restored[200];

void record_restored(
	struct record *record, const struct intent *done, const char *note, struct moment moment)
{
	(void)record, (void)moment;
	snprintf(restored, sizeof(restored), "%s/%s %s = %g by %s: %s", done->incident_id,
		done->step ? done->step : "", done->output->id, done->value, done->shown, note);
}

void record_say(struct record *record, const struct mqtt_publish *message, struct moment moment)
{
	(void)record, (void)moment;
	note_said(message->topic, message->payload, message->length, message->ticket);
}

void record_reply(struct record *record, const struct mqtt_publish *message, struct moment moment)
{
	(void)record, (void)moment;
	note_said(message->topic, message->payload, message->length, message->ticket);
}

static struct {
	unsigned rows, dropped, commands, outputs, settled, commits, sweeps;
	int64_t within_ms;
	char command[100], id[40], text[8000];
	bool lost;
	struct failure trouble; /* number 0: none */
} kept;

void record_row(struct record *record, const char *id, const char *text)
{
	(void)record;
	if (text)
		kept.rows++;
	else
		kept.dropped++;
	snprintf(kept.id, sizeof(kept.id), "%s", id);
	snprintf(kept.text, sizeof(kept.text), "%s", text ? text : "");
}

bool record_take_rows_lost(struct record *record)
{
	bool lost = kept.lost;

	(void)record;
	kept.lost = false;
	return lost;
}

void record_command(struct record *record, const char *user, const char *line, struct moment moment)
{
	(void)record, (void)moment;
	assert_string_equal(user, "signal");
	kept.commands++;
	snprintf(kept.command, sizeof(kept.command), "%s", line);
}

bool record_is_notice(uint64_t ticket)
{
	return ticket == NOTICE;
}

void record_commit(struct record *record, uint64_t ticket, struct moment moment)
{
	(void)record, (void)moment;
	assert_int_equal(ticket, 0);
	kept.commits++;
}

void record_sweep(struct record *record, struct moment moment)
{
	(void)record, (void)moment;
	kept.sweeps++;
}

void record_settle(struct record *record, struct moment moment)
{
	(void)record, (void)moment;
	kept.settled++;
}

void record_end_saying(struct record *record)
{
	(void)record;
	assert_int_equal(kept.settled, 1); /* what was decided first */
	kept.settled++;
}

void record_set_within(struct record *record, int64_t within_ms)
{
	(void)record;
	kept.within_ms = within_ms;
}

static struct {
	bool fails;
	const char *row;
	char id[40];
	struct journal_found found;
	uint64_t loaded, beyond;
} disk;

bool record_open(struct record *record, const struct record_settings *settings,
	const struct record_loader *loader, sd_event *event, struct moment moment)
{
	(void)record, (void)event;
	assert_int_equal(settings->retention_ms, 2 * 24 * 3600 * 1000);
	assert_int_equal(loader->raised_since_ms, moment.wall_ms - 24 * 3600 * 1000);
	if (disk.row) {
		loader->counters(loader->context, 7, &(struct reboot){ 0 }, 5000);
		loader->row(loader->context, disk.id, disk.row);
		loader->row(loader->context, "2-f9-old", "{}");
		loader->raised(loader->context, 16, "f2", moment.wall_ms);
	}
	return !disk.fails;
}

const struct journal_found *record_found(const struct record *record, uint64_t *loaded)
{
	(void)record;
	*loaded = disk.loaded;
	return &disk.found;
}

void record_go_beyond(struct record *record, uint64_t number)
{
	(void)record;
	disk.beyond = number;
}

const char *record_journal_id(const struct record *record)
{
	(void)record;
	return "0123456789abcdef";
}

uint64_t record_sequence(const struct record *record)
{
	(void)record;
	return sequence;
}

struct journal *record_journal(struct record *record)
{
	(void)record;
	return NULL;
}

bool journal_trouble(const struct journal *journal, struct failure *why)
{
	(void)journal;
	*why = kept.trouble;
	return kept.trouble.number;
}

static inline void forget(void)
{
	for (size_t i = 0; i < count; i++)
		free(said[i].payload);
	count = 0;
}

/* The last document of this topic; NULL: none, or it was cleared. */
static inline const char *last(const char *topic)
{
	for (size_t i = count; i > 0; i--)
		if (strcmp(said[i - 1].topic, topic) == 0)
			return said[i - 1].cleared ? NULL : said[i - 1].payload;
	return NULL;
}

static inline bool cleared(const char *topic)
{
	for (size_t i = count; i > 0; i--)
		if (strcmp(said[i - 1].topic, topic) == 0)
			return said[i - 1].cleared;
	return false;
}

static inline void expect_text(const char *topic, const char *text)
{
	if (!last(topic) || !strstr(last(topic), text))
		fail_msg("%s: %s: not \"%s\"", topic, last(topic) ? last(topic) : "nothing", text);
}

/* The house ---------------------------------------------------------------- */

static struct bus bus = { .id = "rs485", .name = { "总线", "Bus" } };
static struct point *of_device[1];
static struct device device = { .id = "water",
	.name = { "水压", "Water" },
	.bus = &bus,
	.zone = &building_zones[Z_F2],
	.points = of_device,
	.point_count = 1 };
static struct incident_type type = { .id = "leak", .number = 16, .severity = SEVERITY_HIGH };
static const struct rule wet = {
	.id = "wet",
	.type = &type,
	.condition = "any(leak)",
	.zone = &building_zones[Z_F2],
	.chatter_max = 3,
	.chatter_within_ms = 5000,
};
static const struct action siren = { .id = "siren" };

static struct reading readings[POINT_COUNT];
static struct lab lab;
static struct config config;
static struct plant plant;

static inline void port_keep(void *context, const char *id, const char *row)
{
	(void)context, (void)id, (void)row;
	kept.outputs++;
}

static void port_trouble(void *context, const struct point *point, enum word_write_refusal why)
{
	(void)context, (void)point, (void)why;
}

static const struct outputs_ports outputs_ports = { .keep = port_keep, .trouble = port_trouble };

static inline const struct reading *port_reading(void *context, const struct point *point)
{
	(void)context;
	return &readings[point->index];
}

static inline struct moment at(int64_t now_ms)
{
	return (struct moment){ now_ms, 1795489269250 + now_ms };
}

static struct tell *teller;

static inline void on_transition(struct engine_sink *events, const struct transition *transition)
{
	(void)events;
	tell_transition(teller, transition, at(transition->at_ms));
}

static struct engine_sink sink = { on_transition };

static inline int set_up(void **state)
{
	static const struct tell_ports ports = { NULL, port_reading, &sink };

	building_setup(NULL);
	stands = MQTT_ACTIVE;
	memset(readings, 0, sizeof(readings));
	lab_start(&lab, &wet, 1);
	config = (struct config){ .site = building };
	config.site.devices = &device;
	config.site.device_count = 1;
	for (size_t i = 0; i < POINT_COUNT; i++) {
		building_points[i].device = &device;
		building_points[i].deadband = 0.5;
		building_points[i].heartbeat_ms = 60000;
	}
	of_device[0] = &building_points[building_point("f2-water")];
	memset(&kept, 0, sizeof(kept));
	memset(&disk, 0, sizeof(disk));
	plant = (struct plant){ &config, lab.engine,
		outputs_new(&config, lab.engine, &outputs_ports, T0) };
	*state = teller = tell_new(&plant, &ports, NULL, NULL);
	return *state ? 0 : -1;
}

static inline int tear_down(void **state)
{
	tell_free(*state);
	outputs_free(plant.outputs);
	lab_end(&lab);
	forget();
	return 0;
}

static inline const struct reading *reading(
	const char *id, enum quality quality, enum reason reason, double value, int64_t at_ms)
{
	uint32_t point = building_point(id);

	readings[point] = (struct reading){ .point = point,
		.quality = (uint8_t)quality,
		.reason = (uint8_t)reason,
		.detail = reason == REASON_EXCEPTION ? 2 : 0,
		.value = value,
		.at_ms = at_ms };
	return &readings[point];
}

static inline void see(struct tell *tell, double value, int64_t at_ms)
{
	tell_points(
		tell, reading("f2-water", QUALITY_GOOD, REASON_NONE, value, at_ms), 1, at(at_ms));
}

static inline void see_leak(struct tell *tell, double value, int64_t at_ms)
{
	teller = tell;
	for (uint32_t i = 0; i < POINT_COUNT; i++)
		if (value == 0 || i == building_point("f2-leak"))
			engine_frame(lab.engine,
				reading(building_points[i].id, QUALITY_GOOD, REASON_NONE, value,
					at_ms),
				1, at_ms, &sink);
}

static inline void acknowledge(int64_t at_ms)
{
	engine_order(lab.engine,
		&(struct order){ .kind = ORDER_ACK, .user = "li", .incident = "16-f2", .note = "" },
		at_ms, &sink, NULL);
}

static inline void sweep(struct tell *tell, int64_t now_ms)
{
	forget();
	tell_sweep(tell, at(now_ms));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
