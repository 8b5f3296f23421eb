/* Loads points, and links outputs to the points that prove their writes. */
#include "config/load/loading.h"
#include "config/load/profile.h"
#include "core/bands.h"

#include <math.h>

enum { STALE_POLLS = 3, STALE_LEAST_MS = 3000, BAD_STALES = 10 };

static bool can_write(const struct adapter *adapter)
{
	return adapter->blocking ? adapter->blocking->write != NULL
				 : adapter->event && adapter->event->start_write != NULL;
}

static void check_range(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct quantity *quantity, struct point *point)
{
	const config_setting_t *min = quantity_setting(group, quantity, "min");
	const config_setting_t *max = quantity_setting(group, quantity, "max");

	if (point->class->kind == POINT_STATE) {
		point->min = 0;
		point->max = 1;
		if (min || max)
			loader_error(loader, min ? min : max,
				"%s: min and max are for numbers; a state (class \"%s\") is 0 or 1",
				subject, point->class->id);
		return;
	}
	if (!min || !max)
		loader_error(loader, group,
			"%s: %s missing; a number outside min and max is bad, so both are needed",
			subject,
			min   ? "max is"
			: max ? "min is"
			      : "min and max are");
	else if (point->min >= point->max)
		report_error(loader->report,
			member_place(loader, group,
				config_setting_get_member(group, "min") ? "min" : "max"),
			"%s: min (%g) must be less than max (%g)", subject, point->min, point->max);
}

static void load_range(struct loader *loader, const config_setting_t *group, const char *subject,
	const struct quantity *quantity, struct point *point, const struct reach_keys *reach)
{
	const struct reach_place at = { group, quantity ? quantity->group : NULL, subject,
		point->class->kind == POINT_NUMBER };

	check_range(loader, group, subject, quantity, point);
	if (point->min < point->max)
		reach_load(loader, &at, point, reach);
}

static void check_output(const struct loader *loader, const config_setting_t *group,
	const char *subject, const struct point *point)
{
	static const char *const only_outputs[] = { "armed", "protected", "readback", NULL };

	if (point->writable) {
		const struct adapter *adapter =
			point->device->bus ? point->device->bus->adapter : NULL;

		if (adapter && !can_write(adapter))
			report_error(loader->report, member_place(loader, group, "writable"),
				"%s: cannot be writable, for the adapter \"%s\" only reads",
				subject, adapter->name);
		return;
	}
	for (const char *const *name = only_outputs; *name; name++)
		if (config_setting_get_member(group, *name))
			report_error(loader->report, member_place(loader, group, *name),
				"%s: %s is for outputs; add writable = true or leave it out",
				subject, *name);
}

/* Before the adapter's check, which may want to know whether it reads a number. */
static void load_bands(struct loader *loader, const config_setting_t *group, const char *subject,
	struct point *point, const char *text)
{
	struct bands *bands;
	const char *why;

	if (!text)
		return;
	bands = arena_alloc(loader->arena, sizeof(*bands));
	why = bands_parse(text, bands);
	if (why)
		report_error(loader->report, member_place(loader, group, "bands"),
			"%s: bands = \"%s\": %s; write it as \"short 300 alarm 900 normal 1500 "
			"open\"",
			subject, text, why);
	if (point->writable)
		report_error(loader->report, member_place(loader, group, "bands"),
			"%s: bands are for inputs; leave it out", subject);
	if (point->class->id[0] && point->class->kind != POINT_STATE)
		report_error(loader->report, member_place(loader, group, "bands"),
			"%s: bands make a state of a number, and the class \"%s\" is a number; "
			"give it a class of kind \"state\"",
			subject, point->class->id);
	point->bands = bands;
}

static double *new_held(struct loader *loader)
{
	double *held = arena_alloc(loader->arena, sizeof(*held));

	*held = NAN;
	return held;
}

static int64_t stale_default(int64_t poll_ms)
{
	return STALE_POLLS * poll_ms > STALE_LEAST_MS ? STALE_POLLS * poll_ms : STALE_LEAST_MS;
}

static void set_watched(struct loader *loader, const config_setting_t *group, const char *subject,
	struct point *point, const struct point_keys *keys, const struct device_keys *device)
{
	int64_t watched_ms =
		keys->point.poll_watched_ms ? keys->point.poll_watched_ms : device->poll_watched_ms;

	if (keys->point.poll_watched_ms >= point->poll_ms)
		report_error(loader->report, member_place(loader, group, "poll_watched"),
			"%s: poll_watched (%lld ms) must be shorter than poll (%lld ms)", subject,
			(long long)keys->point.poll_watched_ms, (long long)point->poll_ms);
	/* A point may be polled faster anyway than its device when watched. */
	point->poll_watched_ms = watched_ms < point->poll_ms ? watched_ms : 0;
}

static void set_times(struct loader *loader, const config_setting_t *group, const char *subject,
	struct point *point, const struct point_keys *keys, const struct device_keys *device)
{
	point->poll_ms = keys->point.poll_ms ? keys->point.poll_ms : device->poll_ms;
	set_watched(loader, group, subject, point, keys, device);
	point->stale_ms = keys->point.stale_ms ? keys->point.stale_ms : device->stale_ms;
	if (!point->stale_ms)
		point->stale_ms = stale_default(point->poll_ms);
	point->bad_ms = keys->point.bad_ms ? keys->point.bad_ms : device->bad_ms;
	if (!point->bad_ms)
		point->bad_ms = BAD_STALES * point->stale_ms;
	if (point->bad_ms <= point->stale_ms)
		report_error(loader->report, member_place(loader, group, "bad"),
			"%s: bad (%lld ms) must be longer than stale (%lld ms)", subject,
			(long long)point->bad_ms, (long long)point->stale_ms);
	point->heartbeat_ms = keys->point.heartbeat_ms ? keys->point.heartbeat_ms
						       : loader->config->daemon.heartbeat_ms;
	if ((keys->point.stale_ms || keys->point.poll_ms) && point->stale_ms <= point->poll_ms)
		report_error(loader->report,
			member_place(loader, group, keys->point.stale_ms ? "stale" : "poll"),
			"%s: stale (%lld ms) must be longer than poll (%lld ms), else every value "
			"is stale",
			subject, (long long)point->stale_ms, (long long)point->poll_ms);
}

/* Class and zone; an unknown one makes what expressions would say of it doubtful. */
static void classify(struct loader *loader, const config_setting_t *group, const char *subject,
	struct point *point)
{
	static const struct point_class unknown = { .id = "", .unit = "" };

	point->class = find_named(loader, group, subject, KEYS_CLASS, "class");
	point->zone = find_named(loader, group, subject, KEYS_ZONE, "zone");
	if (!point->class || (!point->zone && text_member(group, "zone")))
		loader->loading->points_doubtful = true;
	if (!point->class)
		point->class = &unknown;
	if (!point->zone)
		point->zone = point->device->zone;
}

static void check_unique(
	const struct loader *loader, const config_setting_t *group, const char *id, size_t index)
{
	const struct point *other = site_point(&loader->config->site, id);

	if (other && other->index != index)
		loader_error(loader, group,
			"point \"%s\": stands twice, first in device \"%s\"; ids of points are "
			"unique in the whole site",
			id, other->device->id);
}

/* Its read-back is looked for when all points are there. */
static void expect_readback(
	struct loader *loader, const config_setting_t *group, struct point *output, const char *id)
{
	const config_setting_t *setting = config_setting_get_member(group, "readback");
	struct pending_readback *pending;

	if (!output->writable || !id)
		return;
	pending = arena_alloc(loader->scratch, sizeof(*pending));
	*pending = (struct pending_readback){ NULL, output, id, setting ? setting : group,
		setting == NULL };
	*loader->loading->readbacks_end = pending;
	loader->loading->readbacks_end = &pending->next;
}

static void load_point(struct loader *loader, const config_setting_t *group, struct device *device,
	const struct point_context *context)
{
	struct site *site = &loader->config->site;
	struct point *point = &site->points[site->point_count];
	const struct adapter *adapter = device->bus ? device->bus->adapter : NULL;
	const char *subject = subject_of(loader, "point", config_setting_name(group));
	unsigned before = loader->report->errors;
	bool doubtful = context->doubtful;
	const struct quantity *quantity =
		quantity_find(loader, group, subject, context->profile, &doubtful);
	struct point_keys keys = {
		.point.id = arena_strdup(loader->arena, config_setting_name(group)),
		.point.index = (uint32_t)site->point_count,
		.point.device = device,
	};
	const struct adapter_group options = {
		.subject = subject,
		.kind = KEYS_POINT,
		.keys = &keys,
		.specs = adapter ? adapter->point_options : NULL,
		.size = adapter ? adapter->point_size : 0,
		.behind = quantity ? quantity->group : NULL,
		.keys_behind = quantity ? quantity->group : NULL,
		.keys_partial = doubtful,
	};
	bool filled;

	check_unique(loader, group, keys.point.id, keys.point.index);
	/* Without its quantity nothing can be said of the adapter's options. */
	filled = adapter_fill(
		loader, group, &options, doubtful ? NULL : adapter, &keys.point.options);
	if (quantity)
		quantity_complete(loader, group, quantity, device, &keys);
	*point = keys.point;
	point->held = point->writable ? new_held(loader) : NULL;
	expect_readback(loader, group, point, keys.readback);
	loader->places->points[site->point_count++] = setting_place(loader, group);
	classify(loader, group, subject, point);
	if (point->class->id[0] && !loader->loading->classes_doubtful &&
		(!quantity || keys.bands ||
			quantity_suits(loader, group, subject, quantity, point)) &&
		!doubtful)
		load_range(loader, group, subject, quantity, point, &keys.reach);
	if (!doubtful)
		check_output(loader, group, subject, point);
	load_bands(loader, group, subject, point, keys.bands);
	set_times(loader, group, subject, point, &keys, context->keys);
	device->points[device->point_count++] = point;
	if (filled && context->sound && adapter->check_point && loader->report->errors == before) {
		struct adapter_errors errors = adapter_errors(loader, group, subject);

		adapter->check_point(point, &errors.base);
	}
}

void load_points(struct loader *loader, const config_setting_t *group, struct device *device,
	const struct point_context *context)
{
	const config_setting_t *points = config_setting_get_member(group, "points");

	device->points =
		arena_alloc(loader->arena, (section_count(points) + 1) * sizeof(struct point *));
	if (!points || config_setting_type(points) != CONFIG_TYPE_GROUP) {
		loader_error(loader, points ? points : group,
			"device \"%s\": needs its points: points: { ... };", device->id);
		loader->loading->points_doubtful = true;
		return;
	}
	for (size_t i = 0; i < section_count(points); i++) {
		const config_setting_t *member = section_member(loader, points, i, "point");

		if (member)
			load_point(loader, member, device, context);
		else
			loader->loading->points_doubtful = true;
	}
}

/* What is wrong with `proof` as the read-back of `output`; NULL: nothing. */
static const char *readback_problem(
	const struct point *output, const struct point *proof, bool classes_known)
{
	if (proof == output)
		return "is the output itself, which proves nothing";
	if (proof->writable)
		return "is an output too; it must be measured";
	if (classes_known && proof->class->id[0] && output->class->id[0] &&
		(proof->class->kind != output->class->kind ||
			(proof->class->kind == POINT_NUMBER &&
				strcmp(proof->class->unit, output->class->unit) != 0)))
		return "is of another kind or unit than the output";
	return NULL;
}

/*
 * The same register or line, or what a register map pairs, which knows the module and not the load.
 * With errors an adapter's options may be half filled: nothing is asked of it.
 */
static bool is_echo(const struct loader *loader, const struct pending_readback *pending)
{
	const struct point *output = pending->output, *proof = output->readback;
	const struct bus *bus = output->device->bus;

	if (!proof || loader->report->errors > loader->loading->errors_before)
		return false;
	return pending->of_profile || (proof->device->bus == bus && bus->adapter->overlap &&
					      bus->adapter->overlap(output, proof));
}

void link_readbacks(struct loader *loader)
{
	for (const struct pending_readback *p = loader->loading->readbacks; p; p = p->next) {
		const char *subject =
			arena_printf(loader->scratch, "point \"%s\": readback", p->output->id);
		const struct point *proof =
			find_thing(loader, p->setting, subject, KEYS_POINT, p->id);
		const char *problem = proof ? readback_problem(p->output, proof,
						      !loader->loading->classes_doubtful)
					    : NULL;

		p->output->readback = proof;
		p->output->echoes = is_echo(loader, p);
		if (problem)
			loader_error(loader, p->setting, "%s \"%s\" %s", subject, p->id, problem);
	}
}
