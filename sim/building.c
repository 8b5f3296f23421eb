/* Points and how their values change. Must not know registers, files, sockets or clocks. */
#include "sim/building.h"

#include "core/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { RELAY_MS = 50, RAMP_STEP_MS = 50, FOLLOW_STEP_MS = 200, NOISE_STEP_MS = 1000 };

static const double settled = 1e-3; /* a follower this near has arrived */

static struct building_point *at(const struct building *building, const struct point *point)
{
	return &building->points[point->index];
}

static double clamp(const struct point *point, double value)
{
	return value < point->min ? point->min : value > point->max ? point->max : value;
}

int building_init(struct building *building, const struct site *site)
{
	*building = (struct building){ .site = site, .relay_ms = RELAY_MS, .random = 2463534242u };
	building->points = calloc(site->point_count + 1, sizeof(*building->points));
	if (!building->points)
		return -ENOMEM;
	for (size_t i = 0; i < site->point_count; i++) {
		const struct point *point = &site->points[i];

		building->points[i].point = point;
		building->points[i].obey_ms = CLOCK_NEVER;
		building_normal(building, point, clamp(point, 0));
	}
	return 0;
}

void building_release(struct building *building)
{
	free(building->points);
	building->points = NULL;
}

void building_normal(struct building *building, const struct point *point, double value)
{
	struct building_point *p = at(building, point);

	p->normal = p->value = p->shown = value;
}

void building_noise(struct building *building, const struct point *point, double amplitude)
{
	at(building, point)->noise = amplitude;
}

/* A boiler's own supply is on its own device; where there is none, any in its zone. */
static struct building_point *leader_of(
	struct building *building, const struct point *point, const struct point_class *output)
{
	struct building_point *found = NULL;

	for (size_t i = 0; i < building->site->point_count; i++) {
		const struct point *p = &building->site->points[i];

		if (p->class != output || !p->writable)
			continue;
		if (p->device == point->device && p->zone == point->zone)
			return at(building, p);
		if (p->zone == point->zone && !found)
			found = at(building, p);
	}
	return found;
}

size_t building_follow(struct building *building, const struct follow *follow)
{
	size_t found = 0;

	for (size_t i = 0; i < building->site->point_count; i++) {
		struct building_point *p = &building->points[i], *leader;

		if (p->point->class != follow->class)
			continue;
		leader = leader_of(building, p->point, follow->output);
		if (!leader)
			continue;
		p->follow = follow;
		p->leader = leader;
		found++;
	}
	return found;
}

/* What an output has truly switched: what its read-back says, where it has one. */
static double effect_of(const struct building *building, const struct building_point *output)
{
	const struct point *readback = output->point->readback;

	return readback ? at(building, readback)->value : output->value;
}

static double follow_target(const struct building *building, const struct building_point *p)
{
	return effect_of(building, p->leader) != 0 ? p->follow->on : p->follow->off;
}

static void show(struct building *building, struct building_point *p)
{
	p->shown = p->value;
	if (building->show)
		building->show(building->owner, p->point, p->shown);
}

static void change(struct building *building, struct building_point *p, double value)
{
	if (p->value == value)
		return;
	p->value = value;
	show(building, p);
}

void building_begin(struct building *building, int64_t now_ms)
{
	size_t count = building->site->point_count;

	for (size_t i = 0; i < count; i++) {
		struct building_point *p = &building->points[i];

		if (p->point->writable && p->point->readback)
			building_normal(building, p->point->readback, p->value);
	}
	for (size_t i = 0; i < count; i++) {
		struct building_point *p = &building->points[i];

		if (p->leader)
			building_normal(building, p->point, follow_target(building, p));
		show(building, p);
	}
	building->stepped_ms = building->noise_ms = building->next_ms = now_ms;
}

/* Before something happens: bring all to this time, and have what follows from it looked at. */
static void touch(struct building *building, int64_t now_ms)
{
	building->next_ms = now_ms;
	building_step(building, now_ms);
	building->next_ms = now_ms;
}

static void relay_wait(struct building *building, struct building_point *output, int64_t now_ms)
{
	if (output->point->readback && output->point->readback != output->point && !output->stuck)
		output->obey_ms = now_ms + building->relay_ms;
}

void building_written(
	struct building *building, const struct point *output, double value, int64_t now_ms)
{
	struct building_point *p = at(building, output);

	touch(building, now_ms);
	p->ramp_end_ms = 0;
	if (p->stuck && output->readback == output) {
		show(building, p); /* its own register proves that it did not obey */
		return;
	}
	p->value = value;
	show(building, p);
	relay_wait(building, p, now_ms);
}

static void go_to(struct building *building, const struct point *point, double value,
	int64_t over_ms, int64_t now_ms)
{
	struct building_point *p = at(building, point);

	touch(building, now_ms);
	if (point->writable) {
		building_written(building, point, value, now_ms);
	} else if (over_ms > 0) {
		p->from = p->value;
		p->to = value;
		p->ramp_start_ms = now_ms;
		p->ramp_end_ms = now_ms + over_ms;
	} else {
		p->ramp_end_ms = 0;
		change(building, p, value);
	}
}

void building_set(struct building *building, const struct point *point, double value,
	int64_t over_ms, int64_t now_ms)
{
	at(building, point)->held = true;
	go_to(building, point, value, over_ms, now_ms);
}

void building_unset(
	struct building *building, const struct point *point, int64_t over_ms, int64_t now_ms)
{
	struct building_point *p = at(building, point);

	touch(building, now_ms);
	p->held = false;
	p->ramp_end_ms = 0;
	if (!p->leader)
		go_to(building, point, p->normal, over_ms, now_ms);
}

static struct building_point *output_of(struct building *building, const struct point *point)
{
	if (point->writable)
		return at(building, point);
	for (size_t i = 0; i < building->site->point_count; i++)
		if (building->points[i].point->readback == point)
			return &building->points[i];
	return NULL;
}

bool building_stuck(
	struct building *building, const struct point *point, bool stuck, int64_t now_ms)
{
	struct building_point *output = output_of(building, point);

	if (!output)
		return false;
	touch(building, now_ms);
	output->stuck = stuck;
	output->obey_ms = CLOCK_NEVER;
	relay_wait(building, output, now_ms);
	return true;
}

void building_silence(struct building *building, const struct device *device, bool silent)
{
	if (building->silence)
		building->silence(building->owner, device, silent);
}

void building_fault(
	struct building *building, const struct device *device, const struct slave_fault *spec)
{
	if (building->fault)
		building->fault(building->owner, device, spec);
}

void building_reset(struct building *building, int64_t now_ms)
{
	static const struct slave_fault sound = { .kind = SLAVE_SOUND };

	for (size_t i = 0; i < building->site->point_count; i++) {
		building->points[i].stuck = false;
		building_unset(building, &building->site->points[i], 0, now_ms);
	}
	for (size_t i = 0; i < building->site->device_count; i++) {
		building_silence(building, &building->site->devices[i], false);
		building_fault(building, &building->site->devices[i], &sound);
	}
}

bool building_can_show(const struct building *building, const struct point *point, double value)
{
	return !building->can_show || building->can_show(building->owner, point, value);
}

double building_value(const struct building *building, const struct point *point)
{
	return at(building, point)->shown;
}

/* Uniform in -1..1; xorshift, so that each run is the same. */
static double random_unit(struct building *building)
{
	building->random ^= building->random << 13;
	building->random ^= building->random >> 17;
	building->random ^= building->random << 5;
	return building->random / 2147483648.0 - 1;
}

static int64_t step_relay(struct building *building, struct building_point *p, int64_t now_ms)
{
	if (now_ms < p->obey_ms)
		return p->obey_ms;
	p->obey_ms = CLOCK_NEVER;
	change(building, at(building, p->point->readback), p->value);
	return CLOCK_NEVER;
}

static int64_t step_ramp(struct building *building, struct building_point *p, int64_t now_ms)
{
	double part;

	if (now_ms >= p->ramp_end_ms) {
		p->ramp_end_ms = 0;
		change(building, p, p->to);
		return CLOCK_NEVER;
	}
	part = (double)(now_ms - p->ramp_start_ms) / (double)(p->ramp_end_ms - p->ramp_start_ms);
	change(building, p, p->from + part * (p->to - p->from));
	return now_ms + RAMP_STEP_MS;
}

static int64_t step_follow(
	struct building *building, struct building_point *p, int64_t now_ms, int64_t past_ms)
{
	double target = follow_target(building, p), left = target - p->value;

	if (left == 0)
		return CLOCK_NEVER;
	if (p->follow->tau_ms == 0 || fabs(left) < settled) {
		change(building, p, target);
		return CLOCK_NEVER;
	}
	left *= exp(-(double)past_ms / (double)p->follow->tau_ms);
	change(building, p, target - left);
	return now_ms + FOLLOW_STEP_MS;
}

/* Noise never takes a value out of its point's range: it stands for a sound device. */
static void step_noise(struct building *building, struct building_point *p)
{
	double value = p->value + p->noise * random_unit(building);

	if (p->value >= p->point->min && p->value <= p->point->max)
		value = clamp(p->point, value);
	p->shown = value;
	if (building->show)
		building->show(building->owner, p->point, value);
}

static void earlier(int64_t *next_ms, int64_t other_ms)
{
	if (other_ms < *next_ms)
		*next_ms = other_ms;
}

int64_t building_step(struct building *building, int64_t now_ms)
{
	int64_t next_ms = CLOCK_NEVER, past_ms = now_ms - building->stepped_ms;
	bool noisy = now_ms - building->noise_ms >= NOISE_STEP_MS;
	size_t count = building->site->point_count;

	if (now_ms < building->next_ms)
		return building->next_ms;
	for (size_t i = 0; i < count; i++)
		if (building->points[i].obey_ms != CLOCK_NEVER)
			earlier(&next_ms, step_relay(building, &building->points[i], now_ms));
	for (size_t i = 0; i < count; i++) {
		struct building_point *p = &building->points[i];

		if (p->ramp_end_ms)
			earlier(&next_ms, step_ramp(building, p, now_ms));
		else if (p->leader && !p->held)
			earlier(&next_ms, step_follow(building, p, now_ms, past_ms));
		if (p->noise > 0 && noisy)
			step_noise(building, p);
		if (p->noise > 0)
			earlier(&next_ms, (noisy ? now_ms : building->noise_ms) + NOISE_STEP_MS);
	}
	building->stepped_ms = now_ms;
	if (noisy)
		building->noise_ms = now_ms;
	building->next_ms = next_ms;
	return next_ms;
}
