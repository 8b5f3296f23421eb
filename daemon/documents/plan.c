/* The document of the plan: what may be reported, and where. */
#include "daemon/documents/json.h"

static json_t *type_json(const struct incident_type *type)
{
	return json_pack("{s:i, s:o, s:o, s:s}", "number", type->number, "id",
		document_string(type->id), "name", document_names(&type->name), "severity",
		severity_name(type->severity));
}

static json_t *types_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->type_count; i++)
		document_append(&array, type_json(&plan->types[i]));
	return array;
}

static json_t *roles_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->role_count; i++)
		document_append(&array, document_named(plan->roles[i].id, &plan->roles[i].name));
	return array;
}

static json_t *zones_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->zone_count; i++)
		document_append(&array, document_named(site->zones[i].id, &site->zones[i].name));
	return array;
}

static json_t *level_json(const struct chain_level *level)
{
	json_t *roles = json_array();

	for (size_t i = 0; i < level->role_count; i++)
		document_append(&roles, document_string(level->roles[i]->id));
	return json_pack("{s:o, s:o}", "roles", roles, "after_s",
		document_number((double)level->after_ms / 1000));
}

static json_t *chain_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; i < plan->chain_count; i++)
		document_append(&array, level_json(&plan->chain[i]));
	return array;
}

char *document_plan(const struct plan *plan, const struct site *site)
{
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "types", types_json(plan));
	document_add(&object, "roles", roles_json(plan));
	document_add(&object, "zones", zones_json(site));
	document_add(&object, "chain", chain_json(plan));
	return document_text(object);
}
