/*
 * What a person may order of facilityd: core/words/verbs.table, as the daemon needs it. Constant
 * data; any thread.
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "core/words.h" /* enum order_kind: the verbs of the table of words */

#include "core/plan.h"

#include <stddef.h>
#include <stdint.h>

/* The members of its command in their order, those that may be left out in brackets:
 * "incident [note]". Its name is the word's id. */
const char *order_members(enum order_kind kind);

/* Who may say it. The broker's access list is made of the same table, and knows no incidents. */
enum order_who {
	WHO_OPERATOR, /* and every engineer */
	WHO_INVOLVED, /* an operator whose role has a step in the incident, and every engineer */
	WHO_ENGINEER,
	WHO_COUNT
};
/* And may Home Assistant, which is nobody? */
enum order_machine { MACHINE_NEVER, MACHINE_MAY, MACHINE_WHERE_LET };

enum order_who order_who(enum order_kind kind);
enum order_machine order_machine(enum order_kind kind);

/* An answer that a report brings: to which fact, and "yes", "no" or "unknown". */
struct order_answer {
	const char *fact, *says;
};

/* What a person orders. The members that the verb does not take are NULL, "" or 0. */
struct order {
	enum order_kind kind;
	const char *user; /* who says so */
	const char *incident, *step, *zone, *to;
	const char *output;
	double value;     /* of an output; not a number: none */
	const char *what; /* is locked: "zone:f2" */
	_Bool quiet;
	_Bool anyway;
	_Bool second;      /* release: who says it is another person than who released first */
	_Bool report_only; /* of over: who says it may not reset what a rule has raised */
	const char *note;  /* "": none */
	const char *fact, *answer;
	struct order_answer answers[FACT_MAX];
	size_t answer_count;
	int type;       /* number in the plan */
	int64_t for_ms; /* how long, of "until" */
};

/* Does a person give a reason, in words? NULL and blanks are none. */
_Bool is_reason(const char *note);

/* The next word of `rest`, which begins as the members: its length, and whether it may be left out;
 * NULL at the end. */
const char *order_member(const char **rest, size_t *length, _Bool *optional);

#endif
