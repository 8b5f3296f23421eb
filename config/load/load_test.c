/*
 * Whole configurations: the manual's sample, defaults, and texts that are cut off
 * or damaged, which must be refused or loaded but never crash.
 */
#include "config/load/keys.h"
#include "config/load/load.h"
#include "tests/sanitized.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static char *slurp(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	fclose(file);
	return text;
}

/* Loads a text; what was said goes to *said, to be freed, where said is not NULL. */
static struct config *load_text(const char *text, size_t length, char **said)
{
	char path[64];
	struct config_report report = { 0 };
	struct config *config;
	char *words = NULL;
	size_t size = 0;
	int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	report.out = open_memstream(&words, &size);
	config = config_load(path, &report);
	fclose(report.out);
	close(fd);
	assert_true((config == NULL) == (report.errors > 0));
	if (said)
		*said = words;
	else
		free(words);
	return config;
}

/* The first block of the manual, as its reader would copy it. */
static char *manual_sample(void)
{
	char *manual = slurp("docs/configuration.md");
	char *begin = strstr(manual, "```\n") + 4;
	char *sample;

	*strstr(begin, "```") = '\0';
	sample = strdup(begin);
	free(manual);
	return sample;
}

static void test_manual_sample(void **state)
{
	char *sample = manual_sample();
	char *said;
	struct config *config = load_text(sample, strlen(sample), &said);
	const struct point *supply, *pressure;

	(void)state;
	assert_string_equal(said, "");
	assert_non_null(config);
	supply = site_point(&config->site, "f3-boiler-supply");
	pressure = site_point(&config->site, "f3-water-pressure");
	assert_non_null(supply);
	assert_ptr_equal(supply->readback, site_point(&config->site, "f3-boiler-live"));
	assert_true(supply->writable && supply->armed && !supply->protected);
	assert_true(supply->min == 0 && supply->max == 1);
	assert_true(supply->held && isnan(*supply->held)); /* not yet written */
	assert_null(pressure->held);
	assert_string_equal(supply->zone->id, "f3.tea");
	assert_string_equal(supply->zone->parent->id, "f3");
	assert_ptr_equal(supply->zone->parent->parent, config->site.zones);
	assert_string_equal(config->site.zones[0].id, "centre");
	assert_string_equal(pressure->zone->id, "f3");
	assert_true(pressure->max == 10.0);
	assert_string_equal(pressure->name.zh, "三层水压");
	assert_ptr_equal(pressure->device->bus->devices[0], pressure->device);
	assert_ptr_equal(config->plan.types[0].steps[1].action, &config->plan.actions[0]);
	assert_string_equal(config->plan.types[0].steps[0].by[0]->id, "service_desk");
	assert_string_equal(config->plan.types[0].steps[0].tell[0]->id, "property");
	assert_int_equal(config->plan.types[0].steps[0].role_count, 2);
	assert_null(config->plan.types[0].steps[0].fact);
	assert_ptr_equal(config->plan.types[0].steps[2].fact, &config->plan.types[0].facts[0]);
	assert_int_equal(config->plan.actions[0].mode, ACTION_AUTO);
	assert_int_equal(config->plan.actions[0].scope, ACTION_FLOOR);
	assert_ptr_equal(config->rules[0].type, &config->plan.types[0]);
	assert_true(config->rules[0].each_zone);
	assert_ptr_equal(config->rules[0].zone, config->site.zones);
	assert_int_equal(config->rules[0].for_ms, 5000);
	assert_non_null(strstr(config->rules[0].where, ":"));
	free(said);
	free(sample);
	config_free(config);
}

/* The facts of the type "leak" of a configuration that is good but for what stands here. */
static struct config *load_facts(const char *facts, const char *steps)
{
	static const char *const files[] = { "site", "zones", "classes", "buses", "devices",
		"people" };
	char text[4096], *said, *base = realpath("tests/config-errors/base", NULL);
	struct config *config;
	size_t used = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"@include \"%s/%s.conf\"\n", base, files[i]);
	free(base);
	snprintf(text + used, sizeof(text) - used,
		"daemon: { deadline_scale = 0.5; };\n"
		"types: { leak: { number = 16; severity = \"medium\"; zh = \"a\"; en = \"a\";\n"
		"facts = ( %s ); steps = ( %s ); }; };\n"
		"rules: { leak: { type = \"leak\"; zh = \"a\"; en = \"a\"; condition = "
		"\"any(leak)\"; }; };\n",
		facts, steps);
	config = load_text(text, strlen(text), &said);
	if (!config)
		fail_msg("%s", said);
	free(said);
	return config;
}

#define FACT "zh = \"a\"; en = \"a\"; ask = [ \"property\" ]; "
#define STEP "clause = \"16.1\"; zh = \"a\"; en = \"a\"; by = [ \"property\" ]; "

static void test_facts(void **state)
{
	struct config *config =
		load_facts("{ id = \"hurt\"; unknown = \"yes\"; sensor = \"any(leak)\"; " FACT "},"
			   "{ id = \"out\"; worse = \"no\"; deadline = \"1 min\"; " FACT "},"
			   "{ id = \"long\"; after = \"20 min\"; " FACT "}",
			"{ id = \"a\"; fact = \"hurt\"; " STEP "},"
			"{ id = \"b\"; fact = \"out\"; " STEP "},"
			"{ id = \"c\"; fact = \"!out\"; " STEP "},"
			"{ id = \"d\"; fact = \"!long\"; " STEP "}");
	const struct incident_type *leak = &config->plan.types[0];
	const struct fact *hurt = &leak->facts[0], *out = &leak->facts[1],
			  *is_long = &leak->facts[2];

	(void)state;
	assert_int_equal(leak->fact_count, 3);
	assert_string_equal(hurt->id, "hurt");
	assert_string_equal(hurt->sensor, "any(leak)");
	assert_string_equal(hurt->ask[0]->id, "property");
	assert_int_equal(hurt->unknown, FACT_UNKNOWN_YES);
	assert_true(hurt->worse);
	assert_int_equal(hurt->deadline_ms, 60 * 1000); /* 2 min by default, and half of it */
	assert_int_equal(hurt->after_ms, 0);
	assert_int_equal(out->unknown, FACT_UNKNOWN_ASK);
	assert_false(out->worse);
	assert_int_equal(out->deadline_ms, 30 * 1000);
	assert_int_equal(is_long->after_ms, 10 * 60 * 1000);
	assert_int_equal(is_long->deadline_ms, is_long->after_ms);
	assert_int_equal(is_long->index, 2);
	assert_ptr_equal(leak->steps[1].fact, out);
	assert_false(leak->steps[1].fact_negated);
	assert_ptr_equal(leak->steps[2].fact, out);
	assert_true(leak->steps[2].fact_negated);
	config_free(config);
}

/* What a point of this range is, of the manual's sample. */
static struct point sample_point(const char *range)
{
	static const char was[] = "min = 0.0; max = 10.0;";
	char *sample = manual_sample(), *text, *said, *at = strstr(sample, was);
	struct config *config;
	struct point point;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - sample), sample, range,
			    at + strlen(was)) > 0);
	config = load_text(text, strlen(text), &said);
	if (!config)
		fail_msg("%s", said);
	point = *site_point(&config->site, "f3-water-pressure");
	config_free(config);
	free(said);
	free(text);
	free(sample);
	return point;
}

static void assert_range(
	const struct point *point, double fault_low, double min, double max, double fault_high)
{
	assert_true(fabs(point->min - min) < 1e-9);
	assert_true(fabs(point->max - max) < 1e-9);
	assert_true(fabs(point->min - point->under - fault_low) < 1e-9);
	assert_true(fabs(point->max + point->over - fault_high) < 1e-9);
}

/* NAMUR NE 43 for loops; without a word of it nothing is said beyond the range. */
static void test_what_a_sensor_can_say(void **state)
{
	struct point point = sample_point("min = 0.0; max = 10.0;");

	(void)state;
	assert_range(&point, 0, 0, 10, 10);
	point = sample_point("min = 0.0; max = 10.0; fault_high = 40.0;");
	assert_range(&point, 0, 0, 10, 40);
	point = sample_point("min = 0.0; max = 10.0; fault_low = -1.0;");
	assert_range(&point, -1, 0, 10, 10);
	point = sample_point("min = 4.0; max = 20.0; loop = \"4-20\";");
	assert_range(&point, 3.6, 3.8, 20.5, 21);
	point = sample_point("min = 0.0; max = 1.6; loop = \"4-20\";");
	assert_range(&point, -0.04, -0.02, 1.65, 1.7);
	point = sample_point("min = 0.0; max = 20.0; loop = \"0-20\";");
	assert_range(&point, 0, 0, 20.5, 21);
}

static void test_defaults(void **state)
{
	struct config_report report = { .out = stderr };
	struct config *config = config_load("tests/config-errors/base/all.conf", &report);
	const struct point *point;

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->mqtt.port, 1883);
	assert_int_equal(config->mqtt.keepalive_ms, 20000);
	assert_int_equal(config->mqtt.outbox_max, 100000);
	assert_string_equal(config->mqtt.client_id, "facilityd-hall");
	assert_null(config->mqtt.username);
	assert_false(config->daemon.actions_armed);
	assert_string_equal(config->daemon.state_dir, "/var/lib/facilityd");
	assert_int_equal(config->daemon.heartbeat_ms, 60000);
	assert_int_equal(config->daemon.record_within_ms, 250);
	point = site_point(&config->site, "f1-pressure");
	assert_int_equal(point->poll_ms, 1000);
	assert_int_equal(point->stale_ms, 3000);
	assert_int_equal(point->heartbeat_ms, 60000);
	assert_true(point->deadband == 0);
	assert_false(point->writable || point->armed || point->protected);
	assert_int_equal(config->plan.actions[0].confirm_ms, 5000);
	assert_false(config->plan.types[0].steps[0].mandatory);
	assert_int_equal(config->plan.types[0].steps[0].deadline_ms, 0);
	assert_int_equal(config->rules[1].for_ms, 0);
	assert_null(config->rules[1].clear_when);
	assert_int_equal(config->rules[1].detect_within_ms, 0);
	config_free(config);
}

static void test_summary(void **state)
{
	struct config_report report = { .out = stderr };
	struct config *config = config_load("tests/config-errors/base/all.conf", &report);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	config_summary(config, out);
	fclose(out);
	assert_string_equal(text,
		"configuration OK: 2 incident types, 7 steps, 2 rules in 4 zones, "
		"1 bus, 1 device, 4 points (1 output)\n");
	free(text);
	config_free(config);
}

/* Every key that the loader knows stands in the manual, under the heading of its group. */
static void test_manual_has_every_key(void **state)
{
	char *manual = slurp("docs/configuration.md");

	(void)state;
	for (size_t i = 0; i < KEYS_COUNT; i++) {
		char heading[64], key[64];
		char *begin, *end;

		snprintf(heading, sizeof(heading), "### `%s`\n", key_tables[i].path);
		begin = strstr(manual, heading);
		if (!begin)
			fail_msg("docs/configuration.md has no %s", heading);
		begin += strlen(heading);
		end = strstr(begin, "\n### ");
		if (end)
			*end = '\0';
		for (const struct option_spec *s = key_tables[i].specs; s->name; s++) {
			snprintf(key, sizeof(key), "\n| `%s` |", s->name);
			if (!strstr(begin, key) || !strstr(begin, s->help))
				fail_msg("docs/configuration.md, %s: %s is missing or means "
					 "something else",
					key_tables[i].path, s->name);
		}
		if (end)
			*end = '\n';
	}
	free(manual);
}

static void test_cut_off_anywhere(void **state)
{
	char *sample = manual_sample();
	size_t length = (size_t)(strrchr(sample, '}') - sample), loaded = 0;

	(void)state;
	for (size_t cut = 0; cut < length; cut += 11) {
		struct config *config = load_text(sample, cut, NULL);

		loaded += config != NULL;
		config_free(config);
	}
	/* Nothing but what follows the last bracket can be done without. */
	assert_int_equal(loaded, 0);
	free(sample);
}

static void test_damaged_anywhere(void **state)
{
	static const char alphabet[] = "\"{}()[];:=,/*#@\\0123456789abcxyz.-_ \n\t\x80\xE4\xFF\x01";
	const char *given = getenv("FACILITYD_SEED");
	unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
	char *sample = manual_sample();
	size_t length = strlen(sample), loaded = 0;

	(void)state;
	print_message("FACILITYD_SEED=%u\n", seed);
	srand(seed);
	for (int i = 0; i < 600; i++) {
		char *copy = strdup(sample);
		struct config *config;

		for (int hits = 1 + rand() % 3; hits > 0; hits--)
			copy[(size_t)rand() % length] =
				alphabet[(size_t)rand() % (sizeof(alphabet) - 1)];
		config = load_text(copy, length, NULL);
		loaded += config != NULL;
		config_free(config);
		free(copy);
	}
	print_message("%zu of 600 damaged texts were still a configuration\n", loaded);
	free(sample);
}

enum { POINTS = 5000, POINT_BYTES_MAX = 350 };

static char *many_points(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);

	fputs("site: { id = \"s\"; zh = \"站\"; en = \"Site\"; };\n"
	      "zones = ( { id = \"z\"; zh = \"区\"; en = \"Zone\"; } );\n"
	      "classes = ( { id = \"level\"; kind = \"number\"; unit = \"cm\"; decimals = 0;\n"
	      "  zh = \"液位\"; en = \"Level\"; } );\n"
	      "mqtt: { host = \"127.0.0.1\"; };\n"
	      "roles: { property: { zh = \"物业处\"; en = \"Property\"; }; };\n"
	      "types: { leak: { number = 16; severity = \"high\"; zh = \"漏水\"; en = \"Leak\";\n"
	      "  steps = ( { id = \"look\"; clause = \"16.1\"; by = [ \"property\" ];\n"
	      "    zh = \"查看\"; en = \"Look\"; } ); }; };\n"
	      "rules: { high: { type = \"leak\"; zh = \"高\"; en = \"High\";\n"
	      "  condition = \"any(level > 5 cm)\"; }; };\n"
	      "buses: { b: { adapter = \"modbus-tcp\"; host = \"127.0.0.1\"; zh = \"线\"; en = "
	      "\"Line\"; }; };\n"
	      "devices: { d: { bus = \"b\"; zone = \"z\"; unit = 1; address_base = \"0\"; poll = "
	      "\"1 s\";\n"
	      "  zh = \"从站\"; en = \"Slave\"; points: {\n",
		file);
	for (int i = 0; i < POINTS; i++)
		fprintf(file,
			"d-r%d: { class = \"level\"; table = \"holding\"; register = %d; min = "
			"0.0; "
			"max = 9.0; zh = \"点\"; en = \"Point\"; };\n",
			i, i);
	fputs("}; }; };\n", file);
	fclose(file);
	return text;
}

/* What is neither the program's nor the libraries'. */
static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident, shared;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%ld %ld %ld", &size, &resident, &shared), 3);
	fclose(file);
	return (resident - shared) * sysconf(_SC_PAGESIZE);
}

/* What only the loading needs is given back. */
static void test_memory_of_points(void **state)
{
	struct config *config;
	long before;
	char *text;

	(void)state;
	if (SANITIZED) /* whose own memory is many times what is measured */
		skip();
	text = many_points();
	malloc_trim(0);
	before = resident_bytes();
	config = load_text(text, strlen(text), NULL);
	malloc_trim(0);
	assert_non_null(config);
	assert_int_equal(config->site.point_count, POINTS);
	assert_in_range(resident_bytes() - before, POINTS * 200, POINTS * POINT_BYTES_MAX);
	config_free(config);
	malloc_trim(0);
	assert_true(resident_bytes() - before < POINTS * 50);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_manual_sample),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_what_a_sensor_can_say),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_summary),
		cmocka_unit_test(test_manual_has_every_key),
		cmocka_unit_test(test_cut_off_anywhere),
		cmocka_unit_test(test_damaged_anywhere),
		cmocka_unit_test(test_memory_of_points),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL) ? 1 : 0;
}
