/* Every state of a fact by every event, as docs/rules.md has the table; and what follows from it.
 */
#include "rules/facts.h"

#include "tests/document_table.h"

static const struct fact asked = { .id = "hurt", .worse = true };
static const struct fact out = { .id = "out", .worse = false };
static const struct fact saves = { .id = "trapped", .worse = true, .unknown = FACT_UNKNOWN_YES };
static const struct fact turns = { .id = "long", .worse = true, .after_ms = 1000 };

#define U FACT_UNKNOWN
#define A FACT_ASSUMED
#define B FACT_SENSED_BETTER
#define W FACT_SENSED_WORSE
#define PB FACT_SAID_BETTER
#define PW FACT_SAID_WORSE

/* By event and then by state: the other way round than the code has it. */
static const enum fact_status expected[FACT_EVENT_COUNT][FACT_STATUS_COUNT] = {
	/*                              U   A   B   W   PB  PW */
	[FACT_EVENT_SENSED_BETTER] = { B, A, B, W, PB, PW },
	[FACT_EVENT_SENSED_WORSE] = { W, W, W, W, W, PW },
	[FACT_EVENT_SENSED_UNKNOWN] = { U, A, B, W, PB, PW },
	[FACT_EVENT_SAID_BETTER] = { PB, PB, PB, PB, PB, PB },
	[FACT_EVENT_SAID_WORSE] = { PW, PW, PW, PW, PW, PW },
	[FACT_EVENT_SAID_UNKNOWN] = { U, A, U, W, U, A },
	[FACT_EVENT_DEADLINE] = { A, A, B, W, PB, PW },
	[FACT_EVENT_TURN] = { A, A, A, W, A, PW },
	[FACT_EVENT_RAISE] = { U, A, U, W, U, PW },
	[FACT_EVENT_REPORT] = { U, A, U, W, PB, PW },
};

static void test_every_cell(void **state)
{
	(void)state;
	for (int e = 0; e < FACT_EVENT_COUNT; e++)
		for (int s = 0; s < FACT_STATUS_COUNT; s++)
			if (fact_next((enum fact_status)s, (enum fact_event)e) != expected[e][s])
				fail_msg("state %d, event %d", s, e);
}

static void check_cell(enum fact_status from, enum fact_event event, const char *text)
{
	static const char *const marks[FACT_STATUS_COUNT] = { "U", "A", "B", "W", "PB", "PW" };
	const char *anew = strstr(text, ", asked");
	char mark[DOCUMENT_CELL];
	enum fact_status to = from;

	snprintf(mark, sizeof(mark), "%.*s", (int)(anew ? anew - text : (int)strlen(text)), text);
	if (*mark)
		to = (enum fact_status)document_word(mark, marks, FACT_STATUS_COUNT);
	assert_int_equal(fact_next(from, event), to);
	if (*mark)
		assert_int_equal(fact_asks(from, to, event), anew != NULL);
}

static void test_the_document_agrees(void **state)
{
	static const char *const names[FACT_EVENT_COUNT] = {
		[FACT_EVENT_SENSED_BETTER] = "sensor changes to the better",
		[FACT_EVENT_SENSED_WORSE] = "sensor changes to the worse",
		[FACT_EVENT_SENSED_UNKNOWN] = "sensor is unknown",
		[FACT_EVENT_SAID_BETTER] = "person says the better",
		[FACT_EVENT_SAID_WORSE] = "person says the worse",
		[FACT_EVENT_SAID_UNKNOWN] = "person does not know",
		[FACT_EVENT_DEADLINE] = "deadline",
		[FACT_EVENT_TURN] = "its time is up",
		[FACT_EVENT_RAISE] = "raised again",
		[FACT_EVENT_REPORT] = "reported too",
	};
	static struct document_table table;

	(void)state;
	document_table("docs/rules.md", "| event | U | A | B | W | PB | PW |", &table);
	assert_int_equal(table.rows, FACT_EVENT_COUNT);
	for (size_t r = 0; r < table.rows; r++) {
		int event = document_word(table.cells[r][0], names, FACT_EVENT_COUNT);

		for (int s = 0; s < FACT_STATUS_COUNT; s++)
			check_cell(
				(enum fact_status)s, (enum fact_event)event, table.cells[r][s + 1]);
	}
}

/* Whatever a machine or the clock says: only a person makes the worse side better. */
static void test_worse_stays(void **state)
{
	(void)state;
	for (int e = 0; e < FACT_EVENT_COUNT; e++)
		for (int s = 0; s < FACT_STATUS_COUNT; s++) {
			enum fact_status next = fact_next((enum fact_status)s, (enum fact_event)e);
			bool worse = s == A || s == W || s == PW;

			if (worse && e != FACT_EVENT_SAID_BETTER)
				assert_true(next == A || next == W || next == PW);
		}
}

static void test_asking(void **state)
{
	(void)state;
	assert_true(fact_asks(B, U, FACT_EVENT_SAID_UNKNOWN));
	assert_true(fact_asks(B, U, FACT_EVENT_REPORT));
	assert_true(fact_asks(PB, U, FACT_EVENT_RAISE));
	assert_true(fact_asks(U, U, FACT_EVENT_RAISE));
	assert_false(fact_asks(U, U, FACT_EVENT_SAID_UNKNOWN)); /* it stands, with its deadline */
	assert_true(fact_asks(PB, W, FACT_EVENT_SENSED_WORSE));
	assert_false(fact_asks(B, W, FACT_EVENT_SENSED_WORSE));
	assert_false(fact_asks(U, W, FACT_EVENT_SENSED_WORSE));
	assert_false(fact_asks(U, A, FACT_EVENT_DEADLINE));
}

static void test_sides(void **state)
{
	(void)state;
	assert_int_equal(fact_sensed(&asked, TRUTH_TRUE), FACT_EVENT_SENSED_WORSE);
	assert_int_equal(fact_sensed(&asked, TRUTH_FALSE), FACT_EVENT_SENSED_BETTER);
	assert_int_equal(fact_sensed(&out, TRUTH_TRUE), FACT_EVENT_SENSED_BETTER);
	assert_int_equal(fact_sensed(&out, TRUTH_UNKNOWN), FACT_EVENT_SENSED_UNKNOWN);
	assert_int_equal(fact_answered(&asked, TRUTH_TRUE), FACT_EVENT_SAID_WORSE);
	assert_int_equal(fact_answered(&out, TRUTH_FALSE), FACT_EVENT_SAID_WORSE);
	assert_int_equal(fact_answered(&out, TRUTH_UNKNOWN), FACT_EVENT_SAID_UNKNOWN);
	assert_int_equal(fact_value(&asked, A), TRUTH_TRUE);
	assert_int_equal(fact_value(&out, A), TRUTH_FALSE);
	assert_int_equal(fact_value(&out, PB), TRUTH_TRUE);
	assert_int_equal(fact_value(&saves, U), TRUTH_UNKNOWN);
}

static void test_late(void **state)
{
	(void)state;
	assert_int_equal(fact_late(&asked, U), FACT_EVENT_DEADLINE);
	assert_int_equal(fact_late(&asked, W), FACT_EVENT_COUNT);
	assert_int_equal(fact_late(&saves, U), FACT_EVENT_COUNT);
	assert_int_equal(fact_late(&turns, U), FACT_EVENT_TURN);
	assert_int_equal(fact_late(&turns, PB), FACT_EVENT_TURN);
	assert_int_equal(fact_late(&turns, W), FACT_EVENT_COUNT); /* it contradicts a person */
}

/* Of two steps that exclude each other exactly one applies, but while both wait. */
static void test_applies(void **state)
{
	(void)state;
	assert_int_equal(fact_applies(&asked, false, U), TRUTH_UNKNOWN);
	assert_int_equal(fact_applies(&asked, true, U), TRUTH_UNKNOWN);
	assert_int_equal(fact_applies(&saves, false, U), TRUTH_TRUE);
	assert_int_equal(fact_applies(&saves, true, U), TRUTH_FALSE);
	assert_int_equal(fact_applies(&turns, false, U), TRUTH_FALSE);
	assert_int_equal(fact_applies(&out, false, A), TRUTH_FALSE);
	assert_int_equal(fact_applies(&out, true, A), TRUTH_TRUE);
	for (int s = A; s < FACT_STATUS_COUNT; s++)
		assert_true(fact_applies(&asked, false, (enum fact_status)s) !=
			    fact_applies(&asked, true, (enum fact_status)s));
	assert_false(fact_is_said(U) || fact_is_said(A));
	assert_true(fact_is_said(B) && fact_is_said(W) && fact_is_said(PB) && fact_is_said(PW));
}

/* Case Q1: "a child is inside", and the contact reads 0. */
static void test_a_no_against_a_report(void **state)
{
	(void)state;
	assert_int_equal(fact_heard(TRUTH_FALSE, true, true, false), TRUTH_UNKNOWN);
	assert_int_equal(fact_heard(TRUTH_FALSE, true, true, true), TRUTH_UNKNOWN);
	assert_int_equal(fact_heard(TRUTH_FALSE, true, false, false), TRUTH_UNKNOWN);
	assert_int_equal(fact_heard(TRUTH_FALSE, true, false, true), TRUTH_FALSE);
	assert_int_equal(fact_heard(TRUTH_FALSE, false, false, true), TRUTH_FALSE);
	assert_int_equal(fact_heard(TRUTH_FALSE, false, false, false), TRUTH_FALSE);
	assert_int_equal(fact_heard(TRUTH_TRUE, true, true, false), TRUTH_TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_the_document_agrees),
		cmocka_unit_test(test_worse_stays),
		cmocka_unit_test(test_asking),
		cmocka_unit_test(test_sides),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_applies),
		cmocka_unit_test(test_a_no_against_a_report),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL) ? 1 : 0;
}
