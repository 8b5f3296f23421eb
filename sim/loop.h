/*
 * The simulator's loop: epoll, sources that are called when their descriptor is
 * ready, and one timer. Single thread. Knows nothing of Modbus or points.
 */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include <stdbool.h>
#include <stdint.h>

/* Embedded in what it serves. */
struct source {
	int fd;
	/* May remove and free its own source, and no other. */
	void (*ready)(struct source *source, uint32_t events);
};

struct loop {
	int epoll_fd;
	bool quit;
	/*
	 * Called after each batch of events and whenever the time that it returned last has
	 * come. Returns when it wants to be called again; CLOCK_NEVER: not by time.
	 */
	int64_t (*step)(void *owner, int64_t now_ms);
	void *owner;
};

/* 0 or -errno, as the two below. */
int loop_open(struct loop *loop);
void loop_close(struct loop *loop);

/* events: EPOLLIN, EPOLLOUT. */
int loop_add(struct loop *loop, struct source *source, uint32_t events);
int loop_change(struct loop *loop, struct source *source, uint32_t events);
void loop_remove(struct loop *loop, struct source *source);

/* Until loop->quit. 0 or -errno. */
int loop_run(struct loop *loop);

#endif
