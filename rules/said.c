#include "rules/said.h"

#include <string.h>

enum journal_fate journal_fate(bool marked, bool used, bool same, bool behind)
{
	if (!marked)
		return used ? JOURNAL_WHOLE : JOURNAL_FIRST;
	if (!used || !same)
		return JOURNAL_LOST;
	return behind ? JOURNAL_BEHIND : JOURNAL_WHOLE;
}

static bool same_journal(struct said_from a, struct said_from b)
{
	return *a.journal && strcmp(a.journal, b.journal) == 0;
}

enum said_word said_word(struct said_from own, struct said_from document, struct said_from index,
	bool named, bool known)
{
	bool indexed = same_journal(own, index);

	if (known)
		return SAID_KNOWN;
	if (!same_journal(own, document))
		return SAID_BY_OTHERS;
	/* An index that came after it has the last word. */
	if (indexed && index.sequence >= document.sequence)
		return named && index.sequence >= own.sequence ? SAID_LAST : SAID_BEFORE;
	return document.sequence >= own.sequence ? SAID_LAST : SAID_BEFORE;
}

enum said_verdict said_verdict(enum journal_fate fate, enum said_word word)
{
	/* Whoever has lost nothing knows better than what is left over; whoever has, asks. */
	static const enum said_verdict verdicts[JOURNAL_FATE_COUNT][SAID_WORD_COUNT] = {
		/*                  by others   before      last       known */
		[JOURNAL_FIRST] = { SAID_LIST, SAID_LIST, SAID_LIST, SAID_SWEEP },
		[JOURNAL_WHOLE] = { SAID_SWEEP, SAID_SWEEP, SAID_TAKE, SAID_SWEEP },
		[JOURNAL_BEHIND] = { SAID_SWEEP, SAID_LIST, SAID_TAKE, SAID_SWEEP },
		[JOURNAL_LOST] = { SAID_LIST, SAID_LIST, SAID_TAKE, SAID_SWEEP },
	};

	return verdicts[fate][word];
}

bool said_doubts(struct said_from own, struct said_from index, bool named)
{
	return !named && same_journal(own, index) && index.sequence > own.sequence;
}
