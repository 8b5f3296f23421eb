/* Settings that a reload cannot change. Pure; any thread. */
#ifndef CONFIG_FIXED_H
#define CONFIG_FIXED_H

#include "config/config.h"

/* True: some differ; *names has them all, "mqtt.host, mqtt.port". */
bool config_needs_restart(
	const struct config *old, const struct config *config, char *names, size_t size);

#endif
