/* A configuration as JSON: see print.h. */
#include "config/print/print.h"
#include "core/bands.h"

#include <string.h>

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

	for (size_t i = 0; profile && profile->sound && i < profile->quantity_count; i++) {
		json_t *quantity = quantity_json(profile, &profile->quantities[i]);

		json_array_append(array, json_object_get(quantity, "registers"));
		json_decref(quantity);
	}
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

		if (device->profile && is_modbus(device->bus->adapter))
			json_object_set_new(
				object, "profile_registers", profile_registers_json(device, shelf));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *point_json(const struct point *point)
{
	const struct bus *bus = point->device->bus;
	json_t *options = options_json(bus->adapter->point_options, point->options);
	json_t *object = json_pack("{s:s, s:o, s:s, s:s, s:s, s:f, s:f, s:b, s:b, s:b, s:s?, s:I, "
				   "s:I, s:o}",
		"id", point->id, "name", text_json(&point->name), "class", point->class->id, "zone",
		point->zone->id, "device", point->device->id, "min", point->min, "max", point->max,
		"writable", point->writable, "armed", point->armed, "protected", point->protected,
		"readback", point->readback ? point->readback->id : NULL, "poll",
		(json_int_t)point->poll_ms, "stale", (json_int_t)point->stale_ms, "options",
		options);

	if (is_modbus(bus->adapter))
		json_object_set_new(object, "registers", registers_json(point->options, options));
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

json_t *site_json(const struct config *config, struct profile_shelf *shelf)
{
	const struct site *site = &config->site;

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", site->id, "name",
		text_json(&site->name), "zones", zones_json(site), "classes", classes_json(site),
		"buses", buses_json(site), "devices", devices_json(site, shelf), "points",
		points_json(site), "types", types_json(&config->plan));
}
