/*
 * What becomes of an incident that the broker says is open, and of one that only the journal has:
 * by what the start has found of the journal, and how new the broker's word is. Pure.
 */
#ifndef RULES_SAID_H
#define RULES_SAID_H

#include <stdbool.h>
#include <stdint.h>

/* What the start has found of the journal. */
enum journal_fate {
	JOURNAL_FIRST,  /* nothing, and no marker: nobody has run here before */
	JOURNAL_WHOLE,  /* as far as its marker says */
	JOURNAL_BEHIND, /* it knows less than was told: an older copy, a log that is gone */
	JOURNAL_LOST,   /* none, a damaged one, or another one than the marker names */
	JOURNAL_FATE_COUNT
};

/* `marked`: there is a marker; `used`: the journal holds something; `same`: the marker names it;
 * `behind`: its sequence is below the marker's. */
enum journal_fate journal_fate(bool marked, bool used, bool same, bool behind);

/* Whose word a document is, and how new. */
enum said_word {
	SAID_BY_OTHERS, /* another journal's, or nobody's */
	SAID_BEFORE,    /* this journal's, and not the last word on it */
	SAID_LAST,      /* the index, not older than the journal, names it; or it is itself newer */
	SAID_KNOWN,     /* it was open here, and is not any more */
	SAID_WORD_COUNT
};

enum said_verdict {
	SAID_SWEEP, /* left over: its topic is cleared */
	SAID_LIST,  /* a person says what it is */
	SAID_TAKE,  /* taken back, marked */
};

/* Which journal, and its last sequence; of a document and of the index: theirs. "": none. */
struct said_from {
	const char *journal;
	uint64_t sequence;
};

/* `named`: by the index. */
enum said_word said_word(struct said_from own, struct said_from document, struct said_from index,
	bool named, bool known);
enum said_verdict said_verdict(enum journal_fate fate, enum said_word word);

/* Is one that is open here to be doubted: does a newer index of this journal not name it? */
bool said_doubts(struct said_from own, struct said_from index, bool named);

#endif
