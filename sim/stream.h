/*
 * A stream of bytes with a peer that may be slow: input is gathered until its
 * reader can use it, output waits until the peer takes it. While output waits
 * nothing more is read, so a peer that never reads costs bounded memory.
 *
 * Sockets and the master end of a pty alike. Single thread, never blocks.
 */
#ifndef SIM_STREAM_H
#define SIM_STREAM_H

#include "sim/loop.h"

#include <stddef.h>

enum { STREAM_INPUT_MAX = 1024, STREAM_OUTPUT_MAX = 1 << 20 };

struct stream {
	struct source source;
	struct loop *loop;
	/*
	 * Look at `size` bytes of input, stream_write() what they ask for, return how many are
	 * used up; a negative number ends the stream.
	 */
	long (*input)(struct stream *stream, const uint8_t *bytes, size_t size);
	/* The stream is at its end and closed: free what holds it. */
	void (*ended)(struct stream *stream);
	uint8_t bytes[STREAM_INPUT_MAX];
	size_t size; /* of the input not yet used up */
	uint8_t *output;
	size_t output_size, output_room;
	bool failed;
};

/* Serve fd, which must not block; the stream owns it from now on. 0 or -errno. */
int stream_open(struct stream *stream, struct loop *loop, int fd);
/* Does not call ended(). */
void stream_close(struct stream *stream);

/* Queue output, in input() only. Too much of it, or no memory, ends the stream. */
void stream_write(struct stream *stream, const void *bytes, size_t size);

/* The same at any other time. */
void stream_send(struct stream *stream, const void *bytes, size_t size);

#endif
