/* Many waiters beside sd-event: each has its turn, none is late, none comes when it is gone. */
#include "daemon/base/loop.h"

#include "core/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WAITERS = 100 };

static struct waiter_bench {
	struct waiter base; /* first, so that the two are one */
	sd_event_source *source;
	int fd;
	unsigned ready, expired;
	int64_t expired_ms;
	unsigned turn;    /* in which it expired */
	int64_t again_ms; /* to be armed for when it expires; 0: not */
} waiters[WAITERS];
static struct loop *loop;
static unsigned turns;

static void on_ready(struct waiter *base, uint32_t events)
{
	struct waiter_bench *waiter = (struct waiter_bench *)base;
	eventfd_t ignored;

	assert_true(events & EPOLLIN);
	eventfd_read(waiter->fd, &ignored);
	waiter->ready++;
}

static void on_expired(struct waiter *base)
{
	struct waiter_bench *waiter = (struct waiter_bench *)base;

	waiter->expired++;
	waiter->expired_ms = clock_now_ms();
	waiter->turn = turns;
	if (waiter->again_ms)
		waiter_arm(base, waiter->again_ms);
	waiter->again_ms = 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(waiters, 0, sizeof(waiters));
	loop = loop_new();
	assert_non_null(loop);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i].base = (struct waiter){ .ready = on_ready, .expired = on_expired };
		waiters[i].fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_int_equal(waiter_add(loop, &waiters[i].base), 0);
		assert_int_equal(waiter_watch(&waiters[i].base, waiters[i].fd, EPOLLIN), 0);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < WAITERS; i++) {
		waiter_remove(&waiters[i].base);
		close(waiters[i].fd);
	}
	loop_free(loop);
	return 0;
}

static void run_ms(int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms;

	for (int64_t left_ms = ms; left_ms > 0; left_ms = end_ms - clock_now_ms(), turns++)
		assert_int_equal(loop_turn(loop, left_ms), 0);
}

static void test_all_that_is_ready_has_its_turn(void **state)
{
	(void)state;
	for (int i = 0; i < WAITERS; i++)
		eventfd_write(waiters[i].fd, 1);
	/* Two batches: one turn of the loop serves many. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(waiters[i].ready, 1);
}

static void test_not_watched(void **state)
{
	(void)state;
	assert_int_equal(waiter_watch(&waiters[1].base, -1, 0), 0);
	waiter_remove(&waiters[2].base);
	waiter_remove(&waiters[2].base); /* again: nothing */
	for (int i = 0; i < 4; i++)
		eventfd_write(waiters[i].fd, 1);
	run_ms(5);
	assert_int_equal(waiters[0].ready, 1);
	assert_int_equal(waiters[1].ready, 0);
	assert_int_equal(waiters[2].ready, 0);
	assert_int_equal(waiters[3].ready, 1);
	assert_int_equal(waiter_watch(&waiters[1].base, waiters[1].fd, EPOLLIN), 0);
	run_ms(5);
	assert_int_equal(waiters[1].ready, 1);
	assert_int_equal(waiter_watch(&waiters[1].base, 999, EPOLLIN), -EBADF);
}

static void test_times(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < WAITERS; i++)
		waiter_arm(&waiters[i].base, now_ms + 20 + i % 3 * 20);
	waiter_arm(&waiters[0].base, now_ms + 500); /* later: nothing */
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

static void test_early_times_share_a_wake_up(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < 3; i++)
		waiters[i].base.early_ms = 25;
	waiter_arm(&waiters[0].base, now_ms + 60);  /* with the one at 40 */
	waiter_arm(&waiters[1].base, now_ms + 300); /* too far away for that: alone */
	waiter_arm(&waiters[9].base, now_ms + 40);
	run_ms(330);
	assert_int_equal(waiters[0].turn, waiters[9].turn);
	assert_true(waiters[1].expired_ms >= now_ms + 300);
	for (int i = 0; i < 3; i++)
		assert_int_equal(waiters[i].expired, i < 2);
}

static void test_removed_ones_do_not_expire(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < WAITERS; i++)
		waiter_arm(&waiters[i].base, now_ms + 10);
	for (int i = 0; i < WAITERS; i += 2)
		waiter_remove(&waiters[i].base);
	run_ms(30);
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(waiters[i].expired, i % 2);
}

/* sd-event's own sources, beside waiters that are always ready. */

static unsigned others;

static int on_other(sd_event_source *source, int fd, uint32_t events, void *context)
{
	eventfd_t ignored;

	(void)source;
	(void)events;
	(void)context;
	eventfd_read(fd, &ignored);
	others++;
	return 0;
}

static int on_other_time(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source;
	(void)usec;
	(void)context;
	others++;
	return 0;
}

/* Is ready as long as nobody reads it. */
static void on_ready_again(struct waiter *base, uint32_t events)
{
	(void)events;
	((struct waiter_bench *)base)->ready++;
}

static void test_busy_waiters_do_not_keep_sd_event_from_its_turn(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	sd_event_source *source = NULL;

	(void)state;
	others = 0;
	assert_true(sd_event_add_io(loop_event(loop), &source, fd, EPOLLIN, on_other, NULL) >= 0);
	for (int i = 0; i < WAITERS; i++) {
		waiters[i].base.ready = on_ready_again;
		eventfd_write(waiters[i].fd, 1);
	}
	eventfd_write(fd, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(others, 1);
	for (int i = 0; i < WAITERS; i++)
		assert_true(waiters[i].ready >= 1);
	sd_event_source_disable_unref(source);
	close(fd);
}

static void test_times_of_sd_event(void **state)
{
	sd_event_source *source = NULL;

	(void)state;
	others = 0;
	assert_true(sd_event_add_time_relative(loop_event(loop), &source, CLOCK_BOOTTIME, 300000, 1,
			    on_other_time, NULL) >= 0);
	run_ms(5);
	assert_int_equal(others, 0);
	run_ms(400);
	assert_int_equal(others, 1);
	sd_event_source_disable_unref(source);
}

static void on_ready_arm_other(struct waiter *base, uint32_t events)
{
	sd_event_source **source = &((struct waiter_bench *)base)->source;

	on_ready(base, events);
	assert_true(sd_event_add_time_relative(loop_event(loop), source, CLOCK_BOOTTIME, 1000, 1,
			    on_other_time, NULL) >= 0);
}

/* As loop.h says: up to a second late, even where nothing else happens to sd-event. */
static void test_time_of_sd_event_that_a_waiter_sets(void **state)
{
	int64_t end_ms = clock_now_ms() + 5000;

	(void)state;
	others = 0;
	run_ms(1); /* sd-event waits by now */
	waiters[0].base.ready = on_ready_arm_other;
	eventfd_write(waiters[0].fd, 1);
	while (others == 0 && clock_now_ms() < end_ms)
		run_ms(20);
	assert_int_equal(others, 1);
	sd_event_source_disable_unref(waiters[0].source);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* As a process that was stopped and goes on sees it. */
static void test_an_interrupted_wait_is_no_error(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval once = { .it_value.tv_usec = 10000 };
	int64_t now_ms = clock_now_ms();

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &once, NULL), 0);
	assert_int_equal(loop_turn(loop, 10000), 0);
	assert_true(clock_now_ms() < now_ms + 5000);
	waiter_arm(&waiters[0].base, clock_now_ms() + 10);
	run_ms(60);
	assert_int_equal(waiters[0].expired, 1);
}

static int on_end(sd_event_source *source, uint64_t usec, void *context)
{
	(void)usec;
	(void)context;
	return sd_event_exit(sd_event_source_get_event(source), 7);
}

static void test_runs_until_exit(void **state)
{
	sd_event_source *source = NULL;

	(void)state;
	waiter_arm(&waiters[0].base, clock_now_ms() + 5);
	assert_true(sd_event_add_time_relative(loop_event(loop), &source, CLOCK_BOOTTIME, 20000, 1,
			    on_end, NULL) >= 0);
	assert_int_equal(loop_run(loop), 7);
	assert_int_equal(waiters[0].expired, 1);
	sd_event_source_disable_unref(source);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_that_is_ready_has_its_turn),
		TEST(test_not_watched),
		TEST(test_times),
		TEST(test_early_times_share_a_wake_up),
		TEST(test_removed_ones_do_not_expire),
		TEST(test_busy_waiters_do_not_keep_sd_event_from_its_turn),
		TEST(test_times_of_sd_event),
		TEST(test_time_of_sd_event_that_a_waiter_sets),
		TEST(test_an_interrupted_wait_is_no_error),
		TEST(test_runs_until_exit),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL) ? 1 : 0;
}
