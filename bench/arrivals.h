/*
 * When a value reached the broker: a file that two programs map, the broker with
 * our plugin (bench/arrival.c) writing and the far side (bench/slaves.c) reading.
 * Each value is told once, so that it names its message.
 */
#ifndef BENCH_ARRIVALS_H
#define BENCH_ARRIVALS_H

#include "bench/measure.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { VALUE_FIRST = 1000, VALUE_LAST = 60000 };

struct arrivals {
	_Atomic int64_t at_ns[VALUE_LAST + 1]; /* CLOCK_MONOTONIC; 0: not yet */
};

/* NULL where the file cannot be made. */
static inline struct arrivals *arrivals_map(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	void *map;

	if (fd < 0 || ftruncate(fd, sizeof(struct arrivals)) < 0)
		return NULL;
	map = mmap(NULL, sizeof(struct arrivals), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return map == MAP_FAILED ? NULL : map;
}

/* The first value of a document that is one of ours; 0: none. */
static inline unsigned arrivals_value(const void *payload, size_t length)
{
	static const char key[] = "\"value\":";
	const char *at = memmem(payload, length, key, sizeof(key) - 1);
	const char *end = (const char *)payload + length;
	unsigned number = 0;

	if (!at)
		return 0;
	for (at += sizeof(key) - 1; at < end && *at >= '0' && *at <= '9' && number <= VALUE_LAST;
		at++)
		number = 10 * number + (unsigned)(*at - '0');
	return number >= VALUE_FIRST && number <= VALUE_LAST ? number : 0;
}

#endif
