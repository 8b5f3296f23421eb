/* Loads what calls a person where no message does. */
#include "config/load/loading.h"

static void add_action(
	struct loader *loader, const config_setting_t *element, struct fallback_settings *fallback)
{
	const struct action *action = find_thing(
		loader, element, "fallback", KEYS_ACTION, config_setting_get_string(element));

	if (!action)
		return;
	for (size_t i = 0; i < fallback->action_count; i++)
		if (fallback->actions[i] == action) {
			loader_error(loader, element, "fallback: action \"%s\" stands twice",
				action->id);
			return;
		}
	if (action->mode != ACTION_AUTO)
		loader_error(loader, element,
			"fallback: action \"%s\" has mode \"%s\", but nobody may be there to "
			"switch or release; give it mode = \"auto\"",
			action->id, action_mode_name(action->mode));
	if (action->class && action->class->kind != POINT_STATE)
		loader_error(loader, element,
			"fallback: action \"%s\" writes the number class \"%s\", but what calls "
			"is on or off; name an action of a state class",
			action->id, action->class->id);
	fallback->actions[fallback->action_count++] = action;
}

static void load_actions(
	struct loader *loader, const config_setting_t *group, struct fallback_settings *fallback)
{
	const config_setting_t *list = config_setting_get_member(group, "actions");
	size_t count = section_count(list);

	if (count > FALLBACK_ACTION_MAX)
		loader_error(loader, list, "fallback: %zu actions are too many; at most %d", count,
			FALLBACK_ACTION_MAX);
	for (size_t i = 0; i < count && i < FALLBACK_ACTION_MAX; i++)
		add_action(loader, config_setting_get_elem(list, (unsigned)i), fallback);
}

void load_fallback(struct loader *loader)
{
	const config_setting_t *group = section_group(loader, "fallback", false);
	struct fallback_settings *fallback = &loader->config->fallback;
	struct fallback_keys keys = { 0 };

	if (!group)
		return;
	keys_fill(loader, group, KEYS_FALLBACK, "fallback", &keys);
	loader->places->fallback = setting_place(loader, group);
	*fallback = keys.settings;
	/* For people, as the chain; the others are about machines, which are never hurried. */
	fallback->acknowledge_within_ms = scaled(loader, fallback->acknowledge_within_ms);
	if (keys.actions)
		load_actions(loader, group, fallback);
}
