/*
 * What the programs of the benchmark share: time, processor time, and the words
 * by which bench.py asks for figures ("reset", "report", ... on standard input,
 * one JSON object a line on standard output). Not part of any product.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { REGISTERS_MAX = 125, TCP_REQUEST = 12, TCP_REPLY_HEAD = 9 };

static inline int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void sleep_until_ns(int64_t at_ns)
{
	struct timespec t = { .tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000 };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Of the whole process, user and system. */
static inline int64_t processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...)
{
	va_list list;
	int error = errno;

	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

/* The standard's silence between frames: 3.5 characters, fixed above 19200 bit/s. */
static inline int64_t gap_ns(int baud)
{
	return baud > 19200 ? 1750000 : (int64_t)(3.5 * 11e9 / baud);
}

static inline uint16_t crc16(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
	}
	return crc;
}

#endif
