/*
 * facilityctl site: what a configuration says of the building, as JSON and fully resolved, so that
 * no other program (facility-sim is one) has to read configurations and profiles itself.
 */
#include "adapters/adapter.h"
#include "adapters/modbus/modbus.h"
#include "config/load/profile.h"
#include "core/bands.h"
#include "ctl/tools/register_text.h"
#include "ctl/tools/tools.h"

#include <jansson.h>
#include <string.h>

static bool is_modbus(const struct bus *bus)
{
	return strncmp(bus->adapter->name, "modbus-", 7) == 0;
}

static json_t *text_json(const struct text *text)
{
	return json_pack("{s:s?, s:s?}", "zh", text->zh, "en", text->en);
}

static json_t *texts_json(const char *const *texts)
{
	json_t *array = json_array();

	for (; texts && *texts; texts++)
		json_array_append_new(array, json_string(*texts));
	return array;
}

static json_t *option_json(const struct option_spec *spec, const void *options)
{
	const void *member = (const char *)options + spec->offset;
	const char *text;

	switch (spec->type) {
	case OPTION_BOOL:
		return json_boolean(*(const bool *)member);
	case OPTION_INT:
	case OPTION_DURATION:
		return json_integer(*(const int64_t *)member);
	case OPTION_REAL:
		return json_real(*(const double *)member);
	case OPTION_CHOICE:
		return json_string(spec->choices[*(const int *)member]);
	case OPTION_STRING:
		text = *(const char *const *)member;
		return text ? json_string(text) : json_null();
	case OPTION_TEXTS:
		return texts_json(*(const char *const *const *)member);
	case OPTION_NAME:
		break; /* adapters have none */
	}
	return json_null();
}

/* As in the file, each as it was resolved; a time in ms. */
static json_t *options_json(const struct option_spec *specs, const void *options)
{
	json_t *object = json_object();

	for (; specs && specs->name; specs++)
		json_object_set_new(object, specs->name, option_json(specs, options));
	return object;
}

static json_t *zones_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->zone_count; i++) {
		const struct zone *zone = &site->zones[i];

		json_array_append_new(array, json_pack("{s:s, s:s?, s:o}", "id", zone->id, "parent",
						     zone->parent ? zone->parent->id : NULL, "name",
						     text_json(&zone->name)));
	}
	return array;
}

static json_t *classes_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->class_count; i++) {
		const struct point_class *class = &site->classes[i];
		json_t *object = json_pack("{s:s, s:o, s:s}", "id", class->id, "name",
			text_json(&class->name), "kind",
			class->kind == POINT_STATE ? "state" : "number");

		if (class->kind == POINT_STATE) {
			json_object_set_new(object, "off", text_json(&class->off));
			json_object_set_new(object, "on", text_json(&class->on));
		} else {
			json_object_set_new(object, "unit", json_string(class->unit));
			json_object_set_new(object, "decimals", json_integer(class->decimals));
		}
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *buses_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->bus_count; i++) {
		const struct bus *bus = &site->buses[i];

		json_array_append_new(array,
			json_pack("{s:s, s:o, s:s, s:o}", "id", bus->id, "name",
				text_json(&bus->name), "adapter", bus->adapter->name, "options",
				options_json(bus->adapter->bus_options, bus->options)));
	}
	return array;
}

/* On the wire, from 0. */
static json_t *registers_json(const struct modbus_point *point)
{
	return json_pack("{s:s, s:i, s:i}", "table", register_table_word(point->table), "address",
		(int)point->address, "words", (int)point->words);
}

static const struct profile *profile_of(struct profile_shelf *shelf, const char *name)
{
	const char *path;

	for (const struct profile *p = shelf->loader.loading->profiles; p; p = p->next)
		if (strcmp(p->name, name) == 0)
			return p;
	path = profile_path(&shelf->loader, name);
	return path ? profile_read(&shelf->loader, name, path) : NULL;
}

/* All that a device of a profile can be asked for, whether or not it is a point here. */
static json_t *profile_registers_json(const struct device *device, struct profile_shelf *shelf)
{
	const struct profile *profile = profile_of(shelf, device->profile);
	json_t *array = json_array();

	for (size_t i = 0; profile && profile->sound && i < profile->quantity_count; i++)
		json_array_append_new(array, registers_json(profile->quantities[i].options));
	return array;
}

static json_t *devices_json(const struct site *site, struct profile_shelf *shelf)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->device_count; i++) {
		const struct device *device = &site->devices[i];
		json_t *object = json_pack("{s:s, s:o, s:s, s:s, s:s?, s:o}", "id", device->id,
			"name", text_json(&device->name), "bus", device->bus->id, "zone",
			device->zone->id, "profile", device->profile, "options",
			options_json(device->bus->adapter->device_options, device->options));

		if (device->profile && is_modbus(device->bus))
			json_object_set_new(
				object, "profile_registers", profile_registers_json(device, shelf));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *point_json(const struct point *point)
{
	const struct bus *bus = point->device->bus;
	json_t *object = json_pack("{s:s, s:o, s:s, s:s, s:s, s:f, s:f, s:b, s:b, s:b, s:s?, s:I, "
				   "s:I, s:o}",
		"id", point->id, "name", text_json(&point->name), "class", point->class->id, "zone",
		point->zone->id, "device", point->device->id, "min", point->min, "max", point->max,
		"writable", point->writable, "armed", point->armed, "protected", point->protected,
		"readback", point->readback ? point->readback->id : NULL, "poll",
		(json_int_t)point->poll_ms, "stale", (json_int_t)point->stale_ms, "options",
		options_json(bus->adapter->point_options, point->options));

	if (is_modbus(bus))
		json_object_set_new(object, "registers", registers_json(point->options));
	if (point->bands)
		json_object_set_new(object, "supervised",
			json_pack("[f, f]", bands_number(point->bands, 0),
				bands_number(point->bands, 1)));
	return object;
}

static json_t *points_json(const struct site *site)
{
	json_t *array = json_array();

	for (size_t i = 0; i < site->point_count; i++)
		json_array_append_new(array, point_json(&site->points[i]));
	return array;
}

int tool_site(const struct tool *tool)
{
	struct config_report report = { .out = stderr };
	struct config *config = config_load(tool->config, &report);
	struct profile_shelf shelf;
	const struct site *site;
	json_t *object;
	int failed;

	if (!config)
		return EXIT_REFUSED;
	site = &config->site;
	shelf_open(&shelf, tool->config, config->daemon.profiles, &report);
	object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", site->id, "name",
		text_json(&site->name), "zones", zones_json(site), "classes", classes_json(site),
		"buses", buses_json(site), "devices", devices_json(site, &shelf), "points",
		points_json(site));
	failed = !object || json_dumpf(object, tool->show->out, JSON_COMPACT) != 0;
	fputc('\n', tool->show->out);
	json_decref(object);
	shelf_close(&shelf);
	config_free(config);
	return failed ? EXIT_REFUSED : 0;
}
