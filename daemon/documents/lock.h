/*
 * Locks as documents: the topic `locks`, what an answer says of one, and the journal's row, which
 * the next run reads. Texts are malloc'ed; NULL: out of memory. Loop thread; no I/O.
 */
#ifndef DAEMON_DOCUMENTS_LOCK_H
#define DAEMON_DOCUMENTS_LOCK_H

#include "core/people.h"
#include "core/until.h"
#include "rules/engine/locking.h"

/* Of which building; `by` is shown as topics may show a person. */
struct document_locks {
	const struct engine *engine;
	const struct site *site;
	const struct plan *plan;
	const struct people *people;
	struct moment clock;
	const char *instance; /* of the run that says so; NULL: not told */
};

char *document_locks(const struct document_locks *view);
/* One, with what it covers. */
char *document_lock(const struct document_locks *view, const struct lock *lock);
/* What its setter is told of one: `what` in both languages. */
char *document_lock_told(
	const struct document_locks *view, const struct lock *lock, const struct text *what);

/* The row by which the next run goes on; NULL: none stands, or out of memory. */
#define LOCKS_ROW "locks"
char *document_keep_locks(const struct engine *engine);
/*
 * Takes them over before any reading; what cannot go on is logged. Over a reboot what was left goes
 * on from now, until engine_clock() takes off what the reboot took. False: not all of it is
 * understood.
 */
bool document_restore_locks(
	struct engine *engine, const char *text, const struct reboot *reboot, int64_t now_ms);

#endif
