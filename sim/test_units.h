/* Three units and a loop for the tests of the servers. Include after cmocka.h. */
#ifndef SIM_TEST_UNITS_H
#define SIM_TEST_UNITS_H

#include "sim/loop.h"
#include "sim/slave.h"

#include "core/clock.h"

#include <poll.h>
#include <unistd.h>

static struct slave units[3];
static struct loop loop;
static int64_t loop_until_ms;

/* Units 1 to 3: holding registers 0 to 9 with 100 * unit + address, all writable. */
static inline void units_make(void)
{
	for (uint8_t i = 0; i < 3; i++) {
		units[i] = (struct slave){ .unit = (uint8_t)(i + 1) };
		assert_int_equal(slave_table_init(&units[i], SLAVE_HOLDING, 0, 9), 0);
		slave_allow_write(&units[i], SLAVE_HOLDING, 0, 10);
		for (uint32_t a = 0; a < 10; a++)
			*slave_word(&units[i], SLAVE_HOLDING, a) = (uint16_t)(100u * (i + 1u) + a);
	}
}

static inline void units_release(void)
{
	for (size_t i = 0; i < 3; i++)
		slave_release(&units[i]);
}

/* Runs the loop for some ms. */
static inline void run(int64_t (*step)(void *owner, int64_t now_ms), int ms)
{
	loop.quit = false;
	loop.step = step;
	loop_until_ms = clock_now_ms() + ms;
	assert_int_equal(loop_run(&loop), 0);
}

static inline size_t receive(int fd, uint8_t *bytes, size_t room)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	ssize_t n = poll(&wait, 1, 0) == 1 ? read(fd, bytes, room) : 0;

	return n > 0 ? (size_t)n : 0;
}

#endif
