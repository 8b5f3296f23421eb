/* The document of the plan: what may be reported, and where. */
#include "daemon/documents/json.h"

static json_t *type_json(const struct incident_type *type)
{
	struct document_object object = document_object_new();

	document_add(&object, "number", json_integer(type->number));
	document_add(&object, "id", document_string(type->id));
	document_add(&object, "name", document_names(&type->name));
	document_add(&object, "severity", json_string_nocheck(severity_name(type->severity)));
	return document_object_end(&object);
}

static json_t *types_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < plan->type_count; i++)
		if (!document_append(&array, type_json(&plan->types[i])))
			break;
	return array;
}

static json_t *roles_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < plan->role_count; i++)
		if (!document_append(
			    &array, document_named(plan->roles[i].id, &plan->roles[i].name)))
			break;
	return array;
}

static json_t *zones_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < site->zone_count; i++)
		if (!document_append(
			    &array, document_named(site->zones[i].id, &site->zones[i].name)))
			break;
	return array;
}

static json_t *level_json(const struct chain_level *level)
{
	struct document_object object = document_object_new();
	json_t *roles = json_array();

	for (size_t i = 0; roles && i < level->role_count; i++)
		if (!document_append(&roles, document_string(level->roles[i]->id)))
			break;
	document_add(&object, "roles", roles);
	document_add(&object, "after_s", document_number((double)level->after_ms / 1000));
	return document_object_end(&object);
}

static json_t *chain_json(const struct plan *plan)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < plan->chain_count; i++)
		if (!document_append(&array, level_json(&plan->chain[i])))
			break;
	return array;
}

char *document_plan(const struct plan *plan, const struct site *site, size_t *length)
{
	struct document_object object = document_object_new();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "types", types_json(plan));
	document_add(&object, "roles", roles_json(plan));
	document_add(&object, "zones", zones_json(site));
	document_add(&object, "chain", chain_json(plan));
	return document_text(document_object_end(&object), length);
}
