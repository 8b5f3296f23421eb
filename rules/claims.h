/*
 * Claims: who wants one output at which value, and which of them wins. Pure: no clock, no state,
 * no I/O; any thread.
 *
 * An incident's step claims an output from the moment its action is wanted until a person has it
 * put back. Those whose incident's condition is true or unknown come first, critical ones before
 * others; of equals the one whose action is stated to go first, then the eldest.
 */
#ifndef RULES_CLAIMS_H
#define RULES_CLAIMS_H

#include "rules/expr/expr.h"

#include <stddef.h>

/* What decides of one claim. */
struct claim_facts {
	double value;
	enum truth still_true; /* the condition of its incident; FALSE: over, or it is closed */
	bool critical;         /* of its incident */
	bool withdrawn;        /* is being put back: it holds nothing any more */
	unsigned rank;         /* of its action (rules/contradictions.h) */
};

enum claim_strength {
	CLAIM_HOLDS_NOTHING,
	CLAIM_OVER,
	CLAIM_STANDS, /* the condition is true or unknown */
	CLAIM_STANDS_CRITICAL,
};
enum claim_strength claim_strength(const struct claim_facts *claim);

/* The strongest of an output's claims, in the order in which they began; `count`: none holds it. */
size_t claims_strongest(const struct claim_facts *claims, size_t count);

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
 * proved to be before the first of them began; NAN: not known, and a state (`is_state`: it is 0 or
 * 1) goes to the opposite of what was wanted then.
 */
struct put_back claims_put_back(
	const struct claim_facts *claims, size_t count, size_t own, double before, bool is_state);

#endif
