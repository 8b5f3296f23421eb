/* The queue between two threads: order, what a full one does, and what its descriptor says. */
#include "daemon/base/queue.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX = 4, WRITERS = 3, EACH = 20000 };

struct item {
	uint32_t writer, number;
};

static struct queue *queue;

static int set_up(void **state)
{
	(void)state;
	queue = queue_new(sizeof(struct item), MAX);
	return queue ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	queue_free(queue);
	return 0;
}

static bool put(uint32_t number)
{
	return queue_put(queue, &(struct item){ .number = number });
}

static bool is_readable(void)
{
	struct pollfd fd = { .fd = queue_fd(queue), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static void expect(size_t max, size_t count, uint32_t first)
{
	struct item items[2 * MAX];

	assert_int_equal(queue_take(queue, items, max), count);
	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(items[i].number, first + i);
}

static void test_in_order_round_the_end(void **state)
{
	uint32_t next = 0;

	(void)state;
	for (uint32_t round = 0; round < 2 * MAX; round++) {
		for (uint32_t i = 0; i < MAX - 1; i++)
			assert_true(put(next + i));
		expect(2, 2, next);
		expect(2 * MAX, MAX - 3, next + 2);
		next += MAX - 1;
	}
	expect(MAX, 0, 0);
}

static void test_a_full_one_takes_nothing_and_keeps_what_it_has(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MAX; i++)
		assert_true(put(i));
	assert_false(put(99));
	expect(1, 1, 0);
	assert_true(put(MAX));
	assert_false(put(99));
	expect(MAX, MAX, 1);
}

static void test_the_descriptor_says_whether_something_waits(void **state)
{
	(void)state;
	assert_false(is_readable());
	put(0);
	put(1);
	assert_true(is_readable());
	expect(1, 1, 0);
	assert_true(is_readable());
	expect(1, 1, 1);
	assert_false(is_readable());
	expect(1, 0, 0);
	put(2);
	assert_true(is_readable());
	expect(0, 0, 0); /* asked for none */
	assert_true(is_readable());
}

static void *write_all(void *context)
{
	struct item item = { .writer = (uint32_t)(uintptr_t)context };

	while (item.number < EACH) {
		if (queue_put(queue, &item))
			item.number++;
		else
			sched_yield();
	}
	return NULL;
}

/* A reader that only looks when the descriptor says so misses nothing, whoever writes meanwhile. */
static void test_threads(void **state)
{
	struct pollfd fd = { .fd = queue_fd(queue), .events = POLLIN };
	uint32_t next[WRITERS] = { 0 }, taken = 0;
	pthread_t threads[WRITERS];

	(void)state;
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_all, (void *)i), 0);
	while (taken < WRITERS * EACH) {
		struct item items[3];
		size_t count;

		assert_int_equal(poll(&fd, 1, 10000), 1);
		count = queue_take(queue, items, 3);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(items[i].number, next[items[i].writer]++);
		taken += (uint32_t)count;
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_false(is_readable());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_order_round_the_end),
		TEST(test_a_full_one_takes_nothing_and_keeps_what_it_has),
		TEST(test_the_descriptor_says_whether_something_waits),
		TEST(test_threads),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL) ? 1 : 0;
}
