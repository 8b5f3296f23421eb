/* The loader's tables of options. Data only. */
#include "config/load/loading.h"
#include "config/text/options.h"

#include <stddef.h>

/* Longest sensible time: a day. */
#define DAY_MS (24 * 3600 * 1000.0)

#define AT(type, member) offsetof(struct type, member)
#define NAMES(kind) .names = (KEYS_##kind)

/* What people read, in both languages. */
#define TEXT(type, member)                                                                         \
	{ "zh", OPTION_STRING, AT(type, member.zh), true, .help = "the Chinese text" },            \
	{                                                                                          \
		"en", OPTION_STRING, AT(type, member.en), true, .help = "the English text"         \
	}

static const char *const kinds[] = { "number", "state", NULL };
static const char *const severities[] = { "low", "medium", "high", "critical", NULL };
static const char *const scopes[] = { "zone", "floor", "site", NULL };
static const char *const on_reports[] = { "confirm", "auto", NULL };
static const char *const modes[] = { "advise", "confirm", "auto", NULL };
static const char *const languages[] = { "zh", "en", NULL };
/* In the order of enum account_kind. */
static const char *const account_kinds[] = { "operator", "engineer", "viewer", "notifier",
	"homeassistant", NULL };
static const char *const unknowns[] = { "ask", "yes", NULL };
static const char *const stages[] = { "full", "first", NULL };
static const char *const sides[] = { "no", "yes", NULL };
static const char *const loops[] = { "none", "0-20", "4-20", NULL };
static const char *const clocks[] = { "kernel", "rtc", NULL };
static const char *const eaches[] = { "none", "zone", NULL };

/* Rows are laid out by hand: aligned by clang-format they would be unreadable. */
/* clang-format off */
static const struct option_spec site_options[] = {
	{ "id", OPTION_STRING, AT(site, id), true,
		.help = "names the site in every topic; also the zone of the whole building" },
	TEXT(site, name),
	{ NULL },
};

static const struct option_spec mqtt_options[] = {
	{ "host", OPTION_STRING, AT(mqtt_settings, host), true, .help = "name or address of the broker" },
	{ "port", OPTION_INT, AT(mqtt_settings, port), .min = 1, .max = 65535, .value = "1883",
		.help = "the broker's port" },
	{ "client_id", OPTION_STRING, AT(mqtt_settings, client_id),
		.help = "client id, behind which the run's instance stands; without it \"facilityd-\" and "
			"the site's id" },
	{ "username", OPTION_STRING, AT(mqtt_settings, username),
		.help = "login at the broker; without it anonymous" },
	{ "password_file", OPTION_STRING, AT(mqtt_settings, password_file),
		.help = "file whose first line is the password" },
	{ "ca_file", OPTION_STRING, AT(mqtt_settings, ca_file),
		.help = "certificates to trust; without it no TLS" },
	{ "cert_file", OPTION_STRING, AT(mqtt_settings, cert_file), .help = "our own certificate" },
	{ "key_file", OPTION_STRING, AT(mqtt_settings, key_file), .help = "the key of our own certificate" },
	{ "keepalive", OPTION_DURATION, AT(mqtt_settings, keepalive_ms), .min = 5000, .max = 3600e3,
		.value = "20 s",
		.help = "a broker silent for longer is lost" },
	{ "outbox_max", OPTION_INT, AT(mqtt_settings, outbox_max), .min = 100, .max = 10000000, .value = "100000",
		.help = "messages held while the broker is away" },
	{ NULL },
};

static const struct option_spec daemon_options[] = {
	{ "state_dir", OPTION_STRING, AT(daemon_settings, state_dir), .value = "/var/lib/facilityd",
		.help = "folder of the durable records" },
	{ "actions_armed", OPTION_BOOL, AT(daemon_settings, actions_armed), .value = "false",
		.help = "false: no output is ever written, whatever a point says" },
	{ "heartbeat", OPTION_DURATION, AT(daemon_settings, heartbeat_ms), .min = 1000, .max = DAY_MS,
		.value = "60 s",
		.help = "a point is published at least this often" },
	{ "clock", OPTION_CHOICE, AT(daemon_settings, clock), .value = "kernel", .choices = clocks,
		.help = "who says that the wall clock is right: the kernel, or a clock of the machine's own" },
	{ "deadline_scale", OPTION_REAL, AT(daemon_settings, deadline_scale), .min = 0.001, .max = 10, .value = "1",
		.help = "deadlines, reminders and the chain run so much slower; below 1 to try them" },
	{ "standing_after", OPTION_DURATION, AT(daemon_settings, standing_after_ms), .min = 1000, .max = 30 * DAY_MS,
		.value = "1 h",
		.help = "an incident active for longer is listed as standing" },
	{ "stale_after", OPTION_DURATION, AT(daemon_settings, stale_after_ms), .min = 1000, .max = 30 * DAY_MS,
		.value = "24 h",
		.help = "an incident active for longer is listed as stale" },
	{ "journal_days", OPTION_INT, AT(daemon_settings, journal_days), .min = 1, .max = 36500, .unit = "days",
		.value = "1825",
		.help = "the journal keeps its entries this long" },
	{ "journal_size_mb", OPTION_INT, AT(daemon_settings, journal_size_mb), .min = 16, .max = 1000000,
		.unit = "MiB",
		.value = "512",
		.help = "at most this large; its oldest entries give way" },
	{ "record_within", OPTION_DURATION, AT(daemon_settings, record_within_ms), .min = 10, .max = 10e3,
		.value = "250 ms",
		.help = "before a write, journal or broker must have its intent within this" },
	{ "profiles", OPTION_STRING, AT(daemon_settings, profiles),
		.help = "folder of your own profiles; without it \"profiles\" beside the main file" },
	{ "held_role", OPTION_STRING, AT(daemon_settings, held_role),
		.help = "the role that is asked, after a day and then daily, about outputs that are still held" },
	{ NULL },
};

static const struct option_spec homeassistant_options[] = {
	{ "prefix", OPTION_STRING, AT(homeassistant_settings, prefix), .value = "homeassistant",
		.help = "prefix of the discovery topics, as Home Assistant is told it" },
	{ "language", OPTION_CHOICE, AT(homeassistant_settings, language), .value = "zh", .choices = languages,
		.help = "of the names of devices and points there" },
	{ "release", OPTION_BOOL, AT(homeassistant_settings, release), .value = "false",
		.help = "may its account release actions? Never those that take two persons" },
	{ NULL },
};

static const struct option_spec zone_options[] = {
	{ "id", OPTION_STRING, AT(zone, id), true, .help = "its place: \"f2.tea\" lies in \"f2\"" },
	TEXT(zone, name),
	{ NULL },
};

static const struct option_spec class_options[] = {
	{ "id", OPTION_STRING, AT(class_keys, class.id), true,
		.help = "the word of expressions: \"leak\", \"water.pressure\"" },
	TEXT(class_keys, class.name),
	{ "kind", OPTION_CHOICE, AT(class_keys, class.kind), true, .choices = kinds,
		.help = "a number with a unit, or a state that is 0 or 1" },
	{ "unit", OPTION_STRING, AT(class_keys, class.unit), .min = OPTION_MAY_BE_EMPTY,
		.help = "numbers: the unit, \"\" where none" },
	{ "decimals", OPTION_INT, AT(class_keys, decimals), .max = 9,
		.help = "numbers: digits behind the point, for people" },
	{ "off_zh", OPTION_STRING, AT(class_keys, class.off.zh), .help = "states: what 0 is called in Chinese" },
	{ "off_en", OPTION_STRING, AT(class_keys, class.off.en), .help = "states: what 0 is called in English" },
	{ "on_zh", OPTION_STRING, AT(class_keys, class.on.zh), .help = "states: what 1 is called in Chinese" },
	{ "on_en", OPTION_STRING, AT(class_keys, class.on.en), .help = "states: what 1 is called in English" },
	{ "homeassistant", OPTION_STRING, AT(class_keys, class.homeassistant),
		.help = "its device class in Home Assistant, where one fits" },
	{ NULL },
};

static const struct option_spec bus_options[] = {
	{ "adapter", OPTION_NAME, AT(bus, adapter), true,
		.help = "the kind of link, such as \"modbus-tcp\"; its own options stand beside" },
	TEXT(bus, name),
	{ NULL },
};

static const struct option_spec device_options[] = {
	{ "bus", OPTION_NAME, AT(device_keys, device.bus), true, .help = "the bus it hangs on" },
	{ "zone", OPTION_NAME, AT(device_keys, device.zone), true, .help = "where it stands" },
	TEXT(device_keys, device.name),
	{ "poll", OPTION_DURATION, AT(device_keys, poll_ms), .min = 1, .max = DAY_MS, .value = "1 s",
		.help = "the period of its points" },
	{ "poll_watched", OPTION_DURATION, AT(device_keys, poll_watched_ms), .min = 1, .max = DAY_MS,
		.help = "the same while a rule on it is pending or its incident open" },
	{ "stale", OPTION_DURATION, AT(device_keys, stale_ms), .min = 20, .max = DAY_MS,
		.help = "age at which its points are stale; without it 3 polls, at least 3 s" },
	{ "bad", OPTION_DURATION, AT(device_keys, bad_ms), .min = 20, .max = DAY_MS,
		.help = "age at which they are bad; without it 10 times stale" },
	{ "profile", OPTION_NAME, AT(device_keys, device.profile),
		.help = "its register map, by name: \"facilityctl profile check\" lists them" },
	{ NULL },
};
static const char *const device_others[] = { "points", NULL };

static const struct option_spec point_options[] = {
	{ "class", OPTION_NAME, AT(point_keys, point.class), true, .help = "what is measured or commanded" },
	{ "zone", OPTION_NAME, AT(point_keys, point.zone), .help = "where; without it the device's zone" },
	TEXT(point_keys, point.name),
	{ "min", OPTION_REAL, AT(point_keys, point.min), .help = "numbers, required: a smaller value is bad" },
	{ "max", OPTION_REAL, AT(point_keys, point.max), .help = "numbers, required: a larger value is bad" },
	{ "fault_low", OPTION_REAL, AT(point_keys, reach.fault_low),
		.help = "numbers: below min, but not below this, it is under; without it nothing is" },
	{ "fault_high", OPTION_REAL, AT(point_keys, reach.fault_high),
		.help = "numbers: above max, but not above this, it is over; without it nothing is" },
	{ "loop", OPTION_CHOICE, AT(point_keys, reach.loop), .value = "none", .choices = loops,
		.help = "a current loop whose ends are min and max: its fault limits by NAMUR NE 43" },
	{ "bands", OPTION_STRING, AT(point_keys, bands),
		.help = "states read as a number: what it means, such as \"short 300 alarm 900 "
			"normal 1500 open\"" },
	{ "deadband", OPTION_REAL, AT(point_keys, point.deadband), .min = 0, .max = 1e9,
		.help = "a smaller change is not published" },
	{ "poll", OPTION_DURATION, AT(point_keys, point.poll_ms), .min = 1, .max = DAY_MS,
		.help = "its period; without it the device's" },
	{ "poll_watched", OPTION_DURATION, AT(point_keys, point.poll_watched_ms), .min = 1, .max = DAY_MS,
		.help = "the same while a rule on it is pending or its incident open" },
	{ "stale", OPTION_DURATION, AT(point_keys, point.stale_ms), .min = 20, .max = DAY_MS,
		.help = "age at which it is stale; without it the device's or 3 polls" },
	{ "bad", OPTION_DURATION, AT(point_keys, point.bad_ms), .min = 20, .max = DAY_MS,
		.help = "age at which it is bad; without it the device's or 10 times stale" },
	{ "heartbeat", OPTION_DURATION, AT(point_keys, point.heartbeat_ms), .min = 1000, .max = DAY_MS,
		.help = "published at least this often; without it the daemon's" },
	{ "writable", OPTION_BOOL, AT(point_keys, point.writable), .value = "false", .help = "it is an output" },
	{ "armed", OPTION_BOOL, AT(point_keys, point.armed), .value = "false",
		.help = "outputs: it may be written at all" },
	{ "protected", OPTION_BOOL, AT(point_keys, point.protected), .value = "false",
		.help = "outputs: never written to 0 (emergency lighting, lifts, fire pumps)" },
	{ "readback", OPTION_STRING, AT(point_keys, readback),
		.help = "outputs: the point that proves a write" },
	{ "from", OPTION_NAME, AT(point_keys, readback),
		.help = "quantity of the device's profile; what stands beside it prevails" },
	{ NULL },
};

static const struct option_spec profile_options[] = {
	TEXT(profile_keys, name),
	{ "manufacturer", OPTION_STRING, AT(profile_keys, manufacturer), true, .help = "who makes it" },
	{ "model", OPTION_STRING, AT(profile_keys, model), true, .help = "which models it is for" },
	{ NULL },
};
static const char *const profile_others[] = { "adapters", "sources", "notes", "quantities", NULL };

static const struct option_spec source_options[] = {
	{ "title", OPTION_STRING, AT(source_keys, title), true, .help = "the data sheet, or what it was compared with" },
	{ "revision", OPTION_STRING, AT(source_keys, revision), .help = "its revision or date" },
	{ "found", OPTION_STRING, AT(source_keys, found), true, .help = "where it can be read" },
	{ NULL },
};

static const struct option_spec quantity_options[] = {
	TEXT(quantity_keys, name),
	{ "unit", OPTION_STRING, AT(quantity_keys, unit), .min = OPTION_MAY_BE_EMPTY,
		.help = "numbers: the unit, \"\" where none; without it a state, 0 or 1" },
	{ "min", OPTION_REAL, AT(quantity_keys, min), .help = "numbers, required: the device gives no smaller value" },
	{ "max", OPTION_REAL, AT(quantity_keys, max), .help = "numbers, required: the device gives no larger value" },
	{ "fault_low", OPTION_REAL, AT(quantity_keys, reach.fault_low),
		.help = "numbers: below min, but not below this, it is under; without it nothing is" },
	{ "fault_high", OPTION_REAL, AT(quantity_keys, reach.fault_high),
		.help = "numbers: above max, but not above this, it is over; without it nothing is" },
	{ "loop", OPTION_CHOICE, AT(quantity_keys, reach.loop), .value = "none", .choices = loops,
		.help = "a current loop whose ends are min and max: its fault limits by NAMUR NE 43" },
	{ "deadband", OPTION_REAL, AT(quantity_keys, deadband), .min = 0, .max = 1e9,
		.help = "a smaller change is not published" },
	{ "writable", OPTION_BOOL, AT(quantity_keys, writable), .value = "false", .help = "it is an output" },
	{ "readback", OPTION_STRING, AT(quantity_keys, readback),
		.help = "outputs: the quantity that shows it: the module's own state, no proof" },
	{ "note", OPTION_STRING, AT(quantity_keys, note), .help = "what an engineer must know of it" },
	{ NULL },
};

static const struct option_spec role_options[] = {
	TEXT(role, name),
	{ NULL },
};

static const struct option_spec chain_options[] = {
	{ "remind", OPTION_DURATION, AT(plan, remind_ms), .min = 0, .max = DAY_MS, .value = "5 min",
		.help = "an overdue step is told again after this, then ever more seldom; 0 s: never" },
	{ NULL },
};
static const char *const chain_others[] = { "levels", NULL };

static const struct option_spec level_options[] = {
	{ "after", OPTION_DURATION, AT(chain_level, after_ms), true, .min = 1000, .max = DAY_MS,
		.help = "without acknowledgement; later than the level before" },
	{ NULL },
};
static const char *const level_others[] = { "roles", NULL };

static const struct option_spec person_options[] = {
	TEXT(person, name),
	{ "phone", OPTION_STRING, AT(person, phone), .help = "how to reach them" },
	{ "account", OPTION_STRING, AT(person, account),
		.help = "the user of their commands; topics show the first role instead" },
	{ NULL },
};
static const char *const person_others[] = { "roles", "duty", NULL };

static const struct option_spec account_options[] = {
	{ "id", OPTION_STRING, AT(account, id), true, .help = "the user of its commands" },
	{ "kind", OPTION_CHOICE, AT(account, kind), true, .choices = account_kinds,
		.help = "what it may say" },
	{ NULL },
};
static const char *const account_others[] = { "roles", NULL };

static const struct option_spec lock_options[] = {
	{ "what", OPTION_STRING, AT(recurring_lock, what), true,
		.help = "what is locked: \"zone:ID\", \"device:ID\", \"point:ID\" or \"output:ID\"" },
	{ "quiet", OPTION_BOOL, AT(recurring_lock, quiet), .value = "false",
		.help = "rules do not raise in the zone, or see what the device or point reads, either" },
	{ "type", OPTION_NAME, AT(recurring_lock, type), NAMES(TYPE),
		.help = "the incident type that alone is quiet; without it all but the critical ones" },
	{ "role", OPTION_NAME, AT(recurring_lock, role), true, NAMES(ROLE),
		.help = "who has it done: topics show it as who has locked it" },
	{ "reason", OPTION_STRING, AT(recurring_lock, reason), true, .help = "why, for people" },
	{ NULL },
};
static const char *const lock_others[] = { "hours", NULL };

static const struct option_spec action_options[] = {
	TEXT(action_keys, action.name),
	{ "class", OPTION_NAME, AT(action_keys, action.class), true, NAMES(CLASS),
		.help = "every output of this class in the scope is written" },
	{ "scope", OPTION_CHOICE, AT(action_keys, action.scope), .value = "zone", .choices = scopes,
		.help = "the incident's zone, its floor, or the whole site" },
	{ "value", OPTION_REAL, AT(action_keys, action.value), true, .help = "what is written; a state takes 0 or 1" },
	{ "mode", OPTION_CHOICE, AT(action_keys, action.mode), .value = "advise", .choices = modes,
		.help = "say it to people, wait for a person's release, or write at once" },
	{ "on_report", OPTION_CHOICE, AT(action_keys, action.on_report), .value = "confirm", .choices = on_reports,
		.help = "mode auto: where only a person has reported it, wait for a release, or write at once" },
	{ "confirmed_by", OPTION_INT, AT(action_keys, action.confirmed_by), .min = 1, .max = 2, .value = "1",
		.help = "mode auto: 2 waits for a release until two devices say so, or one and a person" },
	{ "released_by", OPTION_INT, AT(action_keys, action.released_by), .min = 1, .max = 2, .value = "1",
		.help = "2: a release takes two persons without a common role, within 5 minutes" },
	{ "confirm", OPTION_DURATION, AT(action_keys, action.confirm_ms), .min = 100, .max = 3600e3, .value = "5 s",
		.help = "the read-back must agree within this" },
	{ "interlock", OPTION_STRING, AT(action_keys, action.interlock),
		.help = "expression that must be true for a write" },
	{ "over", OPTION_TEXTS, AT(action_keys, over),
		.help = "actions that it goes before, where both want one output and are equally strong" },
	{ NULL },
};

static const struct option_spec type_options[] = {
	TEXT(type_keys, type.name),
	{ "number", OPTION_INT, AT(type_keys, number), true, .min = 1, .max = 28,
		.help = "its number in section 4 of the plan" },
	{ "severity", OPTION_CHOICE, AT(type_keys, type.severity), true, .choices = severities,
		.help = "how grave it is" },
	{ NULL },
};
static const char *const type_others[] = { "facts", "steps", NULL };

static const struct option_spec fact_options[] = {
	{ "id", OPTION_STRING, AT(fact_keys, fact.id), true, .help = "unique in its type" },
	{ "zh", OPTION_STRING, AT(fact_keys, fact.question.zh), true, .help = "the question in Chinese" },
	{ "en", OPTION_STRING, AT(fact_keys, fact.question.en), true, .help = "the question in English" },
	{ "sensor", OPTION_STRING, AT(fact_keys, fact.sensor),
		.help = "expression that answers it; without it only a person can tell" },
	{ "deadline", OPTION_DURATION, AT(fact_keys, fact.deadline_ms), .min = 1000, .max = DAY_MS, .value = "2 min",
		.help = "of the answer, from when it is asked; then the worse side is assumed; of the fact \"stage\" 3 min" },
	{ "unknown", OPTION_CHOICE, AT(fact_keys, fact.unknown), .value = "ask", .choices = unknowns,
		.help = "until it is said: \"ask\": its steps wait; \"yes\": they apply at once" },
	{ "worse", OPTION_CHOICE, AT(fact_keys, worse), .value = "yes", .choices = sides,
		.help = "the side that is assumed at the deadline" },
	{ "after", OPTION_DURATION, AT(fact_keys, fact.after_ms), .min = 1000, .max = DAY_MS,
		.help = "it turns to yes by itself after this, instead of a deadline" },
	{ NULL },
};
static const char *const fact_others[] = { "ask", NULL };

static const struct option_spec step_options[] = {
	{ "id", OPTION_STRING, AT(step_keys, step.id), true, .help = "unique in its type" },
	{ "clause", OPTION_STRING, AT(step_keys, step.clause), true, .help = "the plan's clause, such as \"2.2\"; \"§3.1\" of another section" },
	TEXT(step_keys, step.text),
	{ "deadline", OPTION_DURATION, AT(step_keys, step.deadline_ms), .min = 0, .max = DAY_MS,
		.help = "from when it begins to apply; without it none" },
	{ "mandatory", OPTION_BOOL, AT(step_keys, step.mandatory), .value = "false",
		.help = "must be done, or skipped with a reason, before the incident closes" },
	{ "action", OPTION_NAME, AT(step_keys, step.action), NAMES(ACTION), .help = "what the machine does for it" },
	{ "fact", OPTION_STRING, AT(step_keys, fact),
		.help = "a fact of the type: the step applies at its yes, and with \"!\" before it at its no" },
	{ "stage", OPTION_CHOICE, AT(step_keys, stage), .value = "full", .choices = stages,
		.help = "where the type has the fact \"stage\": until it is full, or from then on" },
	{ NULL },
};
/* The last three are of old: what to write instead is told. */
static const char *const step_others[] = { "by", "tell", "roles", "when", "after", NULL };

static const struct option_spec rule_options[] = {
	TEXT(rule_keys, rule.name),
	{ "type", OPTION_NAME, AT(rule_keys, rule.type), true, NAMES(TYPE), .help = "the incident type that it detects" },
	{ "condition", OPTION_STRING, AT(rule_keys, rule.condition), true, .help = "expression that raises" },
	{ "clear_when", OPTION_STRING, AT(rule_keys, rule.clear_when),
		.help = "expression that ends it; without it when the condition is false" },
	{ "for", OPTION_DURATION, AT(rule_keys, rule.for_ms), .min = 0, .max = DAY_MS, .value = "0 s",
		.help = "the condition must hold this long" },
	{ "clear_for", OPTION_DURATION, AT(rule_keys, rule.clear_for_ms), .min = 0, .max = DAY_MS, .value = "0 s",
		.help = "the end must hold this long" },
	{ "latch", OPTION_BOOL, AT(rule_keys, rule.latch), .value = "false",
		.help = "what it raised ends only when a person resets it" },
	{ "each", OPTION_CHOICE, AT(rule_keys, each), .value = "none", .choices = eaches,
		.help = "\"zone\": on its own for each zone that holds a point of its classes" },
	{ "zone", OPTION_NAME, AT(rule_keys, rule.zone), NAMES(ZONE), .help = "the scope; without it the whole site" },
	{ "detect_within", OPTION_DURATION, AT(rule_keys, rule.detect_within_ms), .min = 1, .max = DAY_MS,
		.help = "the promise that --check compares with the worst case" },
	{ "unsuppress_after", OPTION_DURATION, AT(rule_keys, rule.unsuppress_after_ms), .min = 0, .max = DAY_MS,
		.value = "0 s",
		.help = "what explains it counts this long after it has returned" },
	{ "chatter_max", OPTION_INT, AT(rule_keys, rule.chatter_max), .min = 0, .max = 1000, .value = "5",
		.help = "more raises than this within chatter_within are chatter; 0: no limit" },
	{ "chatter_within", OPTION_DURATION, AT(rule_keys, rule.chatter_within_ms), .min = 1000, .max = DAY_MS,
		.value = "10 min",
		.help = "what chatters must stay away this long before it is over" },
	{ NULL },
};
static const char *const rule_others[] = { "suppressed_by", NULL };

static const struct option_spec fallback_options[] = {
	{ "actions", OPTION_TEXTS, AT(fallback_keys, actions), true,
		.help = "what is switched on: names of actions, mode \"auto\", class a state" },
	{ "severity", OPTION_CHOICE, AT(fallback_keys, settings.severity), .value = "high", .choices = severities,
		.help = "the least severity of an incident that calls" },
	{ "acknowledge_within", OPTION_DURATION, AT(fallback_keys, settings.acknowledge_within_ms), .min = 1000,
		.max = DAY_MS, .value = "10 min",
		.help = "an incident that nobody acknowledges for longer calls" },
	{ "unheard_after", OPTION_DURATION, AT(fallback_keys, settings.unheard_after_ms), .min = 0, .max = DAY_MS,
		.value = "20 s",
		.help = "it calls when for so long nobody listens to alerts; 0 s: at once" },
	{ "broker_away_after", OPTION_DURATION, AT(fallback_keys, settings.broker_away_after_ms), .min = 0, .max = DAY_MS,
		.value = "1 min",
		.help = "it calls when the broker is away for longer" },
	{ NULL },
};

#define SITE(member, type) \
	sizeof(struct type), AT(config, site.member##s), AT(config, site.member##_count)
#define PLAN(member, type) \
	sizeof(struct type), AT(config, plan.member##s), AT(config, plan.member##_count)
#define PLACES(member) AT(config_places, member)

const struct key_table key_tables[KEYS_COUNT] = {
	[KEYS_SITE] = { "site", site_options },
	[KEYS_MQTT] = { "mqtt", mqtt_options },
	[KEYS_DAEMON] = { "daemon", daemon_options },
	[KEYS_HOMEASSISTANT] = { "homeassistant", homeassistant_options },
	[KEYS_ZONE] = { "zones", zone_options, NULL, "zone", SITE(zone, zone), PLACES(zones) },
	[KEYS_CLASS] = { "classes", class_options, NULL, "class", sizeof(struct point_class),
		AT(config, site.classes), AT(config, site.class_count), PLACES(classes) },
	[KEYS_BUS] = { "buses.<id>", bus_options, NULL, "bus", sizeof(struct bus),
		AT(config, site.buses), AT(config, site.bus_count), PLACES(buses) },
	[KEYS_DEVICE] = { "devices.<id>", device_options, device_others, "device",
		SITE(device, device), PLACES(devices) },
	[KEYS_POINT] = { "devices.<id>.points.<id>", point_options, NULL, "point",
		SITE(point, point), PLACES(points) },
	[KEYS_PROFILE] = { "profile", profile_options, profile_others },
	[KEYS_SOURCE] = { "profile.sources", source_options },
	[KEYS_QUANTITY] = { "profile.quantities.<id>", quantity_options },
	[KEYS_PERSON] = { "people.<id>", person_options, person_others, "person",
		sizeof(struct person), AT(config, people.list), AT(config, people.count),
		PLACES(people) },
	[KEYS_ACCOUNT] = { "accounts", account_options, account_others, "account",
		sizeof(struct account), AT(config, people.accounts),
		AT(config, people.account_count), PLACES(accounts) },
	[KEYS_ROLE] = { "roles.<id>", role_options, NULL, "role", PLAN(role, role), PLACES(roles) },
	[KEYS_ACTION] = { "actions.<id>", action_options, NULL, "action", PLAN(action, action),
		PLACES(actions) },
	[KEYS_TYPE] = { "types.<id>", type_options, type_others, "type",
		PLAN(type, incident_type), PLACES(types) },
	[KEYS_FACT] = { "types.<id>.facts", fact_options, fact_others, "fact" },
	[KEYS_STEP] = { "types.<id>.steps", step_options, step_others, "step" },
	[KEYS_RULE] = { "rules.<id>", rule_options, rule_others, "rule", sizeof(struct rule),
		AT(config, rules), AT(config, rule_count), PLACES(rules) },
	[KEYS_FALLBACK] = { "fallback", fallback_options },
	[KEYS_LOCK] = { "locks.<id>", lock_options, lock_others, "lock", sizeof(struct recurring_lock),
		AT(config, locks), AT(config, lock_count), PLACES(locks) },
	[KEYS_CHAIN] = { "chain", chain_options, chain_others },
	[KEYS_LEVEL] = { "chain.levels", level_options, level_others },
};
/* clang-format on */
