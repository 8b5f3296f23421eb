/* Which locks there are, and what they say now. Pure; loop thread. */
#ifndef RULES_INCIDENT_LOCK_H
#define RULES_INCIDENT_LOCK_H

#include "rules/incident/transition.h"
#include "rules/locks.h"

/* In the order in which they were set: i from 0; NULL at the end. Valid until the engine's next
 * call. */
const struct lock *engine_lock_at(const struct engine *engine, size_t i);
/* While this number stays the same, so do they. */
uint64_t engine_lock_changes(const struct engine *engine);

/* The lock that forbids a write of this output now, for an incident's own action (NULL: for
 * anybody); NULL: none. */
const struct lock *engine_forbids_write(
	const struct engine *engine, const struct point *output, const struct incident *incident);
/* The lock that keeps rules of this type from seeing the point; NULL: none. */
const struct lock *engine_hides(
	const struct engine *engine, const struct incident_type *type, const struct point *point);
/* As expr_eval(), of what was read: what a lock hides from the type is unknown. NULL: what any lock
 * hides. */
enum truth engine_eval(
	const struct engine *engine, const struct expr *expr, const struct incident_type *type);

#endif
