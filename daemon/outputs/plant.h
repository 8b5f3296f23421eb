/*
 * What runs now: the configuration, and the engine and the outputs that were made of it.
 * Its owner's; whoever has a pointer to it sees the new ones after a reload. Loop thread.
 */
#ifndef DAEMON_OUTPUTS_PLANT_H
#define DAEMON_OUTPUTS_PLANT_H

#include "config/config.h"
#include "daemon/outputs/actuation.h"
#include "rules/engine/engine.h"

struct plant {
	const struct config *config;
	struct engine *engine;
	struct actuation *actuation;
};

#endif
