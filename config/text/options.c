/* Values by their types and ranges, groups by their tables. It knows nothing of what is filled. */
#include "config/text/options.h"

#include "core/id.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is being filled, for messages. */
struct filling {
	struct loader *loader;
	const config_setting_t *setting;
	const char *subject;
	const struct option_spec *spec;
};

enum { STRING_LENGTH_MAX = 255 };

static const struct {
	const char *unit;
	int64_t ms;
} duration_units[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "min", 60 * 1000 },
	{ "h", 3600 * 1000 },
};

bool duration_parse(const char *text, int64_t *ms)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits + (text[digits] == ' ');

	if (digits == 0 || digits > 9)
		return false;
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++) {
		if (strcmp(unit, duration_units[i].unit) != 0)
			continue;
		*ms = strtoll(text, NULL, 10) * duration_units[i].ms;
		return true;
	}
	return false;
}

static bool refuse(const struct filling *f, const char *should)
{
	loader_error(f->loader, f->setting, "%s: %s must be %s, but is %s", f->subject,
		f->spec->name, should, setting_words(f->loader, f->setting));
	return false;
}

/* A limit as people write it: durations with their unit. */
static const char *limit_text(const struct filling *f, double limit)
{
	struct arena *arena = f->loader->scratch;
	const char *unit = f->spec->unit;

	if (f->spec->type == OPTION_DURATION) {
		size_t u = sizeof(duration_units) / sizeof(duration_units[0]) - 1;

		while (u > 0 && (limit == 0 || fmod(limit, (double)duration_units[u].ms) != 0))
			u--;
		return arena_printf(arena, "\"%.0f %s\"", limit / (double)duration_units[u].ms,
			duration_units[u].unit);
	}
	return arena_printf(arena, "%.15g%s%s", limit, unit ? " " : "", unit ? unit : "");
}

static bool in_range(const struct filling *f, double value)
{
	const struct option_spec *spec = f->spec;

	if ((spec->min == 0 && spec->max == 0) || (value >= spec->min && value <= spec->max))
		return true;
	return refuse(f, arena_printf(f->loader->scratch, "from %s to %s", limit_text(f, spec->min),
				 limit_text(f, spec->max)));
}

static const char *choice_list(const struct filling *f)
{
	struct arena *arena = f->loader->scratch;
	const char *list = "one of";

	for (const char *const *choice = f->spec->choices; *choice; choice++)
		list = arena_printf(
			arena, "%s%s \"%s\"", list, choice == f->spec->choices ? "" : ",", *choice);
	return list;
}

static int choice_index(const char *const *choices, const char *text)
{
	int i = 0;

	while (choices[i] && strcmp(choices[i], text) != 0)
		i++;
	return choices[i] ? i : -1;
}

static bool fill_bool(const struct filling *f, void *member)
{
	if (config_setting_type(f->setting) != CONFIG_TYPE_BOOL)
		return refuse(f, "true or false, without quotes");
	*(bool *)member = config_setting_get_bool(f->setting) != 0;
	return true;
}

static bool fill_int(const struct filling *f, void *member)
{
	int type = config_setting_type(f->setting);
	int64_t value = type == CONFIG_TYPE_INT ? config_setting_get_int(f->setting)
						: config_setting_get_int64(f->setting);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return refuse(f, "a whole number");
	if (!in_range(f, (double)value))
		return false;
	*(int64_t *)member = value;
	return true;
}

static bool fill_real(const struct filling *f, void *member)
{
	int type = config_setting_type(f->setting);
	double value = type == CONFIG_TYPE_INT     ? config_setting_get_int(f->setting)
		       : type == CONFIG_TYPE_INT64 ? (double)config_setting_get_int64(f->setting)
						   : config_setting_get_float(f->setting);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64 && type != CONFIG_TYPE_FLOAT)
		return refuse(f, "a number");
	if (!isfinite(value))
		return refuse(f, "a finite number");
	if (!in_range(f, value))
		return false;
	*(double *)member = value;
	return true;
}

static bool fill_duration(const struct filling *f, void *member)
{
	int64_t ms;

	if (config_setting_type(f->setting) != CONFIG_TYPE_STRING ||
		!duration_parse(config_setting_get_string(f->setting), &ms))
		return refuse(f, "a time with its unit, such as \"250 ms\", \"5 s\", \"2 min\" or "
				 "\"1 h\"");
	if (!in_range(f, (double)ms))
		return false;
	*(int64_t *)member = ms;
	return true;
}

/* Names are found later, when all is filled that they may name. */
static bool fill_name(const struct filling *f, void *member)
{
	const char *text = config_setting_get_string(f->setting);

	(void)member;
	if (!text)
		return refuse(f, "a text in quotes");
	if (text[0] == '\0' && f->spec->min != OPTION_MAY_BE_EMPTY)
		return refuse(f, "a text that is not empty");
	if (strlen(text) > STRING_LENGTH_MAX)
		return refuse(f, "a text of at most 255 bytes");
	return true;
}

static bool fill_string(const struct filling *f, void *member)
{
	if (!fill_name(f, member))
		return false;
	*(const char **)member =
		arena_strdup(f->loader->arena, config_setting_get_string(f->setting));
	return true;
}

static bool fill_texts(const struct filling *f, void *member)
{
	int count = config_setting_length(f->setting);
	const char **texts;

	if (config_setting_type(f->setting) != CONFIG_TYPE_ARRAY || count < 1 ||
		count > OPTION_TEXTS_MAX)
		return refuse(f, "an array of 1 to 32 texts, such as [ \"one\", \"two\" ]");
	texts = arena_alloc(f->loader->arena, (size_t)(count + 1) * sizeof(const char *));
	for (int i = 0; i < count; i++) {
		struct filling one = *f;

		one.setting = config_setting_get_elem(f->setting, (unsigned)i);
		if (!fill_string(&one, &texts[i]))
			return false;
	}
	*(const char *const **)member = texts;
	return true;
}

static const char *word_of_choices(const void *context, size_t i)
{
	return ((const char *const *)context)[i];
}

/* The word that a choice setting says; NULL where it is none. A choice such as 9600 needs no
 * quotes. */
static const char *choice_text(const struct filling *f)
{
	switch (config_setting_type(f->setting)) {
	case CONFIG_TYPE_STRING:
		return config_setting_get_string(f->setting);
	case CONFIG_TYPE_INT:
		return arena_printf(f->loader->scratch, "%d", config_setting_get_int(f->setting));
	default:
		return NULL;
	}
}

static bool fill_choice(const struct filling *f, void *member)
{
	const char *text = choice_text(f);
	size_t count = 0;
	int index = text ? choice_index(f->spec->choices, text) : -1;

	if (index >= 0) {
		*(int *)member = index;
		return true;
	}
	if (!text)
		return refuse(f, choice_list(f));
	while (f->spec->choices[count])
		count++;
	loader_error(f->loader, f->setting, "%s: %s must be %s, but is %s%s", f->subject,
		f->spec->name, choice_list(f), setting_words(f->loader, f->setting),
		did_you_mean(f->loader, text, count, word_of_choices, f->spec->choices));
	return false;
}

static bool (*const fillers[])(const struct filling *f, void *member) = {
	[OPTION_BOOL] = fill_bool,
	[OPTION_INT] = fill_int,
	[OPTION_REAL] = fill_real,
	[OPTION_DURATION] = fill_duration,
	[OPTION_STRING] = fill_string,
	[OPTION_CHOICE] = fill_choice,
	[OPTION_TEXTS] = fill_texts,
	[OPTION_NAME] = fill_name,
};

/* The default, as the table writes it; quotes around it are allowed. */
static void value_default(const struct option_spec *spec, void *member, struct arena *arena)
{
	const char *value = spec->value;
	size_t length = value ? strlen(value) : 0;

	if (!value)
		return;
	if (length >= 2 && value[0] == '"' && value[length - 1] == '"')
		value = arena_printf(arena, "%.*s", (int)(length - 2), value + 1);
	switch (spec->type) {
	case OPTION_BOOL:
		*(bool *)member = strcmp(value, "true") == 0;
		break;
	case OPTION_INT:
		*(int64_t *)member = strtoll(value, NULL, 0);
		break;
	case OPTION_REAL:
		*(double *)member = strtod(value, NULL);
		break;
	case OPTION_DURATION:
		duration_parse(value, member);
		break;
	case OPTION_STRING:
		*(const char **)member = value;
		break;
	case OPTION_CHOICE:
		*(int *)member = choice_index(spec->choices, value);
		break;
	case OPTION_TEXTS: /* they have none */
	case OPTION_NAME:
		break;
	}
}

void options_default(const struct option_spec *specs, void *target, struct arena *arena)
{
	for (const struct option_spec *spec = specs; spec && spec->name; spec++)
		value_default(spec, (char *)target + spec->offset, arena);
}

/* The i-th name that the group may hold; NULL behind the last. */
static const char *key_at(const void *context, size_t i)
{
	const struct option_group *options = context;

	for (size_t t = 0; t < OPTION_TABLES_MAX && options->tables[t].specs; t++)
		for (const struct option_spec *s = options->tables[t].specs; s->name; s++)
			if (i-- == 0)
				return s->name;
	for (const char *const *other = options->others; other && *other; other++)
		if (i-- == 0)
			return *other;
	return NULL;
}

static size_t key_count(const struct option_group *options)
{
	size_t count = 0;

	while (key_at(options, count))
		count++;
	return count;
}

static bool key_known(const struct option_group *options, const char *name)
{
	for (size_t k = 0; key_at(options, k); k++)
		if (strcmp(key_at(options, k), name) == 0)
			return true;
	return false;
}

/* Does an unknown setting of the group look like this one, misspelt? Then that is told instead. */
static bool misspelt(const config_setting_t *group, const struct option_group *options,
	const struct option_spec *spec)
{
	size_t count = key_count(options);

	for (int i = 0; i < config_setting_length(group); i++) {
		const char *name = config_setting_name(config_setting_get_elem(group, (unsigned)i));
		const char *nearest;

		if (options->any_key || key_known(options, name))
			continue;
		nearest = id_nearest(name, count, key_at, options);
		if (nearest && strcmp(nearest, spec->name) == 0)
			return true;
	}
	return false;
}

static const config_setting_t *find_setting(
	const config_setting_t *group, const struct option_target *table, const char *name)
{
	const config_setting_t *setting = config_setting_get_member(group, name);

	return setting || !table->behind ? setting : config_setting_get_member(table->behind, name);
}

static bool fill_table(struct loader *loader, const config_setting_t *group,
	const struct option_group *options, const struct option_target *table)
{
	bool good = true;

	options_default(table->specs, table->target, loader->arena);
	for (const struct option_spec *spec = table->specs; spec && spec->name; spec++) {
		const struct filling f = {
			.loader = loader,
			.setting = find_setting(group, table, spec->name),
			.subject = options->subject,
			.spec = spec,
		};

		if (f.setting) {
			good &= fillers[spec->type](&f, (char *)table->target + spec->offset);
		} else if (spec->required && (!table->partial || spec->of_profile)) {
			good = false;
			if (!misspelt(group, options, spec))
				loader_error(loader, group, "%s: %s is missing (%s)",
					options->subject, spec->name, spec->help);
		}
	}
	return good;
}

static bool check_keys(
	struct loader *loader, const config_setting_t *group, const struct option_group *options)
{
	size_t count = key_count(options);
	bool good = true;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(member);

		if (key_known(options, name))
			continue;
		loader_error(loader, member, "%s: unknown setting \"%s\"%s", options->subject, name,
			did_you_mean(loader, name, count, key_at, options));
		good = false;
	}
	return good;
}

bool options_fill(
	struct loader *loader, const config_setting_t *group, const struct option_group *options)
{
	bool good = true;

	for (size_t t = 0; t < OPTION_TABLES_MAX && options->tables[t].specs; t++)
		good &= fill_table(loader, group, options, &options->tables[t]);
	if (!options->any_key)
		good &= check_keys(loader, group, options);
	return good;
}
