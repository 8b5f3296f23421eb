/*
 * Warnings about meaning: a configuration that loads, and yet does not do what
 * the plan wants. Each lint is a function; config_lint() is their list.
 */
#include "config/lint/lint.h"
#include "adapters/adapter.h"
#include "config/lint/detection.h"
#include "config/lint/people.h"
#include "config/lint/stage.h"
#include "config/load/clauses.h"
#include "config/load/loading.h"

#include <stdlib.h>

struct lint {
	const struct config *config;
	const struct config_places *places;
	struct config_report *report;
};

static void lint_types(const struct lint *lint)
{
	const struct config *config = lint->config;

	for (size_t t = 0; t < config->plan.type_count; t++) {
		const struct incident_type *type = &config->plan.types[t];
		size_t r = 0;

		while (r < config->rule_count && config->rules[r].type != type)
			r++;
		if (r == config->rule_count)
			report_note(lint->report, lint->places->types[t],
				"type \"%s\": no rule detects it; only a person can open it",
				type->id);
	}
}

static bool has_clause(const struct incident_type *type, int clause)
{
	for (size_t s = 0; s < type->step_count; s++) {
		int incident, part;

		if (clause_parse(type->steps[s].clause, &incident, &part) && part == clause)
			return true;
	}
	return false;
}

static void lint_clauses(const struct lint *lint)
{
	const struct plan *plan = &lint->config->plan;

	for (size_t t = 0; t < plan->type_count; t++)
		for (int c = 1; c <= clause_count(plan->types[t].number); c++)
			if (!has_clause(&plan->types[t], c))
				report_warning(lint->report, lint->places->types[t],
					"type \"%s\": no step for clause %d.%d of the plan; add "
					"one",
					plan->types[t].id, plan->types[t].number, c);
}

static void lint_readback(const struct lint *lint, const struct point *point)
{
	struct place place = lint->places->points[point->index];

	if (!point->readback)
		report_warning(lint->report, place,
			"output \"%s\": no readback, so a write cannot be proved; name the "
			"point that shows it",
			point->id);
	else if (point->echoes)
		report_warning(lint->report, place,
			"output \"%s\": its readback \"%s\" is an echo: it is what the module was "
			"told, not what the load did, so a write is never called proved; wire an "
			"auxiliary contact to an input, and name that point",
			point->id, point->readback->id);
}

static void lint_readbacks(const struct lint *lint)
{
	const struct site *site = &lint->config->site;

	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].writable)
			lint_readback(lint, &site->points[i]);
}

/* Of two outputs each undoes the other; what happens to one input would seem to happen to both. */
static void lint_overlap(const struct lint *lint, const struct point *a, const struct point *b)
{
	struct place place = lint->places->points[b->index];

	if (a->writable)
		report_warning(lint->report, place,
			"output \"%s\": writes what output \"%s\" writes too; check their "
			"addresses",
			b->id, a->id);
	else
		report_warning(lint->report, place,
			"point \"%s\": reads the input that point \"%s\" reads; check their "
			"addresses, and those of their devices",
			b->id, a->id);
}

static void lint_overlaps(const struct lint *lint)
{
	const struct site *site = &lint->config->site;

	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *a = &site->points[i];
		const struct adapter *adapter = a->device->bus->adapter;

		for (size_t j = i + 1; adapter->overlap && j < site->point_count; j++) {
			const struct point *b = &site->points[j];

			if (b->writable == a->writable && b->device->bus == a->device->bus &&
				adapter->overlap(a, b))
				lint_overlap(lint, a, b);
		}
	}
}

static void mark_used(void *context, const struct rule *rule, const struct expr *expr)
{
	bool *used = context;
	size_t count;
	const struct point *const *points = expr_points(expr, &count);

	(void)rule;
	for (size_t i = 0; i < count; i++)
		used[points[i]->index] = true;
}

/* What is found of points whose sensors say nothing beyond their ranges. */
struct limits {
	struct {
		const struct point *example;
		size_t count;
	} * of;        /* by rule */
	bool *counted; /* by point */
};

static void count_limits(void *context, const struct rule *rule, const struct expr *expr)
{
	struct limits *limits = context;
	size_t count;
	const struct point *const *points = expr_points(expr, &count);

	for (size_t i = 0; rule && i < count; i++) {
		const struct point *point = points[i];

		if (point->class->kind != POINT_NUMBER || point->over > 0 || point->under > 0 ||
			limits->counted[point->index])
			continue;
		limits->counted[point->index] = true;
		if (limits->of[rule->index].count++ == 0)
			limits->of[rule->index].example = point;
	}
}

/* Beyond the range a rule's limit cannot be decided there. */
static void lint_limits(const struct lint *lint)
{
	const struct config *config = lint->config;
	struct limits limits = { calloc(config->rule_count + 1, sizeof(*limits.of)),
		calloc(config->site.point_count + 1, sizeof(*limits.counted)) };

	if (limits.of && limits.counted)
		lint_walk(config, count_limits, &limits);
	for (size_t r = 0; limits.of && r < config->rule_count; r++)
		if (limits.of[r].count > 0)
			report_note(lint->report, lint->places->rules[r],
				"rule \"%s\": is blind beyond min and max of %zu of its points, "
				"such as \"%s\"; where the sensor can say more, give fault_low, "
				"fault_high or loop there",
				config->rules[r].id, limits.of[r].count, limits.of[r].example->id);
	free(limits.of);
	free(limits.counted);
}

static bool has_action(const struct plan *plan, const struct point *point)
{
	for (size_t i = 0; i < plan->action_count; i++)
		if (plan->actions[i].class == point->class)
			return true;
	return false;
}

static void lint_unused(const struct lint *lint)
{
	const struct site *site = &lint->config->site;
	bool *used = calloc(site->point_count + 1, sizeof(*used));

	if (!used)
		return;
	lint_walk(lint->config, mark_used, used);
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		if (point->writable && has_action(&lint->config->plan, point))
			used[i] = true;
		if (point->readback)
			used[point->readback->index] = true;
	}
	for (size_t i = 0; i < site->point_count; i++)
		if (!used[i])
			report_warning(lint->report, lint->places->points[i],
				"point \"%s\": no rule, step, action or readback uses it",
				site->points[i].id);
	free(used);
}

static bool can_act(const struct lint *lint, const struct action *action)
{
	const struct site *site = &lint->config->site;
	bool any = false;

	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		if (point->class != action->class || !point->writable)
			continue;
		any = true;
		if (point->armed && !(point->protected && action->value == 0))
			return true;
	}
	return !any; /* that there is no output at all was told while loading */
}

static void lint_actions(const struct lint *lint)
{
	const struct plan *plan = &lint->config->plan;

	for (size_t i = 0; i < plan->action_count; i++) {
		const struct action *action = &plan->actions[i];
		struct place place = lint->places->actions[i];

		if (action->mode != ACTION_ADVISE && !can_act(lint, action))
			report_warning(lint->report, place,
				"action \"%s\": every output of its class is protected or not "
				"armed, so it writes nothing",
				action->id);
		if (action->mode == ACTION_ADVISE && action->released_by > 1)
			report_warning(lint->report, place,
				"action \"%s\": released_by = 2, but of mode \"advise\" nothing is "
				"ever released; give mode = \"confirm\", or leave out released_by",
				action->id);
	}
}

static const struct point *first_armed(const struct site *site)
{
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].armed)
			return &site->points[i];
	return NULL;
}

static void lint_armed(const struct lint *lint)
{
	const struct daemon_settings *daemon = &lint->config->daemon;
	const struct point *armed = first_armed(&lint->config->site);

	if (armed && !daemon->actions_armed)
		report_note(lint->report, lint->places->points[armed->index],
			"output \"%s\" is armed, but daemon.actions_armed is false: nothing is "
			"ever written",
			armed->id);
	else if (armed && !daemon->held_role)
		report_warning(lint->report, lint->places->points[armed->index],
			"output \"%s\" is armed, but nobody is asked about what stays held for a "
			"day; name a role in daemon.held_role",
			armed->id);
}

static bool acts_at_once(const struct incident_type *type)
{
	for (size_t s = 0; s < type->step_count; s++) {
		const struct step *step = &type->steps[s];

		if (step->action && step->action->mode == ACTION_AUTO && !step->fact)
			return true;
	}
	return false;
}

/* What is explained by another incident is not acted on either. */
static void lint_explained(const struct lint *lint)
{
	const struct config *config = lint->config;

	for (size_t r = 0; r < config->rule_count; r++) {
		const struct rule *rule = &config->rules[r];

		if (rule->suppressor_count > 0 && acts_at_once(rule->type))
			report_note(lint->report, lint->places->rules[r],
				"rule \"%s\": while \"%s\" explains it, its machine's steps wait "
				"too",
				rule->id, rule->suppressed_by[0]->id);
	}
}

static void lint_bus_time(const struct lint *lint, const struct bus_load *loads)
{
	const struct site *site = &lint->config->site;

	for (size_t b = 0; b < site->bus_count; b++) {
		const struct bus *bus = &site->buses[b];

		if (bus->device_count == 0)
			report_warning(lint->report, lint->places->buses[b],
				"bus \"%s\": no device hangs on it", bus->id);
		else if (loads[b].share > 1)
			report_warning(lint->report, lint->places->buses[b],
				"bus \"%s\": its polls need %.0f %% of its time; poll less often",
				bus->id, loads[b].share * 100);
	}
}

/* A link has one; and a thread's two queues. OWN: journal, broker, local socket and the rest. */
static void lint_descriptors(const struct lint *lint)
{
	enum { OWN = 64, LINK = 1, THREAD = 2 };
	const struct site *site = &lint->config->site;
	int needed = OWN;

	for (size_t b = 0; b < site->bus_count; b++) {
		const struct bus *bus = &site->buses[b];

		needed += LINK + (bus->adapter->blocking ? THREAD : 0);
		if (needed <= DESCRIPTOR_MAX)
			continue;
		report_warning(lint->report, lint->places->buses[b],
			"bus \"%s\": there are descriptors for the %zu buses before it and no more "
			"(%d in all): let devices share a bus, or make two sites of it",
			bus->id, b, DESCRIPTOR_MAX);
		return;
	}
}

struct staleness {
	const struct lint *lint;
	const struct bus_load *loads;
	const struct point **told; /* by rule */
};

/* A delay that begins anew with each gap would never end. */
static void look_at_stale(void *context, const struct rule *rule, const struct expr *expr)
{
	const struct staleness *s = context;
	const struct point *const *points;
	size_t count;

	if (!rule || rule->for_ms == 0 || s->told[rule->index])
		return;
	points = expr_points(expr, &count);
	for (size_t i = 0; i < count; i++) {
		double gap_ms = detection_gap_ms(s->loads, points[i]);
		char gap[DURATION_SIZE], stale[DURATION_SIZE], delay[DURATION_SIZE];

		if (gap_ms <= (double)points[i]->stale_ms)
			continue;
		s->told[rule->index] = points[i];
		report_warning(s->lint->report, s->lint->places->rules[rule->index],
			"rule \"%s\": its delay of %s is held up whenever \"%s\" is stale, which it "
			"is after %s, and with others of its bus dead it may not be read for %s: "
			"give a longer stale, or a shorter poll or timeout",
			rule->id, detection_duration((double)rule->for_ms, delay), points[i]->id,
			detection_duration((double)points[i]->stale_ms, stale),
			detection_duration(gap_ms, gap));
		return;
	}
}

static void lint_stale(const struct lint *lint, const struct bus_load *loads)
{
	struct staleness s = { lint, loads, calloc(lint->config->rule_count + 1, sizeof(*s.told)) };

	if (s.told)
		lint_walk(lint->config, look_at_stale, &s);
	free(s.told);
}

static void lint_detection(const struct lint *lint)
{
	const struct config *config = lint->config;
	struct bus_load *loads = detection_buses(config);
	struct detection *found = loads ? detection_rules(config, loads) : NULL;

	if (loads) {
		lint_bus_time(lint, loads);
		lint_stale(lint, loads);
	}
	for (size_t i = 0; found && i < config->rule_count; i++) {
		const struct rule *rule = &config->rules[i];
		double worst_ms = found[i].worst_ms[DETECTION_DYING];
		char words[320] = "", number[DURATION_SIZE], within[DURATION_SIZE];

		if (!rule->detect_within_ms || worst_ms <= (double)rule->detect_within_ms)
			continue;
		detection_words(&found[i], rule, words, sizeof(words));
		report_warning(lint->report, lint->places->rules[i],
			"rule \"%s\": detects within %s at worst (%s), but detect_within is %s",
			rule->id, detection_duration(worst_ms, number), words,
			detection_duration((double)rule->detect_within_ms, within));
	}
	free(found);
	free(loads);
}

static void lint_duty(const struct lint *lint)
{
	lint_people(lint->config, lint->places, lint->report);
}

static void lint_stages(const struct lint *lint)
{
	lint_stage(lint->config, lint->places, lint->report);
}

/*
 * What calls a person where no message does: outputs that it cannot switch on and off: protected
 * ones, one that is not armed; those that a step's action writes too; and a time that leaves the
 * plan's chain none. That there is no output, or no read-back, was told of every action already.
 */
static void lint_calling_output(
	const struct lint *lint, const struct point *point, const struct action *action)
{
	struct place place = lint->places->points[point->index];
	struct config_report *report = lint->report;

	if (point->protected)
		report_warning(report, place,
			"output \"%s\": is protected, so action \"%s\" of the fallback leaves it "
			"alone: it could not be put off again",
			point->id, action->id);
	else if (!point->armed)
		report_warning(report, place,
			"output \"%s\": is not armed, so action \"%s\" of the fallback cannot "
			"switch it on",
			point->id, action->id);
}

/* The step's action that writes outputs of this class; NULL: none. */
static const struct action *rival(const struct plan *plan, const struct point_class *class)
{
	for (size_t t = 0; t < plan->type_count; t++)
		for (size_t s = 0; s < plan->types[t].step_count; s++) {
			const struct action *action = plan->types[t].steps[s].action;

			if (action && action->class == class)
				return action;
		}
	return NULL;
}

static void lint_calling_action(const struct lint *lint, const struct action *action)
{
	const struct config *config = lint->config;
	const struct action *other = rival(&config->plan, action->class);

	if (other)
		report_warning(lint->report, lint->places->fallback,
			"fallback: outputs of class \"%s\" are written by action \"%s\" of a step "
			"too, and each would undo the other; give them a class of their own",
			action->class->id, other->id);
	for (size_t i = 0; i < config->site.point_count; i++) {
		const struct point *point = &config->site.points[i];

		if (point->writable && point->class == action->class)
			lint_calling_output(lint, point, action);
	}
}

static void lint_calls(const struct lint *lint)
{
	const struct config *config = lint->config;
	const struct fallback_settings *fallback = &config->fallback;
	const struct plan *plan = &config->plan;

	for (size_t i = 0; i < fallback->action_count; i++)
		lint_calling_action(lint, fallback->actions[i]);
	if (fallback->action_count > 0 && plan->chain_count > 0 &&
		plan->chain[plan->chain_count - 1].after_ms >= fallback->acknowledge_within_ms)
		report_note(lint->report, lint->places->fallback,
			"fallback: acknowledge_within is over before the last level of the chain "
			"is called");
}

void config_lint(const struct config *config, struct config_report *report)
{
	static void (*const lints[])(const struct lint *lint) = {
		lint_types,
		lint_clauses,
		lint_readbacks,
		lint_overlaps,
		lint_unused,
		lint_limits,
		lint_actions,
		lint_armed,
		lint_explained,
		lint_stages,
		lint_descriptors,
		lint_detection,
		lint_duty,
		lint_calls,
	};
	const struct lint lint = {
		.config = config,
		.places = &((const struct loaded_config *)config)->places,
		.report = report,
	};

	for (size_t i = 0; i < sizeof(lints) / sizeof(lints[0]); i++)
		lints[i](&lint);
}
