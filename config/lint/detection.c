/*
 * Worst-case detection times: a change just missed by a poll is seen one period
 * later, behind everything else that its bus has to ask and write, must settle where its point is
 * debounced, and must then last for the rule's own delay. What comes by itself is there at once:
 * there `poll` only says how long it may be silent. How long the others of the bus keep it from
 * being asked when they do not answer follows from the order of the schedule (daemon/bus): with
 * the dead, one time-out and the second try of an answer of its own; as they die, one of each and
 * one second try, since nobody knows yet who lives.
 */
#include "config/lint/detection.h"

#include "adapters/adapter.h"

#include <math.h>
#include <stdlib.h>

/* The cost of one poll; 0 where the adapter cannot say. */
static double poll_cost_ms(const struct adapter *adapter, struct poll *poll)
{
	double cost = 0;

	if (adapter->plan && adapter->plan(poll) != 0)
		return 0;
	cost = adapter->cost_ms(poll);
	if (adapter->unplan)
		adapter->unplan(poll);
	return cost;
}

/* The points of a device with the same periods are one poll, as in the daemon. */
static void add_device(struct bus_load *load, const struct device *device, const struct point **due)
{
	for (size_t i = 0; i < device->point_count; i++) {
		struct poll poll = { .device = device, .points = due };
		bool told = false;
		double cost;

		poll.period_ms = device->points[i]->poll_ms;
		for (size_t j = 0; j < device->point_count; j++) {
			if (!point_same_poll(device->points[j], device->points[i]))
				continue;
			told |= j < i;
			due[poll.count++] = device->points[j];
		}
		if (told)
			continue;
		cost = poll_cost_ms(device->bus->adapter, &poll);
		load->round_ms += cost;
		load->share += cost / (double)poll.period_ms;
	}
}

static double loss_ms(const struct device *device, bool again)
{
	const struct adapter *adapter = device->bus->adapter;

	return adapter->loss_ms && device->point_count > 0 ? adapter->loss_ms(device, again) : 0;
}

static void add_losses(struct bus_load *load, const struct device *device)
{
	double lost_ms = loss_ms(device, false), again_ms = loss_ms(device, true);

	load->lost_ms += lost_ms;
	if (again_ms > load->again_ms)
		load->again_ms = again_ms;
	if (lost_ms > load->longest_ms) {
		load->second_ms = load->longest_ms;
		load->longest_ms = lost_ms;
		load->longest = device;
	} else if (lost_ms > load->second_ms) {
		load->second_ms = lost_ms;
	}
}

static void add_writes(struct bus_load *load, const struct device *device)
{
	for (size_t i = 0; i < device->point_count; i++) {
		const struct point *point = device->points[i];
		struct poll poll = {
			.device = device, .points = &point, .count = 1, .period_ms = point->poll_ms
		};

		if (!point->writable || !point->armed)
			continue;
		load->writes_ms += poll_cost_ms(device->bus->adapter, &poll);
		load->lost_writes_ms += loss_ms(device, false);
	}
}

struct bus_load *detection_buses(const struct config *config)
{
	const struct site *site = &config->site;
	struct bus_load *loads = calloc(site->bus_count + 1, sizeof(*loads));
	const struct point **due = calloc(site->point_count + 1, sizeof(*due));

	for (size_t d = 0; loads && due && d < site->device_count; d++) {
		const struct device *device = &site->devices[d];

		if (device->bus->adapter->cost_ms)
			add_device(&loads[device->bus->index], device, due);
		add_losses(&loads[device->bus->index], device);
		if (config->daemon.actions_armed && device->bus->adapter->cost_ms)
			add_writes(&loads[device->bus->index], device);
	}
	for (size_t b = 0; loads && b < site->bus_count; b++)
		if (loads[b].lost_writes_ms > WRITE_AGE_MAX_MS + loads[b].longest_ms)
			loads[b].lost_writes_ms = WRITE_AGE_MAX_MS + loads[b].longest_ms;
	free(due);
	return loads;
}

void lint_walk(const struct config *config, engine_use *use, void *context)
{
	const struct site *site = &config->site;
	char unread[256];
	struct engine *engine = engine_new(
		site, &config->plan, config->rules, config->rule_count, 1, unread, sizeof(unread));

	if (!engine) /* the loader has made one, so it holds */
		return;
	engine_walk(engine, use, context);
	engine_free(engine);
	for (size_t i = 0; i < config->plan.action_count; i++) {
		const char *interlock = config->plan.actions[i].interlock;
		struct expr_error error;
		struct expr *expr =
			interlock ? expr_compile(interlock, site, site->zones, &error) : NULL;

		if (expr)
			use(context, NULL, expr);
		expr_free(expr);
	}
}

struct search {
	const struct bus_load *loads;
	struct detection *found;
};

static double settle_ms(const struct point *point)
{
	const struct adapter *adapter = point->device->bus->adapter;

	return adapter->settle_ms ? (double)adapter->settle_ms(point) : 0;
}

/* The longest time-out of another device of its bus. */
static double longest_other_ms(const struct bus_load *load, const struct device *device)
{
	return load->longest == device ? load->second_ms : load->longest_ms;
}

/* What may keep it from being asked when due while others are dead: one of them, and a second try.
 */
static double held_up_ms(const struct bus_load *load, const struct device *device)
{
	return longest_other_ms(load, device) + loss_ms(device, true);
}

double detection_gap_ms(const struct bus_load *loads, const struct point *point)
{
	const struct bus_load *load = &loads[point->device->bus->index];

	if (!adapter_asks(point->device->bus->adapter))
		return 0;
	return (double)point->poll_ms + load->round_ms + held_up_ms(load, point->device);
}

static struct detection detect_by(
	const struct bus_load *load, const struct rule *rule, const struct point *point)
{
	const struct device *device = point->device;
	bool asked = adapter_asks(device->bus->adapter);
	struct detection found = { .slowest = point, .settle_ms = settle_ms(point) };
	double others_ms = load->lost_ms - loss_ms(device, false);
	double rest_ms = (double)rule->for_ms + found.settle_ms;

	if (asked) {
		found.poll_ms = (double)point->poll_ms;
		found.round_ms = load->round_ms;
		found.lost_ms = others_ms > 0 ? others_ms + load->again_ms : 0;
		found.writes_ms = load->writes_ms;
		rest_ms += found.poll_ms + found.round_ms + found.writes_ms;
	}
	for (size_t i = 0; i < DETECTION_CASE_COUNT; i++)
		found.worst_ms[i] = rest_ms;
	if (!asked)
		return found;
	if (others_ms > 0 && load->lost_writes_ms > 0) {
		found.writes_ms += load->lost_writes_ms;
		found.worst_ms[DETECTION_DEAD] += load->lost_writes_ms;
		found.worst_ms[DETECTION_DYING] += load->lost_writes_ms;
	}
	found.worst_ms[DETECTION_DEAD] += held_up_ms(load, device);
	found.worst_ms[DETECTION_DYING] += found.lost_ms;
	return found;
}

static void look_at(void *context, const struct rule *rule, const struct expr *expr)
{
	const struct search *search = context;
	const struct point *const *points;
	size_t count;

	if (!rule)
		return;
	points = expr_points(expr, &count);
	for (size_t i = 0; i < count; i++) {
		struct detection *found = &search->found[rule->index];
		struct detection new =
			detect_by(&search->loads[points[i]->device->bus->index], rule, points[i]);
		struct detection slower = *found;

		if (!found->slowest ||
			new.worst_ms[DETECTION_DYING] > found->worst_ms[DETECTION_DYING])
			slower = new;
		for (size_t k = 0; k < DETECTION_CASE_COUNT; k++)
			slower.worst_ms[k] = fmax(found->worst_ms[k], new.worst_ms[k]);
		*found = slower;
	}
}

struct detection *detection_rules(const struct config *config, const struct bus_load *loads)
{
	struct search search = { loads, calloc(config->rule_count + 1, sizeof(*search.found)) };

	if (search.found)
		lint_walk(config, look_at, &search);
	return search.found;
}

const char *detection_duration(double ms, char text[static DURATION_SIZE])
{
	static const struct {
		double from_ms, unit_ms;
		const char *unit;
	} units[] = { { 3600000, 3600000, "h" }, { 120000, 60000, "min" }, { 1000, 1000, "s" },
		{ 0, 1, "ms" } };
	size_t i = 0;

	/* What would be rounded up to a unit is that unit. */
	while (ms * 1.0005 < units[i].from_ms)
		i++;
	snprintf(text, DURATION_SIZE, "%.3g %s", ms / units[i].unit_ms, units[i].unit);
	return text;
}

const char *detection_figures(const struct detection *detection, char text[static FIGURES_SIZE])
{
	char well[DURATION_SIZE], dead[DURATION_SIZE], dying[DURATION_SIZE];

	detection_duration(detection->worst_ms[DETECTION_WELL], well);
	if (detection->worst_ms[DETECTION_DEAD] == detection->worst_ms[DETECTION_WELL] &&
		detection->worst_ms[DETECTION_DYING] == detection->worst_ms[DETECTION_WELL])
		snprintf(text, FIGURES_SIZE, "%s", well);
	else
		snprintf(text, FIGURES_SIZE, "%s; with every neighbour dead %s; as all die %s",
			well, detection_duration(detection->worst_ms[DETECTION_DEAD], dead),
			detection_duration(detection->worst_ms[DETECTION_DYING], dying));
	return text;
}

static void print_part(FILE *out, double ms, const char *what)
{
	char text[DURATION_SIZE];

	if (ms > 0)
		fprintf(out, " + %s %s", detection_duration(ms, text), what);
}

void detection_words(
	const struct detection *detection, const struct rule *rule, char *text, size_t size)
{
	const struct point *point = detection->slowest;
	FILE *out = fmemopen(text, size, "w");
	char poll[DURATION_SIZE], round[DURATION_SIZE];

	if (!out)
		return;
	if (!point)
		fputs("no point", out);
	else if (detection->poll_ms > 0)
		fprintf(out, "%s poll of %s + %s round of %s",
			detection_duration(detection->poll_ms, poll), point->id,
			detection_duration(detection->round_ms, round), point->device->bus->id);
	else
		fprintf(out, "%s comes by itself", point->id);
	print_part(out, detection->lost_ms, "until all that die have been asked");
	print_part(out, detection->writes_ms, "of writes");
	print_part(out, detection->settle_ms, "until it settles");
	print_part(out, (double)rule->for_ms, "delay");
	fclose(out);
}

void config_print_detection(const struct config *config, FILE *out)
{
	struct bus_load *loads = detection_buses(config);
	struct detection *found = loads ? detection_rules(config, loads) : NULL;

	for (size_t i = 0; found && i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];
		char words[320] = "", figures[FIGURES_SIZE], number[DURATION_SIZE];

		detection_words(&found[i], rule, words, sizeof(words));
		fprintf(out, "rule \"%s\": detects within %s", rule->id,
			detection_figures(&found[i], figures));
		if (rule->detect_within_ms)
			fprintf(out, ", of %s",
				detection_duration((double)rule->detect_within_ms, number));
		fprintf(out, ": %s\n", words);
	}
	free(found);
	free(loads);
}
