/*
 * Makes the engine from the rule table: an instance of each rule for each zone
 * that it covers, a slot for each type and zone that they reach, and what looks
 * at which point. All memory is taken here; afterwards there is no allocation.
 */
#include "rules/engine/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct engine *engine;
	const struct rule *rule; /* the one that is compiled */
	char *error;
	size_t error_size;
	bool failed;
};

static bool fail(struct builder *builder, const char *text, unsigned column)
{
	const struct rule *rule = builder->rule;

	if (builder->failed)
		return false;
	builder->failed = true;
	if (!rule)
		snprintf(builder->error, builder->error_size, "%s", text);
	else if (column == 0)
		snprintf(builder->error, builder->error_size, "%s: rule \"%s\": %s",
			rule->where ? rule->where : "?", rule->id, text);
	else
		snprintf(builder->error, builder->error_size, "%s: rule \"%s\": column %u: %s",
			rule->where ? rule->where : "?", rule->id, column, text);
	return false;
}

/* The list with room for one more; NULL when memory ran out, and the list is as it was. */
static void *grow(struct builder *builder, void *list, size_t count, size_t size)
{
	void *larger = realloc(list, (count + 1) * size);

	if (!larger)
		fail(builder, "out of memory", 0);
	return larger;
}

/* Conditions of steps are checked by the loader; one that makes no sense here is left out. */
static bool compile_whens(struct builder *builder, struct slot *slot)
{
	const struct incident_type *type = slot->type;
	struct expr_error error;

	if (type->step_count > STEP_MAX)
		return fail(builder, "the incident type has too many steps", 0);
	for (size_t i = 0; i < type->step_count; i++) {
		if (!type->steps[i].when)
			continue;
		if (!slot->whens)
			slot->whens = calloc(type->step_count, sizeof(slot->whens[0]));
		if (!slot->whens)
			return fail(builder, "out of memory", 0);
		slot->whens[i] = expr_compile(
			type->steps[i].when, builder->engine->site, slot->zone, &error);
	}
	return true;
}

static bool add_slot(
	struct builder *builder, const struct incident_type *type, const struct zone *zone)
{
	struct engine *engine = builder->engine;
	struct slot *slots = grow(builder, engine->slots, engine->slot_count, sizeof(*slots));
	struct slot *slot;

	if (!slots)
		return false;
	engine->slots = slots;
	slot = &slots[engine->slot_count++];
	*slot = (struct slot){ .type = type, .zone = zone };
	return compile_whens(builder, slot);
}

static bool find_slot(struct builder *builder, const struct zone *zone, uint32_t *found)
{
	struct engine *engine = builder->engine;
	const struct incident_type *type = builder->rule->type;

	*found = slot_find(engine, engine->slot_count, type, zone);
	if (*found != SLOT_NONE)
		return true;
	*found = (uint32_t)engine->slot_count;
	return add_slot(builder, type, zone);
}

/* Behind all others, and not counted among them. */
static bool add_drill_slots(struct builder *builder)
{
	struct engine *engine = builder->engine;
	struct slot *slots =
		realloc(engine->slots, (engine->slot_count + DRILL_MAX) * sizeof(engine->slots[0]));

	if (!slots)
		return fail(builder, "out of memory", 0);
	engine->slots = slots;
	return true;
}

/* For people: what they may report, they may report anywhere. */
static bool add_other_slots(struct builder *builder)
{
	struct engine *engine = builder->engine;
	const struct plan *plan = engine->plan;

	engine->ruled_count = engine->slot_count;
	for (size_t i = 0; plan && i < plan->type_count; i++)
		for (size_t k = 0; k < engine->site->zone_count; k++)
			if (slot_find(engine, engine->ruled_count, &plan->types[i],
				    &engine->site->zones[k]) == SLOT_NONE &&
				!add_slot(builder, &plan->types[i], &engine->site->zones[k]))
				return false;
	return true;
}

static struct expr *compile(struct builder *builder, const char *source, const struct zone *zone)
{
	const struct site *site = builder->engine->site;
	struct expr_error error = { 0 };
	struct expr *expr = builder->rule->each_zone ? expr_compile_each(source, site, zone, &error)
						     : expr_compile(source, site, zone, &error);

	if (!expr)
		fail(builder, error.text, error.column);
	return expr;
}

static bool has_room_for_cause(struct builder *builder, uint32_t slot)
{
	unsigned rules = 0;

	for (size_t i = 0; i < builder->engine->instance_count; i++)
		rules += builder->engine->instances[i].slot == slot;
	if (rules > CAUSE_RULE_MAX)
		return fail(builder, "more than 8 rules detect this type in one zone", 0);
	return true;
}

static bool add_instance(struct builder *builder, const struct zone *zone)
{
	struct engine *engine = builder->engine;
	struct instance *instances, *instance;
	size_t looks;

	instances = grow(builder, engine->instances, engine->instance_count, sizeof(*instances));
	if (!instances)
		return false;
	engine->instances = instances;
	instance = &instances[engine->instance_count++];
	*instance = (struct instance){ .rule = builder->rule, .pending = NOT_PENDING };
	delay_reset(&instance->delay, builder->rule->for_ms);
	instance->condition = compile(builder, builder->rule->condition, zone);
	if (!instance->condition)
		return false;
	expr_points(instance->condition, &looks);
	if (looks == 0)
		return fail(builder, "the condition looks at no point", 0);
	if (builder->rule->clear_when) {
		instance->clear_when = compile(builder, builder->rule->clear_when, zone);
		if (!instance->clear_when)
			return false;
	}
	return find_slot(builder, zone, &instance->slot) &&
	       has_room_for_cause(builder, instance->slot);
}

static bool add_each_zone(struct builder *builder)
{
	const struct site *site = builder->engine->site;
	const struct zone **zones = calloc(site->zone_count + 1, sizeof(zones[0]));
	struct expr_error error = { 0 };
	int count;

	if (!zones)
		return fail(builder, "out of memory", 0);
	count = expr_each_zone(builder->rule->condition, site, builder->rule->zone, zones,
		site->zone_count, &error);
	if (count < 0)
		fail(builder, error.text, error.column);
	else if (count == 0)
		fail(builder, "no zone holds a point of the classes in the condition", 0);
	for (int i = 0; i < count && !builder->failed; i++)
		add_instance(builder, zones[i]);
	free(zones);
	return !builder->failed;
}

static bool allocate_state(struct builder *builder)
{
	struct engine *engine = builder->engine;
	size_t own = 1 + engine->ruled_count, drills = own + REPORT_MAX;
	size_t places = drills + DRILL_MAX;

	/* So that incidents that never happen take no memory. */
	engine->incidents = calloc(places, sizeof(engine->incidents[0]));
	engine->slot_of = calloc(places, sizeof(engine->slot_of[0]));
	engine->values = calloc(engine->site->point_count + 1, sizeof(engine->values[0]));
	engine->pending = calloc(engine->instance_count + 1, sizeof(engine->pending[0]));
	engine->open = calloc(places, sizeof(engine->open[0]));
	if (!engine->incidents || !engine->slot_of || !engine->values || !engine->pending ||
		!engine->open)
		return fail(builder, "out of memory", 0);
	for (uint32_t i = 0; i < places; i++)
		engine->slot_of[i] = i > 0 && i < own ? i - 1 : SLOT_NONE;
	for (uint32_t i = 0; i < engine->slot_count; i++)
		engine->slots[i].incident = &engine->incidents[i < engine->ruled_count ? i + 1 : 0];
	for (size_t i = 0; i < DRILL_MAX; i++) {
		engine->slots[engine->slot_count + i] =
			(struct slot){ .incident = &engine->incidents[drills + i] };
		engine->slot_of[drills + i] = (uint32_t)(engine->slot_count + i);
	}
	for (uint32_t i = 0; i < engine->site->point_count; i++)
		engine->values[i].point = i;
	return true;
}

/* Per point, what looks at it: rule instances, and the conditions of steps. */
static bool looks_at(const struct expr *expr, const struct point *point)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		if (points[i] == point)
			return true;
	return false;
}

/*
 * Of each point that `expr` looks at, and `besides` does not: counts the entry in used[] and, where
 * there is room for entries already, puts it there.
 */
static void add_points(struct look_up *look_up, const struct expr *expr, const struct expr *besides,
	uint32_t entry, uint32_t *used)
{
	size_t count = 0;
	const struct point *const *points = expr ? expr_points(expr, &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		uint32_t point = points[i]->index;

		if (looks_at(besides, points[i]))
			continue;
		if (look_up->entries)
			look_up->entries[look_up->first[point] + used[point]] = entry;
		used[point]++;
	}
}

static void add_instances(struct engine *engine, uint32_t *used)
{
	for (uint32_t i = 0; i < engine->instance_count; i++) {
		const struct instance *instance = &engine->instances[i];

		add_points(&engine->instances_of, instance->condition, NULL, i, used);
		add_points(
			&engine->instances_of, instance->clear_when, instance->condition, i, used);
	}
}

static void add_steps(struct engine *engine, uint32_t *used)
{
	for (uint32_t i = 0; i < engine->slot_count; i++)
		for (uint32_t k = 0;
			engine->slots[i].whens && k < engine->slots[i].type->step_count; k++)
			add_points(&engine->steps_of, engine->slots[i].whens[k], NULL,
				i * STEP_MAX + k, used);
}

/* Counts, makes room, and fills it. */
static bool make_look_up(struct engine *engine, struct look_up *look_up,
	void (*add)(struct engine *engine, uint32_t *used))
{
	size_t points = engine->site->point_count;
	uint32_t *used = calloc(points + 1, sizeof(used[0]));

	look_up->first = calloc(points + 1, sizeof(look_up->first[0]));
	if (used && look_up->first) {
		add(engine, used);
		for (size_t i = 0; i < points; i++) {
			look_up->first[i + 1] = look_up->first[i] + used[i];
			used[i] = 0;
		}
		look_up->entries = calloc(look_up->first[points] + 1, sizeof(look_up->entries[0]));
	}
	if (look_up->entries)
		add(engine, used);
	free(used);
	return look_up->entries;
}

static bool index_points(struct builder *builder)
{
	struct engine *engine = builder->engine;

	return (make_look_up(engine, &engine->instances_of, add_instances) &&
		       make_look_up(engine, &engine->steps_of, add_steps)) ||
	       fail(builder, "out of memory", 0);
}

static bool build(struct builder *builder, const struct rule *rules, size_t rule_count)
{
	for (size_t i = 0; i < rule_count; i++) {
		builder->rule = &rules[i];
		builder->engine->suppresses |= rules[i].suppressor_count > 0;
		if (!(rules[i].each_zone ? add_each_zone(builder)
					 : add_instance(builder, rules[i].zone)))
			return false;
	}
	builder->rule = NULL;
	return add_other_slots(builder) && add_drill_slots(builder) && index_points(builder) &&
	       allocate_state(builder);
}

struct engine *engine_new(const struct site *site, const struct plan *plan,
	const struct rule *rules, size_t rule_count, uint64_t first_serial, char *error,
	size_t error_size)
{
	struct builder builder = { .error = error, .error_size = error_size };
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine) {
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	engine->site = site;
	engine->plan = plan;
	engine->serial = first_serial;
	engine->now_ms = engine->input_ms = INT64_MIN;
	engine->deadline_ms = INT64_MAX;
	builder.engine = engine;
	if (build(&builder, rules, rule_count))
		return engine;
	engine_free(engine);
	return NULL;
}

void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	while (engine->removed) {
		struct removed_rule *next = engine->removed->next;

		free(engine->removed);
		engine->removed = next;
	}
	for (size_t i = 0; i < engine->instance_count; i++) {
		expr_free(engine->instances[i].condition);
		expr_free(engine->instances[i].clear_when);
	}
	for (size_t i = 0; i < engine->slot_count; i++) {
		for (size_t k = 0; engine->slots[i].whens && k < engine->slots[i].type->step_count;
			k++)
			expr_free(engine->slots[i].whens[k]);
		free(engine->slots[i].whens);
	}
	free(engine->instances);
	free(engine->slots);
	free(engine->incidents);
	free(engine->slot_of);
	free(engine->instances_of.first);
	free(engine->instances_of.entries);
	free(engine->steps_of.first);
	free(engine->steps_of.entries);
	free(engine->values);
	free(engine->pending);
	free(engine->open);
	free(engine);
}
