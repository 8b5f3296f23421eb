/* Engine and outputs of one configuration, and how those of another follow them. */
#include "daemon/outputs/plant.h"

#include "core/log.h"
#include "rules/engine/keep.h"

#include <errno.h>

int plant_make(struct plant *plant, const struct config *config, const struct plant *after,
	const struct outputs_ports *ports, int64_t now_ms, struct failure *why)
{
	*plant = (struct plant){ config };
	if (after && config_needs_restart(after->config, config, why))
		return -EPERM;
	*why = (struct failure){ .cause = WORD_CAUSE_LOG };
	plant->engine = engine_new(&config->site, &config->plan, config->rules, config->rule_count,
		after ? engine_serial(after->engine) : 0, why->detail, sizeof(why->detail));
	if (!plant->engine || (after && engine_adopt(plant->engine, after->engine, why->detail,
						sizeof(why->detail)) < 0)) {
		log_error("%s", why->detail);
		return -EINVAL;
	}
	why->cause = WORD_CAUSE_OUT_OF_MEMORY;
	plant->outputs = outputs_new(config, plant->engine, ports, now_ms);
	return plant->outputs ? 0 : -ENOMEM;
}

void plant_follow(struct plant *plant, const struct plant *next, int64_t now_ms)
{
	struct plant old = *plant;

	outputs_adopt(next->outputs, old.outputs, now_ms);
	*plant = *next;
	plant_free(&old);
}

void plant_set_grant(struct plant *plant, enum outputs_grant grant)
{
	engine_set_confirm(plant->engine, grant == GRANT_NONE || grant == GRANT_ASK);
	outputs_set_grant(plant->outputs, grant);
}

void plant_free(struct plant *plant)
{
	outputs_free(plant->outputs);
	if (plant->engine)
		engine_free(plant->engine);
}
