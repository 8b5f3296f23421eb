/*
 * Loads an incident type: its facts, which decide what applies, and its steps, which say of which
 * fact they are.
 */
#include "config/load/clauses.h"
#include "config/load/loading.h"

enum { STAGE_MS = 3 * 60 * 1000 };

/* What goes on turns to yes by itself, and that is its deadline. */
static void check_times(const struct loader *loader, const config_setting_t *group,
	const char *subject, struct fact *fact)
{
	fact->deadline_ms = scaled(loader, fact->deadline_ms);
	fact->after_ms = scaled(loader, fact->after_ms);
	if (!fact->after_ms)
		return;
	fact->deadline_ms = fact->after_ms;
	if (config_setting_get_member(group, "deadline"))
		report_error(loader->report, member_place(loader, group, "deadline"),
			"%s: turns to yes by time, and that is its deadline: leave out deadline",
			subject);
	if (!fact->worse)
		report_error(loader->report, member_place(loader, group, "worse"),
			"%s: turns to yes by time, so the worse side must be yes", subject);
	if (fact->unknown == FACT_UNKNOWN_YES)
		report_error(loader->report, member_place(loader, group, "unknown"),
			"%s: what is yes until it is said cannot turn to yes by time: leave out "
			"after or unknown",
			subject);
}

/* What makes an incident full is a fact of its own, and never answered by leaving something out. */
static void check_stage(const struct loader *loader, const config_setting_t *group,
	const char *subject, struct fact *fact)
{
	static const struct {
		const char *key, *why;
	} refused[] = {
		{ "worse", "that it is full is the worse side" },
		{ "unknown", "until it is said it is the first stage" },
		{ "after", "its time is the deadline" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (config_setting_get_member(group, refused[i].key))
			report_error(loader->report, member_place(loader, group, refused[i].key),
				"%s: %s: leave out %s", subject, refused[i].why, refused[i].key);
	if (!fact->sensor)
		loader_error(loader, group,
			"%s: a first stage needs a sensor, which makes it full: sensor = "
			"\"count(smoke) >= 2\";",
			subject);
	if (!config_setting_get_member(group, "deadline"))
		fact->deadline_ms = STAGE_MS;
	fact->worse = true;
	fact->unknown = FACT_UNKNOWN_ASK;
	fact->after_ms = 0;
}

static void load_fact(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	const char *subject = arena_printf(
		loader->scratch, "type \"%s\", fact \"%s\"", type->id, text_member(group, "id"));
	struct fact *fact = &type->facts[type->fact_count];
	struct fact_keys keys = { 0 };

	keys_fill(loader, group, KEYS_FACT, subject, &keys);
	for (size_t i = 0; i < type->fact_count; i++)
		if (strcmp(type->facts[i].id, keys.fact.id) == 0)
			loader_error(loader, group,
				"%s: stands twice; ids of facts are unique in their type", subject);
	*fact = keys.fact;
	fact->worse = keys.worse == 1;
	fact->index = (uint32_t)type->fact_count;
	if (strcmp(fact->id, "stage") == 0) {
		type->stage = fact;
		check_stage(loader, group, subject, fact);
	}
	check_times(loader, group, subject, fact);
	if (fact->unknown == FACT_UNKNOWN_YES && !fact->worse)
		report_error(loader->report, member_place(loader, group, "worse"),
			"%s: unknown = \"yes\" says that yes is the worse side: leave out worse",
			subject);
	load_role_list(loader, group, "ask", subject, fact->ask, &fact->ask_count);
	expect_expression(loader, group, "sensor", subject, fact->sensor, NULL, type);
	type->fact_count++;
}

static void load_facts(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	const config_setting_t *facts = config_setting_get_member(group, "facts");
	size_t count = section_count(facts);

	if (!facts)
		return;
	if (config_setting_type(facts) != CONFIG_TYPE_LIST) {
		loader_error(loader, facts,
			"type \"%s\": facts must be a list: facts = ( { id = ...; }, ... );",
			type->id);
		return;
	}
	if (count > FACT_MAX)
		loader_error(loader, facts, "type \"%s\": %zu facts are too many; at most %d",
			type->id, count, FACT_MAX);
	type->facts = arena_alloc(loader->arena, count * sizeof(*type->facts));
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *member = section_member(loader, facts, i, "fact");

		if (member)
			load_fact(loader, member, type);
	}
}

static const char *fact_id(const void *context, size_t i)
{
	return ((const struct incident_type *)context)->facts[i].id;
}

static void find_fact(struct loader *loader, const config_setting_t *group, const char *subject,
	const char *name, const struct incident_type *type, struct step *step)
{
	step->fact_negated = *name == '!';
	name += step->fact_negated;
	for (size_t i = 0; i < type->fact_count; i++)
		if (strcmp(type->facts[i].id, name) == 0)
			step->fact = &type->facts[i];
	if (!step->fact)
		loader_error(loader, config_setting_get_member(group, "fact"),
			"%s: fact \"%s\" is none of the type's facts%s", subject, name,
			did_you_mean(loader, name, type->fact_count, fact_id, type));
}

/* [ "property", "security" ]: the texts in an array, as they are written. */
static const char *array_text(struct loader *loader, const config_setting_t *list)
{
	const char *text = "", *name;

	for (int i = 0; i < config_setting_length(list); i++)
		if ((name = config_setting_get_string_elem(list, i)))
			text = arena_printf(
				loader->scratch, "%s%s \"%s\"", text, *text ? "," : "", name);
	return arena_printf(loader->scratch, "[%s ]", *text ? text : " ...");
}

/* `key`, of old, said when a step applies: a fact's `member` does, and what to write is told. */
static void refuse_condition(struct loader *loader, const config_setting_t *group,
	const char *subject, const char *key, const char *member)
{
	const config_setting_t *old = config_setting_get_member(group, key);
	const config_setting_t *by = config_setting_get_member(group, "by");
	const char *id = text_member(group, "id"), *text = text_member(group, key);

	if (!by)
		by = config_setting_get_member(group, "roles");
	if (old && config_setting_get_member(group, "fact"))
		loader_error(loader, old, "%s: the fact says when it applies: leave out %s",
			subject, key);
	else if (old)
		loader_error(loader, old,
			"%s: %s has become a question: write facts = ( { id = \"%s\"; ask = %s; "
			"%s = \"%s\"; zh = \"...\"; en = \"...\"; } ); in the type, and "
			"fact = \"%s\"; in the step",
			subject, key, id, by ? array_text(loader, by) : "[ ... ]", member,
			text ? text : "...", id);
}

/* Who acts, and who is only told. */
static void load_roles_of_step(struct loader *loader, const config_setting_t *group,
	const char *subject, struct step *step)
{
	const config_setting_t *tell = config_setting_get_member(group, "tell");
	const config_setting_t *old = config_setting_get_member(group, "roles");

	if (old && (tell || config_setting_get_member(group, "by")))
		loader_error(loader, old,
			"%s: by and tell say who acts and who is told: leave out roles", subject);
	else if (old)
		loader_error(loader, old,
			"%s: roles does not say who acts: write by = %s; and move whom the step "
			"only tells to tell = [ ... ];",
			subject, array_text(loader, old));
	if (!old || is_sequence(old))
		load_role_list(
			loader, group, old ? "roles" : "by", subject, step->by, &step->by_count);
	if (tell)
		load_role_list(loader, group, "tell", subject, step->tell, &step->tell_count);
	memcpy(step->roles, step->by, sizeof(step->roles));
	step->role_count = step->by_count;
	for (size_t i = 0; i < step->tell_count; i++) {
		if (roles_have(step->by, step->by_count, step->tell[i]))
			loader_error(loader, tell, "%s: role \"%s\" acts, so it is told anyway",
				subject, step->tell[i]->id);
		else if (step->role_count == STEP_ROLE_MAX)
			loader_error(loader, tell, "%s: by and tell have more than %d roles",
				subject, STEP_ROLE_MAX);
		else
			step->roles[step->role_count++] = step->tell[i];
	}
}

static void check_clause(struct loader *loader, const config_setting_t *group, const char *subject,
	const char *clause, int number)
{
	struct place place = member_place(loader, group, "clause");
	int incident, part;

	if (clause_of_section(clause))
		return;
	if (!clause_parse(clause, &incident, &part))
		report_error(loader->report, place,
			"%s: clause \"%s\" must be of the form \"2.1\": incident, dot, clause; or "
			"\"§3.1\": one of section 1, 3 or 5",
			subject, clause);
	else if (incident != number && number != 0)
		report_error(loader->report, place,
			"%s: clause \"%s\" is of incident %d, but the type has number %d", subject,
			clause, incident, number);
	else if (part > clause_count(incident) && number != 0)
		report_error(loader->report, place,
			"%s: clause \"%s\" is not in the plan; incident %d has %d clauses", subject,
			clause, incident, clause_count(incident));
}

/* The stage of a step, which may need one fact of the full stage besides. */
static void load_stage(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct incident_type *type, struct step *step)
{
	const config_setting_t *fact = config_setting_get_member(group, "fact");

	if (step->first && !type->stage)
		loader_error(loader, config_setting_get_member(group, "stage"),
			"%s: the type has no first stage: give it a fact \"stage\", or leave out stage",
			subject);
	if (step->fact && step->fact == type->stage)
		loader_error(loader, fact,
			"%s: steps of a type with a first stage wait until it is full, and those "
			"of the first say stage = \"first\": leave out fact",
			subject);
	else if (step->fact && step->first)
		loader_error(loader, fact,
			"%s: is of the first stage, and fact \"%s\" is asked when it is full: leave "
			"out fact",
			subject, step->fact->id);
}

static void load_step(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	struct step *step = &type->steps[type->step_count];
	const char *subject = arena_printf(
		loader->scratch, "type \"%s\", step \"%s\"", type->id, text_member(group, "id"));
	struct step_keys keys = { 0 };

	keys_fill(loader, group, KEYS_STEP, subject, &keys);
	*step = keys.step;
	step->first = keys.stage == 1;
	for (size_t i = 0; i < type->step_count; i++)
		if (strcmp(type->steps[i].id, step->id) == 0)
			loader_error(loader, group,
				"%s: stands twice; ids of steps are unique in their type", subject);
	step->deadline_ms = scaled(loader, step->deadline_ms);
	if (step->clause)
		check_clause(loader, group, subject, step->clause, type->number);
	load_roles_of_step(loader, group, subject, step);
	if (keys.fact)
		find_fact(loader, group, subject, keys.fact, type, step);
	load_stage(loader, group, subject, type, step);
	refuse_condition(loader, group, subject, "when", "sensor");
	refuse_condition(loader, group, subject, "after", "after");
	type->step_count++;
}

static void load_steps(
	struct loader *loader, const config_setting_t *group, struct incident_type *type)
{
	const config_setting_t *steps = config_setting_get_member(group, "steps");
	size_t count = section_count(steps);

	if (!steps || config_setting_type(steps) != CONFIG_TYPE_LIST || count == 0) {
		loader_error(loader, steps ? steps : group,
			"type \"%s\": needs its steps: steps = ( { id = ...; }, ... );", type->id);
		return;
	}
	if (count > STEP_MAX)
		loader_error(loader, steps, "type \"%s\": %zu steps are too many; at most %d",
			type->id, count, STEP_MAX);
	type->steps = arena_alloc(loader->arena, count * sizeof(*type->steps));
	for (size_t i = 0; i < count; i++) {
		const config_setting_t *member = section_member(loader, steps, i, "step");

		if (member)
			load_step(loader, member, type);
	}
}

/* A question whose answer changes nothing is not asked. */
static void check_use(const struct loader *loader, const config_setting_t *group,
	const struct incident_type *type)
{
	const config_setting_t *facts = config_setting_get_member(group, "facts");

	for (size_t i = 0; i < type->fact_count; i++) {
		bool used = &type->facts[i] == type->stage;

		for (size_t k = 0; k < type->step_count; k++)
			used |= type->steps[k].fact == &type->facts[i];
		if (!used)
			loader_error(loader, facts,
				"type \"%s\", fact \"%s\": no step asks for it; give one "
				"fact = \"%s\", or leave it out",
				type->id, type->facts[i].id, type->facts[i].id);
	}
}

/* Either stage has something to be done. */
static void check_stages(const struct loader *loader, const config_setting_t *group,
	const struct incident_type *type)
{
	size_t first = 0;

	for (size_t i = 0; i < type->step_count; i++)
		first += type->steps[i].first;
	if (type->stage && first == 0)
		loader_error(loader, config_setting_get_member(group, "steps"),
			"type \"%s\": nobody goes and looks in its first stage: give a step stage = "
			"\"first\", or leave out the fact \"stage\"",
			type->id);
	else if (type->stage && first == type->step_count)
		loader_error(loader, config_setting_get_member(group, "steps"),
			"type \"%s\": all steps are of the first stage, and nothing is to be done when "
			"it is full: leave out stage in those of the full one",
			type->id);
}

bool load_type(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct plan *plan = &loader->config->plan;
	struct type_keys keys = { .type = *(struct incident_type *)item };
	struct incident_type *type = item;

	keys_fill(loader, group, KEYS_TYPE, subject, &keys);
	*type = keys.type;
	type->number = (int)keys.number;
	type->index = (uint32_t)plan->type_count;
	for (size_t i = 0; i < plan->type_count && type->number; i++)
		if (plan->types[i].number == type->number)
			report_error(loader->report, member_place(loader, group, "number"),
				"%s: number %d is already that of type \"%s\"", subject,
				type->number, plan->types[i].id);
	load_facts(loader, group, type);
	load_steps(loader, group, type);
	check_use(loader, group, type);
	check_stages(loader, group, type);
	return true;
}
