/* Loads roles, and the chain that is called when nobody below answers. */
#include "config/load/loading.h"

static void load_role(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct role *role = &plan->roles[plan->role_count];
	struct role_keys keys = { 0 };

	role->id = arena_strdup(loader->arena, config_setting_name(group));
	keys_fill(loader, group, KEYS_ROLE, subject_of(loader, "role", role->id), &keys);
	role->name = keys.name;
	loader->places->roles[plan->role_count++] = setting_place(loader, group);
}

static const char *role_id(const void *context, size_t i)
{
	return ((const struct plan *)context)->roles[i].id;
}

static void add_role(struct loader *loader, const config_setting_t *element, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const struct plan *plan = &loader->config->plan;
	const char *id;

	if (config_setting_type(element) != CONFIG_TYPE_STRING) {
		loader_error(loader, element, "%s: roles are names of roles in quotes", subject);
		return;
	}
	id = config_setting_get_string(element);
	for (size_t i = 0; i < *count; i++)
		if (strcmp(roles[i]->id, id) == 0) {
			loader_error(loader, element, "%s: role \"%s\" stands twice", subject, id);
			return;
		}
	for (size_t i = 0; i < plan->role_count; i++)
		if (strcmp(plan->roles[i].id, id) == 0) {
			roles[(*count)++] = &plan->roles[i];
			return;
		}
	if (plan->role_count > 0)
		loader_error(loader, element, "%s: role \"%s\" does not exist%s", subject, id,
			did_you_mean(loader, id, plan->role_count, role_id, plan));
}

void load_role_list(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const config_setting_t *list = config_setting_get_member(group, "roles");
	int type = list ? config_setting_type(list) : CONFIG_TYPE_NONE;
	size_t length = section_count(list);

	if ((type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) || length == 0) {
		loader_error(loader, list ? list : group,
			"%s: needs its roles: roles = [ \"service_desk\", ... ];", subject);
		return;
	}
	if (length > STEP_ROLE_MAX)
		loader_error(loader, list, "%s: %zu roles are too many; at most %d", subject,
			length, STEP_ROLE_MAX);
	for (size_t i = 0; i < length && i < STEP_ROLE_MAX; i++)
		add_role(loader, config_setting_get_elem(list, (unsigned)i), subject, roles, count);
}

int64_t scaled(const struct loader *loader, int64_t time_ms)
{
	double ms = (double)time_ms * loader->config->daemon.deadline_scale;

	return time_ms > 0 && ms < 1 ? 1 : (int64_t)ms;
}

static void load_level(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct chain_level *level = &plan->chain[plan->chain_count];
	struct level_keys keys = { 0 };

	keys_fill(loader, group, KEYS_LEVEL, "chain", &keys);
	load_role_list(loader, group, "chain", level->roles, &level->role_count);
	level->after_ms = scaled(loader, keys.after_ms);
	if (plan->chain_count > 0 && level->after_ms <= level[-1].after_ms)
		report_error(loader->report, member_place(loader, group, "after"),
			"chain: a level is called later than the one before it; give it a longer "
			"after");
	plan->chain_count++;
}

static void load_chain(struct loader *loader)
{
	const config_setting_t *chain = section_group(loader, "chain", false), *levels;
	struct plan *plan = &loader->config->plan;
	struct chain_keys keys = { 0 };

	if (!chain)
		return;
	keys_fill(loader, chain, KEYS_CHAIN, "chain", &keys);
	plan->remind_ms = scaled(loader, keys.remind_ms);
	levels = config_setting_get_member(chain, "levels");
	if (!levels || config_setting_type(levels) != CONFIG_TYPE_LIST ||
		section_count(levels) == 0 || section_count(levels) > CHAIN_MAX) {
		loader_error(loader, levels ? levels : chain,
			"chain: needs 1 to %d levels: levels = ( { roles = [ ... ]; after = \"3 "
			"min\"; }, "
			"... );",
			CHAIN_MAX);
		return;
	}
	for (size_t i = 0; i < section_count(levels); i++) {
		const config_setting_t *group = config_setting_get_elem(levels, (unsigned)i);

		if (config_setting_type(group) == CONFIG_TYPE_GROUP)
			load_level(loader, group);
		else
			loader_error(loader, group, "chain: a level is a group: { roles = ...; }");
	}
}

void load_roles(struct loader *loader)
{
	const config_setting_t *roles = section_group(loader, "roles", true);
	struct arena *arena = loader->arena;
	size_t count = section_count(roles) + 1;

	loader->config->plan.roles = arena_alloc(arena, count * sizeof(struct role));
	loader->places->roles = arena_alloc(arena, count * sizeof(struct place));
	section_load(loader, roles, "role", load_role);
	load_chain(loader);
}
