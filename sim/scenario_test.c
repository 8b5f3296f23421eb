/* Scenario files: what is refused, with its line, and what the rest does. */
#include "sim/scenario.h"

#include "sim/test_site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

static struct scenario scenario;
static struct building b;
static struct fault fault;
static const struct device *silenced;

static void note_silence(void *owner, const struct device *device, bool silent)
{
	(void)owner;
	silenced = silent ? device : NULL;
}

static bool is_small(void *owner, const struct point *point, double value)
{
	(void)owner;
	(void)point;
	return value < 100;
}

/* The errors of a scenario's text, to be freed. */
static char *read_text(const char *text, unsigned *count)
{
	char *errors;
	size_t size;
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	FILE *out = open_memstream(&errors, &size);

	test_site_make();
	*count = scenario_read(&scenario, &test_site, in, "t.sim", out);
	fclose(in);
	fclose(out);
	return errors;
}

/* One error, which begins so. */
static void refuses(const char *text, const char *error)
{
	unsigned count;
	char *errors = read_text(text, &count);

	if (count != 1 || strncmp(errors, error, strlen(error)) != 0)
		fail_msg("%u errors for %s: %s", count, text, errors);
	free(errors);
	scenario_release(&scenario);
}

static void refuses_openings(void **state)
{
	(void)state;
	refuses("nomal class leak 1\n", "t.sim:1: \"nomal\" begins no line");
	refuses("\n# x\nnormal class leek 1\n",
		"t.sim:3: unknown class \"leek\" (did you mean \"leak\"?)");
	refuses("normal class leak damp\n",
		"t.sim:1: \"damp\" is not a state of leak: 0 (dry) or 1 (wet)");
	refuses("normal class water.pressure 3 psi\n", "t.sim:1: \"psi\" is one word too many");
	refuses("normal class water.pressure 3psi\n",
		"t.sim:1: \"3psi\" is not a value of water.pressure (bar)");
	refuses("normal class water.pressure nan\n", "t.sim:1: \"nan\" is not a value");
	refuses("normal class water.pressure\n", "t.sim:1: a value of water.pressure is missing");
	refuses("normal point f9-leak 1\n", "t.sim:1: unknown point \"f9-leak\" (did you mean");
	refuses("normal f1-leak 1\n", "t.sim:1: expected \"class\" or \"point\"");
	refuses("normal class leak in f7 1\n", "t.sim:1: unknown zone \"f7\"");
	refuses("normal class leak in ZONE 1\n", "t.sim:1: ZONE is no parameter of this event");
	refuses("noise class leak 1\n", "t.sim:1: leak is a state and cannot be noisy");
	refuses("noise class water.pressure -1\n", "t.sim:1: noise must not be negative");
	refuses("relay 50\n", "t.sim:1: \"50\" needs a unit: ms, s, min or h");
	refuses("relay soon\n", "t.sim:1: \"soon\" is not a duration");
	refuses("relay -1s\n", "t.sim:1: \"-1s\" is not a duration");
	refuses("follow class boiler.temperature output boiler.suply 96 25\n",
		"t.sim:1: unknown class \"boiler.suply\" (did you mean \"boiler.supply\"?)");
	refuses("follow class boiler.temperature boiler.supply 96 25\n",
		"t.sim:1: expected \"output\"");
	refuses("follow class boiler.temperature output boiler.supply 96 25 5s\n",
		"t.sim:1: expected \"tau\"");
}

static void refuses_events(void **state)
{
	(void)state;
	refuses("event flood ZONE\n", "t.sim:1: a \":\" must follow the event's name");
	refuses("event : reset\n", "t.sim:1: an event begins with its name");
	refuses("event ZONE flood : reset\n", "t.sim:1: an event begins with its name");
	refuses("event flood PLACE : reset\n",
		"t.sim:1: \"PLACE\" is no kind of parameter: ZONE, POINT or DEVICE");
	refuses("event flood ZONE=f12 : reset\n", "t.sim:1: unknown zone \"f12\"");
	refuses("event a b c d e f g : reset\n", "t.sim:1: more than 6 words");
	refuses("event flood :\n\n\tmake class leak 1\n", "t.sim:3: \"make\" is no effect");
	refuses("event flood :\n\tset class leak in ZONE 1\n",
		"t.sim:2: ZONE is no parameter of this event");
	refuses("event flood POINT :\n\tset class leak in POINT 1\n",
		"t.sim:2: POINT is no parameter of this event");
	refuses("event flood : stuck\n", "t.sim:1: the name of a point is missing");
	refuses("event flood : silent watr\n",
		"t.sim:1: unknown device \"watr\" (did you mean \"water\"?)");
	refuses("event flood : set class leak 1 over\n", "t.sim:1: a duration is missing");
	refuses("event flood : reset now\n", "t.sim:1: \"now\" is one word too many");
	refuses("\treset\n", "t.sim:1: an indented line needs an event above it");
	refuses("event a : reset\nrelay 1s\n\treset\n",
		"t.sim:3: an indented line needs an event above it");
}

static void refuses_all_in_one_run(void **state)
{
	char text[2048] = "relay x\n", *errors;
	unsigned count;

	(void)state;
	memset(text + 8, 'y', 1000);
	strcpy(text + 1008, "\nnormal class leak 7\n");
	strcat(text, "relay 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n");
	errors = read_text(text, &count);
	assert_int_equal(count, 4);
	assert_non_null(strstr(errors, "t.sim:2: the line is too long\n"));
	assert_non_null(strstr(errors, "t.sim:3: \"7\" is not a state"));
	assert_non_null(strstr(errors, "t.sim:4: the line is too long\n"));
	free(errors);
	scenario_release(&scenario);
}

static const char good[] =
	"relay 80 ms # slow\n"
	"normal class water.pressure 3.2bar\n"
	"normal point f2-pressure 3 bar\n"
	"normal class boiler.supply on\n"
	"follow class boiler.temperature output boiler.supply 96 25 tau 0s\n"
	"event water-cut ZONE=f1 : set class water.pressure in ZONE 0.1 over 2 s\n"
	"event water-back :\n"
	"\tset class water.pressure normal\n"
	"event burst ZONE wide :\n"
	"\tset class leak in ZONE wet\n"
	"\n"
	"\tset class water.pressure in ZONE 1\n"
	"event burst ZONE=f2 :\n"
	"\tset class leak in ZONE 1\n"
	"event stuck POINT : stuck POINT\n"
	"event silent DEVICE: silent DEVICE\n"
	"event too-much : set point f1-pressure 1000\n";

static int setup(void **state)
{
	unsigned count;
	char *errors = read_text(good, &count);

	(void)state;
	assert_string_equal(errors, "");
	free(errors);
	assert_int_equal(building_init(&b, &test_site), 0);
	b.silence = note_silence;
	b.can_show = is_small;
	scenario_begin(&scenario, &b, 0);
	silenced = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	building_release(&b);
	scenario_release(&scenario);
	return 0;
}

static bool does(const char *command, int64_t now_ms)
{
	struct words words;
	char line[128];

	strcpy(line, command);
	assert_true(words_split(&words, line));
	fault.text[0] = '\0';
	return scenario_do(&scenario, &b, &words, now_ms, &fault);
}

#define VALUE(i, v) assert_true(fabs(building_value(&b, &test_points[i]) - (v)) < 1e-6)

static void begins(void **state)
{
	(void)state;
	assert_int_equal(b.relay_ms, 80);
	VALUE(F1_PRESSURE, 3.2);
	VALUE(F2_PRESSURE, 3);
	VALUE(F1_SUPPLY, 1);
	VALUE(F1_CONTACTOR, 1);
	VALUE(F1_TEMPERATURE, 96);
}

static void events(void **state)
{
	(void)state;
	assert_true(does("water-cut f2", 0));
	building_step(&b, 1000);
	VALUE(F2_PRESSURE, 1.55);
	VALUE(F1_PRESSURE, 3.2);
	assert_true(does("water-cut", 3000)); /* its own floor */
	building_step(&b, 5000);
	VALUE(F1_PRESSURE, 0.1);
	assert_true(does("water-back", 6000));
	VALUE(F1_PRESSURE, 3.2);
	VALUE(F2_PRESSURE, 3);
	assert_true(does("burst", 6000));
	VALUE(F2_LEAK, 1);
	VALUE(F1_LEAK, 0);
	assert_true(does("burst f1 wide", 6000));
	VALUE(F1_LEAK, 1);
	VALUE(F1_PRESSURE, 1);
	assert_true(does("silent boiler", 6000));
	assert_ptr_equal(silenced, &test_devices[1]);
	assert_true(does("stuck f1-supply", 6000));
	assert_true(b.points[F1_SUPPLY].stuck);
}

/* A tea room has a leak sensor and no pressure: what is there is moved. */
static void events_where_a_sensor_lacks(void **state)
{
	(void)state;
	assert_true(does("burst f1.tea wide", 0));
	VALUE(F1_LEAK, 1);
	VALUE(F1_PRESSURE, 3.2);
}

static void events_refused(void **state)
{
	static const struct {
		const char *command, *why;
	} cases[] = {
		{ "water-ct", "unknown event \"water-ct\" (did you mean \"water-cut\"?)" },
		{ "", "an event is missing" },
		{ "water-cut f22", "unknown zone \"f22\" (did you mean \"f2\"?)" },
		{ "water-cut f1 now", "expected: water-cut ZONE=f1" },
		{ "water-back f1", "expected: water-back" },
		{ "stuck", "expected: stuck POINT" },
		{ "stuck f1-suply", "unknown point \"f1-suply\" (did you mean \"f1-supply\"?)" },
		{ "stuck f1-leak", "f1-leak is neither an output nor the read-back of one" },
		{ "silent boilr", "unknown device \"boilr\" (did you mean \"boiler\"?)" },
		{ "water-cut f1.tea", "there is no water.pressure in f1.tea" },
		{ "too-much", "f1-pressure has no register that holds 1000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_false(does(cases[i].command, 0));
		assert_string_equal(fault.text, cases[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_openings),
		cmocka_unit_test(refuses_events),
		cmocka_unit_test(refuses_all_in_one_run),
		cmocka_unit_test_setup_teardown(begins, setup, teardown),
		cmocka_unit_test_setup_teardown(events, setup, teardown),
		cmocka_unit_test_setup_teardown(events_where_a_sensor_lacks, setup, teardown),
		cmocka_unit_test_setup_teardown(events_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL) ? 1 : 0;
}
