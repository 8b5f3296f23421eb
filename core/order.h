/*
 * What a person may order of facilityd: one table for the daemon, the command line and the
 * documents; the words of it stand in core/words. Constant data; any thread.
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "core/words.h" /* enum order_kind: the verbs of the table of words */

#include <stddef.h>

/* Who may: the broker's access list sees to it (docs/access.md); over the local socket, its group.
 */
enum order_who { ORDER_BY_OPERATOR, ORDER_BY_ENGINEER };

struct order_words {
	const char *verb;
	/* The members in their order, those that may be left out in brackets: "incident [note]" */
	const char *members;
	enum order_who who;
	struct text words; /* the members for people: "INCIDENT [NOTE]" */
	struct text help;  /* what it does; one line, no full stop */
};

struct order_words order_words(enum order_kind kind);
const char *order_who_name(enum order_who who); /* "operator", "engineer" */

/* What a person orders. The members that the verb does not take are NULL, "" or 0. */
struct order {
	enum order_kind kind;
	const char *user; /* who says so */
	const char *incident, *step, *zone, *to;
	const char *note;  /* "": none */
	int type, minutes; /* number in the plan; how long */
};

/* The next word of `members`: its length, and whether it may be left out; NULL at the end. */
const char *order_member(const char **members, size_t *length, _Bool *optional);

#endif
