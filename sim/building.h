/*
 * The building itself: what every point truly is, and how that changes by itself:
 * ramps, relays that obey after a while, temperatures that follow a supply,
 * noise. A function of what was asked of it and of the time given to it; knows
 * nothing of registers, files or sockets. Single thread, never blocks.
 */
#ifndef SIM_BUILDING_H
#define SIM_BUILDING_H

#include "core/site.h"
#include "sim/slave_fault.h"

/* The points of a class go to `on` while an output of theirs is on, else to `off`, with tau. */
struct follow {
	const struct point_class *class, *output;
	double on, off;
	int64_t tau_ms; /* 0: at once */
};

struct building_point {
	const struct point *point;
	double normal; /* what it goes back to */
	double value;
	double shown; /* value and noise: what the device says */
	double noise; /* amplitude */
	double from, to;
	int64_t ramp_start_ms, ramp_end_ms; /* from -> to; end 0: no ramp */
	int64_t obey_ms;                    /* an output: its relay moves then; CLOCK_NEVER */
	bool stuck;                         /* an output: its relay does not move */
	bool held;                          /* set by someone: follows nothing for now */
	const struct follow *follow;
	struct building_point *leader; /* the output that it follows */
};

struct building {
	const struct site *site;
	struct building_point *points; /* parallel to site->points */
	int64_t relay_ms;              /* between a write and the relay's read-back */
	int64_t stepped_ms, noise_ms;  /* when last */
	int64_t next_ms;               /* nothing changes by itself before */
	uint32_t random;
	/* The owner's; called when a device is to say something else, or to fall silent. */
	void (*show)(void *owner, const struct point *point, double value);
	/* Can the device say that at all? */
	bool (*can_show)(void *owner, const struct point *point, double value);
	void (*silence)(void *owner, const struct device *device, bool silent);
	/* What is wrong with a device's answers. */
	void (*fault)(void *owner, const struct device *device, const struct slave_fault *spec);
	void *owner;
};

/* All values 0, within each point's range. 0 or -ENOMEM. Free with building_release(). */
int building_init(struct building *building, const struct site *site);
void building_release(struct building *building);

/* How the building begins; before the first step. */
void building_normal(struct building *building, const struct point *point, double value);
void building_noise(struct building *building, const struct point *point, double amplitude);
/* `follow` must live as long as the building. Returns how many points have found an output. */
size_t building_follow(struct building *building, const struct follow *follow);
/* Let relays and followers agree with the outputs, and show everything. */
void building_begin(struct building *building, int64_t now_ms);

/* Something happens to a point; an output is switched by it, as a master would. */
void building_set(struct building *building, const struct point *point, double value,
	int64_t over_ms, int64_t now_ms);
/* Back to its normal value; a follower follows again. */
void building_unset(
	struct building *building, const struct point *point, int64_t over_ms, int64_t now_ms);
/* A master has written an output. */
void building_written(
	struct building *building, const struct point *output, double value, int64_t now_ms);
/* The relay of an output, or of the output that this point reads back. False: it is neither. */
bool building_stuck(
	struct building *building, const struct point *point, bool stuck, int64_t now_ms);
void building_silence(struct building *building, const struct device *device, bool silent);
void building_fault(
	struct building *building, const struct device *device, const struct slave_fault *spec);
/* Everything normal, obeying and answering. */
void building_reset(struct building *building, int64_t now_ms);

bool building_can_show(const struct building *building, const struct point *point, double value);
double building_value(const struct building *building, const struct point *point);

/* Go on to now_ms. Returns when to call again; CLOCK_NEVER: only when something happens. */
int64_t building_step(struct building *building, int64_t now_ms);

#endif
