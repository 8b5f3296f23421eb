/* Settings that a reload cannot change, and why a configuration is not taken. Pure; any thread. */
#ifndef CONFIG_FIXED_H
#define CONFIG_FIXED_H

#include "config/config.h"
#include "core/words.h" /* enum word_cause */

struct config_refusal {
	enum word_cause cause;
	unsigned errors; /* {count} */
	/* {names}, {place}: names of settings, or where the first error is. Of WORD_CAUSE_LOG: what
	 * the engine says, in English. */
	char detail[400];
};

/* True: some differ; the refusal names them all, "mqtt.host, mqtt.port". */
bool config_needs_restart(
	const struct config *old, const struct config *config, struct config_refusal *why);

#endif
