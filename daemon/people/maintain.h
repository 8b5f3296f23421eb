/*
 * What persons order of maintenance: locks, and a type out of service. Checks what the engine
 * cannot know is wrong, has the lock kept before it is answered, and has a setter told whose lock
 * another has ended. Loop thread; never blocks.
 */
#ifndef DAEMON_PEOPLE_MAINTAIN_H
#define DAEMON_PEOPLE_MAINTAIN_H

#include "daemon/outputs/plant.h"
#include "daemon/record/record.h"

struct maintenance {
	const struct plant *plant;
	struct engine_sink *sink;
	struct record *record;
	struct moment now;
	/* Another person has ended this lock, for a reason. */
	void *tell;
	void (*unlocked)(
		void *tell, const struct lock *lock, const char *reason, struct moment moment);
};

/* Is it one of these? */
bool maintain_takes(enum order_kind kind);
/*
 * NULL, or a sentence why not. *more: malloc'ed members for the answer, `"lock":{...}` with what is
 * covered, or `"still_locked_by":[...]`; NULL: none.
 */
const char *maintain_order(const struct maintenance *m, const struct order *order, char **more);

#endif
