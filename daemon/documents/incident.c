/* The document of an incident: what, where, since when, why, and what is to be done. */
#include "daemon/documents/parts.h"
#include "daemon/outputs/task/check.h"
#include "rules/incident/lock.h"

#include <stdio.h>
#include <string.h>

/* "above 150.0 degC" */
static json_t *beyond_text(const struct point_class *class, const struct reading *reading)
{
	char limit[64], zh[96], en[96];
	const struct word_part parts[] = { { "value", { limit, limit } }, { NULL } };
	const enum word_document how =
		reading->quality == QUALITY_OVER ? WORD_DOCUMENT_OVER : WORD_DOCUMENT_UNDER;

	snprintf(limit, sizeof(limit), "%.*f%s%s", class->decimals, reading->value,
		*class->unit ? " " : "", class->unit);
	word_fill(zh, sizeof(zh), LANGUAGE_ZH, word(LANGUAGE_ZH, WORD_DOCUMENT, how), parts);
	word_fill(en, sizeof(en), LANGUAGE_EN, word(LANGUAGE_EN, WORD_DOCUMENT, how), parts);
	return document_names(&(struct text){ zh, en });
}

void document_add_reading(json_t **object, const struct point *point, const struct reading *reading,
	const struct moment *clock)
{
	const struct point_class *class = point->class;
	bool good = reading->quality == QUALITY_GOOD, beyond = !good && reading_usable(reading);

	document_add(object, "value", good ? document_number(reading->value) : json_null());
	document_add(object, "text",
		good     ? document_value_text(class, reading->value)
		: beyond ? beyond_text(class, reading)
			 : json_null());
	document_add(object, "unit", document_string(class->unit ? class->unit : ""));
	document_add(object, "quality", json_string_nocheck(quality_name(reading->quality)));
	document_add(object, "reason",
		good ? json_null() : json_string_nocheck(reason_name(reading->reason)));
	if (beyond)
		document_add(object, "limit", document_number(reading->value));
	document_add(object, "time", document_time(reading->at_ms, clock));
}

static json_t *witness_json(const struct document_view *view, const struct reading *reading)
{
	const struct point *point = &view->site->points[reading->point];
	json_t *object = json_object();

	document_add(&object, "point", document_string(point->id));
	document_add(&object, "name", document_names(&point->name));
	document_add_reading(&object, point, reading, view->clock);
	return object;
}

static json_t *witnesses_json(const struct document_view *view, const struct cause *cause)
{
	json_t *array = json_array();

	for (size_t i = 0; i < cause->witness_count; i++)
		document_append(&array, witness_json(view, &cause->witnesses[i]));
	return array;
}

static json_t *cause_json(const struct document_view *view, const struct cause *cause)
{
	const struct text report = word_text(WORD_DOCUMENT, WORD_DOCUMENT_REPORT);
	json_t *object = json_object();

	document_add(&object, "rule", document_string(cause->rule ? cause->rule->id : "report"));
	document_add(&object, "name", document_names(cause->rule ? &cause->rule->name : &report));
	document_add(&object, "by", document_string_or_null(cause->by));
	document_add(&object, "note", document_string(cause->note));
	document_add(&object, "active", json_boolean(cause->active));
	document_add(&object, "chattering", json_boolean(cause->active && cause->chattering));
	document_add(&object, "since", document_time(cause->since_ms, view->clock));
	document_add(&object, "until", document_time(cause->until_ms, view->clock));
	document_add(&object, "readings", witnesses_json(view, cause));
	return object;
}

static json_t *causes_json(const struct document_view *view)
{
	const struct incident *incident = view->incident;
	json_t *array = json_array();

	for (size_t i = 0; i < incident->cause_count; i++)
		document_append(&array, cause_json(view, &incident->causes[i]));
	return array;
}

/* Some cause of it ends only when a person resets it. */
static bool is_latched(const struct incident *incident)
{
	for (size_t i = 0; i < incident->cause_count; i++) {
		const struct cause *cause = &incident->causes[i];

		if (cause->active && cause->rule && cause->rule->latch)
			return true;
	}
	return false;
}

static json_t *output_json(const struct document_view *view, const struct output_status *output)
{
	const struct point *point = output->point;
	char why[OUTPUT_WHY_MAX];
	json_t *object = json_object();

	document_add(&object, "point", document_string(point->id));
	document_add(&object, "name", document_names(&point->name));
	document_add(&object, "wanted", document_number(output->value));
	document_add(&object, "text", document_value_text(point->class, output->value));
	document_add(&object, "state", json_string_nocheck(output_state_name(output->state)));
	document_add(&object, "error",
		output->error ? document_string(output_why(output->error, output->lock, why))
			      : json_null());
	document_add(&object, "time", document_time(output->at_ms, view->clock));
	document_add(&object, "again",
		output->again_ms ? document_time(output->again_ms, view->clock) : json_null());
	return object;
}

static json_t *output_id_json(const struct document_view *view, const struct output_status *output)
{
	(void)view;
	return document_string(output->point->id);
}

static bool is_locked(const struct document_view *view, const struct point *output)
{
	return view->locks && engine_forbids_write(view->locks, output, view->incident);
}

/* Those that would be written there. */
static json_t *reached_json(const struct document_view *view, size_t step, const struct zone *place,
	json_t *(*each)(const struct document_view *view, const struct output_status *output))
{
	struct output_status outputs[OUTPUTS_MAX];
	json_t *array = json_array();
	size_t count = outputs_reached(
		view->outputs, view->incident, (int)step, place, outputs, OUTPUTS_MAX);

	for (size_t i = 0; i < count; i++)
		if (outputs[i].state == OUTPUT_ADVISED && !is_locked(view, outputs[i].point))
			document_append(&array, each(view, &outputs[i]));
	return array;
}

/* Between which a person must choose; `more`: or may, since it was released for some. */
static json_t *places_json(const struct document_view *view, size_t step, bool more)
{
	const struct incident *incident = view->incident;
	const struct action *action = incident->type->steps[step].action;
	const struct zone *place;
	json_t *array = json_array();
	bool asks = incident_asks_place(view->site, incident, (int)step);
	size_t i = 0;

	while (view->outputs && (asks || more) &&
		(place = action_place(view->site, action, incident->zone, &i))) {
		json_t *object;

		if (!asks && !incident_adds_place(incident, (int)step, place))
			continue;
		object = document_named(place->id, &place->name);
		document_add(&object, "outputs", reached_json(view, step, place, output_id_json));
		document_append(&array, object);
	}
	return array;
}

static json_t *released_json(const struct places *released)
{
	json_t *array = json_array();

	for (size_t i = 0; i < released->count; i++)
		document_append(
			&array, document_named(released->zones[i]->id, &released->zones[i]->name));
	return array;
}

static json_t *outputs_json(const struct document_view *view, size_t step)
{
	struct output_status outputs[OUTPUTS_MAX];
	size_t count = 0;
	json_t *array = json_array();

	if (view->outputs)
		count = outputs_of_step(
			view->outputs, view->incident, (int)step, outputs, OUTPUTS_MAX);
	for (size_t i = 0; i < count; i++)
		document_append(&array, output_json(view, &outputs[i]));
	return array;
}

/* Who of the two persons has released it; null: nobody. */
static json_t *first_json(const struct document_view *view, size_t step)
{
	const struct first_release *first =
		incident_first_release(view->incident, step, view->clock->now_ms);
	json_t *object;

	if (!first)
		return json_null();
	object = json_object();
	document_add(&object, "by", document_string(first->by));
	document_add(&object, "time", document_time(first->at_ms, view->clock));
	document_add(&object, "until", document_time(first->at_ms + FIRST_RELEASE_MS, view->clock));
	return object;
}

static json_t *action_json(const struct document_view *view, size_t step)
{
	const struct action *action = view->incident->type->steps[step].action;
	const struct step_state *state = &view->incident->steps[step];
	json_t *object;

	if (!action)
		return json_null();
	object = json_object();
	document_add(&object, "id", document_string(action->id));
	document_add(&object, "name", document_names(&action->name));
	document_add(&object, "mode", json_string_nocheck(action_mode_name(action->mode)));
	document_add(&object, "state", json_string_nocheck(action_state_name(state->action)));
	document_add(&object, "time", document_time(state->action_ms, view->clock));
	document_add(&object, "released", released_json(&state->released));
	document_add(&object, "places", places_json(view, step, true));
	document_add(&object, "outputs", outputs_json(view, step));
	if (action->released_by > 1)
		document_add(&object, "first", first_json(view, step));
	return object;
}

json_t *document_fact_json(const struct document_view *view, const struct fact *fact)
{
	const struct fact_state *state = &view->incident->facts[fact->index];
	enum truth value = fact_value(fact, state->status);
	json_t *object = json_object();

	document_add(&object, "id", document_string(fact->id));
	document_add(&object, "question", document_names(&fact->question));
	document_add(&object, "ask", document_roles(fact->ask, fact->ask_count));
	document_add(&object, "value", json_string_nocheck(truth_name(value)));
	document_add(&object, "worse", json_string_nocheck(truth_name(fact->worse)));
	document_add(&object, "assumed", json_boolean(state->status == FACT_ASSUMED));
	document_add(&object, "by", document_string_or_null(state->by));
	document_add(&object, "time", document_time(state->time_ms, view->clock));
	document_add(&object, "note", document_string(state->note));
	document_add(&object, "asked", json_boolean(state->asked));
	document_add(&object, "deadline", document_time(state->due_ms, view->clock));
	document_add(&object, "overdue", json_boolean(state->overdue));
	document_add(&object, "level", json_integer(state->level));
	return object;
}

static json_t *facts_json(const struct document_view *view)
{
	const struct incident_type *type = view->incident->type;
	json_t *array = json_array();

	for (size_t i = 0; i < type->fact_count; i++)
		document_append(&array, document_fact_json(view, &type->facts[i]));
	return array;
}

/* "trapped", "!trapped": as the plan's files have it. */
static json_t *needed_json(const struct step *step)
{
	char text[ID_MAX + 2];

	if (!step->fact)
		return json_null();
	snprintf(text, sizeof(text), "%s%.*s", step->fact_negated ? "!" : "", ID_MAX,
		step->fact->id);
	return document_string(text);
}

/* null where the type has but one. */
static json_t *stage_json(const struct incident_type *type, bool full)
{
	return type->stage ? json_string_nocheck(word_id(WORD_STAGE, full)) : json_null();
}

json_t *document_step_json(const struct document_view *view, size_t index)
{
	const struct step *step = &view->incident->type->steps[index];
	const struct step_state *state = &view->incident->steps[index];
	json_t *object = json_object();

	document_add(&object, "id", document_string(step->id));
	document_add(&object, "clause", document_string(step->clause));
	document_add(&object, "text", document_names(&step->text));
	document_add(&object, "roles", document_roles(step->roles, step->role_count));
	document_add(&object, "by", document_roles(step->by, step->by_count));
	document_add(&object, "tell", document_roles(step->tell, step->tell_count));
	document_add(&object, "fact", needed_json(step));
	document_add(&object, "stage", stage_json(view->incident->type, !step->first));
	document_add(&object, "deadline", document_time(state->due_ms, view->clock));
	document_add(&object, "overdue", json_boolean(state->overdue && step_expected(state)));
	document_add(&object, "level", json_integer(incident_level(view->incident, (int)index)));
	document_add(&object, "mandatory", json_boolean(step->mandatory));
	document_add(&object, "applies", json_string_nocheck(truth_name(state->applies)));
	document_add(&object, "status", json_string_nocheck(step_status_name(state->status)));
	document_add(&object, "user", document_string_or_null(state->by));
	document_add(&object, "time", document_time(state->status_ms, view->clock));
	document_add(&object, "note", document_string(state->note));
	document_add(&object, "action", action_json(view, index));
	return object;
}

static json_t *steps_json(const struct document_view *view)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->incident->type->step_count; i++)
		document_append(&array, document_step_json(view, i));
	return array;
}

json_t *document_switches_json(
	const struct document_view *view, size_t step, const struct zone *place)
{
	json_t *object = json_object();

	document_add(&object, "step", document_string(view->incident->type->steps[step].id));
	document_add(&object, "state",
		json_string_nocheck(action_state_name(view->incident->steps[step].action)));
	document_add(&object, "places", place ? json_array() : places_json(view, step, false));
	document_add(&object, "outputs", reached_json(view, step, place, output_json));
	return object;
}

static json_t *acknowledged_json(const struct document_view *view)
{
	const struct incident *incident = view->incident;

	if (incident->acked_ms == 0)
		return json_null();
	return json_pack("{s:o, s:o}", "time", document_time(incident->acked_ms, view->clock), "by",
		document_string(incident->acked_by));
}

/* Who put it aside, when and why; null where its state says otherwise. */
static json_t *hold_json(const struct document_view *view, bool is, const char *key, json_t *value)
{
	const struct hold *hold = &view->incident->hold;
	json_t *object;

	if (!is) {
		json_decref(value);
		return json_null();
	}
	object = json_object();
	if (key)
		document_add(&object, key, value);
	document_add(&object, "by", document_string(hold->by));
	document_add(&object, "time", document_time(hold->at_ms, view->clock));
	document_add(&object, "note", document_string(hold->note));
	return object;
}

static json_t *suppressed_json(const struct document_view *view)
{
	const struct incident *incident = view->incident;

	if (!(incident_traits(incident->state) & INCIDENT_IS_SUPPRESSED))
		return json_null();
	return json_pack("{s:o, s:o}", "by", document_string(incident->suppressor), "until",
		document_time(incident->unsuppress_ms, view->clock));
}

static json_t *escalation_json(const struct document_view *view)
{
	const struct incident *incident = view->incident;

	return json_pack("{s:i, s:i, s:o}", "level", incident->called, "of", incident->levels,
		"next", document_time(incident->next_level_ms, view->clock));
}

static void add_aside(json_t **object, const struct document_view *view)
{
	const struct incident *incident = view->incident;
	unsigned traits = incident_traits(incident->state);
	bool handed = incident->hold.to[0] != '\0';

	document_add(object, "shelved",
		hold_json(view, traits & INCIDENT_IS_SHELVED, "until",
			document_time(incident->hold.until_ms, view->clock)));
	document_add(object, "suppressed", suppressed_json(view));
	document_add(object, "handed_over",
		hold_json(view, handed, "to", document_string(incident->hold.to)));
	document_add(object, "escalation", escalation_json(view));
}

static void add_head(json_t **object, const struct incident *incident)
{
	const struct incident_type *type = incident->type;

	document_add(object, "id", document_string(incident->id));
	document_add(object, "type", json_integer(type->number));
	document_add(object, "type_id", document_string(type->id));
	document_add(object, "name", document_names(&type->name));
	document_add(object, "zone", document_string(incident->zone->id));
	document_add(object, "zone_name", document_names(&incident->zone->name));
	document_add(object, "severity", json_string_nocheck(severity_name(type->severity)));
	document_add(object, "state", json_string_nocheck(incident_state_name(incident->state)));
	document_add(object, "stage", stage_json(type, incident->full));
	document_add(object, "drill", json_boolean(incident->drill));
	document_add(object, "taken_back", json_boolean(incident->taken_back));
}

json_t *document_incident_short_json(const struct incident *incident)
{
	json_t *object = json_object();

	add_head(&object, incident);
	return object;
}

/* What of the outputs it holds. */
static json_t *claims_json(const struct document_view *view)
{
	json_t *array = json_array();
	struct output_claim claim;

	for (size_t i = 0; view->outputs && outputs_claim(view->outputs, i, &claim); i++) {
		json_t *object;

		if (strcmp(claim.incident, view->incident->id) != 0)
			continue;
		object = json_object();
		document_add(&object, "output", document_string(claim.output));
		document_add(&object, "step", document_string(claim.step));
		document_add(&object, "value", document_number(claim.value));
		document_add(&object, "since", document_time(claim.since_ms, view->clock));
		document_add(&object, "proved", document_time(claim.proved_ms, view->clock));
		document_append(&array, object);
	}
	return array;
}

json_t *document_incident_json(const struct document_view *view)
{
	const struct incident *incident = view->incident;
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "journal", document_string(view->origin->journal));
	document_add(&object, "seq", json_integer((json_int_t)view->origin->sequence));
	add_head(&object, incident);
	document_add(&object, "raised", document_time(incident->raised_ms, view->clock));
	document_add(&object, "acknowledged", acknowledged_json(view));
	document_add(&object, "returned", document_time(incident->returned_ms, view->clock));
	document_add(&object, "closed", document_time(incident->closed_ms, view->clock));
	document_add(&object, "latched", json_boolean(is_latched(incident)));
	add_aside(&object, view);
	document_add(&object, "causes", causes_json(view));
	document_add(&object, "facts", facts_json(view));
	document_add(&object, "steps", steps_json(view));
	document_add(&object, "claims", claims_json(view));
	return object;
}
