/* What becomes of what the broker says: every fate of the journal by every word. */
#include "rules/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define OWN "3f0c5a9d17e2b846"
#define OTHER "0123456789abcdef"

static const struct said_from own = { OWN, 50 };

static void test_fates(void **state)
{
	(void)state;
	for (int bits = 0; bits < 16; bits++) {
		bool marked = bits & 1, used = bits & 2, same = bits & 4, behind = bits & 8;
		enum journal_fate fate = journal_fate(marked, used, same, behind);

		if (!marked)
			assert_int_equal(fate, used ? JOURNAL_WHOLE : JOURNAL_FIRST);
		else if (used && same)
			assert_int_equal(fate, behind ? JOURNAL_BEHIND : JOURNAL_WHOLE);
		else
			assert_int_equal(fate, JOURNAL_LOST);
	}
}

static void test_words(void **state)
{
	static const struct {
		struct said_from document, index;
		bool named, known;
		enum said_word word;
	} table[] = {
		/* Named by an index that is not below the journal's last. */
		{ { OWN, 40 }, { OWN, 50 }, true, false, SAID_LAST },
		{ { OWN, 40 }, { OWN, 60 }, true, false, SAID_LAST },
		/* By an older one: the journal has gone on without the broker. */
		{ { OWN, 40 }, { OWN, 49 }, true, false, SAID_BEFORE },
		/* Not named by a newer one: closed, and only its clearing was lost. */
		{ { OWN, 55 }, { OWN, 60 }, false, false, SAID_BEFORE },
		{ { OWN, 60 }, { OWN, 60 }, false, false, SAID_BEFORE },
		/* Newer than the index: that was not told yet. */
		{ { OWN, 61 }, { OWN, 60 }, false, false, SAID_LAST },
		{ { OWN, 49 }, { OWN, 48 }, false, false, SAID_BEFORE },
		/* No index, or another journal's. */
		{ { OWN, 50 }, { "", 0 }, false, false, SAID_LAST },
		{ { OWN, 49 }, { "", 0 }, false, false, SAID_BEFORE },
		{ { OWN, 50 }, { OTHER, 70 }, true, false, SAID_LAST },
		/* Other documents, or such as nobody says from where. */
		{ { OTHER, 90 }, { OTHER, 90 }, true, false, SAID_BY_OTHERS },
		{ { "", 90 }, { OWN, 90 }, true, false, SAID_BY_OTHERS },
		/* It was closed here. */
		{ { OWN, 60 }, { OWN, 60 }, true, true, SAID_KNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		assert_int_equal(said_word(own, table[i].document, table[i].index, table[i].named,
					 table[i].known),
			table[i].word);
	assert_int_equal(said_word((struct said_from){ "", 0 }, (struct said_from){ "", 0 },
				 (struct said_from){ "", 0 }, true, false),
		SAID_BY_OTHERS);
}

static void test_verdicts(void **state)
{
	(void)state;
	for (int fate = 0; fate < JOURNAL_FATE_COUNT; fate++) {
		bool first = fate == JOURNAL_FIRST, lost = fate == JOURNAL_LOST;

		/* Nothing is ever taken on a first start, nor swept. */
		assert_int_equal(said_verdict(fate, SAID_LAST), first ? SAID_LIST : SAID_TAKE);
		assert_int_equal(
			said_verdict(fate, SAID_BY_OTHERS), first || lost ? SAID_LIST : SAID_SWEEP);
		assert_int_equal(said_verdict(fate, SAID_BEFORE),
			fate == JOURNAL_WHOLE ? SAID_SWEEP : SAID_LIST);
		assert_int_equal(said_verdict(fate, SAID_KNOWN), SAID_SWEEP);
	}
}

static void test_doubts(void **state)
{
	(void)state;
	assert_true(said_doubts(own, (struct said_from){ OWN, 51 }, false));
	assert_false(said_doubts(own, (struct said_from){ OWN, 51 }, true));
	assert_false(said_doubts(own, (struct said_from){ OWN, 50 }, false));
	assert_false(said_doubts(own, (struct said_from){ OTHER, 51 }, false));
	assert_false(said_doubts(own, (struct said_from){ "", 0 }, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fates),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_doubts),
	};

	return cmocka_run_group_tests_name("said", tests, NULL, NULL) ? 1 : 0;
}
