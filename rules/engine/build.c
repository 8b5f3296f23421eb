/*
 * Makes the engine from the rule table: an instance of each rule for each zone
 * that it covers, a slot for each type and zone that they reach, and what looks
 * at which point. All memory is taken here; afterwards there is no allocation.
 */
#include "rules/engine/parts.h"
#include "rules/precedence.h"

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

static void *take(struct engine *engine, size_t count, size_t size)
{
	return arena_alloc(&engine->arena, count * size);
}

/* Sensors of facts are checked by the loader; one that makes no sense here is left out. For the
 * partner of a first stage a class has a point anywhere, if none here. */
static void compile_sensor(struct builder *builder, struct slot *slot, const struct fact *fact)
{
	const struct site *site = builder->engine->site;
	const struct incident_type *type = slot->type;
	struct expr_error error;

	if (!fact->sensor)
		return;
	if (!slot->sensors)
		slot->sensors = take(builder->engine, type->fact_count, sizeof(slot->sensors[0]));
	slot->sensors[fact->index] =
		fact == type->stage
			? expr_compile_each(fact->sensor, site, slot->zone, site->zones, &error)
			: expr_compile(fact->sensor, site, slot->zone, &error);
}

static bool compile_type(struct builder *builder, struct slot *slot)
{
	const struct incident_type *type = slot->type;

	if (type->step_count > STEP_MAX || type->fact_count > FACT_MAX)
		return fail(builder, "the incident type has too many steps or facts", 0);
	for (size_t i = 0; i < type->fact_count; i++)
		compile_sensor(builder, slot, &type->facts[i]);
	return true;
}

static bool add_slot(
	struct builder *builder, const struct incident_type *type, const struct zone *zone)
{
	struct engine *engine = builder->engine;
	struct slot *slot = &engine->slots[engine->slot_count++];

	*slot = (struct slot){ .type = type, .zone = zone };
	for (size_t i = 0; i < type->step_count; i++)
		slot->confirms |= type->steps[i].action && type->steps[i].action->confirmed_by > 1;
	return compile_type(builder, slot);
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
	struct expr *expr;

	if (builder->rule->each_zone)
		expr = expr_compile_each(source, site, zone, builder->rule->zone, &error);
	else
		expr = expr_compile(source, site, zone, &error);
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
	struct instance *instance = &engine->instances[engine->instance_count++];
	size_t looks;

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
	const struct zone **zones = take(builder->engine, site->zone_count, sizeof(zones[0]));
	struct expr_error error = { 0 };
	int count;

	count = expr_each_zone(builder->rule->condition, site, builder->rule->zone, zones,
		site->zone_count, &error);
	if (count < 0)
		fail(builder, error.text, error.column);
	else if (count == 0)
		fail(builder, "no zone holds a point of the classes in the condition", 0);
	for (int i = 0; i < count && !builder->failed; i++)
		add_instance(builder, zones[i]);
	return !builder->failed;
}

static void allocate_state(struct engine *engine)
{
	size_t own = 1 + engine->ruled_count, drills = own + REPORT_MAX;
	size_t places = drills + DRILL_MAX;

	/* So that incidents that never happen take no memory. */
	engine->incidents = take(engine, places, sizeof(engine->incidents[0]));
	engine->slot_of = take(engine, places, sizeof(engine->slot_of[0]));
	engine->values = take(engine, engine->site->point_count, sizeof(engine->values[0]));
	engine->unseen = take(engine, engine->site->point_count, sizeof(engine->unseen[0]));
	engine->pending = take(engine, engine->instance_count, sizeof(engine->pending[0]));
	engine->touched = take(engine, engine->instance_count / 64 + 1, sizeof(engine->touched[0]));
	engine->open = take(engine, places, sizeof(engine->open[0]));
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
}

/* Per point, what looks at it: rule instances, and the sensors of facts. */
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

static void add_facts(struct engine *engine, uint32_t *used)
{
	for (uint32_t i = 0; i < engine->slot_count; i++) {
		const struct slot *slot = &engine->slots[i];

		for (uint32_t k = 0; slot->sensors && k < slot->type->fact_count; k++)
			add_points(
				&engine->facts_of, slot->sensors[k], NULL, i * FACT_MAX + k, used);
	}
}

/* Counts, makes room, and fills it. */
static void make_look_up(struct engine *engine, struct look_up *look_up,
	void (*add)(struct engine *engine, uint32_t *used))
{
	size_t points = engine->site->point_count;
	uint32_t *used = take(engine, points, sizeof(used[0]));

	look_up->first = take(engine, points + 1, sizeof(look_up->first[0]));
	add(engine, used);
	for (size_t i = 0; i < points; i++) {
		look_up->first[i + 1] = look_up->first[i] + used[i];
		used[i] = 0;
	}
	look_up->entries = take(engine, look_up->first[points], sizeof(look_up->entries[0]));
	add(engine, used);
}

/*
 * Room for all instances and slots that there can be, so that they never move. The slots of
 * exercises stand behind all others, and are not counted among them.
 */
static void allocate_parts(struct engine *engine, const struct rule *rules, size_t rule_count)
{
	size_t zones = engine->site->zone_count, instances = 0, others;

	for (size_t i = 0; i < rule_count; i++)
		instances += rules[i].each_zone ? zones : 1;
	others = engine->plan ? engine->plan->type_count * zones : 0;
	engine->instances = take(engine, instances, sizeof(engine->instances[0]));
	engine->slots = take(engine, instances + others + DRILL_MAX, sizeof(engine->slots[0]));
}

static bool add_rule(struct builder *builder, const struct rule *rule)
{
	builder->rule = rule;
	builder->engine->suppresses |= rule->suppressor_count > 0;
	return rule->each_zone ? add_each_zone(builder) : add_instance(builder, rule->zone);
}

/* Causes before what they explain, and else as in the table. */
static bool add_rules(struct builder *builder, const struct rule *rules, size_t count)
{
	unsigned *ranks = take(builder->engine, count, sizeof(*ranks));
	char circle[128];
	size_t added = 0;

	builder->rule = precedence_rank(rules, count, ranks, circle, sizeof(circle));
	if (builder->rule)
		fail(builder, circle, 0);
	for (unsigned rank = 0; added < count && !builder->failed; rank++)
		for (size_t i = 0; i < count && !builder->failed; i++)
			if (ranks[i] == rank)
				added += add_rule(builder, &rules[i]);
	return !builder->failed;
}

static bool build(struct builder *builder, const struct rule *rules, size_t rule_count)
{
	struct engine *engine = builder->engine;

	allocate_parts(engine, rules, rule_count);
	if (!add_rules(builder, rules, rule_count))
		return false;
	builder->rule = NULL;
	if (!add_other_slots(builder))
		return false;
	make_look_up(engine, &engine->instances_of, add_instances);
	make_look_up(engine, &engine->facts_of, add_facts);
	allocate_state(engine);
	return true;
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
	for (size_t i = 0; i < engine->instance_count; i++) {
		expr_free(engine->instances[i].condition);
		expr_free(engine->instances[i].clear_when);
	}
	for (size_t i = 0; i < engine->slot_count; i++) {
		const struct slot *slot = &engine->slots[i];

		for (size_t k = 0; slot->sensors && k < slot->type->fact_count; k++)
			expr_free(slot->sensors[k]);
	}
	arena_free(&engine->arena);
	free(engine);
}

void engine_walk(const struct engine *engine, engine_use *use, void *context)
{
	for (size_t i = 0; i < engine->instance_count; i++) {
		const struct instance *instance = &engine->instances[i];

		use(context, instance->rule, instance->condition);
		if (instance->clear_when)
			use(context, instance->rule, instance->clear_when);
	}
	for (size_t i = 0; i < engine->slot_count; i++) {
		const struct slot *slot = &engine->slots[i];

		for (size_t k = 0; slot->sensors && k < slot->type->fact_count; k++)
			if (slot->sensors[k])
				use(context, NULL, slot->sensors[k]);
	}
}
