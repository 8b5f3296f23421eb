/* The live table, plain: whole at first, then what changes; what moved last when there is no room.
 */
#include "sim/board.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/test_site.h"

static struct building building;
static struct slave slave;
static struct slave *of_device[] = { &slave, NULL };
static struct wiring wiring = { .of_device = of_device };
static struct board board;
static FILE *out;
static char *text;
static size_t size;

static int set_up(void **state)
{
	(void)state;
	test_site_make();
	slave = (struct slave){ 0 };
	assert_int_equal(building_init(&building, &test_site), 0);
	building_begin(&building, 0);
	out = open_memstream(&text, &size);
	/* A stream without a descriptor is no terminal. */
	assert_int_equal(board_open(&board, &building, &wiring, out), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	board_close(&board);
	building_release(&building);
	fclose(out);
	free(text);
	return 0;
}

static const struct point *point(int i)
{
	return &test_site.points[i];
}

static void test_plain_tells_changes(void **state)
{
	size_t begin;

	(void)state;
	assert_int_equal(board_step(&board, 1000), 1000 + BOARD_STEP_MS);
	assert_non_null(strstr(text, "POINT"));
	assert_non_null(strstr(text, "f1-supply *"));
	assert_non_null(strstr(text, "not simulated"));
	begin = size;
	building_set(&building, point(F1_PRESSURE), 3.25, 0, 1100);
	building_set(&building, point(F2_LEAK), 1, 0, 1100);
	/* Not before its time. */
	assert_int_equal(board_step(&board, 1200), 1000 + BOARD_STEP_MS);
	assert_int_equal(size, begin);
	board_step(&board, 1500);
	assert_string_equal(text + begin, "f1-pressure 3.25 bar\nf2-leak wet\n");
	begin = size;
	board_step(&board, 2000);
	assert_int_equal(size, begin);
}

static void test_what_moved_last_stands_first(void **state)
{
	const char *line;

	(void)state;
	board_step(&board, 1000);
	building_set(&building, point(F1_TEMPERATURE), 40, 0, 1100);
	board_step(&board, 1500);
	fseeko(out, 0, SEEK_SET);
	board_draw(&board, 2, 30);
	fflush(out);
	line = strchr(text, '\n') + 1;
	assert_memory_equal(line, "f1-temperature", strlen("f1-temperature"));
	assert_non_null(strstr(text, "5 more; those that moved last stand first\n"));
	/* No line is longer than the terminal is wide. */
	assert_true(strchr(line, '\n') - line <= 30);
}

static void test_device_that_answers_wrongly_is_shown(void **state)
{
	(void)state;
	slave.fault.kind = SLAVE_TRUNCATED;
	slave.asked = 12;
	board_step(&board, 1000);
	assert_non_null(strstr(text, "truncated, asked 12"));
	slave.silent = true;
	board_draw(&board, 0, 0);
	fflush(out);
	assert_non_null(strstr(text, "silent, asked 12"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain_tells_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_what_moved_last_stands_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_device_that_answers_wrongly_is_shown, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("board", tests, NULL, NULL) ? 1 : 0;
}
