/* The loader's tables of options. Data only. */
#include "config/load/keys.h"

#include "config/config.h"
#include "config/text/options.h"

#include <stddef.h>

/* Longest sensible time: a day. */
#define DAY_MS (24 * 3600 * 1000.0)

static const char zh_help[] = "the Chinese text";
static const char en_help[] = "the English text";

static const char *const kinds[] = { "number", "state", NULL };
static const char *const severities[] = { "low", "medium", "high", "critical", NULL };
static const char *const scopes[] = { "zone", "floor", "site", NULL };
static const char *const modes[] = { "advise", "confirm", "auto", NULL };
static const char *const languages[] = { "zh", "en", NULL };
static const char *const eaches[] = { "none", "zone", NULL };

/* Rows are laid out by hand: aligned by clang-format they would be unreadable. */
/* clang-format off */
#define AT(member) offsetof(struct site_keys, member)
static const struct option_spec site_options[] = {
	{ "id", OPTION_STRING, AT(id), true,
		.help = "names the site in every topic; also the zone of the whole building" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct mqtt_settings, member)
static const struct option_spec mqtt_options[] = {
	{ "host", OPTION_STRING, AT(host), true, .help = "name or address of the broker" },
	{ "port", OPTION_INT, AT(port), .min = 1, .max = 65535, .value = "1883",
		.help = "the broker's port" },
	{ "client_id", OPTION_STRING, AT(client_id),
		.help = "client id; without it \"facilityd-\" and the site's id" },
	{ "username", OPTION_STRING, AT(username),
		.help = "login at the broker; without it anonymous" },
	{ "password_file", OPTION_STRING, AT(password_file),
		.help = "file whose first line is the password" },
	{ "ca_file", OPTION_STRING, AT(ca_file),
		.help = "certificates to trust; without it no TLS" },
	{ "cert_file", OPTION_STRING, AT(cert_file), .help = "our own certificate" },
	{ "key_file", OPTION_STRING, AT(key_file), .help = "the key of our own certificate" },
	{ "keepalive", OPTION_DURATION, AT(keepalive_ms), .min = 5000, .max = 3600e3,
		.value = "20 s",
		.help = "a broker silent for longer is lost" },
	{ "outbox_max", OPTION_INT, AT(outbox_max), .min = 100, .max = 10000000, .value = "100000",
		.help = "messages held while the broker is away" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct daemon_settings, member)
static const struct option_spec daemon_options[] = {
	{ "state_dir", OPTION_STRING, AT(state_dir), .value = "/var/lib/facilityd",
		.help = "folder of the durable records" },
	{ "actions_armed", OPTION_BOOL, AT(actions_armed), .value = "false",
		.help = "false: no output is ever written, whatever a point says" },
	{ "heartbeat", OPTION_DURATION, AT(heartbeat_ms), .min = 1000, .max = DAY_MS,
		.value = "60 s",
		.help = "a point is published at least this often" },
	{ "deadline_scale", OPTION_REAL, AT(deadline_scale), .min = 0.001, .max = 10, .value = "1",
		.help = "deadlines, reminders and the chain run so much slower; below 1 to try them" },
	{ "standing_after", OPTION_DURATION, AT(standing_after_ms), .min = 1000, .max = 30 * DAY_MS,
		.value = "1 h",
		.help = "an incident active for longer is listed as standing" },
	{ "stale_after", OPTION_DURATION, AT(stale_after_ms), .min = 1000, .max = 30 * DAY_MS,
		.value = "24 h",
		.help = "an incident active for longer is listed as stale" },
	{ "journal_days", OPTION_INT, AT(journal_days), .min = 1, .max = 36500, .unit = "days",
		.value = "1825",
		.help = "the journal keeps its entries this long" },
	{ "journal_size_mb", OPTION_INT, AT(journal_size_mb), .min = 16, .max = 1000000,
		.unit = "MiB",
		.value = "512",
		.help = "at most this large; its oldest entries give way" },
	{ "record_within", OPTION_DURATION, AT(record_within_ms), .min = 10, .max = 10e3,
		.value = "250 ms",
		.help = "before a write, journal or broker must have its intent within this" },
	{ "profiles", OPTION_STRING, AT(profiles),
		.help = "folder of your own profiles; without it \"profiles\" beside the main file" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct homeassistant_settings, member)
static const struct option_spec homeassistant_options[] = {
	{ "prefix", OPTION_STRING, AT(prefix), .value = "homeassistant",
		.help = "prefix of the discovery topics, as Home Assistant is told it" },
	{ "language", OPTION_CHOICE, AT(language), .value = "zh", .choices = languages,
		.help = "of the names of devices and points there" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct zone_keys, member)
static const struct option_spec zone_options[] = {
	{ "id", OPTION_STRING, AT(id), true, .help = "its place: \"f2.tea\" lies in \"f2\"" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct class_keys, member)
static const struct option_spec class_options[] = {
	{ "id", OPTION_STRING, AT(id), true,
		.help = "the word of expressions: \"leak\", \"water.pressure\"" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "kind", OPTION_CHOICE, AT(kind), true, .choices = kinds,
		.help = "a number with a unit, or a state that is 0 or 1" },
	{ "unit", OPTION_STRING, AT(unit), .min = OPTION_MAY_BE_EMPTY,
		.help = "numbers: the unit, \"\" where none" },
	{ "decimals", OPTION_INT, AT(decimals), .max = 9,
		.help = "numbers: digits behind the point, for people" },
	{ "off_zh", OPTION_STRING, AT(off.zh), .help = "states: what 0 is called in Chinese" },
	{ "off_en", OPTION_STRING, AT(off.en), .help = "states: what 0 is called in English" },
	{ "on_zh", OPTION_STRING, AT(on.zh), .help = "states: what 1 is called in Chinese" },
	{ "on_en", OPTION_STRING, AT(on.en), .help = "states: what 1 is called in English" },
	{ "homeassistant", OPTION_STRING, AT(homeassistant),
		.help = "its device class in Home Assistant, where one fits" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct bus_keys, member)
static const struct option_spec bus_options[] = {
	{ "adapter", OPTION_STRING, AT(adapter), true,
		.help = "the kind of link, such as \"modbus-tcp\"; its own options stand beside" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct device_keys, member)
static const struct option_spec device_options[] = {
	{ "bus", OPTION_STRING, AT(bus), true, .help = "the bus it hangs on" },
	{ "zone", OPTION_STRING, AT(zone), true, .help = "where it stands" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "poll", OPTION_DURATION, AT(poll_ms), .min = 1, .max = DAY_MS, .value = "1 s",
		.help = "the period of its points" },
	{ "poll_watched", OPTION_DURATION, AT(poll_watched_ms), .min = 1, .max = DAY_MS,
		.help = "the same while a rule on it is pending or its incident open" },
	{ "stale", OPTION_DURATION, AT(stale_ms), .min = 20, .max = DAY_MS,
		.help = "age at which its points are stale; without it 3 polls, at least 3 s" },
	{ "bad", OPTION_DURATION, AT(bad_ms), .min = 20, .max = DAY_MS,
		.help = "age at which they are bad; without it 10 times stale" },
	{ "profile", OPTION_STRING, AT(profile),
		.help = "its register map, by name: \"facilityctl profile check\" lists them" },
	{ NULL },
};
#undef AT
static const char *const device_others[] = { "points", NULL };

#define AT(member) offsetof(struct point_keys, member)
static const struct option_spec point_options[] = {
	{ "class", OPTION_STRING, AT(class), true, .help = "what is measured or commanded" },
	{ "zone", OPTION_STRING, AT(zone), .help = "where; without it the device's zone" },
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "min", OPTION_REAL, AT(min), .help = "numbers, required: a smaller value is bad" },
	{ "max", OPTION_REAL, AT(max), .help = "numbers, required: a larger value is bad" },
	{ "bands", OPTION_STRING, AT(bands),
		.help = "states read as a number: what it means, such as \"short 300 alarm 900 "
			"normal 1500 open\"" },
	{ "deadband", OPTION_REAL, AT(deadband), .min = 0, .max = 1e9,
		.help = "a smaller change is not published" },
	{ "poll", OPTION_DURATION, AT(poll_ms), .min = 1, .max = DAY_MS,
		.help = "its period; without it the device's" },
	{ "poll_watched", OPTION_DURATION, AT(poll_watched_ms), .min = 1, .max = DAY_MS,
		.help = "the same while a rule on it is pending or its incident open" },
	{ "stale", OPTION_DURATION, AT(stale_ms), .min = 20, .max = DAY_MS,
		.help = "age at which it is stale; without it the device's or 3 polls" },
	{ "bad", OPTION_DURATION, AT(bad_ms), .min = 20, .max = DAY_MS,
		.help = "age at which it is bad; without it the device's or 10 times stale" },
	{ "heartbeat", OPTION_DURATION, AT(heartbeat_ms), .min = 1000, .max = DAY_MS,
		.help = "published at least this often; without it the daemon's" },
	{ "writable", OPTION_BOOL, AT(writable), .value = "false", .help = "it is an output" },
	{ "armed", OPTION_BOOL, AT(armed), .value = "false",
		.help = "outputs: it may be written at all" },
	{ "protected", OPTION_BOOL, AT(protected), .value = "false",
		.help = "outputs: never written to 0 (emergency lighting, lifts, fire pumps)" },
	{ "readback", OPTION_STRING, AT(readback),
		.help = "outputs: the point that proves a write" },
	{ "from", OPTION_STRING, AT(from),
		.help = "quantity of the device's profile; what stands beside it prevails" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct profile_keys, member)
static const struct option_spec profile_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "manufacturer", OPTION_STRING, AT(manufacturer), true, .help = "who makes it" },
	{ "model", OPTION_STRING, AT(model), true, .help = "which models it is for" },
	{ NULL },
};
#undef AT
static const char *const profile_others[] = { "adapters", "sources", "notes", "quantities", NULL };

#define AT(member) offsetof(struct source_keys, member)
static const struct option_spec source_options[] = {
	{ "title", OPTION_STRING, AT(title), true, .help = "the data sheet, or what it was compared with" },
	{ "revision", OPTION_STRING, AT(revision), .help = "its revision or date" },
	{ "found", OPTION_STRING, AT(found), true, .help = "where it can be read" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct quantity_keys, member)
static const struct option_spec quantity_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "unit", OPTION_STRING, AT(unit), .min = OPTION_MAY_BE_EMPTY,
		.help = "numbers: the unit, \"\" where none; without it a state, 0 or 1" },
	{ "min", OPTION_REAL, AT(min), .help = "numbers, required: the device gives no smaller value" },
	{ "max", OPTION_REAL, AT(max), .help = "numbers, required: the device gives no larger value" },
	{ "deadband", OPTION_REAL, AT(deadband), .min = 0, .max = 1e9,
		.help = "a smaller change is not published" },
	{ "writable", OPTION_BOOL, AT(writable), .value = "false", .help = "it is an output" },
	{ "readback", OPTION_STRING, AT(readback),
		.help = "outputs: the quantity that proves a write" },
	{ "note", OPTION_STRING, AT(note), .help = "what an engineer must know of it" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct role_keys, member)
static const struct option_spec role_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct chain_keys, member)
static const struct option_spec chain_options[] = {
	{ "remind", OPTION_DURATION, AT(remind_ms), .min = 0, .max = DAY_MS, .value = "5 min",
		.help = "an overdue step is told again after this, then ever more seldom; 0 s: never" },
	{ NULL },
};
#undef AT
static const char *const chain_others[] = { "levels", NULL };

#define AT(member) offsetof(struct level_keys, member)
static const struct option_spec level_options[] = {
	{ "after", OPTION_DURATION, AT(after_ms), true, .min = 1000, .max = DAY_MS,
		.help = "without acknowledgement; later than the level before" },
	{ NULL },
};
#undef AT
static const char *const level_others[] = { "roles", NULL };

#define AT(member) offsetof(struct person_keys, member)
static const struct option_spec person_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "phone", OPTION_STRING, AT(phone), .help = "how to reach them" },
	{ "account", OPTION_STRING, AT(account),
		.help = "the user of their commands; topics show the first role instead" },
	{ NULL },
};
#undef AT
static const char *const person_others[] = { "roles", "duty", NULL };

#define AT(member) offsetof(struct action_keys, member)
static const struct option_spec action_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "class", OPTION_STRING, AT(class), true,
		.help = "every output of this class in the scope is written" },
	{ "scope", OPTION_CHOICE, AT(scope), .value = "zone", .choices = scopes,
		.help = "the incident's zone, its floor, or the whole site" },
	{ "value", OPTION_REAL, AT(value), true, .help = "what is written; a state takes 0 or 1" },
	{ "mode", OPTION_CHOICE, AT(mode), .value = "advise", .choices = modes,
		.help = "say it to people, wait for a person's release, or write at once" },
	{ "confirm", OPTION_DURATION, AT(confirm_ms), .min = 100, .max = 3600e3, .value = "5 s",
		.help = "the read-back must agree within this" },
	{ "interlock", OPTION_STRING, AT(interlock),
		.help = "expression that must be true for a write" },
	{ NULL },
};
#undef AT

#define AT(member) offsetof(struct type_keys, member)
static const struct option_spec type_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "number", OPTION_INT, AT(number), true, .min = 1, .max = 28,
		.help = "its number in section 4 of the plan" },
	{ "severity", OPTION_CHOICE, AT(severity), true, .choices = severities,
		.help = "how grave it is" },
	{ NULL },
};
#undef AT
static const char *const type_others[] = { "steps", NULL };

#define AT(member) offsetof(struct step_keys, member)
static const struct option_spec step_options[] = {
	{ "id", OPTION_STRING, AT(id), true, .help = "unique in its type" },
	{ "clause", OPTION_STRING, AT(clause), true, .help = "the plan's clause, such as \"2.2\"" },
	{ "zh", OPTION_STRING, AT(text.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(text.en), true, .help = en_help },
	{ "deadline", OPTION_DURATION, AT(deadline_ms), .min = 0, .max = DAY_MS,
		.help = "from when it begins to apply; without it none" },
	{ "after", OPTION_DURATION, AT(after_ms), .min = 0, .max = DAY_MS,
		.help = "it applies only when the incident has lasted this long" },
	{ "mandatory", OPTION_BOOL, AT(mandatory), .value = "false",
		.help = "must be done, or skipped with a reason, before the incident closes" },
	{ "action", OPTION_STRING, AT(action), .help = "what the machine does for it" },
	{ "when", OPTION_STRING, AT(when), .help = "expression: the step applies only then" },
	{ NULL },
};
#undef AT
static const char *const step_others[] = { "roles", NULL };

#define AT(member) offsetof(struct rule_keys, member)
static const struct option_spec rule_options[] = {
	{ "zh", OPTION_STRING, AT(name.zh), true, .help = zh_help },
	{ "en", OPTION_STRING, AT(name.en), true, .help = en_help },
	{ "type", OPTION_STRING, AT(type), true, .help = "the incident type that it detects" },
	{ "condition", OPTION_STRING, AT(condition), true, .help = "expression that raises" },
	{ "clear_when", OPTION_STRING, AT(clear_when),
		.help = "expression that ends it; without it when the condition is false" },
	{ "for", OPTION_DURATION, AT(for_ms), .min = 0, .max = DAY_MS, .value = "0 s",
		.help = "the condition must hold this long" },
	{ "clear_for", OPTION_DURATION, AT(clear_for_ms), .min = 0, .max = DAY_MS, .value = "0 s",
		.help = "the end must hold this long" },
	{ "each", OPTION_CHOICE, AT(each), .value = "none", .choices = eaches,
		.help = "\"zone\": on its own for each zone that holds a point of its classes" },
	{ "zone", OPTION_STRING, AT(zone), .help = "the scope; without it the whole site" },
	{ "detect_within", OPTION_DURATION, AT(detect_within_ms), .min = 1, .max = DAY_MS,
		.help = "the promise that --check compares with the worst case" },
	{ "unsuppress_after", OPTION_DURATION, AT(unsuppress_after_ms), .min = 0, .max = DAY_MS,
		.value = "0 s",
		.help = "what explains it counts this long after it has returned" },
	{ "chatter_max", OPTION_INT, AT(chatter_max), .min = 0, .max = 1000, .value = "5",
		.help = "more raises than this within chatter_within are chatter; 0: no limit" },
	{ "chatter_within", OPTION_DURATION, AT(chatter_within_ms), .min = 1000, .max = DAY_MS,
		.value = "10 min",
		.help = "what chatters must stay away this long before it is over" },
	{ NULL },
};
#undef AT
static const char *const rule_others[] = { "suppressed_by", NULL };

#define AT(member) offsetof(struct fallback_keys, member)
static const struct option_spec fallback_options[] = {
	{ "actions", OPTION_TEXTS, AT(actions), true,
		.help = "what is switched on: names of actions, mode \"auto\", class a state" },
	{ "severity", OPTION_CHOICE, AT(severity), .value = "high", .choices = severities,
		.help = "the least severity of an incident that calls" },
	{ "acknowledge_within", OPTION_DURATION, AT(acknowledge_within_ms), .min = 1000,
		.max = DAY_MS, .value = "10 min",
		.help = "an incident that nobody acknowledges for longer calls" },
	{ "unheard_after", OPTION_DURATION, AT(unheard_after_ms), .min = 0, .max = DAY_MS,
		.value = "20 s",
		.help = "it calls when for so long nobody listens to alerts; 0 s: at once" },
	{ "broker_away_after", OPTION_DURATION, AT(broker_away_after_ms), .min = 0, .max = DAY_MS,
		.value = "1 min",
		.help = "it calls when the broker is away for longer" },
	{ NULL },
};
#undef AT

const struct key_table key_tables[KEYS_COUNT] = {
	[KEYS_SITE] = { "site", site_options },
	[KEYS_MQTT] = { "mqtt", mqtt_options },
	[KEYS_DAEMON] = { "daemon", daemon_options },
	[KEYS_HOMEASSISTANT] = { "homeassistant", homeassistant_options },
	[KEYS_ZONE] = { "zones", zone_options },
	[KEYS_CLASS] = { "classes", class_options },
	[KEYS_BUS] = { "buses.<id>", bus_options },
	[KEYS_DEVICE] = { "devices.<id>", device_options, device_others },
	[KEYS_POINT] = { "devices.<id>.points.<id>", point_options },
	[KEYS_PROFILE] = { "profile", profile_options, profile_others },
	[KEYS_SOURCE] = { "profile.sources", source_options },
	[KEYS_QUANTITY] = { "profile.quantities.<id>", quantity_options },
	[KEYS_PERSON] = { "people.<id>", person_options, person_others },
	[KEYS_ROLE] = { "roles.<id>", role_options },
	[KEYS_ACTION] = { "actions.<id>", action_options },
	[KEYS_TYPE] = { "types.<id>", type_options, type_others },
	[KEYS_STEP] = { "types.<id>.steps", step_options, step_others },
	[KEYS_RULE] = { "rules.<id>", rule_options, rule_others },
	[KEYS_FALLBACK] = { "fallback", fallback_options },
	[KEYS_CHAIN] = { "chain", chain_options, chain_others },
	[KEYS_LEVEL] = { "chain.levels", level_options, level_others },
};
/* clang-format on */
