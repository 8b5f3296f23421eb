#include "rules/incident/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As docs/rules.md calls them. */
static const char *event_name(enum incident_event event)
{
	static const char *const names[INCIDENT_EVENT_COUNT] = {
		[INCIDENT_EVENT_RAISE] = "raise",
		[INCIDENT_EVENT_REPORT] = "report",
		[INCIDENT_EVENT_FULL] = "full",
		[INCIDENT_EVENT_RETURN] = "return",
		[INCIDENT_EVENT_ACK] = "acknowledge",
		[INCIDENT_EVENT_SHELVE] = "shelve",
		[INCIDENT_EVENT_UNSHELVE] = "unshelve",
		[INCIDENT_EVENT_SHELF_END] = "shelf ends",
		[INCIDENT_EVENT_SUPPRESS] = "suppress",
		[INCIDENT_EVENT_UNSUPPRESS] = "unsuppress",
		[INCIDENT_EVENT_HAND_OVER] = "hand over",
		[INCIDENT_EVENT_COMPLETE] = "complete",
		[INCIDENT_EVENT_DISMISS] = "dismiss",
		[INCIDENT_EVENT_END] = "end",
	};

	return names[event];
}

static void each_cell(void (*check)(enum incident_state, enum incident_event, enum incident_state))
{
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
		for (int e = 0; e < INCIDENT_EVENT_COUNT; e++)
			check((enum incident_state)s, (enum incident_event)e,
				incident_next((enum incident_state)s, (enum incident_event)e));
}

/* The plan's ending: done and acknowledged, handed over, never told of, or an exercise. */
static void closes_only_so(
	enum incident_state from, enum incident_event event, enum incident_state to)
{
	unsigned traits = incident_traits(from);

	if (to != INCIDENT_CLOSED || from == INCIDENT_CLOSED || event == INCIDENT_EVENT_END)
		return;
	if (event == INCIDENT_EVENT_COMPLETE)
		assert_int_equal(from, INCIDENT_RETURNED_ACKED);
	else if (event == INCIDENT_EVENT_RETURN)
		assert_int_equal(from, INCIDENT_HANDED_OVER);
	else
		assert_true(event == INCIDENT_EVENT_HAND_OVER || event == INCIDENT_EVENT_DISMISS);
	if (event != INCIDENT_EVENT_RETURN)
		assert_false(traits & INCIDENT_IS_TRUE);
}

static void test_the_only_ways_to_close(void **state)
{
	(void)state;
	each_cell(closes_only_so);
}

/* No event but these may change what the condition is. */
static void keeps_the_condition(
	enum incident_state from, enum incident_event event, enum incident_state to)
{
	bool before = incident_traits(from) & INCIDENT_IS_TRUE;
	bool after = incident_traits(to) & INCIDENT_IS_TRUE;

	if (from == INCIDENT_CLOSED || to == INCIDENT_CLOSED)
		return;
	if (event == INCIDENT_EVENT_RAISE || event == INCIDENT_EVENT_REPORT)
		assert_true(after);
	else if (event == INCIDENT_EVENT_RETURN)
		assert_false(after);
	else
		assert_int_equal(after, before);
}

static void test_the_condition_is_never_lost(void **state)
{
	(void)state;
	each_cell(keeps_the_condition);
}

static void test_back_from_aside(void **state)
{
	(void)state;
	/* By a person acknowledged, by time not: ISA-18.2. */
	assert_int_equal(incident_next(INCIDENT_SHELVED_ACTIVE, INCIDENT_EVENT_UNSHELVE),
		INCIDENT_ACTIVE_ACKED);
	assert_int_equal(incident_next(INCIDENT_SHELVED_ACTIVE, INCIDENT_EVENT_SHELF_END),
		INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(incident_next(INCIDENT_SHELVED_RETURNED, INCIDENT_EVENT_SHELF_END),
		INCIDENT_RETURNED_UNACKED);
	/* The recovery is not lost behind a cause. */
	assert_int_equal(incident_next(INCIDENT_SUPPRESSED_RETURNED, INCIDENT_EVENT_UNSUPPRESS),
		INCIDENT_RETURNED_UNACKED);
	assert_int_equal(incident_next(INCIDENT_ACTIVE_ACKED, INCIDENT_EVENT_SUPPRESS),
		INCIDENT_ACTIVE_ACKED);
	for (int s = INCIDENT_NONE; s < INCIDENT_HANDED_OVER; s++)
		assert_true(incident_traits(
				    incident_next((enum incident_state)s, INCIDENT_EVENT_REPORT)) &
			    INCIDENT_IS_FOLLOWED);
	/* Whoever has taken on a first stage has not taken on the fire. */
	assert_int_equal(
		incident_next(INCIDENT_ACTIVE_ACKED, INCIDENT_EVENT_FULL), INCIDENT_ACTIVE_UNACKED);
	assert_int_equal(incident_next(INCIDENT_SHELVED_ACTIVE, INCIDENT_EVENT_FULL),
		INCIDENT_ACTIVE_UNACKED);
}

static const char *const words[INCIDENT_STATE_COUNT] = { "NONE", "AU", "AA", "RU", "RA", "SA", "SR",
	"XA", "XR", "HO", "CL" };

static int state_of_word(const char *word, int same)
{
	if (strcmp(word, "\u00b7") == 0)
		return same;
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
		if (strcmp(word, words[s]) == 0)
			return s;
	return -1;
}

/* "| raise | AU | ...": false when it is no row of states. */
static bool read_row(char *line, char name[static 16], int cells[INCIDENT_STATE_COUNT])
{
	char *cell = strtok(line, "|\n");

	if (!cell || cell[0] != ' ' || strlen(cell) > 15)
		return false;
	strcpy(name, cell + 1);
	name[strcspn(name, " ") == strlen(name) ? strlen(name) : strlen(name) - 1] = '\0';
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++) {
		char word[8] = "";

		cell = strtok(NULL, "|\n");
		if (!cell || sscanf(cell, " %7s", word) != 1)
			return false;
		cells[s] = state_of_word(word, s);
		if (cells[s] < 0)
			return false;
	}
	return true;
}

static void take_row(
	const char *name, const int cells[INCIDENT_STATE_COUNT], bool seen[INCIDENT_EVENT_COUNT])
{
	for (int e = 0; e < INCIDENT_EVENT_COUNT; e++) {
		if (strcmp(event_name((enum incident_event)e), name) != 0)
			continue;
		assert_false(seen[e]);
		seen[e] = true;
		for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
			assert_int_equal(
				incident_next((enum incident_state)s, (enum incident_event)e),
				cells[s]);
	}
}

/* Run from the root of the source, as every test. */
static void test_the_document_agrees(void **state)
{
	FILE *document = fopen("docs/rules.md", "r");
	bool seen[INCIDENT_EVENT_COUNT] = { false };
	char line[512], name[16];

	(void)state;
	assert_non_null(document);
	while (fgets(line, sizeof(line), document)) {
		int cells[INCIDENT_STATE_COUNT];

		if (read_row(line, name, cells))
			take_row(name, cells, seen);
	}
	fclose(document);
	for (int e = 0; e < INCIDENT_EVENT_COUNT; e++)
		assert_true(seen[e]);
}

static void test_steps(void **state)
{
	(void)state;
	for (int from = 0; from < STEP_STATUS_COUNT; from++) {
		bool accounted = step_accounted((enum step_status)from);

		assert_int_equal(accounted,
			from == STEP_DONE || from == STEP_SKIPPED || from == STEP_DID_NOT_OCCUR);
		/* A person's slip can be taken back, and a failed step be tried again. */
		assert_int_equal(
			step_may_become((enum step_status)from, STEP_OPEN), from != STEP_OPEN);
		assert_int_equal(
			step_may_become((enum step_status)from, STEP_DONE), from != STEP_DONE);
	}
	assert_true(step_may_become(STEP_ACCEPTED, STEP_ACCEPTED));
	assert_false(step_may_become(STEP_DONE, STEP_ACCEPTED));
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(incident_state_name(INCIDENT_ACTIVE_UNACKED), "active-unacknowledged");
	assert_string_equal(step_status_name(STEP_SKIPPED), "skipped");
	assert_string_equal(action_state_name(ACTION_IDLE), "idle");
	assert_string_equal(action_state_name(ACTION_RESTORED), "restored");
	assert_string_equal(truth_name(TRUTH_FALSE), "no");
	assert_string_equal(truth_name(TRUTH_TRUE), "yes");
	assert_string_equal(truth_name(TRUTH_UNKNOWN), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_only_ways_to_close),
		cmocka_unit_test(test_the_condition_is_never_lost),
		cmocka_unit_test(test_back_from_aside),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_the_document_agrees),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("incident", tests, NULL, NULL) ? 1 : 0;
}
