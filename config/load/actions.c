/*
 * Loads the actions, and which of them goes first where two want one output at different values.
 * Whether their interlocks hold is check_expressions()'s.
 */
#include "config/load/loading.h"
#include "rules/contradictions.h"

static bool has_output(const struct site *site, const struct point_class *class)
{
	for (size_t i = 0; i < site->point_count; i++)
		if (site->points[i].class == class && site->points[i].writable)
			return true;
	return false;
}

static void check_action(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct action *action)
{
	if (action->class->kind == POINT_STATE && action->value != 0 && action->value != 1)
		report_error(loader->report, member_place(loader, group, "value"),
			"%s: value must be 0 or 1 for the state class \"%s\", but is %g", subject,
			action->class->id, action->value);
	if (!loader->loading->points_doubtful && !has_output(&loader->config->site, action->class))
		report_warning(loader->report, member_place(loader, group, "class"),
			"%s: no output has the class \"%s\", so it writes nothing", subject,
			action->class->id);
}

static bool load_action(
	struct loader *loader, const config_setting_t *group, const char *subject, void *item)
{
	struct action_keys keys = { .action = *(struct action *)item };
	struct action *action = item;

	keys_fill(loader, group, KEYS_ACTION, subject, &keys);
	*action = keys.action;
	if (action->class)
		check_action(loader, group, subject, action);
	if (action->on_report == ON_REPORT_AUTO && action->mode != ACTION_AUTO)
		loader_error(loader, config_setting_get_member(group, "on_report"),
			"%s: on_report = \"auto\" is of mode \"auto\", but the mode is \"%s\"",
			subject, action_mode_name(action->mode));
	if (action->released_by > 1 && !people_have_two(&loader->config->people))
		loader_error(loader, config_setting_get_member(group, "released_by"),
			"%s: released_by = 2, but people has no two persons with accounts that may "
			"release and no role in common",
			subject);
	expect_expression(loader, group, "interlock", subject, action->interlock, NULL, NULL);
	return true;
}

static void add_over(struct loader *loader, const config_setting_t *element, const char *subject,
	struct action *action)
{
	const char *id = config_setting_get_string(element);
	const struct action *other =
		id ? find_thing(loader, element, subject, KEYS_ACTION, id) : NULL;

	if (other == action)
		loader_error(loader, element, "%s: cannot go before itself", subject);
	else if (other)
		action->over[action->over_count++] = other;
}

/* Once all actions are there. */
static void load_over(struct loader *loader, const config_setting_t *group, struct action *action)
{
	const config_setting_t *list = config_setting_get_member(group, "over");
	const char *subject = arena_printf(loader->scratch, "action \"%s\": over", action->id);
	size_t count = is_sequence(list) ? section_count(list) : 0;

	action->over = arena_alloc(loader->arena, (count + 1) * sizeof(*action->over));
	for (size_t i = 0; i < count; i++)
		add_over(loader, config_setting_get_elem(list, (unsigned)i), subject, action);
}

static void load_order(struct loader *loader, const config_setting_t *section)
{
	struct plan *plan = &loader->config->plan;
	const struct action *in_circle;
	char circle[512];

	for (size_t i = 0; i < plan->action_count; i++)
		load_over(loader, config_setting_get_member(section, plan->actions[i].id),
			&plan->actions[i]);
	in_circle = contradictions_rank(plan->actions, plan->action_count, circle, sizeof(circle));
	if (in_circle)
		report_error(loader->report, loader->places->actions[in_circle - plan->actions],
			"action \"%s\": over goes round in a circle: %s; leave one out",
			in_circle->id, circle);
	loader->loading->order_doubtful = in_circle != NULL;
}

void load_actions(struct loader *loader)
{
	const config_setting_t *section = section_open(loader, KEYS_ACTION, GROUP);

	section_load(loader, section, KEYS_ACTION, load_action);
	load_order(loader, section);
}

void check_contradictions(struct loader *loader)
{
	const struct config *config = loader->config;
	struct contradiction found;
	size_t at = 0;

	while (!loader->loading->order_doubtful &&
		contradiction_next(&config->plan, &config->site, &at, &found))
		report_error(loader->report,
			loader->places->actions[found.second - config->plan.actions],
			"action \"%s\": wants output \"%s\" at %g, but action \"%s\" wants it at "
			"%g, and incidents of the types \"%s\" and \"%s\" are equally strong; say "
			"which goes first: over = [ \"%s\" ]; here, or over = [ \"%s\" ]; there",
			found.second->id, found.output->id, found.second->value, found.first->id,
			found.first->value, found.second_type->id, found.first_type->id,
			found.first->id, found.second->id);
}
