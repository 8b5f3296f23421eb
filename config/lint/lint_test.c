/*
 * The lints and the worst-case times, with an adapter of the test's own: so that
 * costs and overlaps are known, and what an adapter's checks say is seen.
 */
#include "adapters/adapter.h"
#include "config/lint/lint.h"
#include "config/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct lamp_point {
	int64_t wire;
	int64_t cost;
	int64_t settle;
	int64_t derived;
};

static const struct option_spec no_options[] = { { NULL } };
static const struct option_spec lamp_points[] = {
	{ "wire", OPTION_INT, offsetof(struct lamp_point, wire), true, .help = "which wire" },
	{ "cost", OPTION_INT, offsetof(struct lamp_point, cost), .value = "0",
		.help = "ms to ask" },
	{ "settle", OPTION_INT, offsetof(struct lamp_point, settle), .value = "0",
		.help = "ms of bouncing" },
	{ NULL },
};

static int plans; /* made and not yet undone */

static void check_bus(struct bus *bus, struct option_errors *errors)
{
	if (strcmp(bus->id, "bad") == 0)
		errors->add(errors, NULL, "is bad");
}

static void check_point(struct point *point, struct option_errors *errors)
{
	struct lamp_point *lamp = point->options;

	lamp->derived = lamp->wire * 2;
	if (lamp->wire > 90)
		errors->add(errors, "wire", "%lld is above 90", (long long)lamp->wire);
	if (lamp->cost > 9000)
		errors->add(errors, "cost", "is too much");
}

static bool overlap(const struct point *a, const struct point *b)
{
	return ((struct lamp_point *)a->options)->derived ==
	       ((struct lamp_point *)b->options)->derived;
}

static int plan(struct poll *poll)
{
	plans++;
	poll->plan = &plans;
	return 0;
}

static void unplan(struct poll *poll)
{
	assert_ptr_equal(poll->plan, &plans);
	plans--;
}

/* 100 ms a poll, and what its points say. */
static double cost_ms(const struct poll *poll)
{
	double cost = 100;

	assert_non_null(poll->plan);
	for (size_t i = 0; i < poll->count; i++) {
		assert_int_equal(poll->points[i]->poll_ms, poll->period_ms);
		cost += (double)((struct lamp_point *)poll->points[i]->options)->cost;
	}
	return cost;
}

static int64_t settle_ms(const struct point *point)
{
	return ((struct lamp_point *)point->options)->settle;
}

/* On a bus of its own kind, an answer that does not come takes 1 s, and 0.2 s more the second time.
 */
static double loss_ms(const struct device *device, bool again)
{
	(void)device;
	return again ? 1200 : 1000;
}

static int write_lamp(void *link, const struct point *point, double value)
{
	(void)link;
	(void)point;
	(void)value;
	return 0;
}

static int read_lamp(void *link, struct poll *poll, struct sink *sink)
{
	(void)link;
	(void)poll;
	(void)sink;
	return 0;
}

static const struct adapter_blocking lamp_blocking = { .read = read_lamp, .write = write_lamp };
static const struct adapter_blocking deaf_blocking = { .write = NULL };

static const struct adapter adapter_lamp = {
	.name = "lamp",
	.summary = "wires of the test",
	.bus_options = no_options,
	.device_options = no_options,
	.point_options = lamp_points,
	.point_size = sizeof(struct lamp_point),
	.check_bus = check_bus,
	.check_point = check_point,
	.overlap = overlap,
	.plan = plan,
	.unplan = unplan,
	.cost_ms = cost_ms,
	.settle_ms = settle_ms,
	.blocking = &lamp_blocking,
};

static const struct adapter adapter_mortal = {
	.name = "mortal",
	.summary = "lamps that may die",
	.bus_options = no_options,
	.device_options = no_options,
	.point_options = lamp_points,
	.point_size = sizeof(struct lamp_point),
	.check_bus = check_bus,
	.check_point = check_point,
	.overlap = overlap,
	.plan = plan,
	.unplan = unplan,
	.cost_ms = cost_ms,
	.loss_ms = loss_ms,
	.blocking = &lamp_blocking,
};

static const struct adapter adapter_deaf = {
	.name = "deaf",
	.summary = "inputs only",
	.point_options = lamp_points,
	.point_size = sizeof(struct lamp_point),
	.blocking = &deaf_blocking,
};

/* In place of adapters/table.c. */
const struct adapter *const adapter_table[] = { &adapter_deaf, &adapter_lamp, &adapter_mortal,
	NULL };

const struct adapter *adapter_find(const char *name)
{
	for (const struct adapter *const *a = adapter_table; *a; a++)
		if (strcmp((*a)->name, name) == 0)
			return *a;
	return NULL;
}

/* Everything but buses, devices and rules. */
#define HEAD                                                                                       \
	"site: { id = \"s\"; zh = \"s\"; en = \"s\"; }; mqtt: { host = \"h\"; };"                  \
	"daemon: { actions_armed = true; held_role = \"r\"; };"                                    \
	"zones = ( { id = \"z\"; zh = \"z\"; en = \"z\"; } );"                                     \
	"classes = ( { id = \"leak\"; kind = \"state\"; zh = \"l\"; en = \"l\";"                   \
	"  off_zh = \"d\"; off_en = \"d\"; on_zh = \"w\"; on_en = \"w\"; },"                       \
	" { id = \"cut\"; kind = \"state\"; zh = \"c\"; en = \"c\";"                               \
	"  off_zh = \"d\"; off_en = \"d\"; on_zh = \"w\"; on_en = \"w\"; } );"                     \
	"roles: { r: { zh = \"r\"; en = \"r\"; }; };\n"

#define STEP(id, clause)                                                                           \
	"{ id = \"" id "\"; clause = \"" clause "\"; by = [ \"r\" ]; zh = \"s\"; en = \"s\"; }"
#define TYPES                                                                                      \
	"types: { t: { number = 28; severity = \"low\"; zh = \"t\"; en = \"t\"; steps = (" STEP(   \
		"a", "28.1") "," STEP("b", "28.2") "); }; };\n"
#define RULE(more)                                                                                 \
	"rules: { r: { type = \"t\"; zh = \"r\"; en = \"r\"; condition = \"any(leak)\"; " more     \
	" }; };\n"
#define BUS "buses: { b: { adapter = \"lamp\"; zh = \"b\"; en = \"b\"; }; };\n"
#define DEVICE(points)                                                                             \
	"devices: { d: { bus = \"b\"; zone = \"z\"; zh = \"d\"; en = \"d\"; points: {\n" points    \
	"}; }; };\n"
#define POINT(id, class, more) id ": { class = \"" class "\"; zh = \"p\"; en = \"p\"; " more " };\n"

/* What is said of a text, without the file's name; free() it. detection: the listing too. */
static char *say(const char *text, bool detection)
{
	char path[64];
	struct config_report report = { 0 };
	struct config *config;
	char *said = NULL, *at;
	size_t size = 0;
	int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	report.out = open_memstream(&said, &size);
	config = config_load(path, &report);
	if (config) {
		config_lint(config, &report);
		if (detection)
			config_print_detection(config, report.out);
	}
	config_free(config);
	fclose(report.out);
	close(fd);
	assert_int_equal(plans, 0);
	while ((at = strstr(said, path)))
		memmove(at, at + strlen(path), strlen(at + strlen(path)) + 1);
	return said;
}

static void assert_said(const char *text, const char *expected)
{
	char *said = say(text, false);

	assert_string_equal(said, expected);
	free(said);
}

static void test_nothing_to_say(void **state)
{
	(void)state;
	assert_said(HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;")) RULE("") TYPES, "");
}

static void test_adapter_checks(void **state)
{
	(void)state;
	assert_said(HEAD BUS DEVICE(POINT("a", "leak", "wire = 91;\ncost = 9001;")) RULE("") TYPES,
		":4: point \"a\": wire 91 is above 90\n:5: point \"a\": cost is too much\n");
	assert_said(HEAD "buses: {\nbad: { adapter = \"lamp\"; zh = \"b\"; en = \"b\"; }; };\n"
			 "devices: { d: { bus = \"bad\"; zone = \"z\"; zh = \"d\"; en = \"d\";"
			 "points: { " POINT("a", "leak", "wire = 91;") "}; }; };\n" RULE("") TYPES,
		":3: bus \"bad\": is bad\n");
}

static void test_adapter_without_write(void **state)
{
	(void)state;
	assert_said(HEAD "buses: { b: { adapter = \"deaf\"; zh = \"b\"; en = \"b\"; }; };\n" DEVICE(
			    POINT("a", "leak", "wire = 1;") POINT(
				    "o", "cut", "wire = 2;\nwritable = true;")) RULE("") TYPES,
		":6: point \"o\": cannot be writable, for the adapter \"deaf\" only reads\n");
}

static void test_outputs(void **state)
{
	(void)state;
	/* "a" and "z" read the wire that is written twice: that is an echo; and both the same. */
	assert_said(HEAD BUS DEVICE(POINT("a", "leak", "wire = 2;") POINT(
			    "o", "cut", "wire = 2; writable = true; readback = \"a\";") POINT("p",
			    "cut", "wire = 2; writable = true;") POINT("z", "leak", "wire = 2;"))
			    RULE("") TYPES,
		":5: warning: output \"o\": its readback \"a\" is an echo: it is what the module "
		"was told, not what the load did, so a write is never called proved; wire an "
		"auxiliary contact to an input, and name that point\n"
		":6: warning: output \"p\": no readback, so a write cannot be proved; name the "
		"point that shows it\n"
		":7: warning: point \"z\": reads the input that point \"a\" reads; check their "
		"addresses, and those of their devices\n"
		":6: warning: output \"p\": writes what output \"o\" writes too; check their "
		"addresses\n"
		":5: warning: point \"o\": no rule, step, action or readback uses it\n"
		":6: warning: point \"p\": no rule, step, action or readback uses it\n");
}

/* P6: the wire that is written, and no other one. */
static void test_echo(void **state)
{
	(void)state;
	assert_said(HEAD BUS DEVICE(POINT("a", "leak", "wire = 2;") POINT(
			    "o", "leak", "wire = 2; writable = true; readback = \"a\";") POINT("c",
			    "leak", "wire = 3;") POINT("p", "leak",
			    "wire = 4; writable = true; readback = \"c\";")) RULE("") TYPES,
		":5: warning: output \"o\": its readback \"a\" is an echo: it is what the module "
		"was told, not what the load did, so a write is never called proved; wire an "
		"auxiliary contact to an input, and name that point\n");
}

static void test_action_that_writes_nothing(void **state)
{
	static const char action[] =
		"actions: { off: { class = \"cut\"; value = 0; mode = \"auto\"; zh = \"a\"; "
		"en = \"a\"; }; };\n";
	char text[4096];

	(void)state;
	snprintf(text, sizeof(text), "%s%s",
		HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;") POINT("o", "cut",
			"wire = 2; writable = true; armed = true; "
			"protected = true; readback = \"a\";")) RULE("") TYPES,
		action);
	assert_said(text, ":9: warning: action \"off\": every output of its class is protected or "
			  "not armed, so it writes nothing\n");
	snprintf(text, sizeof(text), "%s%s",
		HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;")) RULE("") TYPES, action);
	assert_said(text, ":8: warning: action \"off\": no output has the class \"cut\", so it "
			  "writes nothing\n");
}

static void test_nobody_is_asked_about_what_stays_held(void **state)
{
	char text[8192], *at;

	(void)state;
	snprintf(text, sizeof(text), "%s",
		HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;") POINT(
			"o", "leak", "wire = 2; writable = true; armed = true; readback = \"a\";"))
			RULE("") TYPES);
	at = strstr(text, "held_role = \"r\";");
	memset(at, ' ', strlen("held_role = \"r\";"));
	assert_said(text, ":5: warning: output \"o\" is armed, but nobody is asked about what "
			  "stays held for a day; name a role in daemon.held_role\n");
	memcpy(at, "held_role = \"x\";", strlen("held_role = \"r\";"));
	assert_said(text, ":1: daemon: role \"x\" does not exist (did you mean \"r\"?)\n");
}

static void test_plan(void **state)
{
	(void)state;
	assert_said(
		HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;")) RULE(
			"") "types: {\nt: { number = 28; severity = \"low\"; zh = \"t\"; en = "
			    "\"t\";"
			    "steps = ( " STEP("a",
				    "28.2") " ); };\n"
					    "u: { number = 2; severity = \"low\"; zh = \"t\"; en = "
					    "\"t\"; steps = (" STEP("a", "2.1") "," STEP(
						    "b", "2.2") "," STEP("c", "2.4") "); }; };\n",
		":9: note: type \"u\": no rule detects it; only a person can open it\n"
		":8: warning: type \"t\": no step for clause 28.1 of the plan; add one\n"
		":9: warning: type \"u\": no step for clause 2.3 of the plan; add one\n");
}

static void test_sensor_of_a_fact_known_in_some_zones(void **state)
{
	(void)state;
	assert_said(
		HEAD BUS DEVICE(POINT("a", "leak", "wire = 1;") POINT("b", "cut",
			"zone = \"s\"; wire = 2;")) "rules: { r: { type = \"t\"; zh = \"r\"; en = "
						    "\"r\"; condition = \"any(leak)\"; "
						    "zone = \"z\"; }; q: { type = \"t\"; zh = "
						    "\"r\"; en = \"r\"; condition = "
						    "\"any(cut)\"; }; };\n"
						    "types: { t: { number = 28; severity = "
						    "\"low\"; zh = \"t\"; en = \"t\"; facts = "
						    "( { id = \"off\"; ask = [ \"r\" ]; zh = "
						    "\"f\"; en = \"f\";\nsensor = \"any(cut)\"; "
						    "} ); steps = (" STEP("a",
							    "28.1") ", { id = \"b\"; clause = "
								    "\"28.2\"; by = [ \"r\" ];"
								    " zh = \"s\"; en = "
								    "\"s\"; fact = \"off\"; } ); }; "
								    "};\n",
		":9: warning: type \"t\", fact \"off\": sensor is never known in zone \"z\": there is "
		"no "
		"point of class \"cut\" in zone \"z\"\n");
}

/* Two polls of 1 s and 2 s: 100 + 300 and 100 + 500 ms; slowest point: 2 s + round 1 s + 5 s. */
static void test_detection(void **state)
{
	static const char text[] = HEAD BUS DEVICE(POINT("a", "leak", "wire = 1; cost = 300;")
			POINT("b", "leak", "wire = 2; cost = 500; poll = \"2 s\";"))
		RULE("for = \"5 s\"; detect_within = \"7900 ms\";") TYPES;
	char *said = say(text, true);

	(void)state;
	assert_string_equal(said, ":7: warning: rule \"r\": detects within 8 s at worst (2 s poll "
				  "of b + 1 s round of b "
				  "+ 5 s delay), but detect_within is 7.9 s\n"
				  "rule \"r\": detects within 8 s, of 7.9 s: 2 s poll of b + 1 s "
				  "round of b + 5 s delay\n");
	free(said);
	assert_said(HEAD BUS DEVICE(POINT("a", "leak", "wire = 1; cost = 300;")
				    POINT("b", "leak", "wire = 2; cost = 500; poll = \"2 s\";"))
			    RULE("for = \"5 s\"; detect_within = \"8 s\";") TYPES,
		"");
}

static void test_what_is_debounced_is_detected_later(void **state)
{
	static const char text[] = HEAD BUS DEVICE(POINT("a", "leak", "wire = 1; settle = 1500;")
			POINT("b", "leak", "wire = 2; poll = \"2 s\";"))
		RULE("detect_within = \"3 s\";") TYPES;
	char *said = say(text, true);

	(void)state;
	assert_non_null(strstr(said, "detects within 2.7 s, of 3 s: 1 s poll of a + 200 ms round "
				     "of b + 1.5 s until it settles\n"));
	free(said);
}

#define MORTAL "buses: { b: { adapter = \"mortal\"; zh = \"b\"; en = \"b\"; }; };\n"
#define MORTAL_DEVICES(points)                                                                               \
	"devices: { d: { bus = \"b\"; zone = \"z\"; zh = \"d\"; en = \"d\"; points: { " points               \
	" }; };\n"                                                                                           \
	"e: { bus = \"b\"; zone = \"z\"; zh = \"e\"; en = \"e\"; points: { " POINT("e1", "leak",             \
		"wire = 8;") " }; "                                                                          \
			     "};\nf: { bus = \"b\"; zone = \"z\"; zh = \"f\"; en = \"f\"; points: { " POINT( \
				     "f1", "leak", "wire = 9;") " }; }; };\n"

/*
 * Three devices of 0.1 s each. All well: 1 s + 0.3 s + 5 s. Dead: and 1 s of one of them, 1.2 s of
 * a lost answer of its own. As they die: and 1 s of each of the two, and one second try.
 */
static void test_three_figures(void **state)
{
	static const char text[] =
		HEAD MORTAL MORTAL_DEVICES(POINT("a", "leak", "wire = 1; stale = \"4 s\";"))
			RULE("for = \"5 s\"; detect_within = \"9 s\";") TYPES;
	char *said = say(text, true);

	(void)state;
	assert_non_null(strstr(said,
		"rule \"r\": detects within 9.5 s at worst (1 s poll of a + 300 ms round of b + 3.2 s "
		"until all that die have been asked + 5 s delay), but detect_within is 9 s\n"));
	assert_non_null(strstr(said,
		"rule \"r\": detects within 6.3 s; with every neighbour dead 8.5 s; as all die 9.5 s, "
		"of 9 s: 1 s poll of a"));
	free(said);
}

/* 1 s poll + 0.3 s round + 2.2 s held up. */
static void test_a_delay_that_staleness_would_hold_up(void **state)
{
	static const char short_[] = HEAD MORTAL MORTAL_DEVICES(
		POINT("a", "leak", "wire = 1; stale = \"3400 ms\";")) RULE("for = \"5 s\";") TYPES;
	static const char at_once[] = HEAD MORTAL MORTAL_DEVICES(
		POINT("a", "leak", "wire = 1; stale = \"3400 ms\";")) RULE("") TYPES;
	char *said = say(short_, false);

	(void)state;
	assert_non_null(strstr(said,
		"rule \"r\": its delay of 5 s is held up whenever \"a\" is stale, which it is after "
		"3.4 s, and with others of its bus dead it may not be read for 3.5 s: "));
	free(said);
	said = say(at_once, false);
	assert_null(strstr(said, "held up"));
	free(said);
}

/* The poll of a point that comes by itself says how long it may be silent, not when it is seen. */
static void test_what_comes_by_itself_is_seen_at_once(void **state)
{
	static const char text[] =
		HEAD "buses: { b: { adapter = \"deaf\"; zh = \"b\"; en = \"b\"; }; };\n" DEVICE(
			POINT("a", "leak", "wire = 1; poll = \"1 h\";"))
			RULE("for = \"5 s\"; detect_within = \"8 s\";") TYPES;
	char *said = say(text, true);

	(void)state;
	assert_string_equal(
		said, "rule \"r\": detects within 5 s, of 8 s: a comes by itself + 5 s delay\n");
	free(said);
}

static void test_long_times_are_readable(void **state)
{
	static const char text[] = HEAD BUS DEVICE(POINT("a", "leak", "wire = 1; poll = \"1 h\";"))
		RULE("detect_within = \"8 s\";") TYPES;
	char *said = say(text, false);

	(void)state;
	assert_string_equal(said,
		":6: warning: rule \"r\": detects within 1 h at worst (1 h poll of a + 100 ms "
		"round of b), but detect_within is 8 s\n");
	free(said);
}

static void test_bus_time(void **state)
{
	(void)state;
	assert_said(HEAD "buses: { b: { adapter = \"lamp\"; zh = \"b\"; en = \"b\"; };\n"
			 "idle: { adapter = \"lamp\"; zh = \"b\"; en = \"b\"; }; };\n" DEVICE(
				 POINT("a", "leak", "wire = 1; cost = 1400;")) RULE("") TYPES,
		":2: warning: bus \"b\": its polls need 150 % of its time; poll less often\n"
		":3: warning: bus \"idle\": no device hangs on it\n");
}

/* Told at the line of the first bus that has none; one fewer is well. */
static void test_more_buses_than_descriptors(void **state)
{
	enum { MOST = (DESCRIPTOR_MAX - 64) / 3 };

	(void)state;
	for (int count = MOST; count <= MOST + 1; count++) {
		char *text = NULL, *said;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		fputs(HEAD BUS, out);
		fseek(out, -(long)strlen("};\n"), SEEK_CUR);
		for (int i = 2; i <= count; i++)
			fprintf(out, "b%d: { adapter = \"lamp\"; zh = \"b\"; en = \"b\"; };\n", i);
		fputs("};\n" DEVICE(POINT("a", "leak", "wire = 1;")) RULE("") TYPES, out);
		fclose(out);
		said = say(text, false);
		assert_int_equal(
			strstr(said, "bus \"b321\": there are descriptors for the 320 buses "
				     "before it") != NULL,
			count > MOST);
		free(said);
		free(text);
	}
}

static void test_options_are_printed(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	config_print_options(out);
	fclose(out);
	assert_non_null(strstr(text, "mqtt\n  host "));
	assert_non_null(strstr(text, "  bus              text, required\n"));
	assert_null(strstr(text, "(null)"));
	assert_non_null(strstr(text, "devices.<id>.points.<id>, adapter \"lamp\"\n  wire "));
	assert_non_null(strstr(text, "\"low\" \"medium\" \"high\" \"critical\", required"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_to_say),
		cmocka_unit_test(test_adapter_checks),
		cmocka_unit_test(test_adapter_without_write),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_action_that_writes_nothing),
		cmocka_unit_test(test_nobody_is_asked_about_what_stays_held),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_sensor_of_a_fact_known_in_some_zones),
		cmocka_unit_test(test_detection),
		cmocka_unit_test(test_what_is_debounced_is_detected_later),
		cmocka_unit_test(test_three_figures),
		cmocka_unit_test(test_a_delay_that_staleness_would_hold_up),
		cmocka_unit_test(test_what_comes_by_itself_is_seen_at_once),
		cmocka_unit_test(test_long_times_are_readable),
		cmocka_unit_test(test_bus_time),
		cmocka_unit_test(test_more_buses_than_descriptors),
		cmocka_unit_test(test_options_are_printed),
	};

	return cmocka_run_group_tests_name("lint", tests, NULL, NULL) ? 1 : 0;
}
