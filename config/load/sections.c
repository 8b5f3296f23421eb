/*
 * The generic part: sections of many things, filling by tables, groups that hold the loader's
 * settings and an adapter's side by side, and finding what a name means.
 */
#include "config/load/loading.h"
#include "config/text/options.h"

const char *text_member(const config_setting_t *group, const char *name)
{
	const config_setting_t *setting = config_setting_get_member(group, name);

	return setting ? config_setting_get_string(setting) : NULL;
}

static void *at(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* The array of a kind, as far as it is filled. */
struct things {
	const char *items;
	size_t count, size;
};

static struct things things_of(const struct loader *loader, enum key_kind kind)
{
	const struct key_table *table = &key_tables[kind];

	return (struct things){ *(char **)at(loader->config, table->items),
		*(size_t *)at(loader->config, table->count), table->size };
}

static const char *thing_id(const void *context, size_t i)
{
	const struct things *things = context;

	return *(const char *const *)(things->items + i * things->size);
}

/* For messages, and where the word of the section is too short. */
static const char *kind_words(enum key_kind kind)
{
	return kind == KEYS_TYPE ? "incident type" : key_tables[kind].what;
}

/*
 * How many there are at least where some could be loaded: where none could, the section itself was
 * refused, and to say of each name that it does not exist would only mislead.
 */
static size_t least(enum key_kind kind)
{
	switch (kind) {
	case KEYS_ZONE:
		return 2; /* the site is one in any case */
	case KEYS_ACTION:
	case KEYS_POINT:
		return 0; /* sections that may lack, and points may all be in error */
	default:
		return 1;
	}
}

void *find_thing(const struct loader *loader, const config_setting_t *setting, const char *subject,
	enum key_kind kind, const char *id)
{
	const struct things things = things_of(loader, kind);

	for (size_t i = 0; i < things.count; i++)
		if (strcmp(thing_id(&things, i), id) == 0)
			return (char *)*(char **)at(loader->config, key_tables[kind].items) +
			       i * things.size;
	if (things.count >= least(kind))
		loader_error(loader, setting, "%s: %s \"%s\" does not exist%s", subject,
			kind_words(kind), id,
			did_you_mean(loader, id, things.count, thing_id, &things));
	return NULL;
}

void *find_named(const struct loader *loader, const config_setting_t *group, const char *subject,
	enum key_kind kind, const char *member)
{
	const char *id = text_member(group, member);

	if (!id || !*id)
		return NULL;
	return find_thing(loader, config_setting_get_member(group, member), subject, kind, id);
}

bool keys_fill(struct loader *loader, const config_setting_t *group, enum key_kind kind,
	const char *subject, void *target)
{
	const struct option_spec *specs = key_tables[kind].specs;
	const struct option_group options = {
		.subject = subject,
		.tables = { { specs, target } },
		.others = key_tables[kind].others,
	};
	bool good = options_fill(loader, group, &options);

	for (const struct option_spec *s = specs; s->name; s++)
		if (s->names)
			*(void **)at(target, s->offset) = find_named(
				loader, group, subject, (enum key_kind)s->names, s->name);
	return good;
}

const config_setting_t *section_open(struct loader *loader, enum key_kind kind, enum form form)
{
	const struct key_table *table = &key_tables[kind];
	const char *name =
		arena_printf(loader->scratch, "%.*s", (int)strcspn(table->path, "."), table->path);
	const config_setting_t *section =
		form == LIST || form == LIST_NEEDED
			? section_list(loader, name, form == LIST_NEEDED)
			: section_group(loader, name, form == GROUP_NEEDED);
	size_t room = section_count(section) + 2; /* one that is refused, and the site's own zone */

	*(void **)at(loader->config, table->items) = arena_alloc(loader->arena, room * table->size);
	*(struct place **)at(loader->places, table->places) =
		arena_alloc(loader->arena, room * sizeof(struct place));
	return section;
}

void section_load(struct loader *loader, const config_setting_t *section, enum key_kind kind,
	bool (*load)(struct loader *loader, const config_setting_t *group, const char *subject,
		void *item))
{
	const struct key_table *table = &key_tables[kind];
	size_t *count = at(loader->config, table->count);
	struct place *places = *(struct place **)at(loader->places, table->places);

	for (size_t i = 0; i < section_count(section); i++) {
		const config_setting_t *group = section_member(loader, section, i, table->what);
		char *item = *(char **)at(loader->config, table->items) + *count * table->size;
		const char *id = group ? config_setting_name(group) : NULL;

		if (!group) {
			loader->loading->points_doubtful |=
				kind == KEYS_CLASS || kind == KEYS_DEVICE;
			continue;
		}
		memset(item, 0, table->size);
		id = arena_strdup(loader->arena, id ? id : text_member(group, "id"));
		*(const char **)item = id;
		places[*count] = setting_place(loader, group);
		*count += load(loader, group, subject_of(loader, table->what, id), item);
	}
}

int64_t scaled(const struct loader *loader, int64_t time_ms)
{
	double ms = (double)time_ms * loader->config->daemon.deadline_scale;

	return time_ms > 0 && ms < 1 ? 1 : (int64_t)ms;
}

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
