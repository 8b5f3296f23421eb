/* What is news, what becomes stale, and when. */
#include "daemon/bus/quality.h"

#include "core/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

enum { POINTS = 3, START_MS = 100000 };

struct fixture {
	struct point points[POINTS];
	struct site site;
	struct quality_table *table;
};

static int set_up(void **state)
{
	static struct fixture f;

	for (uint32_t i = 0; i < POINTS; i++)
		f.points[i] = (struct point){ .index = i, .stale_ms = 3000 + 1000 * (int)i };
	f.site = (struct site){ .points = f.points, .point_count = POINTS };
	f.table = quality_table_new(&f.site, START_MS);
	*state = &f;
	return f.table ? 0 : -1;
}

static int tear_down(void **state)
{
	quality_table_free(((struct fixture *)*state)->table);
	return 0;
}

static struct reading good(uint32_t point, double value, int64_t at_ms)
{
	return (struct reading){ .point = point,
		.quality = QUALITY_GOOD,
		.reason = REASON_NONE,
		.value = value,
		.at_ms = at_ms };
}

static bool take(struct fixture *f, struct reading reading)
{
	return quality_take(f->table, &reading);
}

static size_t sweep(struct fixture *f, int64_t now_ms)
{
	struct reading stale[POINTS];

	return quality_sweep(f->table, now_ms, stale, POINTS);
}

static void test_only_changes_are_news(void **state)
{
	struct fixture *f = *state;
	struct reading bad = { .point = 0,
		.quality = QUALITY_BAD,
		.reason = REASON_EXCEPTION,
		.detail = 2,
		.at_ms = START_MS + 30 };

	assert_true(take(f, good(0, 1.5, START_MS + 10)));
	assert_false(take(f, good(0, 1.5, START_MS + 20)));
	assert_int_equal(quality_last(f->table, 0)->at_ms, START_MS + 20);
	assert_true(take(f, bad));
	bad.at_ms++;
	assert_false(take(f, bad));
	bad.detail = 4;
	bad.value = 7;
	assert_true(take(f, bad));
	assert_true(quality_last(f->table, 0)->value == 0); /* no value is never a number */
	assert_true(take(f, good(0, 1.5, START_MS + 50)));
	assert_false(take(f, good(0, 9, START_MS + 40))); /* overtaken on its way */
	assert_true(quality_last(f->table, 0)->value == 1.5);
}

static void test_a_number_that_is_none_is_bad(void **state)
{
	struct fixture *f = *state;

	assert_true(take(f, good(0, NAN, START_MS)));
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_BAD);
	assert_int_equal(quality_last(f->table, 0)->reason, REASON_NAN);
	assert_false(take(f, good(0, INFINITY, START_MS + 1)));
}

static struct reading over(int64_t at_ms)
{
	struct reading reading = good(0, 150, at_ms);

	reading.quality = QUALITY_OVER;
	reading.reason = REASON_RANGE;
	return reading;
}

/* It is told once more when it has been beyond for longer than its stale, and never flutters. */
static void test_beyond_the_range_for_long(void **state)
{
	struct fixture *f = *state;
	struct reading aged[POINTS];

	assert_true(take(f, over(START_MS)));
	assert_true(quality_last(f->table, 0)->value == 150);
	assert_false(take(f, over(START_MS + 1000)));
	assert_false(take(f, over(START_MS + 2900)));
	assert_int_equal(sweep(f, START_MS + 2999), 0);
	assert_int_equal(quality_sweep(f->table, START_MS + 3249, aged, POINTS), 1);
	assert_int_equal(aged[0].quality, QUALITY_OVER);
	assert_int_equal(aged[0].detail, 1);
	assert_false(take(f, over(START_MS + 4000)));
	assert_int_equal(quality_last(f->table, 0)->detail, 1);
	assert_false(quality_refresh(f->table, 0, START_MS + 5000));
	/* Back, and beyond again: it has its whole time. */
	assert_true(take(f, good(0, 149, START_MS + 6000)));
	assert_true(take(f, over(START_MS + 7000)));
	assert_int_equal(quality_last(f->table, 0)->detail, 0);
	/* Not seen any more it is stale, as any. */
	quality_sweep(f->table, START_MS + 99000, aged, POINTS);
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_STALE);
}

static void test_never_read_becomes_stale_once(void **state)
{
	struct fixture *f = *state;
	struct reading stale[POINTS];

	assert_int_equal(quality_deadline(f->table), START_MS + 3000);
	assert_int_equal(sweep(f, START_MS + 2999), 0);
	assert_int_equal(quality_sweep(f->table, START_MS + 3000, stale, POINTS), 1);
	assert_int_equal(stale[0].point, 0);
	assert_int_equal(stale[0].quality, QUALITY_STALE);
	assert_int_equal(stale[0].reason, REASON_AGE);
	assert_int_equal(quality_deadline(f->table), START_MS + 4000);
	assert_int_equal(sweep(f, START_MS + 9000), 2);
	assert_int_equal(sweep(f, START_MS + 99000), 0);
	assert_int_equal(quality_deadline(f->table), CLOCK_NEVER);
}

static void test_stale_then_bad(void **state)
{
	struct fixture *f = *state;
	struct reading aged[POINTS];

	f->points[0].bad_ms = 10000;
	assert_true(take(f, good(0, 1, START_MS)));
	assert_int_equal(quality_sweep(f->table, START_MS + 3000, aged, POINTS), 1);
	assert_int_equal(aged[0].quality, QUALITY_STALE);
	assert_int_equal(sweep(f, START_MS + 9999), 2); /* the others, stale */
	assert_int_equal(quality_deadline(f->table), START_MS + 9999 + 250);
	assert_int_equal(sweep(f, START_MS + 10248), 0); /* due, but others may be too soon */
	assert_int_equal(quality_sweep(f->table, START_MS + 10249, aged, POINTS), 1);
	assert_int_equal(aged[0].point, 0);
	assert_int_equal(aged[0].quality, QUALITY_BAD);
	assert_int_equal(aged[0].reason, REASON_AGE);
	assert_int_equal(quality_deadline(f->table), CLOCK_NEVER);
	/* Once; and seen again it is as good as it was. */
	assert_int_equal(sweep(f, START_MS + 99000), 0);
	assert_true(quality_refresh(f->table, 0, START_MS + 99000));
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_GOOD);
	assert_int_equal(quality_deadline(f->table), START_MS + 99000 + 3000);
}

static void test_refresh_keeps_fresh(void **state)
{
	struct fixture *f = *state;

	take(f, good(0, 1, START_MS));
	for (int64_t t = START_MS; t < START_MS + 20000; t += 500) {
		assert_false(quality_refresh(f->table, 0, t));
		sweep(f, t);
		assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_GOOD);
	}
	assert_false(quality_refresh(f->table, 0, START_MS + 19000)); /* overtaken */
	assert_int_equal(quality_last(f->table, 0)->at_ms, START_MS + 19500);
	sweep(f, START_MS + 19500 + 3250);
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_STALE);
}

static void test_a_stale_one_comes_back_by_refresh(void **state)
{
	struct fixture *f = *state;

	take(f, good(0, 7, START_MS));
	sweep(f, START_MS + 3300);
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_STALE);
	/* The driver compares with what it gave, and does not know that it aged since. */
	assert_true(quality_refresh(f->table, 0, START_MS + 5000));
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_GOOD);
	assert_true(quality_last(f->table, 0)->value == 7);
	assert_true(quality_spoil(f->table, 0, REASON_LINK, START_MS + 5100));
	assert_false(quality_spoil(f->table, 0, REASON_LINK, START_MS + 5200));
	assert_true(quality_refresh(f->table, 0, START_MS + 5300));
	assert_true(quality_last(f->table, 0)->value == 7);
}

static void test_bad_stays_bad(void **state)
{
	struct fixture *f = *state;
	struct reading bad = {
		.quality = QUALITY_BAD, .reason = REASON_TIMEOUT, .at_ms = START_MS
	};

	take(f, bad);
	sweep(f, START_MS + 60000);
	assert_int_equal(quality_last(f->table, 0)->quality, QUALITY_BAD);
	assert_int_equal(quality_last(f->table, 0)->reason, REASON_TIMEOUT);
}

/* Random readings, refreshes and sweeps against the rule said plainly. */
static void test_random(void **state)
{
	struct fixture *f = *state;
	int64_t seen_ms[POINTS], now_ms = START_MS;
	unsigned random = 12345;

	for (uint32_t i = 0; i < POINTS; i++) {
		seen_ms[i] = START_MS;
		take(f, good(i, 0, START_MS));
	}
	for (int n = 0; n < 20000; n++) {
		uint32_t point;

		random = random * 1103515245u + 12345u;
		point = (random >> 16) % POINTS;
		now_ms += (random >> 20) % 900;
		if ((random >> 8) % 3 == 0) {
			take(f, good(point, (random >> 12) % 2, now_ms));
			seen_ms[point] = now_ms;
		}
		if (now_ms >= quality_deadline(f->table))
			sweep(f, now_ms);
		for (uint32_t i = 0; i < POINTS; i++) {
			int64_t age_ms = now_ms - seen_ms[i];
			bool is_good = quality_last(f->table, i)->quality == QUALITY_GOOD;

			if (age_ms < f->points[i].stale_ms)
				assert_true(is_good);
			if (age_ms >= f->points[i].stale_ms + 250)
				assert_false(is_good);
		}
	}
}

static void test_a_full_batch_goes_on(void **state)
{
	struct fixture *f = *state;
	struct reading stale[1];
	size_t found = 0;

	while (quality_sweep(f->table, START_MS + 10000, stale, 1) == 1)
		found++;
	assert_int_equal(found, POINTS);
}

/* It is as old as it was, and only a reading that differs is news. */
static void test_adopted(void **state)
{
	struct fixture *f = *state;
	struct reading was = good(7, 1.5, START_MS - 2000), bad = was;

	bad.quality = QUALITY_BAD;
	bad.reason = REASON_EXCEPTION;
	quality_adopt(f->table, 0, &was);
	quality_adopt(f->table, 1, &was);
	quality_adopt(f->table, 2, &bad);
	assert_int_equal(quality_last(f->table, 0)->point, 0);
	assert_int_equal(quality_deadline(f->table), START_MS + 1000);
	assert_false(take(f, good(1, 1.5, START_MS + 10)));
	assert_int_equal(sweep(f, START_MS + 999), 0);
	assert_int_equal(sweep(f, START_MS + 1000), 1);
	assert_int_equal(quality_last(f->table, 0)->reason, REASON_AGE);
	assert_int_equal(quality_last(f->table, 1)->quality, QUALITY_GOOD);
	assert_int_equal(quality_last(f->table, 2)->reason, REASON_EXCEPTION);
	assert_true(take(f, good(2, 1.5, START_MS + 20)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_only_changes_are_news),
		TEST(test_a_number_that_is_none_is_bad),
		TEST(test_beyond_the_range_for_long),
		TEST(test_never_read_becomes_stale_once),
		TEST(test_stale_then_bad),
		TEST(test_refresh_keeps_fresh),
		TEST(test_a_stale_one_comes_back_by_refresh),
		TEST(test_bad_stays_bad),
		TEST(test_random),
		TEST(test_a_full_batch_goes_on),
		TEST(test_adopted),
	};

	return cmocka_run_group_tests_name("quality", tests, NULL, NULL) ? 1 : 0;
}
