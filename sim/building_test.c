/* The building's own behaviour, in invented time. */
#include "sim/building.h"

#include "core/clock.h"
#include "sim/test_site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <math.h>

#include <cmocka.h>

static struct building b;
static struct follow follow = {
	.class = &test_classes[CLASS_TEMPERATURE],
	.output = &test_classes[CLASS_SUPPLY],
	.on = 96,
	.off = 25,
	.tau_ms = 60000,
};
static double shown[TEST_POINT_COUNT];
static unsigned show_count;
static const struct device *silenced;

static void note_show(void *owner, const struct point *point, double value)
{
	assert_ptr_equal(owner, &b);
	shown[point->index] = value;
	show_count++;
}

static void note_silence(void *owner, const struct device *device, bool silent)
{
	(void)owner;
	silenced = silent ? device : NULL;
}

static int setup(void **state)
{
	(void)state;
	test_site_make();
	assert_int_equal(building_init(&b, &test_site), 0);
	b.show = note_show;
	b.silence = note_silence;
	b.owner = &b;
	building_normal(&b, &test_points[F1_SUPPLY], 1);
	building_normal(&b, &test_points[F1_PRESSURE], 3);
	building_normal(&b, &test_points[F2_PRESSURE], 3);
	assert_int_equal(building_follow(&b, &follow), 1);
	building_begin(&b, 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	building_release(&b);
	test_points[F1_SUPPLY].readback = &test_points[F1_CONTACTOR];
	return 0;
}

#define NEAR(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static void begins(void **state)
{
	(void)state;
	NEAR(shown[F1_PRESSURE], 3);
	NEAR(shown[F1_CONTACTOR], 1);
	NEAR(shown[F1_TEMPERATURE], 96);
	assert_int_equal(building_step(&b, 1000), CLOCK_NEVER);
}

static void sets_and_ramps(void **state)
{
	const struct point *p = &test_points[F1_PRESSURE];

	(void)state;
	building_set(&b, p, 1, 0, 2000);
	NEAR(shown[F1_PRESSURE], 1);
	building_set(&b, p, 3, 2000, 2000);
	NEAR(building_value(&b, p), 1);
	assert_true(building_step(&b, 2000) <= 2100);
	building_step(&b, 3000);
	NEAR(shown[F1_PRESSURE], 2);
	assert_int_equal(building_step(&b, 4000), CLOCK_NEVER);
	NEAR(shown[F1_PRESSURE], 3);
	building_set(&b, p, 9, 1000, 5000);
	building_unset(&b, p, 0, 5500);
	building_step(&b, 7000);
	NEAR(shown[F1_PRESSURE], 3);
}

static void relays_obey(void **state)
{
	(void)state;
	building_written(&b, &test_points[F1_SUPPLY], 0, 2000);
	NEAR(shown[F1_SUPPLY], 0);
	assert_int_equal(building_step(&b, 2000), 2050);
	building_step(&b, 2049);
	NEAR(shown[F1_CONTACTOR], 1);
	building_step(&b, 2050);
	NEAR(shown[F1_CONTACTOR], 0);
}

static void relays_stick(void **state)
{
	(void)state;
	assert_true(building_stuck(&b, &test_points[F1_CONTACTOR], true, 2000));
	building_written(&b, &test_points[F1_SUPPLY], 0, 2000);
	building_step(&b, 9000);
	NEAR(shown[F1_SUPPLY], 0);
	NEAR(shown[F1_CONTACTOR], 1);
	NEAR(shown[F1_TEMPERATURE], 96);
	assert_true(building_stuck(&b, &test_points[F1_SUPPLY], false, 10000));
	building_step(&b, 10050);
	NEAR(shown[F1_CONTACTOR], 0);
	assert_false(building_stuck(&b, &test_points[F1_LEAK], true, 2000));
}

/* It sticks in the middle of its travel too. */
static void relays_stick_late(void **state)
{
	(void)state;
	building_written(&b, &test_points[F1_SUPPLY], 0, 2000);
	building_stuck(&b, &test_points[F1_SUPPLY], true, 2010);
	building_step(&b, 9000);
	NEAR(shown[F1_CONTACTOR], 1);
}

static void outputs_that_are_their_own_proof(void **state)
{
	(void)state;
	test_points[F1_SUPPLY].readback = &test_points[F1_SUPPLY];
	building_stuck(&b, &test_points[F1_SUPPLY], true, 2000);
	shown[F1_SUPPLY] = 0; /* what the master has put in the register */
	building_written(&b, &test_points[F1_SUPPLY], 0, 2000);
	NEAR(shown[F1_SUPPLY], 1);
	building_stuck(&b, &test_points[F1_SUPPLY], false, 3000);
	building_written(&b, &test_points[F1_SUPPLY], 0, 3000);
	NEAR(shown[F1_SUPPLY], 0);
}

static void temperatures_follow(void **state)
{
	(void)state;
	building_step(&b, 500000); /* long idle: none of it counts */
	building_written(&b, &test_points[F1_SUPPLY], 0, 600000);
	for (int64_t t = 600000; t <= 660050; t += 50)
		building_step(&b, t);
	assert_true(fabs(shown[F1_TEMPERATURE] - (25 + 71 * exp(-1))) < 0.1);
	building_set(&b, &test_points[F1_TEMPERATURE], 110, 0, 661000);
	building_step(&b, 700000);
	NEAR(shown[F1_TEMPERATURE], 110);
	building_unset(&b, &test_points[F1_TEMPERATURE], 0, 900000); /* after a long rest */
	building_step(&b, 900200);
	assert_true(shown[F1_TEMPERATURE] > 109);
	for (int64_t t = 900400; t <= 2000000; t += 200)
		building_step(&b, t);
	NEAR(shown[F1_TEMPERATURE], 25);
	assert_int_equal(building_step(&b, 2000200), CLOCK_NEVER);
}

static void noise(void **state)
{
	double least = 100, most = -100;

	(void)state;
	building_noise(&b, &test_points[F1_PRESSURE], 0.5);
	for (int64_t t = 1000; t < 200000; t += 1000) {
		building_step(&b, t);
		least = fmin(least, shown[F1_PRESSURE]);
		most = fmax(most, shown[F1_PRESSURE]);
	}
	assert_true(least >= 2.5 && least < 2.6);
	assert_true(most <= 3.5 && most > 3.4);
	NEAR(shown[F2_PRESSURE], 3);
	building_set(&b, &test_points[F1_PRESSURE], 0, 0, 200000);
	for (int64_t t = 200000; t < 250000; t += 1000) {
		building_step(&b, t);
		assert_true(shown[F1_PRESSURE] >= 0 && shown[F1_PRESSURE] <= 0.5);
	}
}

/* Thousands of points and requests: a step before its time costs nothing. */
static void steps_are_cheap(void **state)
{
	(void)state;
	building_set(&b, &test_points[F1_PRESSURE], 1, 10000, 2000);
	building_step(&b, 2000);
	show_count = 0;
	building_step(&b, 2001);
	building_step(&b, 2049);
	assert_int_equal(show_count, 0);
	building_step(&b, 2050);
	assert_int_equal(show_count, 1);
}

static void resets(void **state)
{
	(void)state;
	building_stuck(&b, &test_points[F1_SUPPLY], true, 2000);
	building_written(&b, &test_points[F1_SUPPLY], 0, 2000);
	building_set(&b, &test_points[F1_LEAK], 1, 0, 2000);
	building_silence(&b, &test_devices[1], true);
	assert_ptr_equal(silenced, &test_devices[1]);
	building_reset(&b, 3000);
	building_step(&b, 4000);
	NEAR(shown[F1_SUPPLY], 1);
	NEAR(shown[F1_CONTACTOR], 1);
	NEAR(shown[F1_LEAK], 0);
	assert_null(silenced);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(begins, setup, teardown),
		cmocka_unit_test_setup_teardown(sets_and_ramps, setup, teardown),
		cmocka_unit_test_setup_teardown(relays_obey, setup, teardown),
		cmocka_unit_test_setup_teardown(relays_stick, setup, teardown),
		cmocka_unit_test_setup_teardown(relays_stick_late, setup, teardown),
		cmocka_unit_test_setup_teardown(outputs_that_are_their_own_proof, setup, teardown),
		cmocka_unit_test_setup_teardown(temperatures_follow, setup, teardown),
		cmocka_unit_test_setup_teardown(noise, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_are_cheap, setup, teardown),
		cmocka_unit_test_setup_teardown(resets, setup, teardown),
	};

	return cmocka_run_group_tests_name("building", tests, NULL, NULL) ? 1 : 0;
}
