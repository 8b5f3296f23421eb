/*
 * What people read of states, events, severities and reasons: one table,
 * core/words/<language>.conf, compiled in. Ids are what topics carry. Constant data; any thread;
 * nothing here fails.
 */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include "core/text.h"
#include "core/words_table.h" /* enum language, enum word_group, an enumeration of each group */

#include <stdbool.h>
#include <stddef.h>

/* The text of word `i` of its group's enumeration. */
const char *word(enum language language, enum word_group group, size_t i);
/* The same in the two languages that documents carry. */
struct text word_text(enum word_group group, size_t i);
const char *word_id(enum word_group group, size_t i);
/* Why a command is refused, as its answer says it. */
const char *word_refusal(enum word_refusal why);

/* By id: its place; -1 where the table does not have it. */
int word_find(enum word_group group, const char *id);
/* Its text; the id itself where the table does not have it: nothing is dropped that a newer
 * facilityd says. */
const char *word_of(enum language language, enum word_group group, const char *id);

/* What stands for {name} in a text. */
struct word_part {
	const char *name;
	struct text text;
};

/*
 * Writes `text` with its {names} filled in, at most `size` bytes with the terminator; what does not
 * fit is cut between characters. Parts end with name NULL. A part has Chinese and English; every
 * other language takes the English. Returns out.
 */
char *word_fill(char *out, size_t size, enum language language, const char *text,
	const struct word_part *parts);

/* Why link, journal or a new configuration fail. */
struct failure {
	enum word_cause cause;
	long long number; /* {number} */
	char detail[400]; /* {detail}; where the text has none: of somebody else, in English; or ""
			   */
};

bool failure_is_same(const struct failure *one, const struct failure *other);
/* A detail in English stands in English only. */
void failure_words(const struct failure *failure, enum language language, char *out, size_t size);

#endif
