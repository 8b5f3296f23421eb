/* epoll and one timer. Must not know what its sources are. */
#include "sim/loop.h"

#include "core/clock.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { BATCH = 16, WAIT_MAX_MS = 60 * 1000 };

int loop_open(struct loop *loop)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll_fd < 0 ? -errno : 0;
}

void loop_close(struct loop *loop)
{
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

static int control(struct loop *loop, int operation, struct source *source, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll_fd, operation, source->fd, &event) < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_ADD, source, events);
}

int loop_change(struct loop *loop, struct source *source, uint32_t events)
{
	return control(loop, EPOLL_CTL_MOD, source, events);
}

void loop_remove(struct loop *loop, struct source *source)
{
	control(loop, EPOLL_CTL_DEL, source, 0);
}

static int wait_ms(int64_t next_ms)
{
	int64_t left = next_ms == CLOCK_NEVER ? WAIT_MAX_MS : next_ms - clock_now_ms();

	if (left < 0)
		return 0;
	return left > WAIT_MAX_MS ? WAIT_MAX_MS : (int)left;
}

int loop_run(struct loop *loop)
{
	struct epoll_event events[BATCH];
	int64_t next_ms = loop->step(loop->owner, clock_now_ms());

	while (!loop->quit) {
		int count = epoll_wait(loop->epoll_fd, events, BATCH, wait_ms(next_ms));

		if (count < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < count; i++) {
			struct source *source = events[i].data.ptr;

			source->ready(source, events[i].events);
		}
		next_ms = loop->step(loop->owner, clock_now_ms());
	}
	return 0;
}
