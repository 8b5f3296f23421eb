/*
 * How far beyond its measuring range a point's sensor can say something: stated by its fault
 * limits, or by the kind of its current loop. Without either nothing is known there, and beyond is
 * a fault.
 */
#include "config/load/loading.h"

/* NAMUR NE 43, in mA beyond the ends of the loop: measured so far, then under or over. */
static const double measured_low = 0.2, under = 0.2, measured_high = 0.5, over = 0.5;

static const config_setting_t *setting_of(const struct reach_place *at, const char *name)
{
	const config_setting_t *setting = config_setting_get_member(at->group, name);

	return setting || !at->behind ? setting : config_setting_get_member(at->behind, name);
}

bool reach_check(struct loader *loader, const struct reach_place *at, double min, double max,
	const struct reach_keys *keys)
{
	const config_setting_t *low = setting_of(at, "fault_low");
	const config_setting_t *high = setting_of(at, "fault_high");
	const config_setting_t *any = low ? low : high;

	if (!at->is_number && (any || keys->loop)) {
		loader_error(loader, any ? any : at->group,
			"%s: fault_low, fault_high and loop are for numbers; leave them out",
			at->subject);
		return false;
	}
	if (any && keys->loop) {
		loader_error(loader, any,
			"%s: loop sets the fault limits; leave out fault_low and fault_high",
			at->subject);
		return false;
	}
	if (low && keys->fault_low >= min)
		loader_error(loader, low, "%s: fault_low (%g) must be less than min (%g)",
			at->subject, keys->fault_low, min);
	if (high && keys->fault_high <= max)
		loader_error(loader, high, "%s: fault_high (%g) must be more than max (%g)",
			at->subject, keys->fault_high, max);
	return true;
}

static void set_loop(struct point *point, int loop)
{
	double milliampere = (point->max - point->min) / (loop == LOOP_4_20 ? 16 : 20);

	point->max += measured_high * milliampere;
	point->over = over * milliampere;
	if (loop != LOOP_4_20)
		return; /* nothing is less than no current */
	point->min -= measured_low * milliampere;
	point->under = under * milliampere;
}

void reach_load(struct loader *loader, const struct reach_place *at, struct point *point,
	const struct reach_keys *keys)
{
	if (!reach_check(loader, at, point->min, point->max, keys) || !at->is_number)
		return;
	if (keys->loop)
		set_loop(point, keys->loop);
	if (setting_of(at, "fault_low"))
		point->under = point->min - keys->fault_low;
	if (setting_of(at, "fault_high"))
		point->over = keys->fault_high - point->max;
}
