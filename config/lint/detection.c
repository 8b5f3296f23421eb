/*
 * Worst-case detection times: a change just missed by a poll is seen one period
 * later, behind everything else that its bus has to ask, must settle where its point is
 * debounced, and must then last for the rule's own delay. What comes by itself is there at once:
 * there `poll` only says how long it may be silent.
 */
#include "config/lint/detection.h"

#include "adapters/adapter.h"

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

struct bus_load *detection_buses(const struct config *config)
{
	const struct site *site = &config->site;
	struct bus_load *loads = calloc(site->bus_count + 1, sizeof(*loads));
	const struct point **due = calloc(site->point_count + 1, sizeof(*due));

	for (size_t d = 0; loads && due && d < site->device_count; d++) {
		const struct device *device = &site->devices[d];

		if (device->bus->adapter->cost_ms)
			add_device(&loads[device->bus->index], device, due);
	}
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

static void look_at(void *context, const struct rule *rule, const struct expr *expr)
{
	const struct search *search = context;
	const struct point *const *points;
	struct detection *found;
	size_t count;

	if (!rule)
		return;
	found = &search->found[rule->index];
	points = expr_points(expr, &count);
	for (size_t i = 0; i < count; i++) {
		const struct bus *bus = points[i]->device->bus;
		double poll = adapter_asks(bus->adapter) ? (double)points[i]->poll_ms : 0;
		double round_ms = poll > 0 ? search->loads[bus->index].round_ms : 0;
		double settle = settle_ms(points[i]);
		double worst_ms = (double)rule->for_ms + poll + round_ms + settle;

		if (found->slowest && worst_ms <= found->worst_ms)
			continue;
		*found = (struct detection){ worst_ms, poll, points[i], round_ms, settle };
	}
}

struct detection *detection_rules(const struct config *config, const struct bus_load *loads)
{
	struct search search = { loads, calloc(config->rule_count + 1, sizeof(*search.found)) };

	if (search.found)
		lint_walk(config, look_at, &search);
	return search.found;
}

const char *detection_seconds(double ms, char text[static SECONDS_SIZE])
{
	snprintf(text, SECONDS_SIZE, ms < 99950 ? "%.3g s" : "%.0f s", ms / 1000);
	return text;
}

void detection_words(
	const struct detection *detection, const struct rule *rule, char *text, size_t size)
{
	const struct point *point = detection->slowest;
	FILE *out = fmemopen(text, size, "w");
	char number[SECONDS_SIZE];

	if (!out)
		return;
	if (!point)
		fputs("no point", out);
	else if (detection->poll_ms > 0)
		fprintf(out, "%g s poll of %s + %s round of %s", detection->poll_ms / 1000,
			point->id, detection_seconds(detection->round_ms, number),
			point->device->bus->id);
	else
		fprintf(out, "%s comes by itself", point->id);
	if (detection->settle_ms > 0)
		fprintf(out, " + %s until it settles",
			detection_seconds(detection->settle_ms, number));
	if (point)
		fprintf(out, " + %g s delay", (double)rule->for_ms / 1000);
	fclose(out);
}

void config_print_detection(const struct config *config, FILE *out)
{
	struct bus_load *loads = detection_buses(config);
	struct detection *found = loads ? detection_rules(config, loads) : NULL;

	for (size_t i = 0; found && i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];
		char words[256] = "", number[SECONDS_SIZE];

		detection_words(&found[i], rule, words, sizeof(words));
		fprintf(out, "rule \"%s\": detects within %s", rule->id,
			detection_seconds(found[i].worst_ms, number));
		if (rule->detect_within_ms)
			fprintf(out, " of %g s", (double)rule->detect_within_ms / 1000);
		fprintf(out, ": %s\n", words);
	}
	free(found);
	free(loads);
}
