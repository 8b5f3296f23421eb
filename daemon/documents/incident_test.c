/* The document of an incident, read back: its causes, steps, and what puts it aside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/document_site.h"

static void test_incident(void **state)
{
	struct incident incident = incident_new();
	char *text = document_incident(&incident, &origin, OUTPUTS, &site, &now);
	json_t *json = parse(text);

	(void)state;
	assert_keys(json,
		"v journal seq id type type_id name zone zone_name severity state stage drill "
		"taken_back raised acknowledged returned closed latched shelved suppressed handed_over "
		"escalation causes facts steps claims");
	assert_int_equal(json_array_size(at(json, "claims")), 1); /* its own */
	assert_member(json, "claims/0/output", "f3-boiler");
	assert_time(json, "claims/0/proved", 99500);
	assert_member(json, "id", "2-f3-1b3xk");
	assert_int_equal(json_integer_value(at(json, "type")), 2);
	assert_member(json, "type_id", "water-loss");
	assert_member(json, "name/zh", "停水");
	assert_member(json, "zone", "f3");
	assert_member(json, "zone_name/en", "Floor 3");
	assert_member(json, "severity", "high");
	assert_member(json, "state", "active-unacknowledged");
	assert_true(json_is_false(at(json, "drill")));
	assert_time(json, "raised", 90000);
	assert_true(json_is_null(at(json, "acknowledged")));
	assert_true(json_is_null(at(json, "returned")));
	assert_true(json_is_null(at(json, "closed")));
	for (size_t i = 0; i < 3; i++) {
		static const char *const asides[] = { "shelved", "suppressed", "handed_over" };

		assert_true(json_is_null(at(json, asides[i])));
	}
	assert_int_equal(json_integer_value(at(json, "escalation/level")), 0);
	assert_int_equal(json_integer_value(at(json, "escalation/of")), 2);
	assert_time(json, "escalation/next", 150000);
	assert_keys(
		at(json, "causes/0"), "rule name by note active chattering since until readings");
	assert_member(json, "causes/0/rule", "water-pressure-low");
	assert_member(json, "causes/0/name/en", "Water pressure low");
	assert_true(json_is_null(at(json, "causes/0/by")));
	assert_member(json, "causes/0/note", "");
	assert_true(json_is_true(at(json, "causes/0/active")));
	assert_time(json, "causes/0/since", 85000);
	assert_true(json_is_null(at(json, "causes/0/until")));
	assert_keys(
		at(json, "causes/0/readings/0"), "point name value text unit quality reason time");
	assert_member(json, "causes/0/readings/0/point", "f3-water-pressure");
	assert_true(json_real_value(at(json, "causes/0/readings/0/value")) == 0.31);
	assert_time(json, "causes/0/readings/0/time", 89500);
	assert_int_equal(json_array_size(at(json, "steps")), 3);
	json_decref(json);
}

static void test_incident_reported(void **state)
{
	struct incident incident = incident_new();
	char *text;
	json_t *json;

	(void)state;
	incident.causes[0] = (struct cause){
		.active = true, .since_ms = 85000, .by = "li", .note = "水漫出来了"
	};
	text = document_incident(&incident, &origin, OUTPUTS, &site, &now);
	json = parse(text);
	assert_member(json, "causes/0/rule", "report");
	assert_member(json, "causes/0/name/zh", "人工报告");
	assert_member(json, "causes/0/by", "li");
	assert_member(json, "causes/0/note", "水漫出来了");
	assert_int_equal(json_array_size(at(json, "causes/0/readings")), 0);
	json_decref(json);
}

/* A cause that is over chatters no more, whatever it did before. */
static void test_chattering(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct incident incident = incident_new();
		char *text;
		json_t *json;

		incident.causes[0].active = i & 1;
		incident.causes[0].chattering = i & 2;
		text = document_incident(&incident, &origin, NULL, &site, &now);
		json = parse(text);
		assert_int_equal(json_is_true(at(json, "causes/0/chattering")), i == 3);
		json_decref(json);
	}
}

static void test_incident_steps(void **state)
{
	struct incident incident = incident_new();
	struct step_state *skipped = &incident.steps[1];
	char *text;
	json_t *json, *output;

	(void)state;
	incident.steps[0].overdue = true;
	incident.steps[0].overdue_level = 2;
	incident.steps[0].released = (struct places){ { &zones[0], &zones[1] }, 2 };
	skipped->overdue = true; /* but accounted for */
	skipped->status = STEP_SKIPPED;
	skipped->status_ms = 95000;
	skipped->applies = TRUTH_UNKNOWN;
	strcpy(skipped->by, "li");
	strcpy(skipped->note, "printer broken \xff");
	text = document_incident(&incident, &origin, OUTPUTS, &site, &now);
	json = parse(text);
	assert_keys(at(json, "steps/0"),
		"id clause text roles by tell fact stage deadline overdue level mandatory applies "
		"status user time note action");
	assert_member(json, "steps/0/clause", "2.2");
	assert_member(json, "steps/0/text/en", "Switch the boilers off");
	assert_member(json, "steps/0/roles/1/id", "service_desk");
	assert_member(json, "steps/0/roles/1/zh", "总服务台");
	assert_time(json, "steps/0/deadline", 90000 + 120000);
	assert_true(json_is_true(at(json, "steps/0/overdue")));
	assert_true(json_is_false(at(json, "steps/1/overdue")));
	assert_int_equal(json_integer_value(at(json, "steps/0/level")), 2);
	assert_int_equal(json_integer_value(at(json, "steps/1/level")), 0);
	assert_true(json_is_true(at(json, "steps/0/mandatory")));
	assert_member(json, "steps/0/applies", truth_name(TRUTH_TRUE));
	assert_member(json, "steps/0/status", "open");
	assert_true(json_is_null(at(json, "steps/0/user")));
	assert_true(json_is_null(at(json, "steps/0/time")));
	assert_member(json, "steps/0/note", "");
	assert_keys(at(json, "steps/0/action"), "id name mode state time released places outputs");
	assert_int_equal(json_array_size(at(json, "steps/0/action/released")), 2);
	assert_member(json, "steps/0/action/released/1/id", zones[1].id);
	assert_member(json, "steps/0/action/mode", "auto");
	assert_member(json, "steps/0/action/state", action_state_name(ACTION_WANTED));
	output = at(json, "steps/0/action/outputs/0");
	assert_keys(output, "point name wanted text state error time again");
	assert_member(output, "point", "f3-boiler");
	assert_int_equal(json_integer_value(at(output, "wanted")), 0);
	assert_member(output, "text/en", "off");
	assert_member(output, "state", "confirmed");
	assert_true(json_is_null(at(output, "error")));
	assert_time(output, "time", 99500);
	assert_true(json_is_null(at(json, "steps/1/deadline")));
	assert_true(json_is_null(at(json, "steps/1/action")));
	assert_member(json, "steps/1/status", "skipped");
	assert_member(json, "steps/1/applies", truth_name(TRUTH_UNKNOWN));
	assert_member(json, "steps/1/user", "li");
	assert_time(json, "steps/1/time", 95000);
	assert_member(json, "steps/1/note", "printer broken " BAD);
	json_decref(json);
}

/* Of two persons who release: the first stands for five minutes, and only where it takes two. */
static void test_first_of_two(void **state)
{
	struct action two = boilers_off;
	const struct moment late = { 95000 + FIRST_RELEASE_MS + 1, WALL_MS };
	const struct moment *const times[] = { &now, &late };
	struct incident incident = incident_new();

	(void)state;
	two.released_by = 2;
	incident.steps[0].action_ms = 0;
	for (size_t i = 0; i < 3; i++) {
		char *text;
		json_t *json, *first;

		steps[0].action = i < 2 ? &two : &boilers_off;
		incident.first_release = (struct first_release){ .by = "li", .at_ms = 95000 };
		text = document_incident(&incident, &origin, OUTPUTS, &site, times[i % 2]);
		json = parse(text);
		first = json_object_get(at(json, "steps/0/action"), "first");
		assert_int_equal(first != NULL, i < 2);
		assert_int_equal(json_is_object(first), i == 0);
		if (i == 0) {
			assert_keys(first, "by time until");
			assert_member(first, "by", "li");
			assert_time(first, "time", 95000);
			assert_time(first, "until", 95000 + FIRST_RELEASE_MS);
		}
		json_decref(json);
	}
	steps[0].action = &boilers_off;
}

/* Who acts, and who is only told. */
static void test_roles_of_steps(void **state)
{
	struct incident incident = incident_new();
	char *text = document_incident(&incident, &origin, OUTPUTS, &site, &now);
	json_t *json = parse(text);

	(void)state;
	assert_int_equal(json_array_size(at(json, "steps/0/by")), 1);
	assert_member(json, "steps/0/by/0/id", "property");
	assert_int_equal(json_array_size(at(json, "steps/0/tell")), 1);
	assert_member(json, "steps/0/tell/0/en", "Service desk");
	assert_int_equal(json_array_size(at(json, "steps/1/tell")), 0);
	json_decref(json);
}

/* Each state that puts an incident aside says who, when and why. */
static void test_aside(void **state)
{
	static const struct {
		enum incident_state state;
		const char *member, *keys;
	} table[] = {
		{ INCIDENT_SHELVED_ACTIVE, "shelved", "until by time note" },
		{ INCIDENT_HANDED_OVER, "handed_over", "to by time note" },
		{ INCIDENT_SUPPRESSED_RETURNED, "suppressed", "by until" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct incident incident = incident_new();
		char *text;
		json_t *json;

		incident.state = table[i].state;
		incident.hold = (struct hold){ 91000, 99000, "li", "why", "" };
		if (table[i].state == INCIDENT_HANDED_OVER)
			strcpy(incident.hold.to, "police");
		strcpy(incident.suppressor, "1-centre-7");
		text = document_incident(&incident, &origin, OUTPUTS, &site, &now);
		json = parse(text);
		assert_keys(at(json, table[i].member), table[i].keys);
		assert_true(json_is_null(at(json, table[(i + 1) % 3].member)));
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_incident),
		cmocka_unit_test(test_incident_reported),
		cmocka_unit_test(test_chattering),
		cmocka_unit_test(test_incident_steps),
		cmocka_unit_test(test_first_of_two),
		cmocka_unit_test(test_roles_of_steps),
		cmocka_unit_test(test_aside),
	};

	return cmocka_run_group_tests_name("document incident", tests, NULL, NULL) ? 1 : 0;
}
