/* Times on the loop: none is early, the earliest counts, and none comes when it is stopped. */
#include "daemon/base/timer.h"

#include "core/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

enum { TIMERS = 30 };

static struct timed {
	struct timer base; /* first, so that the two are one */
	unsigned expired;
	int64_t expired_ms;
	int64_t again_ms; /* to be armed for when it expires; 0: not */
} timers[TIMERS];
static sd_event *loop;

static void on_expired(struct timer *base)
{
	struct timed *timer = (struct timed *)base;

	timer->expired++;
	timer->expired_ms = clock_now_ms();
	if (timer->again_ms)
		timer_arm(base, timer->again_ms);
	timer->again_ms = 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(timers, 0, sizeof(timers));
	assert_int_equal(sd_event_new(&loop), 0);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(timer_start(&timers[i].base, loop, 0, on_expired), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < TIMERS; i++)
		timer_stop(&timers[i].base);
	sd_event_unref(loop);
	return 0;
}

static void run_ms(int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms;

	for (int64_t left_ms = ms; left_ms > 0; left_ms = end_ms - clock_now_ms())
		assert_true(sd_event_run(loop, (uint64_t)left_ms * 1000) >= 0);
	/* What was due by then, also when this process had to wait meanwhile: one at a time. */
	while (sd_event_run(loop, 0) > 0)
		;
}

static void test_times(void **state)
{
	int64_t now_ms = clock_now_ms();

	(void)state;
	for (int i = 0; i < TIMERS; i++)
		timer_arm(&timers[i].base, now_ms + 20 + i % 3 * 20);
	timer_arm(&timers[0].base, now_ms + 500); /* later: nothing */
	timer_arm(&timers[1].base, now_ms + 30);  /* earlier: counts */
	timers[3].again_ms = now_ms + 30;
	run_ms(90);
	for (int i = 0; i < TIMERS; i++) {
		int64_t at_ms = now_ms + (i == 1 || i == 3 ? 30 : 20 + i % 3 * 20);

		assert_int_equal(timers[i].expired, i == 3 ? 2 : 1);
		assert_in_range(timers[i].expired_ms, at_ms, at_ms + 60);
	}
	/* What is over does not come again. */
	run_ms(20);
	assert_int_equal(timers[0].expired, 1);
}

static void test_at_once(void **state)
{
	(void)state;
	timer_arm(&timers[0].base, INT64_MIN);
	timer_arm(&timers[1].base, 0);
	timer_arm(&timers[2].base, CLOCK_NEVER);
	run_ms(5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(timers[i].expired, i < 2);
}

static void test_stopped_ones_do_not_expire(void **state)
{
	static struct timer unused;

	(void)state;
	for (int i = 0; i < TIMERS; i++)
		timer_arm(&timers[i].base, clock_now_ms() + 10);
	for (int i = 0; i < TIMERS; i += 2)
		timer_stop(&timers[i].base);
	timer_stop(&unused);
	run_ms(30);
	for (int i = 0; i < TIMERS; i++)
		assert_int_equal(timers[i].expired, i % 2);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* As a process that was stopped and goes on sees it: the loop takes it for no error. */
static void test_an_interrupted_wait(void **state)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval once = { .it_value.tv_usec = 10000 };
	int64_t now_ms = clock_now_ms();

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &once, NULL), 0);
	assert_true(sd_event_run(loop, 10 * 1000 * 1000) >= 0);
	assert_true(clock_now_ms() < now_ms + 5000);
	timer_arm(&timers[0].base, clock_now_ms() + 10);
	run_ms(60);
	assert_int_equal(timers[0].expired, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_times),
		TEST(test_at_once),
		TEST(test_stopped_ones_do_not_expire),
		TEST(test_an_interrupted_wait),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL) ? 1 : 0;
}
