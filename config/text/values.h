/*
 * One value of one option. A refused value is reported at its line and leaves
 * the member as it is.
 */
#ifndef CONFIG_VALUES_H
#define CONFIG_VALUES_H

#include "config/text/loader.h"
#include "core/option.h"

/* What is being filled, for messages. */
struct filling {
	struct loader *loader;
	const config_setting_t *setting;
	const char *subject;
	const struct option_spec *spec;
};

/* Put the setting's value in the member, when it is of the option's type and range. */
bool value_fill(const struct filling *f, void *member);

/* The default, as the table writes it; quotes around it are allowed. */
void value_default(const struct option_spec *spec, void *member, struct arena *arena);

#endif
