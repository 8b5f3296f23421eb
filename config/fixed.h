/* Settings that a reload cannot change. Pure; any thread. */
#ifndef CONFIG_FIXED_H
#define CONFIG_FIXED_H

#include "config/config.h"
#include "core/words.h" /* struct failure */

/* True: some differ; the cause names them all, "mqtt.host, mqtt.port". */
bool config_needs_restart(
	const struct config *old, const struct config *config, struct failure *why);

#endif
