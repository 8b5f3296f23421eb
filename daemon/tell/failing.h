/*
 * The failings of the monitoring system in words: core/words has a sentence for each kind
 * in every language (group [trouble]), and the causes ([fault], [cause], [reason],
 * [write-refusal]). A new kind of trouble is a row there, and whoever begins it. Words
 * are pure; the list is the loop thread's.
 */
#ifndef DAEMON_TELL_FAILING_H
#define DAEMON_TELL_FAILING_H

#include "core/reading.h"
#include "core/words.h" /* enum failing_kind */
#include "daemon/documents/trouble.h"

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
/* The sentence, cut behind a whole character where it is too long. */
void failing_words(const struct failing *failing, enum language language,
	char out[static TROUBLE_TEXT_MAX + 1]);

/* In the list of those that last. */
void failing_begin(struct trouble_list *list, const struct failing *failing, struct moment moment);
void failing_end(
	struct trouble_list *list, enum failing_kind kind, const char *of, struct moment moment);
const struct trouble *failing_find(
	const struct trouble_list *list, enum failing_kind kind, const char *of);

/* Of -errno as adapters/adapter.h has it. */
struct text error_words(int error);

#endif
