/* Descriptors and times of many waiters behind one of each. */
#include "daemon/bus_loop.h"

#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAITERS = 100 };

static struct waiter {
	struct bus_waiter base; /* first, so that the two are one */
	int fd;
	unsigned ready, expired;
	int64_t expired_ms;
	int64_t again_ms; /* to be armed for when it expires; 0: not */
} waiters[WAITERS];
static sd_event *event;
static struct bus_loop *loop;

static void on_ready(struct bus_waiter *base, uint32_t events)
{
	struct waiter *waiter = (struct waiter *)base;
	eventfd_t ignored;

	assert_true(events & EPOLLIN);
	eventfd_read(waiter->fd, &ignored);
	waiter->ready++;
}

static void on_expired(struct bus_waiter *base)
{
	struct waiter *waiter = (struct waiter *)base;

	waiter->expired++;
	waiter->expired_ms = clock_now_ms();
	if (waiter->again_ms)
		bus_waiter_arm(base, waiter->again_ms);
	waiter->again_ms = 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(waiters, 0, sizeof(waiters));
	assert_true(sd_event_new(&event) >= 0);
	loop = bus_loop_new(event);
	assert_non_null(loop);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i].base = (struct bus_waiter){ .ready = on_ready, .expired = on_expired };
		waiters[i].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_int_equal(bus_loop_add(loop, &waiters[i].base), 0);
		assert_int_equal(bus_waiter_watch(&waiters[i].base, waiters[i].fd, EPOLLIN), 0);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < WAITERS; i++) {
		bus_loop_remove(&waiters[i].base);
		close(waiters[i].fd);
	}
	bus_loop_free(loop);
	sd_event_unref(event);
	return 0;
}

static void run_ms(int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms;

	for (int64_t left_ms = ms; left_ms > 0; left_ms = end_ms - clock_now_ms())
		assert_true(sd_event_run(event, (uint64_t)left_ms * 1000) >= 0);
}

static void test_all_that_is_ready_has_its_turn(void **state)
{
	(void)state;
	for (int i = 0; i < WAITERS; i++)
		eventfd_write(waiters[i].fd, 1);
	/* Two batches: one turn of the loop serves many. */
	for (int i = 0; i < 2; i++)
		assert_true(sd_event_run(event, 0) >= 0);
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(waiters[i].ready, 1);
}

static void test_not_watched(void **state)
{
	(void)state;
	assert_int_equal(bus_waiter_watch(&waiters[1].base, -1, 0), 0);
	bus_loop_remove(&waiters[2].base);
	bus_loop_remove(&waiters[2].base); /* again: nothing */
	for (int i = 0; i < 4; i++)
		eventfd_write(waiters[i].fd, 1);
	run_ms(5);
	assert_int_equal(waiters[0].ready, 1);
	assert_int_equal(waiters[1].ready, 0);
	assert_int_equal(waiters[2].ready, 0);
	assert_int_equal(waiters[3].ready, 1);
	assert_int_equal(bus_waiter_watch(&waiters[1].base, waiters[1].fd, EPOLLIN), 0);
	run_ms(5);
	assert_int_equal(waiters[1].ready, 1);
	assert_int_equal(bus_waiter_watch(&waiters[1].base, 999, EPOLLIN), -EBADF);
}

static void test_times(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < WAITERS; i++)
		bus_waiter_arm(&waiters[i].base, now_ms + 20 + i % 3 * 20);
	bus_waiter_arm(&waiters[0].base, now_ms + 500); /* later: nothing */
	waiters[3].again_ms = now_ms + 30;
	run_ms(90);
	for (int i = 0; i < WAITERS; i++) {
		assert_int_equal(waiters[i].expired, i == 3 ? 2 : 1);
		assert_true(waiters[i].expired_ms >= now_ms + (i == 3 ? 30 : 20 + i % 3 * 20));
	}
	/* What is over does not come again. */
	run_ms(20);
	assert_int_equal(waiters[0].expired, 1);
}

static void test_removed_ones_do_not_expire(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < WAITERS; i++)
		bus_waiter_arm(&waiters[i].base, now_ms + 10);
	for (int i = 0; i < WAITERS; i += 2)
		bus_loop_remove(&waiters[i].base);
	run_ms(30);
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(waiters[i].expired, i % 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_that_is_ready_has_its_turn),
		TEST(test_not_watched),
		TEST(test_times),
		TEST(test_removed_ones_do_not_expire),
	};

	return cmocka_run_group_tests_name("bus_loop", tests, NULL, NULL) ? 1 : 0;
}
