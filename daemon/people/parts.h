/*
 * Inside daemon/command*.c: what a command says, and what its verb takes. Loop
 * thread only.
 */
#ifndef DAEMON_PEOPLE_PARTS_H
#define DAEMON_PEOPLE_PARTS_H

#include "daemon/people/command.h"

#include <jansson.h>

enum {
	COMMAND_ERROR_SIZE = 240,
	COMMAND_SHOWN_SIZE = 80,
};

struct command;

/* What may be said: one of core/order.h, or a query. */
struct verb {
	const char *name, *members; /* as in core/order.h */
	enum order_kind order;      /* or, where it asks: */
	bool greets;                /* does nothing, and is not recorded */
	bool takes_over;            /* over the local socket only: this run is the one */
	/* Over the local socket only: a query, or a question to the journal, answered later. */
	bool asks, asks_journal;
	enum query_kind query;
	enum journal_query_kind archive;
};

/* What a command says, once it is found well-formed. Texts are owned by the JSON. */
struct command {
	char user[USER_MAX + 1];
	struct verb verb;
	bool local;                 /* came over the local socket: nothing retained or held up */
	const char *id, *expires;   /* NULL: absent; local only */
	struct order order;         /* but its kind and user */
	const char *until;          /* NULL: absent; also of questions to the journal */
	int minutes;                /* how long, as it was said before "until"; 0: absent */
	const char *match;          /* "": absent */
	struct query_result result; /* what a query found */
	struct order_told told;
	char *more; /* members of the answer, malloc'ed; NULL: none */
	/* Of questions to the journal; NULL: absent. */
	const char *after, *since, *state, *drill;
	uint64_t ticket; /* of the local socket's request */
	bool later;      /* the journal has been asked */
};

/* The verb of this word into the command, where it may be used so; else false and a sentence. */
bool command_find_verb(struct command *command, const char *word, char *error);

/* NULL, or a sentence why not. A query puts its result in the command. */
const char *command_carry_out(const struct command_ports *ports, struct command *command);

/* Outside text for a log line or an answer: short, and printable. */
const char *command_shown(const char *text, char out[static COMMAND_SHOWN_SIZE]);

/* Always false; the sentence is in `error` then, COMMAND_ERROR_SIZE bytes. */
bool command_refuse(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a word that none of these is; says which is meant, perhaps. */
bool command_refuse_unknown(char *error, const char *what, const char *word, size_t count,
	const char *(*name)(const void *context, size_t i));

/* One JSON object of at most COMMAND_SIZE_MAX bytes; NULL and a sentence otherwise. */
json_t *command_parse(const char *text, size_t length, char *error);

/* Every member into the command, as its verb takes and needs them. */
bool command_take_members(struct command *command, json_t *json, char *error);

/* How long what always has an end is to last; how long it may be is for whoever carries it out. */
bool command_take_until(struct command *command, int64_t wall_ms, char *error);

/* Why there is no page; NULL: there is. */
const char *command_page_error(const struct journal_page *page);

#endif
