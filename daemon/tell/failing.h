/*
 * The failings of the monitoring system in words: one table of kinds, each with a
 * sentence in every language, and tables of causes. Words are pure. A new kind of
 * trouble is a row here and whoever begins it. Loop thread.
 */
#ifndef DAEMON_TELL_FAILING_H
#define DAEMON_TELL_FAILING_H

#include "core/reading.h"
#include "daemon/documents/trouble.h"

enum failing_kind {
	FAILING_DEVICE,
	FAILING_BUS,
	FAILING_OVERLOAD,
	FAILING_POINT,
	FAILING_OUTPUT,
	FAILING_RULE, /* it chatters */
	FAILING_FLOOD,
	FAILING_BROKER,
	FAILING_UNHEARD,
	FAILING_REFUSED,
	FAILING_DROPPED,
	FAILING_JOURNAL,
	FAILING_CONFIG,
	FAILING_FALLBACK,
	FAILING_KIND_COUNT
};

/* What a kind's sentence does not have is not looked at. */
struct failing {
	enum failing_kind kind;
	const char *id;    /* of what fails; NULL: there is one only */
	struct text name;  /* of what fails */
	struct text place; /* where */
	struct text why;
	long long numbers[3];
};

/* "device.water-f3", "mqtt": the trouble's id. */
void failing_id(enum failing_kind kind, const char *id, char out[static TROUBLE_ID_MAX + 1]);
/* The sentence in both languages, whole or cut behind a whole character. */
void failing_words(const struct failing *failing, char zh[static TROUBLE_TEXT_MAX + 1],
	char en[static TROUBLE_TEXT_MAX + 1]);

/* In the list of those that last. */
void failing_begin(struct trouble_list *list, const struct failing *failing, struct moment moment);
void failing_end(
	struct trouble_list *list, enum failing_kind kind, const char *id, struct moment moment);
const struct trouble *failing_find(
	const struct trouble_list *list, enum failing_kind kind, const char *id);

/* Causes: of -errno as adapters/adapter.h has it, of a reading that is not good, */
struct text error_words(int error);
struct text reason_words(enum reason reason);
/* and what other rooms say in English: also of "cause: detail", whose detail stays English only. */
struct text cause_words(const char *en);

#endif
