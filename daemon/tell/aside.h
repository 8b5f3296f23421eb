/*
 * Inside tell: what the start has put aside until it is judged, and what lies aside for longer:
 * incidents and outputs by their documents. Bounded; owns the texts. Loop thread.
 */
#ifndef DAEMON_TELL_ASIDE_H
#define DAEMON_TELL_ASIDE_H

#include "rules/incident/incident.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum aside_kind {
	ASIDE_UNJUDGED, /* the broker says so */
	ASIDE_OUTPUT,   /* the document of an output, not judged either */
	ASIDE_UNUSABLE, /* the journal has it open, and cannot read it */
	ASIDE_CLOSED,   /* it was open when this run began */
	ASIDE_FOUND,    /* listed, until a person says what it is */
	ASIDE_KEPT,     /* open, but the configuration lacks its type or zone */
};

struct aside {
	TAILQ_ENTRY(aside) entry;
	enum aside_kind kind;
	char id[INCIDENT_ID_MAX + 1]; /* of the incident, or of the output */
	char *text;                   /* NULL: not needed */
};
TAILQ_HEAD(aside_list, aside);

struct asides {
	struct aside_list list;
	size_t count;
};

void asides_begin(struct asides *asides);
void asides_end(struct asides *asides);
/* False: no room, which is logged. */
bool asides_put(struct asides *asides, enum aside_kind kind, const char *id, const char *text);
void asides_forget(struct asides *asides, struct aside *aside);
/* All of these kinds, as bits. */
void asides_forget_kinds(struct asides *asides, unsigned kinds);
/* id NULL: the first of the kind. */
struct aside *asides_find(const struct asides *asides, enum aside_kind kind, const char *id);

#endif
