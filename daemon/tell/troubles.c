/* Which failings there are now, of what the rooms say. The words are failing.c's. */
#include "adapters/adapter.h"
#include "core/log.h"
#include "daemon/tell/failing.h"
#include "daemon/tell/fallback_words.h"
#include "daemon/tell/parts.h"

#include <stdio.h>
#include <string.h>

const struct trouble_list *tell_troubles(const struct tell *tell)
{
	return tell->troubles;
}

/* It lasts, or is over. */
static void set(struct tell *tell, bool lasts, const struct failing *failing, struct moment moment)
{
	if (lasts)
		failing_begin(tell->troubles, failing, moment);
	else
		failing_end(tell->troubles, failing->kind, failing->id, moment);
}

void tell_reach(struct tell *tell, const struct bus *bus, const struct device *device, int error,
	struct moment moment)
{
	const struct failing failing = {
		device ? FAILING_DEVICE : FAILING_BUS,
		device ? device->id : bus->id,
		device ? device->name : bus->name,
		.why = error_words(error),
	};

	if (!device && !error) /* at the start too, when there was no trouble */
		log_info("bus %s: open", bus->id);
	set(tell, error != 0, &failing, moment);
}

void tell_overload(struct tell *tell, const struct bus *bus, const struct overload *overload,
	struct moment moment)
{
	const struct failing failing = { FAILING_OVERLOAD, bus->id, bus->name,
		.numbers = {
			overload->needed_ms, overload->available_ms, overload->missed_percent } };

	set(tell, overload->lasting, &failing, moment);
}

/* Silence of a whole device or bus is one trouble of its own, not one of each of its points. */
static bool is_covered(const struct tell *tell, const struct point *point)
{
	return failing_find(tell->troubles, FAILING_DEVICE, point->device->id) ||
	       failing_find(tell->troubles, FAILING_BUS, point->device->bus->id);
}

/* What a device says no to: its code, and where in the device that is. */
static void refusal_words(
	const struct point *point, unsigned code, enum language language, char *out, size_t size)
{
	const struct adapter *adapter = point->device->bus->adapter;
	char place[64] = "";

	if (adapter && adapter->place)
		adapter->place(point, language, place, sizeof(place));
	snprintf(out, size, "0x%02X%s%s", code,
		!*place                   ? ""
		: language == LANGUAGE_ZH ? "，"
					  : ", ",
		place);
}

static void begin_point(struct tell *tell, const struct point *point, const struct reading *reading,
	struct moment moment)
{
	const struct text why = word_text(WORD_REASON, reading->reason);
	struct text detail = { "", "" };
	char zh[TROUBLE_TEXT_MAX], en[TROUBLE_TEXT_MAX], zh_code[80], en_code[80];
	struct failing failing = { FAILING_POINT, point->id, point->name, .why = { zh, en } };

	if (reading->reason == REASON_EXCEPTION) {
		refusal_words(point, reading->detail, LANGUAGE_ZH, zh_code, sizeof(zh_code));
		refusal_words(point, reading->detail, LANGUAGE_EN, en_code, sizeof(en_code));
		detail = (struct text){ zh_code, en_code };
	} else if (reading->reason == REASON_LOCAL) {
		detail = error_words(-reading->detail);
	}
	snprintf(zh, sizeof(zh), "%s%s%s%s", why.zh, *detail.zh ? "（" : "", detail.zh,
		*detail.zh ? "）" : "");
	snprintf(en, sizeof(en), "%s%s%s%s", why.en, *detail.en ? " (" : "", detail.en,
		*detail.en ? ")" : "");
	failing_begin(tell->troubles, &failing, moment);
}

/* Rules can decide by it, but it is not measured. */
static void begin_beyond(struct tell *tell, const struct point *point,
	const struct reading *reading, struct moment moment)
{
	const struct text how = word_text(WORD_QUALITY, reading->quality);
	const struct failing failing = { FAILING_POINT_BEYOND, point->id, point->name, .why = how };

	failing_begin(tell->troubles, &failing, moment);
}

static void tell_point(struct tell *tell, const struct reading *reading, struct moment moment)
{
	const struct point *point = &tell->plant->config->site.points[reading->point];

	if (reading_usable(reading) && !reading->detail) {
		/* By far the most readings: the id need not be written. */
		if (trouble_at(tell->troubles, 0))
			failing_end(tell->troubles, FAILING_POINT, point->id, moment);
		return;
	}
	if (reading_usable(reading)) {
		begin_beyond(tell, point, reading, moment);
		return;
	}
	/* One lost answer is no trouble; the device's breaker and the point's age decide. */
	if (reading->reason != REASON_TIMEOUT && reading->reason != REASON_LINK &&
		reading->reason != REASON_NEVER && !is_covered(tell, point))
		begin_point(tell, point, reading, moment);
}

void tell_point_troubles(
	struct tell *tell, const struct reading *readings, size_t count, struct moment moment)
{
	for (size_t i = 0; i < count; i++)
		tell_point(tell, &readings[i], moment);
}

void tell_output(struct tell *tell, const struct point *point, enum word_write_refusal why,
	struct moment moment)
{
	const struct failing failing = { FAILING_OUTPUT, point->id, point->name,
		.why = word_text(WORD_WRITE_REFUSAL, why) };

	set(tell, why != WORD_WRITE_REFUSAL_NONE, &failing, moment);
}

enum outputs_grant tell_standing(
	struct tell *tell, enum mqtt_standing standing, const char *other, struct moment moment)
{
	/* starting, asking, active, standing by, taken over */
	static const enum outputs_grant grants[MQTT_STANDING_COUNT] = { GRANT_WAIT, GRANT_WAIT,
		GRANT_FREE, GRANT_NONE, GRANT_ASK };
	const struct text name = { other, other };

	set(tell, standing == MQTT_STANDING_BY,
		&(struct failing){ FAILING_STANDING_BY, .name = name }, moment);
	set(tell, standing == MQTT_TAKEN_OVER,
		&(struct failing){ FAILING_TAKEN_OVER, .name = name }, moment);
	return grants[standing];
}

/* why NULL: it is over. */
static void set_failure(
	struct tell *tell, enum failing_kind kind, const struct failure *why, struct moment moment)
{
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	const struct failing failing = { kind, .why = { zh, en } };

	if (why) {
		failure_words(why, LANGUAGE_ZH, zh, sizeof(zh));
		failure_words(why, LANGUAGE_EN, en, sizeof(en));
	}
	set(tell, why != NULL, &failing, moment);
}

void tell_broker(struct tell *tell, bool connected, const struct failure *why, struct moment moment)
{
	set_failure(tell, FAILING_MQTT, connected ? NULL : why, moment);
}

void tell_heard(struct tell *tell, uint64_t ticket, int reason_code, struct moment moment)
{
	const struct failing failing = {
		.kind = mqtt_outcome(reason_code) == MQTT_UNHEARD ? FAILING_MQTT_UNHEARD
								  : FAILING_MQTT_REFUSED,
		.numbers = { reason_code },
	};

	if (!record_is_notice(ticket))
		set(tell, mqtt_outcome(reason_code) != MQTT_RECORDED, &failing, moment);
}

void tell_sweep_dropped(struct tell *tell, struct moment moment)
{
	const uint64_t dropped = mqtt_dropped(tell->mqtt);
	const struct failing failing = { .kind = FAILING_MQTT_DROPPED,
		.numbers = { (long long)dropped } };

	if (dropped != tell->dropped)
		set(tell, true, &failing, moment);
	tell->dropped = dropped;
}

void tell_sweep_journal(struct tell *tell, struct moment moment)
{
	struct failure why;
	bool fails = journal_trouble(record_journal(tell->record), &why);

	if (!fails && tell->keeps) {
		why = (struct failure){ WORD_CAUSE_THE_JOURNAL_CANNOT_FOLLOW };
		fails = true;
	}
	set_failure(tell, FAILING_JOURNAL, fails ? &why : NULL, moment);
}

void tell_config(struct tell *tell, const struct failure *why, struct moment moment)
{
	char en[TROUBLE_TEXT_MAX] = "", line[TROUBLE_TEXT_MAX];

	if (why) {
		failure_words(why, LANGUAGE_EN, en, sizeof(en));
		log_error("reload: %s: refused, the configuration before goes on", en);
	}
	snprintf(line, sizeof(line), "reload: %s%s", why ? "refused: " : "done", en);
	record_command(tell->record, "signal", line, moment);
	set_failure(tell, FAILING_CONFIG, why, moment);
}

void tell_fallback(struct tell *tell, const struct fallback *fallback,
	const struct called_output *outputs, size_t count, struct moment moment)
{
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	const struct failing failing = { FAILING_FALLBACK, .why = { zh, en } };

	fallback_words(fallback, outputs, count, LANGUAGE_ZH, zh);
	fallback_words(fallback, outputs, count, LANGUAGE_EN, en);
	set(tell, fallback->call_count > 0, &failing, moment);
}

/* After a reload ------------------------------------------------------------ */

static bool has_device(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->device_count; i++)
		if (strcmp(site->devices[i].id, id) == 0)
			return true;
	return false;
}

static bool has_bus(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->bus_count; i++)
		if (strcmp(site->buses[i].id, id) == 0)
			return true;
	return false;
}

/* A bus that begins anew tells it anew. */
static bool has_none(const struct site *site, const char *id)
{
	(void)site;
	(void)id;
	return false;
}

static bool has_point(const struct site *site, const char *id)
{
	return site_point(site, id) != NULL;
}

static bool is_gone(const struct site *site, const char *trouble)
{
	static const struct {
		enum failing_kind kind;
		bool (*has)(const struct site *site, const char *id);
	} kinds[] = {
		{ FAILING_DEVICE, has_device },
		{ FAILING_BUS, has_bus },
		{ FAILING_OVERLOAD, has_none },
		{ FAILING_POINT, has_point },
		{ FAILING_OUTPUT, has_point },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char prefix[TROUBLE_ID_MAX + 1];
		size_t length;

		failing_id(kinds[i].kind, "", prefix);
		length = strlen(prefix);
		if (strncmp(trouble, prefix, length) == 0)
			return !kinds[i].has(site, trouble + length);
	}
	return false;
}

void tell_retire_troubles(struct tell *tell, struct moment moment)
{
	const struct trouble *trouble;

	for (size_t i = 0; (trouble = trouble_at(tell->troubles, i));) {
		if (is_gone(&tell->plant->config->site, trouble->id))
			trouble_end(tell->troubles, trouble->id, moment);
		else
			i++;
	}
}

static bool answers(const struct tell *tell, const struct device *device, int64_t since_ms)
{
	for (size_t i = 0; i < device->point_count; i++) {
		const struct reading *last =
			tell->ports.reading(tell->ports.context, device->points[i]);

		if (reading_usable(last) && last->at_ms > since_ms)
			return true;
	}
	return false;
}

void tell_sweep_devices(struct tell *tell, struct moment moment)
{
	const struct site *site = &tell->plant->config->site;

	for (size_t i = 0; tell->reloaded_ms && i < site->device_count; i++) {
		const struct device *device = &site->devices[i];
		const struct trouble *trouble =
			failing_find(tell->troubles, FAILING_DEVICE, device->id);

		if (trouble && trouble->since_ms < tell->reloaded_ms &&
			answers(tell, device, tell->reloaded_ms))
			tell_reach(tell, device->bus, device, 0, moment);
	}
}
