/*
 * Groups that hold the loader's settings and an adapter's side by side: buses,
 * devices and points.
 */
#include "config/load/loading.h"
#include "config/text/options.h"

static const char *adapter_name(const void *context, size_t i)
{
	(void)context;
	return adapter_table[i]->name;
}

const struct adapter *find_adapter(const struct loader *loader, const config_setting_t *setting,
	const char *subject, const char *name)
{
	const struct adapter *adapter = adapter_find(name);
	size_t count = 0;

	while (adapter_table[count])
		count++;
	if (!adapter)
		loader_error(loader, setting, "%s: adapter \"%s\" does not exist%s", subject, name,
			did_you_mean(loader, name, count, adapter_name, NULL));
	return adapter;
}

bool adapter_fill(struct loader *loader, const config_setting_t *group,
	const struct adapter_group *options, const struct adapter *adapter, void **filled)
{
	const struct key_table *own = &key_tables[options->kind];
	struct option_group all = {
		.subject = options->subject,
		.tables = { { own->specs, options->keys, options->keys_behind,
			options->keys_partial } },
		.others = own->others,
		.any_key = adapter == NULL,
	};

	if (adapter) {
		*filled = arena_alloc(loader->arena, options->size + 1);
		all.tables[1] = (struct option_target){ options->specs, *filled, options->behind,
			options->partial };
	}
	return options_fill(loader, group, &all) && adapter;
}

static void add(struct option_errors *base, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void add(struct option_errors *base, const char *option, const char *format, ...)
{
	struct adapter_errors *errors = (struct adapter_errors *)base;
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	errors->any = true;
	report_error(errors->loader->report,
		member_place(errors->loader, errors->group, option ? option : ""), "%s: %s%s%s",
		errors->subject, option ? option : "", option ? " " : "", message);
}

struct adapter_errors adapter_errors(
	const struct loader *loader, const config_setting_t *group, const char *subject)
{
	return (struct adapter_errors){ { add }, loader, group, subject, false };
}
