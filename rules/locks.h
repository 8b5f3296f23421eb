/*
 * Locks: what maintenance keeps the machine's hands off, and its eyes, until a stated end. Pure: no
 * clock, no state, no I/O; any thread.
 *
 * A lock of a zone, a device, a point or an output forbids every write of the outputs within, by
 * whomever. Where it is quiet, rules raise nothing in a zone and all within, and do not see what a
 * device or a point reads. A lock of a type (out of service) holds back that type's raising by
 * rules and its own actions, in a zone and all within, and nothing else. Persons report what they
 * see.
 */
#ifndef RULES_LOCKS_H
#define RULES_LOCKS_H

#include "core/id.h"
#include "core/plan.h"

enum lock_kind { LOCK_ZONE, LOCK_DEVICE, LOCK_POINT, LOCK_OUTPUT, LOCK_TYPE, LOCK_KIND_COUNT };

enum {
	LOCK_MAX = 64, /* at once */
	LOCK_NAME_MAX = ID_MAX + 8,
	LOCK_BY_MAX = 32,
	LOCK_REASON_MAX = 200,
};
#define LOCK_LONGEST_MS (INT64_C(30) * 24 * 3600 * 1000)
#define LOCK_CRITICAL_LONGEST_MS (INT64_C(8) * 3600 * 1000)
#define LOCK_WARN_MS (INT64_C(15) * 60 * 1000) /* before its end its setter is told */

enum lock_state {
	LOCK_NONE, /* or over */
	LOCK_STANDS,
	LOCK_ENDING, /* stands, and its setter is to be told that it ends soon */
	LOCK_TOLD,   /* and was */
	LOCK_STATE_COUNT
};
enum lock_event {
	LOCK_SET, /* also anew, with another end */
	LOCK_WARN,
	LOCK_WAS_TOLD,
	LOCK_ENDS,
	LOCK_UNLOCKED,
	LOCK_GONE, /* a new configuration lacks what it locks */
	LOCK_EVENT_COUNT
};
/* The next state; the same where the event changes nothing. A full table. */
enum lock_state lock_next(enum lock_state state, enum lock_event event);

struct lock {
	enum lock_kind kind;
	enum lock_state state;
	char id[ID_MAX + 1]; /* of the zone (of a type, too), device, point or output */
	bool quiet;
	int type; /* what alone is quiet: its number in the plan; 0: all but the critical ones */
	bool recurring;  /* by the configuration: `by` is the id of the role that is told */
	bool taken_back; /* the broker says so, and the journal did not: until a person ends it, or
			    sets it anew */
	char by[LOCK_BY_MAX + 1], reason[LOCK_REASON_MAX + 1];
	int64_t since_ms, until_ms;
	int64_t owed_ms; /* core/until.h */
	/* Of `kind`, as the configuration has it. */
	const struct zone *zone;
	const struct device *device;
	const struct point *point;
};

/* "zone:f2" into kind and id. False: it is not of this form. */
bool lock_parse(const char *name, struct lock *lock);
/* The reverse; of a type "16-f2". */
const char *lock_name(const struct lock *lock, char name[static LOCK_NAME_MAX + 1]);
/* Finds what it locks. False: the site has it not. */
bool lock_fit(struct lock *lock, const struct site *site);
/* Do both lock the same, in the same way, for the same person? The later one has the end. */
bool lock_same(const struct lock *a, const struct lock *b);

/* Is the point within what it locks? */
bool lock_covers(const struct lock *lock, const struct point *point);
/* Does it keep rules from raising, or seeing, incidents of this type? */
bool lock_quiets(const struct lock *lock, const struct incident_type *type);
/* May rules not raise this type in this zone? */
bool lock_holds_raise(
	const struct lock *lock, const struct incident_type *type, const struct zone *zone);
/* Is what the point reads unknown to the rules of this type? NULL: of any. */
bool lock_hides(
	const struct lock *lock, const struct incident_type *type, const struct point *point);
/* May the output not be written? type, zone: for whose own action; NULL: for nobody's. */
bool lock_forbids_write(const struct lock *lock, const struct point *output,
	const struct incident_type *type, const struct zone *zone);

#endif
