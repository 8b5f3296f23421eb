/* Which devices confirm an incident: those with a point that makes a cause of it true now. */
#include "rules/incident/state.h"

struct devices {
	const struct device *found[WITNESS_MAX];
	unsigned count;
};

static void add_device(struct devices *devices, const struct device *device)
{
	for (unsigned i = 0; i < devices->count; i++)
		if (devices->found[i] == device)
			return;
	if (devices->count < WITNESS_MAX)
		devices->found[devices->count++] = device;
}

/* Nobody's voice is what a lock makes quiet. */
static void add_witnesses(
	const struct engine *engine, const struct instance *instance, struct devices *devices)
{
	const struct incident_type *type = engine->slots[instance->slot].type;
	const struct point *found[WITNESS_MAX];
	size_t count = expr_witnesses(instance->condition, engine->values, found, WITNESS_MAX);

	for (size_t i = 0; i < count; i++)
		if (reading_usable(&engine->values[found[i]->index]) &&
			!engine_hides(engine, type, found[i]))
			add_device(devices, found[i]->device);
}

unsigned slot_devices(const struct engine *engine, uint32_t slot)
{
	struct devices devices = { .count = 0 };

	for (size_t i = 0; i < engine->instance_count; i++)
		if (engine->instances[i].slot == slot && engine->instances[i].active)
			add_witnesses(engine, &engine->instances[i], &devices);
	return devices.count;
}
