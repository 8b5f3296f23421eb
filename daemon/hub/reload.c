/*
 * Another configuration while running. All that can fail comes first, then the
 * buses, then the swap, so that a refused one has changed nothing.
 */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/hub/parts.h"
#include "rules/engine/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setting_kind { SETTING_TEXT, SETTING_NUMBER };

/* What is used once, at the start. */
static const struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
} fixed[] = {
	{ "site.id", SETTING_TEXT, offsetof(struct config, site.id) },
	{ "mqtt.host", SETTING_TEXT, offsetof(struct config, mqtt.host) },
	{ "mqtt.port", SETTING_NUMBER, offsetof(struct config, mqtt.port) },
	{ "mqtt.client_id", SETTING_TEXT, offsetof(struct config, mqtt.client_id) },
	{ "mqtt.username", SETTING_TEXT, offsetof(struct config, mqtt.username) },
	{ "mqtt.password_file", SETTING_TEXT, offsetof(struct config, mqtt.password_file) },
	{ "mqtt.ca_file", SETTING_TEXT, offsetof(struct config, mqtt.ca_file) },
	{ "mqtt.cert_file", SETTING_TEXT, offsetof(struct config, mqtt.cert_file) },
	{ "mqtt.key_file", SETTING_TEXT, offsetof(struct config, mqtt.key_file) },
	{ "mqtt.keepalive", SETTING_NUMBER, offsetof(struct config, mqtt.keepalive_ms) },
	{ "mqtt.outbox_max", SETTING_NUMBER, offsetof(struct config, mqtt.outbox_max) },
	{ "daemon.state_dir", SETTING_TEXT, offsetof(struct config, daemon.state_dir) },
	{ "daemon.journal_days", SETTING_NUMBER, offsetof(struct config, daemon.journal_days) },
	{ "daemon.journal_size_mb", SETTING_NUMBER,
		offsetof(struct config, daemon.journal_size_mb) },
};

static bool same_setting(
	const struct setting *setting, const struct config *a, const struct config *b)
{
	const char *x = (const char *)a + setting->offset, *y = (const char *)b + setting->offset;
	const char *text = *(const char *const *)(const void *)x,
		   *other = *(const char *const *)(const void *)y;

	if (setting->kind == SETTING_NUMBER)
		return *(const int64_t *)(const void *)x == *(const int64_t *)(const void *)y;
	return text && other ? strcmp(text, other) == 0 : text == other;
}

/* False: some differ; *error names them all. */
static bool check_fixed(
	const struct config *old, const struct config *config, char *error, size_t error_size)
{
	size_t used = 0;

	*error = '\0';
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (same_setting(&fixed[i], old, config) || used >= error_size)
			continue;
		used += (size_t)snprintf(
			error + used, error_size - used, "%s%s", used ? ", " : "", fixed[i].name);
	}
	if (used && used < error_size)
		snprintf(error + used, error_size - used, " changed: needs a restart");
	return used == 0;
}

/* All that a reload makes anew. */
struct successor {
	struct engine *engine;
	struct actuation *actuation;
	struct published *published;
	struct watched_point *watched;
	struct reading *readings; /* by point; at_ms 0: none was adopted */
	struct reading *before;   /* by point of the old site, should it have to go on */
	struct bus_set *buses;
};

static void successor_free(struct successor *next)
{
	if (next->actuation)
		actuation_free(next->actuation);
	if (next->engine)
		engine_free(next->engine);
	free(next->published);
	free(next->watched);
	free(next->readings);
	free(next->before);
}

/* What the buses and the broker have last seen of each point that stays. */
static void adopt_points(
	const struct facility *facility, const struct config *config, struct successor *next)
{
	const struct site *old = &facility->config->site;

	for (size_t i = 0; i < old->point_count; i++)
		next->before[i] = *bus_set_reading(facility->buses, &old->points[i]);
	for (uint32_t i = 0; i < config->site.point_count; i++) {
		const struct point *was = point_before(old, &config->site.points[i]);

		if (!was)
			continue;
		next->readings[i] = next->before[was->index];
		next->readings[i].point = i;
		next->published[i] = facility->published[was->index];
		next->published[i].reading.point = i;
	}
}

static int prepare(struct facility *facility, const struct config *config, struct successor *next,
	char *error, size_t error_size)
{
	const struct actuation_ports ports = facility_actuation_ports(facility);
	size_t points = config->site.point_count + 1;

	next->engine = engine_new(&config->site, &config->plan, config->rules, config->rule_count,
		engine_serial(facility->engine), error, error_size);
	if (!next->engine || engine_adopt(next->engine, facility->engine, error, error_size) < 0)
		return -EINVAL;
	next->actuation = actuation_new(
		&config->site, &config->plan, next->engine, config->daemon.actions_armed, &ports);
	next->published = calloc(points, sizeof(*next->published));
	next->readings = calloc(points, sizeof(*next->readings));
	next->before = calloc(facility->config->site.point_count + 1, sizeof(*next->before));
	next->watched = facility_watched_new(&config->site);
	if (!next->actuation || !next->published || !next->watched || !next->readings ||
		!next->before) {
		snprintf(error, error_size, "out of memory");
		return -ENOMEM;
	}
	adopt_points(facility, config, next);
	return 0;
}

static void adopt_readings(
	struct bus_set *buses, const struct site *site, const struct reading *readings)
{
	for (uint32_t i = 0; i < site->point_count; i++)
		if (readings[i].at_ms)
			bus_set_adopt(buses, &site->points[i], &readings[i]);
}

/* An output is opened anew as its last write left it, not as at the first start. */
static void adopt_outputs(const struct site *old, const struct site *site)
{
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i], *was = point_before(old, point);

		if (was && was->held && point->held)
			*point->held = *was->held;
	}
}

/* A line can be open once only: the old ones end before the new ones begin. */
static int change_buses(struct facility *facility, const struct config *config,
	struct successor *next, char *error, size_t error_size)
{
	const struct config *old = facility->config;
	int64_t begin_ms = clock_now_ms();

	bus_set_stop(facility->buses);
	log_info("reload: the buses ended in %lld ms", (long long)(clock_now_ms() - begin_ms));
	adopt_outputs(&old->site, &config->site);
	next->buses = bus_set_start(&config->site, facility->event, &facility->bus_events);
	if (next->buses) {
		adopt_readings(next->buses, &config->site, next->readings);
		return 0;
	}
	snprintf(error, error_size, "the buses cannot be started");
	facility->buses = bus_set_start(&old->site, facility->event, &facility->bus_events);
	if (facility->buses) {
		adopt_readings(facility->buses, &old->site, next->before);
		facility_watch_anew(facility);
		return -ENOMEM;
	}
	snprintf(error, error_size, "neither the new buses nor the old ones can be started");
	return -ENOTRECOVERABLE;
}

static void swap(struct facility *facility, const struct config *config, struct successor *next)
{
	struct successor old = { .engine = facility->engine,
		.actuation = facility->actuation,
		.published = facility->published,
		.watched = facility->watched };
	const struct site *old_site = &facility->config->site;

	actuation_adopt(next->actuation, old.actuation, facility->now.now_ms);
	facility->engine = next->engine;
	facility->actuation = next->actuation;
	facility->published = next->published;
	facility->heartbeat_ms = facility->now.now_ms;
	facility->watched = next->watched;
	facility_watch_anew(facility);
	facility->buses = next->buses;
	facility->config = config;
	facility->fallback.due = facility->fallback.anew = true;
	record_set_within(facility->record, config->daemon.record_within_ms);
	free(next->readings);
	free(next->before);
	facility_retire_points(facility, old_site);
	successor_free(&old);
}

static int reload(
	struct facility *facility, const struct config *config, char *error, size_t error_size)
{
	struct successor next = { 0 };
	int failure;

	if (!check_fixed(facility->config, config, error, error_size))
		return -EPERM;
	failure = prepare(facility, config, &next, error, error_size);
	if (!failure)
		failure = change_buses(facility, config, &next, error, error_size);
	if (failure)
		successor_free(&next);
	else
		swap(facility, config, &next);
	return failure;
}

enum { LINE_SIZE = 512 };

/* As a command of whoever sent the signal, which nobody knows. */
static void keep_outcome(struct facility *facility, const char *why)
{
	char line[LINE_SIZE];

	snprintf(line, sizeof(line), "reload: %s%s", why ? "refused: " : "done", why ? why : "");
	record_command(facility->record, "signal", line, facility->now);
}

int facility_reload(
	struct facility *facility, const struct config *config, char *error, size_t error_size)
{
	int failure;

	facility_begin_event(facility);
	engine_tick(facility->engine, facility->now.now_ms, &facility->engine_sink);
	facility_settle(facility);
	failure = reload(facility, config, error, error_size);
	if (failure) {
		facility_reload_refused(facility, error);
		return failure;
	}
	facility->reloaded_ms = facility->now.now_ms;
	facility_trouble_retire(facility);
	facility_trouble_config(facility, NULL);
	/* As it is now, also on disk: what is gone would else come back at the next start. */
	facility_keep_incidents(facility);
	facility_begin_event(facility);
	engine_tick(facility->engine, facility->now.now_ms, &facility->engine_sink);
	facility_publish_all(facility);
	keep_outcome(facility, NULL);
	facility_settle(facility);
	return 0;
}

void facility_reload_refused(struct facility *facility, const char *why)
{
	facility_begin_event(facility);
	facility_trouble_config(facility, why);
	keep_outcome(facility, why);
	facility_settle(facility);
}
