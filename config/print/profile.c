/* Profiles as JSON: see print.h. */
#include "config/print/print.h"

#include <string.h>

json_t *quantity_json(const struct profile *profile, const struct quantity *quantity)
{
	const struct adapter *adapter = profile->adapters[0];
	json_t *options = options_json(adapter->point_options, quantity->options);
	json_t *object = options_json(key_tables[KEYS_QUANTITY].specs, &quantity->keys);

	json_object_set_new(object, "id", json_string(quantity->id));
	json_object_set_new(object, "options", options);
	if (is_modbus(adapter))
		json_object_set_new(
			object, "registers", registers_json(quantity->options, options));
	return object;
}

static json_t *whole_json(const struct profile *profile, unsigned errors)
{
	json_t *object = options_json(key_tables[KEYS_PROFILE].specs, &profile->keys);
	json_t *adapters = json_array(), *sources = json_array(), *notes = json_array(),
	       *quantities = json_array();

	for (size_t i = 0; i < profile->adapter_count; i++)
		json_array_append_new(adapters, json_string(profile->adapters[i]->name));
	for (size_t i = 0; i < profile->source_count; i++)
		json_array_append_new(
			sources, options_json(key_tables[KEYS_SOURCE].specs, &profile->sources[i]));
	for (size_t i = 0; i < profile->note_count; i++)
		json_array_append_new(notes, json_string(profile->notes[i]));
	for (size_t i = 0; profile->sound && i < profile->quantity_count; i++)
		json_array_append_new(quantities, quantity_json(profile, &profile->quantities[i]));
	if (profile->sound)
		json_object_set_new(object, "options",
			options_json(
				profile->adapters[0]->device_options, profile->device_options));
	json_object_update_new(object,
		json_pack("{s:s, s:s, s:b, s:i, s:i, s:o, s:o, s:o, s:o}", "id", profile->name,
			"file", profile->path, "sound", profile->sound, "errors", (int)errors,
			"quantity_count", (int)profile->quantity_count, "adapters", adapters,
			"sources", sources, "notes", notes, "quantities", quantities));
	return object;
}

static json_t *read_json(struct profile_shelf *shelf, const char *name, const char *path)
{
	unsigned before = shelf->loader.report->errors;
	const struct profile *profile = profile_read(&shelf->loader, name, path);

	return whole_json(profile, shelf->loader.report->errors - before);
}

json_t *profiles_json(struct profile_shelf *shelf)
{
	json_t *array = json_array();
	size_t count;
	const char **names = profile_names(&shelf->loader, &count);

	for (size_t i = 0; i < count; i++) {
		const char *path = profile_path(&shelf->loader, names[i]);

		if (path)
			json_array_append_new(array, read_json(shelf, names[i], path));
	}
	return array;
}

json_t *profile_json(struct profile_shelf *shelf, const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;
	const char *dot = strrchr(name, '.');
	const char *path = word;

	if (!slash && !(dot && strcmp(dot, ".conf") == 0))
		path = profile_path(&shelf->loader, word);
	else if (dot)
		name = arena_printf(&shelf->config.arena, "%.*s", (int)(dot - name), name);
	return path ? read_json(shelf, name, path) : json_null();
}
