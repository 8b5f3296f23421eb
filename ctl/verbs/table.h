/*
 * What facilityctl understands: the orders of core/order.h, and its own verbs.
 * Constant data; any thread.
 */
#ifndef CTL_VERBS_TABLE_H
#define CTL_VERBS_TABLE_H

#include "core/order.h"
#include "ctl/verbs/verbs.h"

enum verb_kind {
	VERB_WATCH,
	VERB_COMMAND, /* an order: at the local socket or through the broker */
	VERB_QUERY,   /* a question: facility-record asks at the local socket */
	VERB_TOOL,    /* needs no facilityd */
	VERB_HELP
};

struct verb {
	const char *name;
	enum verb_kind kind;
	size_t least, most; /* how many words follow */
	const char
		*keys[REQUEST_MEMBER_MAX]; /* members of the request, in the order of the words */
	struct text words, help;
};

/* The i-th verb, as --help has them; false at the end. */
bool verb_at(size_t i, struct verb *verb);
/* False after a message. */
bool verb_find(const char *name, struct verb *verb);

/* The whole help, or of one verb; in the person's language. */
void help_print(const struct show *show, const struct verb *one /* NULL: all */);
/* The orders as a JSON array, for programs. */
void help_print_json(const struct show *show);

#endif
