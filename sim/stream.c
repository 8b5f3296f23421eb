/* Buffered, non-blocking bytes in and out. Must not know what they mean. */
#include "sim/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void flush(struct stream *s)
{
	size_t sent = 0;

	while (sent < s->output_size) {
		ssize_t n = write(s->source.fd, s->output + sent, s->output_size - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			s->failed = true;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	memmove(s->output, s->output + sent, s->output_size - sent);
	s->output_size -= sent;
}

static void fill(struct stream *s)
{
	ssize_t n = read(s->source.fd, s->bytes + s->size, sizeof(s->bytes) - s->size);

	if (n > 0)
		s->size += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		s->failed = true;
}

static void use_input(struct stream *s)
{
	while (s->size > 0 && !s->failed) {
		long used = s->input(s, s->bytes, s->size);

		if (used < 0) {
			s->failed = true;
			return;
		}
		if (used == 0)
			break;
		s->size -= (size_t)used;
		memmove(s->bytes, s->bytes + used, s->size);
	}
	if (s->size == sizeof(s->bytes))
		s->failed = true; /* its reader can do nothing with a full buffer */
}

static void stream_ready(struct source *source, uint32_t events)
{
	struct stream *s = (struct stream *)source;
	bool waited = s->output_size > 0;

	if (waited)
		flush(s);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		fill(s);
	if (s->output_size == 0)
		use_input(s);
	if (s->output_size > 0 && !waited)
		flush(s);
	if (s->failed) {
		stream_close(s);
		s->ended(s);
		return;
	}
	if (waited != (s->output_size > 0))
		loop_change(s->loop, source, s->output_size > 0 ? EPOLLOUT : EPOLLIN);
}

int stream_open(struct stream *stream, struct loop *loop, int fd)
{
	stream->source = (struct source){ .fd = fd, .ready = stream_ready };
	stream->loop = loop;
	return loop_add(loop, &stream->source, EPOLLIN);
}

void stream_close(struct stream *stream)
{
	loop_remove(stream->loop, &stream->source);
	close(stream->source.fd);
	stream->source.fd = -1;
	free(stream->output);
	stream->output = NULL;
	stream->output_size = stream->output_room = 0;
}

static bool make_room(struct stream *s, size_t size)
{
	size_t room = s->output_room ? s->output_room : 512;
	uint8_t *output;

	if (size > STREAM_OUTPUT_MAX)
		return false;
	while (room < size)
		room *= 2;
	if (room == s->output_room)
		return true;
	output = realloc(s->output, room);
	if (!output)
		return false;
	s->output = output;
	s->output_room = room;
	return true;
}

void stream_write(struct stream *stream, const void *bytes, size_t size)
{
	if (!make_room(stream, stream->output_size + size)) {
		stream->failed = true;
		return;
	}
	memcpy(stream->output + stream->output_size, bytes, size);
	stream->output_size += size;
}

void stream_send(struct stream *stream, const void *bytes, size_t size)
{
	stream_write(stream, bytes, size);
	/* The next turn of the loop sends it, or ends the stream. */
	loop_change(stream->loop, &stream->source, EPOLLOUT);
}
