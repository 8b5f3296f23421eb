/*
 * Words of the documents in both languages. A word that is not known is shown as
 * it is, so that nothing is dropped that a newer facilityd says.
 */
#ifndef CTL_WORDS_H
#define CTL_WORDS_H

enum word_set {
	WORD_EVENT, /* of alerts, notices and intents */
	WORD_SEVERITY,
	WORD_STATE, /* of incidents */
	WORD_STEP,
	WORD_ACTION,
	WORD_OUTPUT,
	WORD_MODE,
	WORD_SET_COUNT
};

struct word {
	const char *zh, *en;
};

/* Points into `key` where the word is not known. */
struct word word_of(enum word_set set, const char *key);

#endif
