/* Rates, floods and what lasts: counted against a slow, plain count of the same. */
#include "daemon/documents/hygiene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/clock.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, RANDOM_RAISES = 3000 };

static int make(void **state)
{
	*state = hygiene_new();
	return *state ? 0 : -1;
}

static int drop(void **state)
{
	hygiene_free(*state);
	return 0;
}

static struct hygiene_rates rates_at(const struct hygiene *hygiene, int64_t now_ms)
{
	struct hygiene_rates rates;

	hygiene_rates(hygiene, now_ms, &rates);
	return rates;
}

static void test_nothing(void **state)
{
	const struct hygiene_rates rates = rates_at(*state, 5 * MINUTE);
	struct hygiene_frequent list[HYGIENE_FREQUENT_MAX];

	assert_int_equal(rates.last_day, 0);
	assert_int_equal(rates.peak_10_min, 0);
	assert_int_equal(rates.peak_ms, 0);
	assert_false(rates.flood);
	assert_true(rates.average_per_10_min == 0 && rates.flood_percent == 0);
	assert_int_equal(hygiene_frequent(*state, 5 * MINUTE, list), 0);
}

static void test_rates(void **state)
{
	struct hygiene_rates rates;

	for (int i = 0; i < 72; i++)
		hygiene_raise(*state, 2, "f3", (int64_t)i * 20 * MINUTE);
	hygiene_raise(*state, 2, "f3", 71 * 20 * MINUTE + 1);
	rates = rates_at(*state, 71 * 20 * MINUTE + 5 * MINUTE);
	assert_int_equal(rates.last_10_min, 2);
	assert_int_equal(rates.last_hour, 4);
	assert_int_equal(rates.last_day, 73);
	assert_true(rates.average_per_10_min == 73 / 144.0);
	assert_int_equal(rates.peak_10_min, 2);
	assert_int_equal(rates.peak_ms, 71 * 20 * MINUTE + 1);
	/* A window is 10 minutes, its beginning not included. */
	assert_int_equal(rates_at(*state, 71 * 20 * MINUTE + 10 * MINUTE).last_10_min, 1);
	rates = rates_at(*state, 72 * HOUR);
	assert_int_equal(rates.last_day, 0);
	assert_int_equal(rates.peak_10_min, 0);
}

static void test_before_boot(void **state)
{
	hygiene_raise(*state, 2, "f3", -HOUR);
	hygiene_raise(*state, 2, "f3", -5 * MINUTE);
	hygiene_raise(*state, 2, "f3", -6 * MINUTE); /* cannot be: counts as the last one */
	assert_int_equal(rates_at(*state, 0).last_10_min, 2);
	assert_int_equal(rates_at(*state, 0).last_day, 3);
	assert_int_equal(rates_at(*state, -HOUR).last_10_min, 2);
}

/* More than 10 in 10 minutes begin it, fewer than 5 end it; between them it is as it was. */
static void test_flood(void **state)
{
	for (int i = 0; i < 10; i++)
		hygiene_raise(*state, 2, "f3", i * 1000);
	assert_false(rates_at(*state, 10 * 1000).flood);
	hygiene_raise(*state, 2, "f3", 10 * 1000);
	assert_true(rates_at(*state, 10 * 1000).flood);
	assert_int_equal(rates_at(*state, 5 * MINUTE).flood_since_ms, 10 * 1000);
	/* At 10 min + 6 s seven have left and four remain. */
	assert_true(rates_at(*state, 10 * MINUTE + 5999).flood);
	assert_false(rates_at(*state, 10 * MINUTE + 6000).flood);
	assert_int_equal(rates_at(*state, 10 * MINUTE + 6000).flood_since_ms, 0);
	assert_true(rates_at(*state, HOUR).flood_percent ==
		    100.0 * (10 * MINUTE + 6000 - 10000) / HYGIENE_DAY_MS);
	assert_true(rates_at(*state, 25 * HOUR).flood_percent == 0);
}

/* It goes on for days at 7 in 10 minutes, long after what began it is forgotten. */
static void test_long_flood(void **state)
{
	int64_t at_ms = 0;
	struct hygiene_rates rates;

	for (int i = 0; i < 11; i++)
		hygiene_raise(*state, 3, "f1", at_ms += 1000);
	while (at_ms < 60 * (int64_t)HOUR)
		hygiene_raise(*state, 3, "f1", at_ms += 10 * MINUTE / 7);
	rates = rates_at(*state, at_ms);
	assert_true(rates.flood);
	assert_int_equal(rates.flood_since_ms, 11000);
	assert_true(rates.flood_percent == 100);
}

static unsigned plain_within(const int64_t *raises, size_t count, int64_t at_ms)
{
	unsigned within = 0;

	for (size_t i = 0; i < count; i++)
		within += raises[i] > at_ms - HYGIENE_WINDOW_MS && raises[i] <= at_ms;
	return within;
}

/* The same by a slow count: each second on its own. */
static void test_against_plain_count(void **state)
{
	static int64_t raises[RANDOM_RAISES];
	size_t count = 0, seconds_of_flood = 0;
	bool flood = false;
	int64_t now_ms = 0, day_ms, peak_ms = 0;
	unsigned seed = (unsigned)clock_now_ms(), peak = 0;
	struct hygiene_rates rates;

	print_message("seed %u\n", seed);
	srand(seed);
	while (count < RANDOM_RAISES && now_ms < 40 * (int64_t)HOUR) {
		now_ms += (rand() % 8 ? rand() % 600 : rand() % 10) * (int64_t)1000;
		raises[count++] = now_ms;
		hygiene_raise(*state, 2, "f3", now_ms);
	}
	day_ms = now_ms - HYGIENE_DAY_MS;
	for (int64_t at_ms = 0; at_ms < now_ms; at_ms += 1000) {
		flood = flood ? plain_within(raises, count, at_ms) >= FLOOD_ENDS_BELOW
			      : plain_within(raises, count, at_ms) > FLOOD_BEGINS_ABOVE;
		seconds_of_flood += flood && at_ms >= day_ms;
	}
	for (size_t i = 0; i < count; i++) /* as it was when each had come */
		if (raises[i] > day_ms && plain_within(raises, i + 1, raises[i]) > peak) {
			peak = plain_within(raises, i + 1, raises[i]);
			peak_ms = raises[i];
		}
	rates = rates_at(*state, now_ms);
	assert_int_equal((int)(rates.flood_percent * 864 + 0.5), seconds_of_flood);
	assert_int_equal(rates.peak_10_min, peak);
	assert_int_equal(rates.peak_ms, peak_ms);
	assert_int_equal(rates.last_10_min, plain_within(raises, count, now_ms));
}

/* Bounded: the oldest give way, and a whole day of them is counted quickly. */
static void test_bounds(void **state)
{
	struct hygiene_frequent list[HYGIENE_FREQUENT_MAX];
	char zone[ID_MAX + 1];
	int64_t begin_ms;
	struct hygiene_rates rates;

	for (int i = 0; i < 3 * HYGIENE_RAISE_MAX; i++) {
		snprintf(zone, sizeof(zone), "f%d", i % 50);
		hygiene_raise(*state, 1 + i % 28, zone, i * 1000);
	}
	begin_ms = clock_now_ms();
	rates = rates_at(*state, 3 * HYGIENE_RAISE_MAX * 1000);
	assert_int_equal(hygiene_frequent(*state, 3 * HYGIENE_RAISE_MAX * 1000, list), 10);
	print_message("%d raises: counted in %lld ms\n", HYGIENE_RAISE_MAX,
		(long long)(clock_now_ms() - begin_ms));
	assert_int_equal(rates.last_day, HYGIENE_RAISE_MAX);
	assert_int_equal(rates.peak_10_min, 600);
	assert_true(rates.flood);
	assert_int_equal(rates.flood_since_ms, 10 * 1000);
}

/* All within one moment: it is the oldest that gives way, not the newest. */
static void test_the_oldest_give_way(void **state)
{
	struct hygiene_frequent list[HYGIENE_FREQUENT_MAX];

	for (int i = 0; i < HYGIENE_RAISE_MAX + 5; i++)
		hygiene_raise(*state, i < HYGIENE_RAISE_MAX ? 2 : 3, "f3", 1000);
	assert_int_equal(hygiene_frequent(*state, 1000, list), 2);
	assert_int_equal(list[0].raises, HYGIENE_RAISE_MAX - 5);
	assert_int_equal(list[1].number, 3);
	assert_int_equal(list[1].raises, 5);
}

static void test_frequent(void **state)
{
	struct hygiene_frequent list[HYGIENE_FREQUENT_MAX];
	int64_t now_ms = 100 * (int64_t)HOUR;

	for (int i = 0; i < 20; i++)
		hygiene_raise(*state, 9, "old", now_ms - HYGIENE_DAY_MS);
	for (int i = 1; i <= 12; i++)
		for (int n = 0; n < i; n++)
			hygiene_raise(*state, i, "f3", now_ms);
	hygiene_raise(*state, 12, "f2", now_ms);
	for (int n = 0; n < 10; n++)
		hygiene_raise(*state, 10, "f2", now_ms);
	assert_int_equal(hygiene_frequent(*state, now_ms, list), HYGIENE_FREQUENT_MAX);
	assert_int_equal(list[0].number, 12);
	assert_int_equal(list[0].raises, 12);
	assert_string_equal(list[0].zone, "f3");
	assert_int_equal(list[1].number, 11);
	/* The same often: by number and zone. */
	assert_int_equal(list[2].number, 10);
	assert_string_equal(list[2].zone, "f2");
	assert_string_equal(list[3].zone, "f3");
	assert_int_equal(list[9].raises, 4);
}

static void test_standing(void **state)
{
	struct incident incident = { .state = INCIDENT_ACTIVE_ACKED, .cause_count = 3 };

	(void)state;
	incident.causes[0] = (struct cause){ .since_ms = 10, .until_ms = 20 };
	incident.causes[1] = (struct cause){ .active = true, .since_ms = 40 };
	incident.causes[2] = (struct cause){ .active = true, .since_ms = 30 };
	assert_int_equal(hygiene_standing_since(&incident), 30);
	incident.causes[0].active = true;
	assert_int_equal(hygiene_standing_since(&incident), 10);
	incident.causes[0].active = false;
	incident.state = INCIDENT_ACTIVE_UNACKED;
	assert_int_equal(hygiene_standing_since(&incident), 30);
	for (int s = 0; s < INCIDENT_STATE_COUNT; s++) {
		incident.state = (enum incident_state)s;
		if (s != INCIDENT_ACTIVE_ACKED && s != INCIDENT_ACTIVE_UNACKED)
			assert_int_equal(hygiene_standing_since(&incident), 0);
	}
	incident.state = INCIDENT_ACTIVE_ACKED;
	incident.drill = true;
	assert_int_equal(hygiene_standing_since(&incident), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_rates),
		TEST(test_before_boot),
		TEST(test_flood),
		TEST(test_long_flood),
		TEST(test_against_plain_count),
		TEST(test_bounds),
		TEST(test_the_oldest_give_way),
		TEST(test_frequent),
		cmocka_unit_test(test_standing),
	};

	return cmocka_run_group_tests_name("hygiene", tests, NULL, NULL) ? 1 : 0;
}
