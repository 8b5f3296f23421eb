/*
 * Open incidents as text, so that they outlive the process.
 *
 * A snapshot is one incident with all that the engine knows of it: state, times,
 * who acknowledged, causes with their witnesses, steps with status, person, note
 * and action, and the running delays of its rule instances. It names types,
 * zones, rules, steps and points by id, so a restart with a changed
 * configuration takes over what still exists. Lines of "key value", version
 * first; texts of people are escaped; nothing depends on the build.
 *
 * Boot times are written as they are; after a reboot the caller gives the shift
 * that turns them into today's. Pure: no clock, no I/O. Loop thread.
 */
#ifndef RULES_ENGINE_SNAPSHOT_H
#define RULES_ENGINE_SNAPSHOT_H

#include "rules/engine/engine.h"

enum { SNAPSHOT_MAX = 32 * 1024 };

/*
 * Writes the incident as text; returns its length, or 0 when `size` is too small (SNAPSHOT_MAX
 * never is).
 */
size_t engine_snapshot(
	const struct engine *engine, const struct incident *incident, char *text, size_t size);

/*
 * Takes an incident over, before the first reading. `shift_ms` is added to each boot time (0 after
 * a restart without a reboot). Tells nobody: the broker still has what was said. Later readings
 * decide: a cause whose condition is false now returns through the ordinary delays. Causes of
 * rules that are gone return with the first input (until then engine_deadline() is 0), and that
 * is told. What was left of clear_for is held until readings are good again. In any order; may
 * allocate. 0, or -EINVAL and *error (what, why) when the text cannot be used: its type or zone is
 * gone, or it is damaged; the engine is then as before.
 */
int engine_restore(
	struct engine *engine, const char *text, int64_t shift_ms, char *error, size_t error_size);

/* The serial that the next incident gets; to be kept, and given to engine_new() at the next start.
 */
uint64_t engine_serial(const struct engine *engine);

#endif
