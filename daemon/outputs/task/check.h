/*
 * May this output be written now? A pure question of facts; no I/O, no state.
 *
 * Asked twice for each write: before the intent is recorded, and again right
 * before the write. The rows of the table in check.c are the whole
 * policy, in order of precedence.
 */
#ifndef DAEMON_OUTPUTS_TASK_CHECK_H
#define DAEMON_OUTPUTS_TASK_CHECK_H

#include "core/words.h" /* enum word_write_refusal */
#include "rules/expr/expr.h"

#include <stdbool.h>

struct write_facts {
	bool actions_armed; /* of the daemon */
	bool drill;
	bool restoring; /* a person has it put back; the interlock is about the action only */
	bool locked;    /* by maintenance */
	bool wanted;    /* the incident is open and its step still asks for it */
	bool writable, armed, protected; /* of the point */
	double value;
	enum truth interlock;  /* TRUE where the action has none */
	enum truth still_true; /* the incident's condition */
};

enum write_verdict {
	WRITE_ALLOWED,
	WRITE_WAIT, /* ask again when readings are good */
	WRITE_REFUSED,
	WRITE_PROTECTED, /* refused, and rightly so: the action may succeed without it */
	WRITE_OVERTAKEN, /* not needed any more */
};

struct write_answer {
	enum write_verdict verdict;
	enum word_write_refusal why; /* NONE where allowed */
};

/* Never NULL; static. */
const struct write_answer *write_check(const struct write_facts *facts);

/* Why not, in English, as surfaces find it in the table of words; `lock`: that forbids it. */
enum { OUTPUT_WHY_MAX = 120 };
const char *output_why(
	enum word_write_refusal error, const char *lock, char why[static OUTPUT_WHY_MAX]);

#endif
