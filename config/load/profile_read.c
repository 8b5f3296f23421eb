/*
 * One profile: its file to structs, with every mistake reported at its line, so
 * that a device that uses a sound one is told only of its own.
 */
#include "config/load/profile.h"
#include "config/text/options.h"
#include "core/id.h"

enum { NOTE_MAX = 255 };

/* Is the quantity a number? Else a state. */
static bool quantity_is_number(const struct quantity *quantity)
{
	return quantity->keys.unit != NULL;
}

const struct quantity *profile_quantity(const struct profile *profile, const char *id)
{
	for (size_t i = 0; i < profile->quantity_count; i++)
		if (strcmp(profile->quantities[i].id, id) == 0)
			return &profile->quantities[i];
	return NULL;
}

bool profile_fits(const struct profile *profile, const struct adapter *adapter)
{
	for (size_t i = 0; i < profile->adapter_count; i++)
		if (profile->adapters[i] == adapter)
			return true;
	return false;
}

/* A member of the root that must be of this type and not empty; NULL after a message. */
static const config_setting_t *need(const struct loader *loader, const struct profile *profile,
	const char *member, int type, const char *form)
{
	const config_setting_t *setting = config_setting_get_member(profile->text.root, member);

	if (setting && config_setting_type(setting) == type && config_setting_length(setting) > 0)
		return setting;
	report_error(loader->report, member_place(loader, profile->text.root, member),
		"profile \"%s\": needs %s", profile->name, form);
	return NULL;
}

static void read_adapters(struct loader *loader, struct profile *profile)
{
	const config_setting_t *list = need(loader, profile, "adapters", CONFIG_TYPE_ARRAY,
		"its adapters: adapters = [ \"modbus-rtu\", \"modbus-tcp\" ];");
	const char *subject = subject_of(loader, "profile", profile->name);

	for (size_t i = 0; i < section_count(list); i++) {
		const config_setting_t *element = config_setting_get_elem(list, (unsigned)i);
		const char *name = config_setting_get_string(element);
		const struct adapter *adapter =
			name ? find_adapter(loader, element, subject, name) : NULL;

		if (!name)
			loader_error(loader, element,
				"profile \"%s\": adapters are texts in quotes", profile->name);
		else if (adapter && profile->adapter_count == PROFILE_ADAPTERS_MAX)
			loader_error(loader, element, "profile \"%s\": more than %d adapters",
				profile->name, PROFILE_ADAPTERS_MAX);
		else if (adapter)
			profile->adapters[profile->adapter_count++] = adapter;
	}
}

static void read_sources(struct loader *loader, struct profile *profile)
{
	const config_setting_t *list = need(loader, profile, "sources", CONFIG_TYPE_LIST,
		"its sources: sources = ( { title = \"...\"; found = \"...\"; } );");

	profile->sources =
		arena_alloc(loader->arena, (section_count(list) + 1) * sizeof(*profile->sources));
	for (size_t i = 0; i < section_count(list); i++) {
		const config_setting_t *group = config_setting_get_elem(list, (unsigned)i);

		if (config_setting_type(group) != CONFIG_TYPE_GROUP)
			loader_error(loader, group, "profile \"%s\": a source is a group { ... }",
				profile->name);
		else
			keys_fill(loader, group, KEYS_SOURCE, "source",
				&profile->sources[profile->source_count++]);
	}
}

static void read_notes(struct loader *loader, struct profile *profile)
{
	const config_setting_t *list = config_setting_get_member(profile->text.root, "notes");
	struct arena *arena = loader->arena;

	if (!list)
		return;
	profile->notes = arena_alloc(arena, (section_count(list) + 1) * sizeof(*profile->notes));
	for (size_t i = 0; i < section_count(list); i++) {
		const config_setting_t *element = config_setting_get_elem(list, (unsigned)i);
		const char *note = element ? config_setting_get_string(element) : NULL;

		if (config_setting_type(list) == CONFIG_TYPE_ARRAY && note &&
			strlen(note) <= NOTE_MAX) {
			profile->notes[profile->note_count++] = arena_strdup(arena, note);
			continue;
		}
		loader_error(loader, list,
			"profile \"%s\": notes are texts of at most %d bytes: notes = [ \"...\" ];",
			profile->name, NOTE_MAX);
		return;
	}
}

static void check_range(const struct loader *loader, const struct quantity *q, const char *subject)
{
	const config_setting_t *min = config_setting_get_member(q->group, "min");
	const config_setting_t *max = config_setting_get_member(q->group, "max");

	if (!quantity_is_number(q)) {
		if (min || max)
			loader_error(loader, min ? min : max,
				"%s: min and max are for numbers; give its unit (\"\" where none), "
				"or leave them out for a state, which is 0 or 1",
				subject);
		return;
	}
	if (!min || !max)
		loader_error(loader, q->group,
			"%s: min and max are needed; a number outside them is bad", subject);
	else if (q->keys.min >= q->keys.max)
		loader_error(loader, min, "%s: min (%g) must be less than max (%g)", subject,
			q->keys.min, q->keys.max);
}

static void read_quantity(
	struct loader *loader, struct profile *profile, const config_setting_t *group)
{
	struct quantity *q = &profile->quantities[profile->quantity_count++];
	const struct adapter *adapter = profile->adapter_count ? profile->adapters[0] : NULL;
	const char *id = config_setting_name(group);
	const struct adapter_group options = {
		.subject = subject_of(loader, "quantity", id),
		.kind = KEYS_QUANTITY,
		.keys = &q->keys,
		.specs = adapter ? adapter->point_options : NULL,
		.size = adapter ? adapter->point_size : 0,
	};

	struct reach_place at = { group, NULL, options.subject, false };

	q->id = arena_strdup(loader->arena, id);
	q->group = group;
	adapter_fill(loader, group, &options, adapter, &q->options);
	at.is_number = quantity_is_number(q);
	check_range(loader, q, options.subject);
	reach_check(loader, &at, q->keys.min, q->keys.max, &q->keys.reach);
}

static const char *quantity_id(const void *context, size_t i)
{
	return ((const struct profile *)context)->quantities[i].id;
}

const char *quantity_nearest(
	const struct loader *loader, const struct profile *profile, const char *wrong)
{
	return did_you_mean(loader, wrong, profile->quantity_count, quantity_id, profile);
}

static void check_readback(
	const struct loader *loader, const struct profile *profile, const struct quantity *q)
{
	const config_setting_t *setting = config_setting_get_member(q->group, "readback");
	const struct quantity *proof;

	if (!setting || !q->keys.readback)
		return;
	proof = profile_quantity(profile, q->keys.readback);
	if (!q->keys.writable)
		loader_error(loader, setting,
			"quantity \"%s\": readback is for outputs; add writable = true or leave it "
			"out",
			q->id);
	else if (!proof)
		loader_error(loader, setting,
			"quantity \"%s\": readback: quantity \"%s\" does not exist%s", q->id,
			q->keys.readback, quantity_nearest(loader, profile, q->keys.readback));
	else if (proof->keys.writable)
		loader_error(loader, setting,
			"quantity \"%s\": readback \"%s\" is an output too; it must be measured",
			q->id, proof->id);
	else if (quantity_is_number(q) != quantity_is_number(proof) ||
		 (quantity_is_number(q) && strcmp(q->keys.unit, proof->keys.unit) != 0))
		loader_error(loader, setting,
			"quantity \"%s\": readback \"%s\" is of another kind or unit than the "
			"output",
			q->id, proof->id);
}

/* The adapter's own checks, on a device of this profile that stands nowhere. */
static void check_by_adapter(struct loader *loader, struct profile *profile)
{
	const struct adapter *adapter = profile->adapters[0];
	struct arena *arena = loader->arena;
	const struct point_class none = { .id = "", .unit = "" };
	struct bus bus = { .id = "", .adapter = adapter };
	struct device device = {
		.id = profile->name, .bus = &bus, .options = profile->device_options
	};
	struct point *points = arena_alloc(arena, (profile->quantity_count + 1) * sizeof(*points));

	bus.options = arena_alloc(arena, adapter->bus_size + 1);
	options_default(adapter->bus_options, bus.options, arena);
	for (size_t i = 0; i < profile->quantity_count; i++) {
		struct quantity *q = &profile->quantities[i];
		struct adapter_errors errors =
			adapter_errors(loader, q->group, subject_of(loader, "quantity", q->id));

		points[i] = (struct point){
			.id = q->id,
			.class = &none,
			.device = &device,
			.writable = q->keys.writable,
			.options = q->options,
		};
		if (adapter->check_point)
			adapter->check_point(&points[i], &errors.base);
		for (size_t j = 0; j < i && adapter->overlap && !errors.any; j++)
			if (points[j].writable && points[i].writable &&
				adapter->overlap(&points[j], &points[i]))
				loader_error(loader, q->group,
					"quantity \"%s\": writes what \"%s\" writes too", q->id,
					points[j].id);
	}
}

static void read_quantities(struct loader *loader, struct profile *profile)
{
	const config_setting_t *groups = need(loader, profile, "quantities", CONFIG_TYPE_GROUP,
		"its quantities: quantities: { name: { ... }; };");

	profile->quantities = arena_alloc(
		loader->arena, (section_count(groups) + 1) * sizeof(*profile->quantities));
	for (size_t i = 0; i < section_count(groups); i++) {
		const config_setting_t *group = section_member(loader, groups, i, "quantity");

		if (group)
			read_quantity(loader, profile, group);
	}
	for (size_t i = 0; i < profile->quantity_count; i++)
		check_readback(loader, profile, &profile->quantities[i]);
}

static void read_root(struct loader *loader, struct profile *profile)
{
	unsigned before = loader->report->errors;
	struct adapter_group options = {
		.subject = subject_of(loader, "profile", profile->name),
		.kind = KEYS_PROFILE,
		.keys = &profile->keys,
		.partial = true,
	};
	const struct adapter *adapter;

	read_adapters(loader, profile);
	adapter = profile->adapter_count ? profile->adapters[0] : NULL;
	if (adapter) {
		options.specs = adapter->device_options;
		options.size = adapter->device_size;
	}
	adapter_fill(loader, profile->text.root, &options, adapter, &profile->device_options);
	read_sources(loader, profile);
	read_notes(loader, profile);
	read_quantities(loader, profile);
	if (adapter && loader->report->errors == before)
		check_by_adapter(loader, profile);
	profile->sound = loader->report->errors == before;
}

struct profile *profile_read(struct loader *loader, const char *name, const char *path)
{
	struct profile *profile = arena_alloc(loader->arena, sizeof(*profile));

	profile->name = arena_strdup(loader->arena, name);
	profile->path = arena_strdup(loader->arena, path);
	profile->next = loader->loading->profiles;
	loader->loading->profiles = profile;
	if (text_load(loader, &profile->text, path))
		read_root(loader, profile);
	return profile;
}
