/*
 * What runs now: the configuration, and the engine and the outputs that were made of it.
 * Its owner's; whoever has a pointer to it sees the new ones after a reload. Loop thread.
 */
#ifndef DAEMON_OUTPUTS_PLANT_H
#define DAEMON_OUTPUTS_PLANT_H

#include "config/fixed.h"
#include "daemon/outputs/outputs.h"

struct plant {
	const struct config *config;
	struct engine *engine;
	struct outputs *outputs;
};

/*
 * Makes engine and outputs of `config`, which must outlive them. after: the plant that this one is
 * to follow, with its open incidents, readings and delays, and which stays as it is; NULL: none.
 * 0, or -errno and *why: -EPERM, settings differ that need a restart; -EINVAL, an open incident
 * cannot go over; -ENOMEM. Then *plant is to be freed all the same.
 */
int plant_make(struct plant *plant, const struct config *config, const struct plant *after,
	const struct outputs_ports *ports, int64_t now_ms, struct failure *why);
/* `next`, made after `plant`, is *plant from now on; what it was is freed. Cannot fail. */
void plant_follow(struct plant *plant, const struct plant *next, int64_t now_ms);
/* What it may do from now on, also of what is wanted already. */
void plant_set_grant(struct plant *plant, enum outputs_grant grant);
void plant_free(struct plant *plant);

#endif
