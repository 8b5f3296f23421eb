/* Which action goes first, and where nobody says so. */
#include "rules/contradictions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ACTIONS = 3, TYPES = 3 };

static struct point_class classes[] = { { .id = "circuit" }, { .id = "fan" } };

/* One output of each class; action i of class "circuit" to value i, used by type i alone. */
struct lab {
	struct point points[2];
	struct action actions[ACTIONS];
	const struct action *over[ACTIONS][ACTIONS];
	struct step steps[TYPES];
	struct incident_type types[TYPES];
	struct site site;
	struct plan plan;
};

static void set_up(struct lab *lab)
{
	static const char *const ids[] = { "a", "b", "c" };

	*lab = (struct lab){ 0 };
	for (size_t i = 0; i < 2; i++)
		lab->points[i] = (struct point){
			.id = classes[i].id, .class = &classes[i], .writable = true
		};
	for (size_t i = 0; i < ACTIONS; i++) {
		lab->actions[i] = (struct action){ .id = ids[i],
			.class = &classes[0],
			.value = (double)i,
			.mode = ACTION_AUTO,
			.over = lab->over[i] };
		lab->steps[i].action = &lab->actions[i];
		lab->types[i] = (struct incident_type){ .id = ids[i],
			.severity = SEVERITY_HIGH,
			.steps = &lab->steps[i],
			.step_count = 1 };
	}
	lab->site = (struct site){ .points = lab->points, .point_count = 2 };
	lab->plan = (struct plan){ .actions = lab->actions,
		.action_count = ACTIONS,
		.types = lab->types,
		.type_count = TYPES };
}

static void go_before(struct lab *lab, size_t first, size_t second)
{
	lab->over[first][lab->actions[first].over_count++] = &lab->actions[second];
}

/* As letters: "ab ac bc". */
static const char *pairs(const struct lab *lab)
{
	static char text[32];
	struct contradiction found;
	size_t at = 0, used = 0;

	while (contradiction_next(&lab->plan, &lab->site, &at, &found)) {
		assert_ptr_equal(found.output, &lab->points[0]);
		assert_ptr_equal(found.first_type->steps[0].action, found.first);
		assert_ptr_equal(found.second_type->steps[0].action, found.second);
		text[used++] = found.first->id[0];
		text[used++] = found.second->id[0];
		text[used++] = ' ';
	}
	text[used] = '\0';
	return text;
}

static void test_each_pair_that_has_no_order_is_found_once(void **state)
{
	struct lab lab;

	(void)state;
	set_up(&lab);
	assert_string_equal(pairs(&lab), "ab ac bc ");
	go_before(&lab, 2, 0);
	assert_string_equal(pairs(&lab), "ab bc ");
	go_before(&lab, 0, 1); /* c over a over b: c over b too */
	assert_string_equal(pairs(&lab), "");
}

static void test_what_cannot_meet_contradicts_nothing(void **state)
{
	struct lab lab;

	(void)state;
	set_up(&lab);
	lab.actions[1].value = 0;
	assert_string_equal(pairs(&lab), "ac bc ");
	lab.actions[2].mode = ACTION_ADVISE;
	assert_string_equal(pairs(&lab), "");
	lab.actions[2].mode = ACTION_CONFIRM;
	lab.actions[2].class = &classes[1];
	assert_string_equal(pairs(&lab), "");
	lab.actions[2].class = &classes[0];
	lab.points[0].protected = true; /* so that "a" and "b" leave it alone */
	assert_string_equal(pairs(&lab), "");
	lab.points[0].protected = false;
	lab.points[0].writable = false;
	assert_string_equal(pairs(&lab), "");
	lab.points[0].writable = true;
	lab.steps[2].action = NULL; /* nobody's */
	assert_string_equal(pairs(&lab), "");
}

static void test_the_more_critical_goes_first_unasked(void **state)
{
	struct lab lab;

	(void)state;
	set_up(&lab);
	lab.types[0].severity = SEVERITY_CRITICAL;
	assert_string_equal(pairs(&lab), "bc ");
	lab.types[1].severity = SEVERITY_LOW; /* "high" is no stronger than that */
	assert_string_equal(pairs(&lab), "bc ");
	lab.types[2].severity = SEVERITY_CRITICAL;
	assert_string_equal(pairs(&lab), "ac ");
}

static void test_ranks(void **state)
{
	struct lab lab;
	char circle[64] = "";

	(void)state;
	set_up(&lab);
	go_before(&lab, 2, 0);
	go_before(&lab, 0, 1);
	go_before(&lab, 2, 1);
	assert_null(contradictions_rank(lab.actions, ACTIONS, circle, sizeof(circle)));
	assert_int_equal(lab.actions[1].rank, 0);
	assert_int_equal(lab.actions[0].rank, 1);
	assert_int_equal(lab.actions[2].rank, 2);
}

static void test_a_circle_is_named(void **state)
{
	struct lab lab;
	char circle[64] = "", cut[8];

	(void)state;
	set_up(&lab);
	go_before(&lab, 2, 0);
	go_before(&lab, 0, 1);
	go_before(&lab, 1, 0);
	assert_non_null(contradictions_rank(lab.actions, ACTIONS, circle, sizeof(circle)));
	assert_true(circle[1] == 'a' || circle[1] == 'b');
	assert_non_null(strstr(circle, "\"a\" over \"b\""));
	assert_non_null(strstr(circle, "\"b\" over \"a\""));
	assert_null(strstr(circle, "\"c\""));
	assert_non_null(contradictions_rank(lab.actions, ACTIONS, cut, sizeof(cut)));
	assert_int_equal(strlen(cut), sizeof(cut) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_pair_that_has_no_order_is_found_once),
		cmocka_unit_test(test_what_cannot_meet_contradicts_nothing),
		cmocka_unit_test(test_the_more_critical_goes_first_unasked),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_a_circle_is_named),
	};

	return cmocka_run_group_tests_name("contradictions", tests, NULL, NULL) ? 1 : 0;
}
