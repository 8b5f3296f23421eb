/* What a bus does next, in virtual time: open, write, read, or wait. */
#include "daemon/bus/work.h"

#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { START_MS = 50000 };

static const struct adapter adapter;
static struct point point;
static struct point *points[] = { &point };
static struct device device;
static struct device *devices[] = { &device };
static struct bus bus;
static struct bus_work work;
static struct bus_job job;
static int64_t now_ms;

static int set_up(void **state)
{
	(void)state;
	now_ms = START_MS;
	point = (struct point){ .poll_ms = 1000, .device = &device, .writable = true };
	device = (struct device){ .bus = &bus, .points = points, .point_count = 1 };
	bus = (struct bus){ .adapter = &adapter, .devices = devices, .device_count = 1 };
	return bus_work_init(&work, &bus, now_ms, 7);
}

static int tear_down(void **state)
{
	(void)state;
	bus_work_free(&work);
	return 0;
}

static enum bus_job_kind next(void)
{
	bus_work_next(&work, now_ms, &job);
	return job.kind;
}

static int push(uint64_t ticket)
{
	struct bus_write write = { &point, 1, ticket, now_ms };

	return bus_work_push(&work, &write);
}

static void test_opens_first(void **state)
{
	(void)state;
	assert_int_equal(push(1), -EHOSTDOWN);
	assert_int_equal(next(), BUS_JOB_OPEN);
	assert_true(bus_work_opened(&work, 0, now_ms));
	assert_int_equal(next(), BUS_JOB_READ);
	schedule_done(work.schedule, job.poll, 0, now_ms, now_ms);
	assert_int_equal(next(), BUS_JOB_WAIT);
	assert_in_range(job.until_ms, now_ms + 990, now_ms + 1000);
}

static void test_writes_go_first_and_in_order(void **state)
{
	(void)state;
	bus_work_opened(&work, 0, now_ms);
	assert_int_equal(push(1), 0);
	assert_int_equal(push(2), 0);
	assert_int_equal(next(), BUS_JOB_WRITE);
	assert_int_equal(job.write.ticket, 1);
	assert_int_equal(next(), BUS_JOB_WRITE);
	assert_int_equal(job.write.ticket, 2);
	assert_int_equal(next(), BUS_JOB_READ);
}

static void test_write_queue_is_bounded(void **state)
{
	(void)state;
	bus_work_opened(&work, 0, now_ms);
	for (uint64_t round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < BUS_WRITE_MAX; i++)
			assert_int_equal(push(i + 1), 0);
		assert_int_equal(push(99), -EAGAIN);
		for (uint64_t i = 0; i < BUS_WRITE_MAX; i++) {
			assert_int_equal(next(), BUS_JOB_WRITE);
			assert_int_equal(job.write.ticket, i + 1);
		}
	}
}

static void test_bus_without_output_takes_no_write(void **state)
{
	(void)state;
	bus_work_free(&work);
	point.writable = false;
	assert_int_equal(bus_work_init(&work, &bus, now_ms, 7), 0);
	assert_null(work.writes);
	bus_work_opened(&work, 0, now_ms);
	assert_int_equal(push(1), -EINVAL);
	assert_int_equal(next(), BUS_JOB_READ);
}

static void test_old_writes_are_dropped(void **state)
{
	struct bus_write write;
	int error;

	(void)state;
	bus_work_opened(&work, 0, now_ms);
	push(1);
	now_ms += WRITE_AGE_MAX_MS;
	assert_false(bus_work_drop(&work, now_ms, &write, &error));
	push(2);
	now_ms++;
	assert_true(bus_work_drop(&work, now_ms, &write, &error));
	assert_int_equal(error, -ECANCELED);
	assert_int_equal(write.ticket, 1);
	assert_false(bus_work_drop(&work, now_ms, &write, &error));
	bus_work_lost(&work, -ECONNRESET, now_ms);
	assert_true(bus_work_drop(&work, now_ms, &write, &error));
	assert_int_equal(error, -EHOSTDOWN);
	assert_int_equal(write.ticket, 2);
	assert_false(bus_work_drop(&work, now_ms, &write, &error));
}

static void test_back_off_grows_to_its_limit(void **state)
{
	int64_t least_ms = BUS_OPEN_FIRST_MS;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(next(), BUS_JOB_OPEN);
		assert_int_equal(bus_work_opened(&work, -ECONNREFUSED, now_ms), i == 0);
		assert_int_equal(next(), BUS_JOB_WAIT);
		assert_in_range(job.until_ms - now_ms, least_ms * 3 / 4, least_ms * 5 / 4);
		now_ms = job.until_ms;
		least_ms = least_ms * 2 < BUS_OPEN_MAX_MS ? least_ms * 2 : BUS_OPEN_MAX_MS;
	}
}

static void test_flapping_backs_off_too(void **state)
{
	(void)state;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(next(), BUS_JOB_OPEN);
		assert_true(bus_work_opened(&work, 0, now_ms));
		now_ms += 100;
		assert_true(bus_work_lost(&work, -ECONNRESET, now_ms));
		now_ms = work.open_at_ms;
	}
	assert_int_equal(work.backoff_ms, BUS_OPEN_MAX_MS);
	bus_work_opened(&work, 0, now_ms);
	now_ms += BUS_OPEN_SOUND_MS;
	bus_work_lost(&work, -ECONNRESET, now_ms);
	assert_in_range(
		work.open_at_ms - now_ms, BUS_OPEN_FIRST_MS * 3 / 4, BUS_OPEN_FIRST_MS * 5 / 4);
}

/* Nothing answers on the link: another is opened at once, and nobody is told unless it fails. */
static void test_a_renewed_link_is_no_news(void **state)
{
	(void)state;
	assert_true(bus_work_opened(&work, 0, now_ms));
	assert_false(bus_work_lost(&work, -ETIMEDOUT, now_ms));
	assert_int_equal(next(), BUS_JOB_OPEN);
	assert_false(bus_work_opened(&work, 0, now_ms));
	assert_false(bus_work_lost(&work, -ETIMEDOUT, now_ms));
	assert_true(bus_work_opened(&work, -ECONNREFUSED, now_ms));
	assert_int_equal(next(), BUS_JOB_WAIT);
	now_ms = job.until_ms;
	assert_true(bus_work_opened(&work, 0, now_ms));
}

static void fail_polls(void)
{
	for (int i = 0; i < SCHEDULE_FAILURES; i++) {
		while (next() != BUS_JOB_READ)
			now_ms = job.until_ms;
		schedule_done(work.schedule, job.poll, -ETIMEDOUT, now_ms, now_ms + 100);
		now_ms += 100;
	}
}

/* A link that is there again may have all behind it; one that was only renewed has not. */
static void test_what_a_lost_link_leaves_dead_is_tried_at_once(void **state)
{
	(void)state;
	bus_work_opened(&work, 0, now_ms);
	fail_polls();
	bus_work_lost(&work, -ETIMEDOUT, now_ms);
	bus_work_opened(&work, 0, now_ms);
	assert_int_equal(next(), BUS_JOB_WAIT);
	bus_work_lost(&work, -ECONNRESET, now_ms);
	bus_work_opened(&work, 0, now_ms);
	assert_int_equal(next(), BUS_JOB_READ);
}

/* Those of a gateway that restarted. */
static void test_buses_come_at_different_times(void **state)
{
	struct bus_work other;

	(void)state;
	assert_int_equal(bus_work_init(&other, &bus, now_ms, 8), 0);
	bus_work_opened(&work, -ECONNREFUSED, now_ms);
	bus_work_opened(&other, -ECONNREFUSED, now_ms);
	assert_int_not_equal(work.open_at_ms, other.open_at_ms);
	bus_work_free(&other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_opens_first),
		TEST(test_writes_go_first_and_in_order),
		TEST(test_write_queue_is_bounded),
		TEST(test_bus_without_output_takes_no_write),
		TEST(test_old_writes_are_dropped),
		TEST(test_back_off_grows_to_its_limit),
		TEST(test_flapping_backs_off_too),
		TEST(test_a_renewed_link_is_no_news),
		TEST(test_what_a_lost_link_leaves_dead_is_tried_at_once),
		TEST(test_buses_come_at_different_times),
	};

	return cmocka_run_group_tests_name("bus_work", tests, NULL, NULL) ? 1 : 0;
}
