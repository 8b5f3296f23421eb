/* What a point takes from the quantity of a profile that it names. */
#include "config/load/loading.h"
#include "config/load/profile.h"

const struct quantity *quantity_find(struct loader *loader, const config_setting_t *group,
	const char *subject, const struct profile *profile, bool *doubtful)
{
	const char *from = text_member(group, "from");
	const struct quantity *quantity;
	bool profile_doubtful = *doubtful;

	*doubtful = from != NULL;
	if (!from || profile_doubtful)
		return NULL;
	if (!profile) {
		report_error(loader->report, member_place(loader, group, "from"),
			"%s: from names a quantity of a profile, but its device has none; add "
			"profile = \"...\" to the device, or leave it out",
			subject);
		return NULL;
	}
	quantity = profile_quantity(profile, from);
	if (quantity)
		*doubtful = false;
	else
		report_error(loader->report, member_place(loader, group, "from"),
			"%s: from: profile \"%s\" has no quantity \"%s\"%s", subject, profile->name,
			from, quantity_nearest(loader, profile, from));
	return quantity;
}

const config_setting_t *quantity_setting(
	const config_setting_t *group, const struct quantity *quantity, const char *name)
{
	const config_setting_t *setting = config_setting_get_member(group, name);

	return setting || !quantity ? setting : config_setting_get_member(quantity->group, name);
}

static const char *join(
	struct loader *loader, const char *device, const char *quantity, const char *between)
{
	return arena_printf(loader->arena, "%s%s%s", device ? device : "", between, quantity);
}

/* The point of this device that comes from `proof`; NULL: there is none. */
static const char *proof_of(
	struct loader *loader, const config_setting_t *points, const char *proof)
{
	for (size_t i = 0; i < section_count(points); i++) {
		const config_setting_t *member = config_setting_get_elem(points, (unsigned)i);
		const char *from = config_setting_type(member) == CONFIG_TYPE_GROUP
					   ? text_member(member, "from")
					   : NULL;

		if (from && strcmp(from, proof) == 0)
			return arena_strdup(loader->arena, config_setting_name(member));
	}
	return NULL;
}

void quantity_complete(struct loader *loader, const config_setting_t *group,
	const struct quantity *quantity, const struct device *device, struct point_keys *keys)
{
	if (!config_setting_get_member(group, "zh"))
		keys->point.name.zh = join(loader, device->name.zh, quantity->keys.name.zh, " ");
	if (!config_setting_get_member(group, "en"))
		keys->point.name.en = join(loader, device->name.en, quantity->keys.name.en, ": ");
	if (!config_setting_get_member(group, "readback"))
		keys->readback = quantity->keys.readback
					 ? proof_of(loader, config_setting_parent(group),
						   quantity->keys.readback)
					 : NULL;
}

bool quantity_suits(const struct loader *loader, const config_setting_t *group, const char *subject,
	const struct quantity *quantity, const struct point *point)
{
	const struct point_class *class = point->class;
	const char *unit = quantity->keys.unit;
	struct place place = member_place(loader, group, "class");

	if (unit && class->kind == POINT_STATE)
		report_error(loader->report, place,
			"%s: class \"%s\" is a state, but quantity \"%s\" is a number%s%s", subject,
			class->id, quantity->id, *unit ? " in " : "", unit);
	else if (!unit && class->kind == POINT_NUMBER)
		report_error(loader->report, place,
			"%s: class \"%s\" is a number, but quantity \"%s\" is a state", subject,
			class->id, quantity->id);
	else if (unit && strcmp(unit, class->unit) != 0 &&
		 !config_setting_get_member(group, "scale"))
		report_error(loader->report, place,
			"%s: class \"%s\" is in \"%s\", but quantity \"%s\" in \"%s\"; take "
			"another class, or give scale, min and max for \"%s\" here",
			subject, class->id, class->unit, quantity->id, unit, class->unit);
	else
		return true;
	return false;
}
