/* Loads roles, lists of them, and the chain that is called when nobody below answers. */
#include "config/load/loading.h"

static bool load_role(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	keys_fill(loader, group, KEYS_ROLE, subject, item);
	return true;
}

static void add_role(struct loader *loader, const config_setting_t *element, const char *subject,
	const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const char *id = config_setting_get_string(element);
	const struct role *role;

	if (!id) {
		loader_error(loader, element, "%s: roles are names of roles in quotes", subject);
		return;
	}
	role = find_thing(loader, element, subject, KEYS_ROLE, id);
	if (role && roles_have(roles, *count, role))
		loader_error(loader, element, "%s: role \"%s\" stands twice", subject, id);
	else if (role)
		roles[(*count)++] = role;
}

void load_role_list(struct loader *loader, const config_setting_t *group, const char *name,
	const char *subject, const struct role *roles[static STEP_ROLE_MAX], size_t *count)
{
	const config_setting_t *list = config_setting_get_member(group, name);
	size_t length = is_sequence(list) ? section_count(list) : 0;

	if (length == 0) {
		loader_error(loader, list ? list : group,
			"%s: needs its roles: %s = [ \"service_desk\", ... ];", subject, name);
		return;
	}
	if (length > STEP_ROLE_MAX)
		loader_error(loader, list, "%s: %zu roles are too many; at most %d", subject,
			length, STEP_ROLE_MAX);
	for (size_t i = 0; i < length && i < STEP_ROLE_MAX; i++)
		add_role(loader, config_setting_get_elem(list, (unsigned)i), subject, roles, count);
}

static void load_level(struct loader *loader, const config_setting_t *group)
{
	struct plan *plan = &loader->config->plan;
	struct chain_level *level = &plan->chain[plan->chain_count];

	keys_fill(loader, group, KEYS_LEVEL, "chain", level);
	load_role_list(loader, group, "roles", "chain", level->roles, &level->role_count);
	level->after_ms = scaled(loader, level->after_ms);
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

	if (!chain)
		return;
	keys_fill(loader, chain, KEYS_CHAIN, "chain", plan);
	plan->remind_ms = scaled(loader, plan->remind_ms);
	levels = config_setting_get_member(chain, "levels");
	if (!levels || config_setting_type(levels) != CONFIG_TYPE_LIST ||
		section_count(levels) == 0 || section_count(levels) > CHAIN_MAX) {
		loader_error(loader, levels ? levels : chain,
			"chain: needs 1 to %d levels: levels = ( { roles = [ ... ]; after = \"3 "
			"min\"; }, ... );",
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

static void check_held_role(struct loader *loader)
{
	const config_setting_t *daemon = config_setting_get_member(loader->root, "daemon");

	if (daemon && loader->config->daemon.held_role)
		find_named(loader, daemon, "daemon", KEYS_ROLE, "held_role");
}

void load_roles(struct loader *loader)
{
	section_load(loader, section_open(loader, KEYS_ROLE, GROUP_NEEDED), KEYS_ROLE, load_role);
	check_held_role(loader);
	load_chain(loader);
}
