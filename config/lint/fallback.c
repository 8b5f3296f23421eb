#include "config/lint/fallback.h"

static void lint_output(const struct point *point, const struct action *action, struct place place,
	struct config_report *report)
{
	if (point->protected)
		report_warning(report, place,
			"output \"%s\": is protected, so action \"%s\" of the fallback leaves it "
			"alone: it could not be put off again",
			point->id, action->id);
	else if (!point->armed)
		report_warning(report, place,
			"output \"%s\": is not armed, so action \"%s\" of the fallback cannot "
			"switch it on",
			point->id, action->id);
}

/* The step's action that writes outputs of this class; NULL: none. */
static const struct action *rival(const struct plan *plan, const struct point_class *class)
{
	for (size_t t = 0; t < plan->type_count; t++)
		for (size_t s = 0; s < plan->types[t].step_count; s++) {
			const struct action *action = plan->types[t].steps[s].action;

			if (action && action->class == class)
				return action;
		}
	return NULL;
}

static void lint_action(const struct config *config, const struct config_places *places,
	const struct action *action, struct config_report *report)
{
	const struct action *other = rival(&config->plan, action->class);

	if (other)
		report_warning(report, places->fallback,
			"fallback: outputs of class \"%s\" are written by action \"%s\" of a step "
			"too, and each would undo the other; give them a class of their own",
			action->class->id, other->id);
	for (size_t i = 0; i < config->site.point_count; i++) {
		const struct point *point = &config->site.points[i];

		if (point->writable && point->class == action->class)
			lint_output(point, action, places->points[i], report);
	}
}

void lint_fallback(const struct config *config, const struct config_places *places,
	struct config_report *report)
{
	const struct fallback_settings *fallback = &config->fallback;
	const struct plan *plan = &config->plan;

	for (size_t i = 0; i < fallback->action_count; i++)
		lint_action(config, places, fallback->actions[i], report);
	if (fallback->action_count > 0 && plan->chain_count > 0 &&
		plan->chain[plan->chain_count - 1].after_ms >= fallback->acknowledge_within_ms)
		report_note(report, places->fallback,
			"fallback: acknowledge_within is over before the last level of the chain "
			"is called");
}
