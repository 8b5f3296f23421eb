/* Of the plan for facilityctl: its incident types with their facts, which are questions, and steps.
 */
#include "config/print/print.h"

static json_t *roles_json(const struct role *const roles[], size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(roles[i]->id));
	return array;
}

static json_t *fact_json(const struct fact *fact)
{
	return json_pack("{s:s, s:o, s:o, s:s?, s:s, s:s, s:f, s:b}", "id", fact->id, "question",
		text_json(&fact->question), "ask", roles_json(fact->ask, fact->ask_count), "sensor",
		fact->sensor, "unknown", fact->unknown == FACT_UNKNOWN_YES ? "yes" : "ask", "worse",
		fact->worse ? "yes" : "no", "deadline_s", (double)fact->deadline_ms / 1000, "turns",
		fact->after_ms > 0);
}

static json_t *step_json(const struct incident_type *type, const struct step *step)
{
	const char *stage = step->first ? "first" : type->stage ? "full" : NULL;
	json_t *fact = step->fact
			       ? json_sprintf("%s%s", step->fact_negated ? "!" : "", step->fact->id)
			       : json_null();

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:f, s:b, s:s?, s:s?}", "id", step->id,
		"clause", step->clause, "text", text_json(&step->text), "by",
		roles_json(step->by, step->by_count), "tell",
		roles_json(step->tell, step->tell_count), "fact", fact, "deadline_s",
		(double)step->deadline_ms / 1000, "mandatory", step->mandatory, "action",
		step->action ? step->action->id : NULL, "stage", stage);
}

static json_t *type_json(const struct incident_type *type)
{
	json_t *facts = json_array(), *steps = json_array();

	for (size_t i = 0; i < type->fact_count; i++)
		json_array_append_new(facts, fact_json(&type->facts[i]));
	for (size_t i = 0; i < type->step_count; i++)
		json_array_append_new(steps, step_json(type, &type->steps[i]));
	return json_pack("{s:i, s:s, s:o, s:s, s:o, s:o}", "number", type->number, "id", type->id,
		"name", text_json(&type->name), "severity", severity_name(type->severity), "facts",
		facts, "steps", steps);
}

json_t *types_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->type_count; i++)
		json_array_append_new(array, type_json(&plan->types[i]));
	return array;
}
