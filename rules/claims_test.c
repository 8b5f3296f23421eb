/* Which claim wins, and what becomes of an output whose claim is withdrawn. */
#include "rules/claims.h"

#include "tests/document_table.h"

#include <math.h>

static const enum truth truths[] = { TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_TRUE };

/* Every condition, critical or not, withdrawn or not. */
static void test_strengths(void **state)
{
	(void)state;
	for (size_t t = 0; t < 3; t++)
		for (int critical = 0; critical < 2; critical++) {
			struct claim_facts claim = { 0, truths[t], critical, false };
			enum claim_strength wanted = truths[t] == TRUTH_FALSE ? CLAIM_OVER
						     : critical ? CLAIM_STANDS_CRITICAL
								: CLAIM_STANDS;

			assert_int_equal(claim_strength(&claim), wanted);
			claim.withdrawn = true;
			assert_int_equal(claim_strength(&claim), CLAIM_HOLDS_NOTHING);
		}
	assert_true(CLAIM_HOLDS_NOTHING < CLAIM_OVER);
	assert_true(CLAIM_OVER < CLAIM_STANDS);
	assert_true(CLAIM_STANDS < CLAIM_STANDS_CRITICAL);
}

static void test_strongest(void **state)
{
	struct claim_facts claims[] = {
		{ 0, TRUTH_TRUE, true, true },
		{ 0, TRUTH_FALSE, true, false },
		{ 0, TRUTH_UNKNOWN, false, false },
		{ 0, TRUTH_TRUE, false, false },
		{ 1, TRUTH_UNKNOWN, true, false },
		{ 1, TRUTH_TRUE, true, false },
	};

	(void)state;
	assert_int_equal(claims_strongest(claims, 0), 0);
	assert_int_equal(claims_strongest(claims, 1), 1); /* withdrawn */
	assert_int_equal(claims_strongest(claims, 2), 1); /* better than none */
	assert_int_equal(claims_strongest(claims, 3), 2);
	assert_int_equal(claims_strongest(claims, 4), 2); /* of equals the eldest */
	assert_int_equal(claims_strongest(claims, 6), 4);
}

/* What an action is stated to go before: between equals only, and whichever began first. */
static void test_the_stated_order_decides_between_equals(void **state)
{
	struct claim_facts claims[] = {
		{ 0, TRUTH_TRUE, false, false, 0 },
		{ 1, TRUTH_UNKNOWN, false, false, 2 },
		{ 0, TRUTH_TRUE, false, false, 1 },
		{ 0, TRUTH_TRUE, true, false, 0 },
		{ 1, TRUTH_FALSE, true, false, 9 },
	};

	(void)state;
	assert_int_equal(claims_strongest(claims, 2), 1);
	assert_int_equal(claims_strongest(claims, 3), 1);
	assert_int_equal(claims_strongest(claims, 5), 3); /* strength before rank */
	claims[1].withdrawn = true;
	assert_int_equal(claims_strongest(claims, 3), 2);
}

static struct put_back put_back(const struct claim_facts *claims, size_t count, double before)
{
	return claims_put_back(claims, count, 0, before);
}

/* Every state by every event. */
static void test_the_life_of_a_hand(void **state)
{
	(void)state;
	for (int s = 0; s < HAND_STATE_COUNT; s++)
		for (int e = 0; e < HAND_EVENT_COUNT; e++) {
			enum hand_state from = (enum hand_state)s;
			enum hand_state next = hand_next(from, (enum hand_event)e);

			if (e == HAND_SET)
				assert_int_equal(next, HAND_HOLDS);
			else if (e == HAND_PUT_BACK)
				assert_int_equal(next, HAND_NONE);
			else if (!hand_holds(from)) /* nothing gives it strength again */
				assert_false(hand_holds(next));
			else if (e == HAND_EXPIRES)
				assert_int_equal(next, HAND_ENDED);
			else if (e == HAND_CONTRADICTED)
				assert_int_equal(next, HAND_BEATEN);
			else
				assert_true(hand_holds(next));
			if (e != HAND_SET && e != HAND_PUT_BACK) /* nor off the list */
				assert_int_equal(next == HAND_NONE, from == HAND_NONE);
		}
	assert_int_equal(hand_next(HAND_HOLDS, HAND_WARN), HAND_ENDING);
	assert_int_equal(hand_next(HAND_ENDING, HAND_WAS_TOLD), HAND_WARNED);
	assert_int_equal(hand_next(HAND_WARNED, HAND_WARN), HAND_WARNED);
	assert_int_equal(hand_next(HAND_BEATEN, HAND_WAS_TOLD), HAND_ENDED);
}

/* Above what is over, below what stands; and nothing once it has ended. */
static void test_the_strength_of_a_hand(void **state)
{
	struct claim_facts claims[] = { { 1, TRUTH_FALSE, false, false, 0, HAND_HOLDS },
		{ 0, TRUTH_FALSE, true, false, 9, HAND_NONE },
		{ 0, TRUTH_UNKNOWN, false, false, 0, HAND_NONE } };

	(void)state;
	for (int s = HAND_HOLDS; s < HAND_STATE_COUNT; s++) {
		claims[0].hand = (enum hand_state)s;
		claims[0].withdrawn = false;
		assert_int_equal(claims_strongest(claims, 2), hand_holds(claims[0].hand) ? 0 : 1);
		assert_int_equal(claims_strongest(claims, 3), 2);
		claims[0].withdrawn = true;
		assert_int_equal(claims_strongest(claims, 2), 1);
	}
	assert_int_equal(claims_against_hand(claims, 2, 1), 2);
	assert_int_equal(claims_against_hand(claims, 3, 1), 2);
	assert_int_equal(claims_against_hand(claims, 3, 0), 3); /* no contradiction */
	claims[1].still_true = TRUTH_TRUE;
	assert_int_equal(claims_against_hand(claims, 3, 1), 1); /* the critical one */
	assert_int_equal(hand_warn_at(1000, 1000 + HAND_LONG_MS), 0);
	assert_int_equal(
		hand_warn_at(1000, 1001 + HAND_LONG_MS), 1001 + HAND_LONG_MS - HAND_WARN_MS);
}

static void test_too_early(void **state)
{
	struct claim_facts own = { 0, TRUTH_TRUE, false, false };

	(void)state;
	assert_int_equal(put_back(&own, 1, 1).verdict, PUT_BACK_TOO_EARLY);
	own.still_true = TRUTH_UNKNOWN;
	assert_int_equal(put_back(&own, 1, 1).verdict, PUT_BACK_TOO_EARLY);
	own.withdrawn = true; /* and has begun again meanwhile */
	assert_int_equal(put_back(&own, 1, 1).verdict, PUT_BACK_TOO_EARLY);
}

/* Whatever the other's condition: also one that is over holds until it is put back. */
static void test_held_by_another(void **state)
{
	struct claim_facts claims[] = { { 0, TRUTH_FALSE, true, true },
		{ 0, TRUTH_TRUE, false, false } };

	(void)state;
	for (size_t t = 0; t < 3; t++) {
		claims[1].still_true = truths[t];
		assert_int_equal(put_back(claims, 2, 1).verdict, PUT_BACK_HELD);
	}
	claims[1].value = 1;
	assert_int_equal(put_back(claims, 2, 0).verdict, PUT_BACK_TO);
	assert_true(put_back(claims, 2, 0).value == 1);
	claims[1].withdrawn = true;
	assert_true(put_back(claims, 2, 0).value == 0);
}

static void test_to_what_was_before(void **state)
{
	struct claim_facts own = { 0, TRUTH_FALSE, false, false };

	(void)state;
	assert_int_equal(put_back(&own, 1, 1).verdict, PUT_BACK_TO);
	assert_true(put_back(&own, 1, 1).value == 1);
	assert_true(put_back(&own, 1, 0).value == 0); /* it was off already */
	assert_true(put_back(&own, 1, 21.5).value == 21.5);
	assert_int_equal(put_back(&own, 1, NAN).verdict, PUT_BACK_UNKNOWN);
}

/* What a reader is told apart: whether it holds, has ended, or is off the list. */
static const char *life_of(enum hand_state state)
{
	return state == HAND_NONE ? "none" : hand_holds(state) ? "holds" : "ended";
}

static void test_the_document_agrees(void **state)
{
	static const enum hand_event events[] = { HAND_SET, HAND_WARN, HAND_EXPIRES,
		HAND_CONTRADICTED, HAND_PUT_BACK };
	enum { COUNT = sizeof(events) / sizeof(events[0]) };
	static struct document_table table;

	(void)state;
	document_table("docs/safety.md", "| the hand | `set` again |", &table);
	assert_int_equal(table.rows, 3);
	assert_int_equal(table.columns, COUNT + 1);
	for (int s = 0; s < HAND_STATE_COUNT; s++) {
		const char *from = life_of((enum hand_state)s);
		size_t row = 0;

		while (strcmp(table.cells[row][0], from) != 0)
			assert_true(++row < table.rows);
		for (int e = 0; e < COUNT; e++) {
			const char *to = life_of(hand_next((enum hand_state)s, events[e]));
			char *text = table.cells[row][e + 1];

			if (!*text)
				assert_string_equal(to, from);
			else if (strcmp(to, "none") == 0)
				assert_string_equal(text, "put back, off the list");
			else
				assert_int_equal(strncmp(text, to, strlen(to)), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strengths),
		cmocka_unit_test(test_strongest),
		cmocka_unit_test(test_the_stated_order_decides_between_equals),
		cmocka_unit_test(test_the_life_of_a_hand),
		cmocka_unit_test(test_the_document_agrees),
		cmocka_unit_test(test_the_strength_of_a_hand),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_held_by_another),
		cmocka_unit_test(test_to_what_was_before),
	};

	return cmocka_run_group_tests_name("claims", tests, NULL, NULL) ? 1 : 0;
}
