/*
 * Claims: who wants one output at which value, and which of them wins. Pure: no clock, no state,
 * no I/O; any thread.
 *
 * An incident's step claims an output from the moment its action is wanted until a person has it
 * put back. Those whose incident's condition is true or unknown come first, critical ones before
 * others; of equals the one whose action is stated to go first, then the eldest. Behind them a
 * person's hand, until its end; behind that those of incidents that are over.
 */
#ifndef RULES_CLAIMS_H
#define RULES_CLAIMS_H

#include "rules/expr/expr.h"

#include <stddef.h>
#include <stdint.h>

/* A person's hand on an output: it holds until a stated end, or until a claim that stands
 * contradicts it. Then it has no strength, and is on the list until it is put back. */
enum hand_state {
	HAND_NONE, /* none, or put back */
	HAND_HOLDS,
	HAND_ENDING, /* holds, and its setter is to be told that it ends soon */
	HAND_WARNED, /* and was */
	HAND_BEATEN, /* ended by a claim; its setter is to be told */
	HAND_ENDED,
	HAND_STATE_COUNT
};

enum hand_event {
	HAND_SET, /* also anew, with another value or end */
	HAND_WARN,
	HAND_WAS_TOLD,
	HAND_EXPIRES,
	HAND_CONTRADICTED,
	HAND_PUT_BACK,
	HAND_EVENT_COUNT
};

/* The next state; the same where the event changes nothing. A full table. */
enum hand_state hand_next(enum hand_state state, enum hand_event event);
bool hand_holds(enum hand_state state);

enum {
	HAND_DEFAULT_MS = 10 * 60 * 1000,
	HAND_LONGEST_MS = 24 * 3600 * 1000,
	HAND_LONG_MS = 30 * 60 * 1000, /* what lasts longer is told of before its end, */
	HAND_WARN_MS = 15 * 60 * 1000, /* so much */
};
/* When its setter is to be told; 0: never. */
int64_t hand_warn_at(int64_t since_ms, int64_t until_ms);

/* What decides of one claim. */
struct claim_facts {
	double value;
	enum truth still_true; /* the condition of its incident; FALSE: over, or it is closed */
	bool critical;         /* of its incident */
	bool withdrawn;        /* is being put back: it holds nothing any more */
	unsigned rank;         /* of its action (rules/contradictions.h) */
	enum hand_state hand;  /* of a person's; else NONE */
};

enum claim_strength {
	CLAIM_HOLDS_NOTHING,
	CLAIM_OVER,
	CLAIM_HAND,
	CLAIM_STANDS, /* the condition is true or unknown */
	CLAIM_STANDS_CRITICAL,
};
enum claim_strength claim_strength(const struct claim_facts *claim);

/* The strongest of an output's claims, in the order in which they began; `count`: none holds it. */
size_t claims_strongest(const struct claim_facts *claims, size_t count);

/* Of the claims that stand and want another value than this, the strongest; `count`: none. A hand
 * is refused by it, or ends there. */
size_t claims_against_hand(const struct claim_facts *claims, size_t count, double value);

enum put_back_verdict {
	PUT_BACK_TOO_EARLY, /* its own condition is true or unknown */
	PUT_BACK_HELD,      /* another claim holds the output where it is: nothing is written */
	PUT_BACK_TO,        /* goes to `value` */
	PUT_BACK_UNKNOWN,   /* nobody knows what it was */
};

struct put_back {
	enum put_back_verdict verdict;
	double value;
};

/*
 * One of an output's claims, `own`, is withdrawn: what becomes of the output? `before`: what it was
 * proved to be before the first of them began; NAN: not known, so that a person must say.
 */
struct put_back claims_put_back(
	const struct claim_facts *claims, size_t count, size_t own, double before);

#endif
