/* Every place where an incident names a user. */
#include "daemon/documents/shown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct role desk = { "service_desk", { "总服务台", "Service desk" } };
static struct person li = { .id = "li-si", .roles = { &desk }, .role_count = 1, .account = "li" };
static const struct people people = { &li, 1 };

/* Texts of a struct, whatever their member. */
static bool holds(const void *data, size_t size, const char *text)
{
	return memmem(data, size, text, strlen(text) + 1) != NULL;
}

static void test_everywhere(void **state)
{
	static const struct incident_type type = { .step_count = 2 };
	struct incident incident = { .type = &type, .cause_count = 2 }, copy;
	const struct transition transition = { .kind = TRANSITION_STEP,
		.incident = &incident,
		.step = 1,
		.user = "li",
		.note = "as it was" };
	struct transition shown;

	(void)state;
	strcpy(incident.acked_by, "li");
	strcpy(incident.hold.by, "li");
	strcpy(incident.causes[1].by, "li");
	strcpy(incident.steps[1].by, "li");
	strcpy(incident.steps[0].by, "wang");
	shown = shown_transition(&people, &transition, &copy);
	assert_ptr_equal(shown.incident, &copy);
	assert_string_equal(shown.user, "service_desk");
	assert_string_equal(shown.note, "as it was");
	assert_int_equal(shown.step, 1);
	assert_string_equal(copy.acked_by, "service_desk");
	assert_string_equal(copy.hold.by, "service_desk");
	assert_string_equal(copy.causes[1].by, "service_desk");
	assert_string_equal(copy.steps[1].by, "service_desk");
	assert_string_equal(copy.steps[0].by, "wang");
	/* The copied struct has no other place for it. */
	assert_true(holds(&incident, sizeof(incident), "li"));
	assert_false(holds(&copy, sizeof(copy), "li"));
	assert_string_equal(incident.acked_by, "li");
}

static void test_nobody_configured(void **state)
{
	static const struct incident_type type = { .step_count = 1 };
	static const struct people none = { 0 };
	struct incident incident = { .type = &type, .acked_by = "li" }, copy;

	(void)state;
	shown_incident(&none, &incident, &copy);
	assert_memory_equal(&copy, &incident, sizeof(copy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everywhere),
		cmocka_unit_test(test_nobody_configured),
	};

	return cmocka_run_group_tests_name("shown", tests, NULL, NULL) ? 1 : 0;
}
