/*
 * What a person may order of facilityd: one table of words, for the daemon, the
 * command line and the documents. Constant data; any thread.
 */
#ifndef CORE_ORDER_H
#define CORE_ORDER_H

#include "core/text.h"

#include <stddef.h>

enum order_kind {
	ORDER_ACK,
	ORDER_ACCEPT,
	ORDER_DONE,
	ORDER_FAIL,
	ORDER_SKIP,
	ORDER_REOPEN,
	ORDER_RELEASE,
	ORDER_RESTORE,
	ORDER_REPORT,
	ORDER_OVER,
	ORDER_SHELVE,
	ORDER_UNSHELVE,
	ORDER_HAND_OVER,
	ORDER_OUT_OF_SERVICE,
	ORDER_IN_SERVICE,
	ORDER_DRILL,
	ORDER_DRILL_END,
	ORDER_KIND_COUNT
};

/* Who may: the broker's access list sees to it (docs/access.md); over the local socket, its group.
 */
enum order_who { ORDER_BY_OPERATOR, ORDER_BY_ENGINEER };

struct order_words {
	const char *verb;
	/* The members in their order, those that may be left out in brackets: "incident [note]" */
	const char *members;
	struct text words; /* the same for people: "INCIDENT [NOTE]" */
	enum order_who who;
	struct text help; /* what it does; one line, no full stop */
};

const struct order_words *order_words(enum order_kind kind);
const char *order_who_name(enum order_who who); /* "operator", "engineer" */

/* The next word of `members`: its length, and whether it may be left out; NULL at the end. */
const char *order_member(const char **members, size_t *length, _Bool *optional);

#endif
