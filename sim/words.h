/*
 * Words of a line: splitting, numbers, durations, and the names of a site with
 * "did you mean". Shared by the scenario file and the control socket. No I/O.
 */
#ifndef SIM_WORDS_H
#define SIM_WORDS_H

#include "core/site.h"

enum { WORDS_MAX = 32, FAULT_MAX = 256 };

/* Why something was not understood; a sentence without file and line. */
struct fault {
	char text[FAULT_MAX];
};

/* Fills fault->text; always false, to be returned. */
bool fault_set(struct fault *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct words {
	char *at[WORDS_MAX];
	size_t count, next;
};

/*
 * Splits a line in place; '#' begins a comment, a ':' at the end of a word is a word of its
 * own. The words point into the line. False: too many.
 */
bool words_split(struct words *words, char *line);
/* The next word, or NULL at the end; take also goes on. */
const char *words_peek(const struct words *words);
const char *words_take(struct words *words);
/* Goes on and is true when the next word is this one. */
bool words_accept(struct words *words, const char *word);

bool words_number(struct words *words, double *value, struct fault *fault);
/* "50ms", "5 s", "2min", "1h". */
bool words_duration(struct words *words, int64_t *ms, struct fault *fault);
/* A value of this class: a number, with its unit or without; a state's 0, 1 or word. */
bool words_value(
	struct words *words, const struct point_class *class, double *value, struct fault *fault);

enum name_kind { NAME_ZONE, NAME_POINT, NAME_DEVICE, NAME_CLASS };

/* The index of an id in the site's array of its kind. */
bool name_find(const struct site *site, enum name_kind kind, const char *id, uint32_t *index,
	struct fault *fault);
/* "zone", "point", ... */
const char *name_kind_word(enum name_kind kind);

#endif
