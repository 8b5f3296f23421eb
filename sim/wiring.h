/*
 * The wires between the building's points and the registers of its devices: one
 * slave for each unit, one server for each bus. Owns slaves and servers; knows
 * the site and the codec, and nothing of scenarios. Single thread.
 */
#ifndef SIM_WIRING_H
#define SIM_WIRING_H

#include "sim/building.h"
#include "sim/profile_ranges.h"
#include "sim/server_rtu.h"
#include "sim/server_tcp.h"

struct wiring {
	const struct site *site;
	struct building *building;
	struct slave *slaves; /* as many as there are devices, or fewer */
	size_t slave_count;
	struct slave **of_device; /* by device index; NULL: cannot be simulated */
	struct server_tcp *gateways;
	size_t gateway_count;
	struct server_rtu *lines;
	size_t line_count;
	const struct wiring_range *extra; /* the caller's */
	size_t extra_count;
};

/*
 * Make the slaves and take the building's hooks. `extra` may be NULL. 0 or -ENOMEM;
 * wiring_release() in either case.
 */
int wiring_init(struct wiring *wiring, struct building *building, const struct wiring_range *extra,
	size_t extra_count);
void wiring_release(struct wiring *wiring);

/*
 * Serve every bus; those that cannot be simulated are named in the log and left out. 0 or
 * -errno after a message; wiring_close() in either case.
 */
int wiring_open(struct wiring *wiring, struct loop *loop);
void wiring_close(struct wiring *wiring);

/* The timers of lines and late replies: when to call again. */
int64_t wiring_step(struct wiring *wiring, int64_t now_ms);

#endif
