/* Programs for the adapter "exec", written in the test as shell scripts. Include cmocka first. */
#ifndef TESTS_EXEC_BENCH_H
#define TESTS_EXEC_BENCH_H

#include "adapters/exec/exec.h"
#include "tests/adapter_bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

extern const struct adapter adapter_exec;

enum { TURN_MS = 5000 };

static struct adapter_bench b;
static const char *command[4];
static struct exec_bus bus_options;
static struct exec_point options[3];

static inline enum link_state state_of(void)
{
	return link_head(b.link)->state;
}

static inline int result_of(void)
{
	return link_head(b.link)->result;
}

static inline void close_link(void)
{
	if (b.link)
		b.adapter->event->close(b.link);
	b.link = NULL;
}

/* Points "temp" (a number), "leak" (a state) and "relay" (an output). */
static inline int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* the daemon blocks it */
	bus_options = (struct exec_bus){ .command = command, .timeout_ms = 2000 };
	bench_init(&b, &adapter_exec, &bus_options, NULL);
	memset(options, 0, sizeof(options));
	bench_add(&b, "temp", POINT_NUMBER, &options[0]);
	bench_add(&b, "leak", POINT_STATE, &options[1]);
	bench_add(&b, "relay", POINT_STATE, &options[2])->writable = true;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	close_link();
	return 0;
}

static inline int open_link(void)
{
	bench_check(&b);
	assert_string_equal(b.told, "");
	return b.adapter->event->open(&b.bus, b.now_ms, &b.link);
}

/* The program before may take a moment to end. */
static inline void await_child(void)
{
	struct link_wait wait;

	for (int i = 0; i < 400; i++) {
		b.adapter->event->wait(b.link, &wait);
		if (wait.fd >= 0)
			return;
		usleep(10000);
		b.now_ms += 10;
		if (b.now_ms >= wait.deadline_ms)
			b.adapter->event->deadline(b.link, b.now_ms, &b.sink);
	}
	fail_msg("the program does not start");
}

static inline void run_command(const char *program, const char *first, const char *second)
{
	command[0] = program;
	command[1] = first;
	command[2] = second;
	bench_forget(&b);
	assert_int_equal(open_link(), 0);
	assert_int_equal(state_of(), LINK_BUSY);
	await_child();
	assert_true(bench_turn(&b, TURN_MS));
}

static inline void run_script(const char *script)
{
	run_command("/bin/sh", "-c", script);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(result_of(), 0);
}

/* Turns until the point has had so many readings. */
static inline void await(size_t point, unsigned readings)
{
	while (b.readings[point] < readings)
		assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(b.readings[point], readings);
}

static inline void await_loss(int error)
{
	while (state_of() != LINK_LOST)
		assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(result_of(), error);
	for (size_t i = 0; i < b.poll.count; i++)
		assert_bad(&b, i, REASON_LINK);
}

#endif
