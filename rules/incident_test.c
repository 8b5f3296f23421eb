#include "rules/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	NONE = INCIDENT_NONE,
	AU = INCIDENT_ACTIVE_UNACKED,
	AA = INCIDENT_ACTIVE_ACKED,
	RU = INCIDENT_RETURNED_UNACKED,
	RA = INCIDENT_RETURNED_ACKED,
	END = INCIDENT_CLOSED,
};

static void test_every_cell(void **state)
{
	static const int expected[INCIDENT_STATE_COUNT][INCIDENT_EVENT_COUNT] = {
  /* raise, return, ack, complete */
		[NONE] = {AU,   NONE, NONE, NONE},
		[AU] = { AU,  RU,   AA,   AU  },
		[AA] = { AA,  RA,   AA,   AA  },
		[RU] = { AU,  RU,   RA,   RU  },
		[RA] = { AU,  RA,   RA,   END },
		[END] = { END, END,  END,  END },
	};

	(void)state;
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
		for (int e = 0; e < INCIDENT_EVENT_COUNT; e++)
			assert_int_equal(
				incident_next((enum incident_state)s, (enum incident_event)e),
				expected[s][e]);
}

/* The plan's ending: nothing is closed that has not returned and been acknowledged. */
static void test_the_only_way_to_close(void **state)
{
	(void)state;
	for (int s = 0; s < INCIDENT_CLOSED; s++)
		for (int e = 0; e < INCIDENT_EVENT_COUNT; e++)
			if (incident_next((enum incident_state)s, (enum incident_event)e) ==
				INCIDENT_CLOSED) {
				assert_int_equal(s, INCIDENT_RETURNED_ACKED);
				assert_int_equal(e, INCIDENT_EVENT_COMPLETE);
			}
}

static int state_named(const char *name)
{
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
		if (strcmp(name, incident_state_name((enum incident_state)s)) == 0)
			return s;
	return -1;
}

/* "| `a` | `b` | ...": the states of a row; false when it is not a row of states. */
static bool read_row(char *line, int cells[INCIDENT_EVENT_COUNT + 1])
{
	char *name = strtok(line, "|` \n");

	for (int i = 0; i <= INCIDENT_EVENT_COUNT; i++) {
		cells[i] = name ? state_named(name) : -1;
		if (cells[i] < 0)
			return false;
		name = strtok(NULL, "|` \n");
	}
	return name == NULL;
}

/* Run from the root of the source, as every test. */
static void test_the_document_agrees(void **state)
{
	FILE *document = fopen("docs/rules.md", "r");
	bool seen[INCIDENT_STATE_COUNT] = { false };
	char line[512];

	(void)state;
	assert_non_null(document);
	while (fgets(line, sizeof(line), document)) {
		int cells[INCIDENT_EVENT_COUNT + 1];

		if (!read_row(line, cells))
			continue;
		assert_false(seen[cells[0]]);
		seen[cells[0]] = true;
		for (int e = 0; e < INCIDENT_EVENT_COUNT; e++)
			assert_int_equal(incident_next((enum incident_state)cells[0],
						 (enum incident_event)e),
				cells[e + 1]);
	}
	fclose(document);
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++)
		assert_true(seen[s]);
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
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_the_only_way_to_close),
		cmocka_unit_test(test_the_document_agrees),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("incident", tests, NULL, NULL) ? 1 : 0;
}
