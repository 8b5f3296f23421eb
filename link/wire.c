/* Frames over a socket pair; see wire.h. */
#include "link/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PIECE = 64 * 1024 /* at a time, and what a buffer keeps when it is empty */ };

struct head {
	uint32_t kind, number, code, flags;
	uint32_t sizes[WIRE_TEXT_COUNT]; /* with the NUL; 0: no text */
};

struct wire_text wire_text(const char *text)
{
	return (struct wire_text){ text, text ? strlen(text) : 0 };
}

static void buffer_free(struct wire_buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct wire_buffer){ 0 };
}

/* Room for `size` more bytes behind the end. */
static bool buffer_reserve(struct wire_buffer *buffer, size_t size)
{
	size_t used = buffer->end - buffer->begin, wanted = buffer->size ? buffer->size : PIECE;
	char *bytes;

	if (buffer->size - buffer->end >= size)
		return true;
	if (buffer->begin)
		memmove(buffer->bytes, buffer->bytes + buffer->begin, used);
	buffer->begin = 0;
	buffer->end = used;
	if (buffer->size - used >= size)
		return true;
	while (wanted - used < size)
		wanted *= 2;
	bytes = realloc(buffer->bytes, wanted);
	if (!bytes)
		return false;
	buffer->bytes = bytes;
	buffer->size = wanted;
	return true;
}

static void buffer_drop(struct wire_buffer *buffer, size_t size)
{
	buffer->begin += size;
	if (buffer->begin < buffer->end)
		return;
	buffer->begin = buffer->end = 0;
	if (buffer->size > PIECE) /* one long message is no reason to keep its room */
		buffer_free(buffer);
}

static void buffer_add(struct wire_buffer *buffer, const void *from, size_t size)
{
	if (size)
		memcpy(buffer->bytes + buffer->end, from, size);
	buffer->end += size;
}

void wire_free(struct wire *wire)
{
	buffer_free(&wire->in);
	buffer_free(&wire->out);
}

int wire_put(struct wire *wire, const struct wire_frame *frame)
{
	struct head head = { frame->kind, frame->number, frame->code, frame->flags, { 0 } };
	size_t size = sizeof(head);

	for (size_t i = 0; i < WIRE_TEXT_COUNT; i++) {
		if (!frame->text[i].at)
			continue;
		if (frame->text[i].length >= WIRE_FRAME_MAX)
			return -EMSGSIZE;
		head.sizes[i] = (uint32_t)frame->text[i].length + 1;
		size += head.sizes[i];
	}
	if (size > WIRE_FRAME_MAX)
		return -EMSGSIZE;
	if (wire_backlog(wire) + size > WIRE_BACKLOG_MAX)
		return -ENOBUFS;
	if (!buffer_reserve(&wire->out, size))
		return -ENOMEM;
	buffer_add(&wire->out, &head, sizeof(head));
	for (size_t i = 0; i < WIRE_TEXT_COUNT; i++) {
		if (!frame->text[i].at)
			continue;
		buffer_add(&wire->out, frame->text[i].at, frame->text[i].length);
		buffer_add(&wire->out, "", 1);
	}
	return 0;
}

int wire_flush(struct wire *wire)
{
	struct wire_buffer *out = &wire->out;

	while (out->begin < out->end) {
		ssize_t sent = send(wire->fd, out->bytes + out->begin, out->end - out->begin,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent >= 0)
			buffer_drop(out, (size_t)sent);
		else if (errno == EAGAIN)
			return 0;
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

size_t wire_backlog(const struct wire *wire)
{
	return wire->out.end - wire->out.begin;
}

int wire_fill(struct wire *wire)
{
	ssize_t got;

	buffer_drop(&wire->in, 0);
	if (!buffer_reserve(&wire->in, PIECE / 2))
		return -ENOMEM;
	got = recv(wire->fd, wire->in.bytes + wire->in.end, wire->in.size - wire->in.end,
		MSG_DONTWAIT);
	if (got == 0)
		return -EPIPE;
	if (got > 0)
		wire->in.end += (size_t)got;
	else if (errno != EAGAIN && errno != EINTR)
		return -errno;
	return 0;
}

/* The whole size of a frame with this head; 0: nonsense. */
static size_t frame_size(const struct head *head)
{
	uint64_t size = sizeof(*head);

	if (head->kind >= WIRE_KIND_COUNT)
		return 0;
	for (size_t i = 0; i < WIRE_TEXT_COUNT; i++)
		size += head->sizes[i];
	return size <= WIRE_FRAME_MAX ? (size_t)size : 0;
}

int wire_take(struct wire *wire, struct wire_frame *frame)
{
	struct wire_buffer *in = &wire->in;
	const char *at = in->bytes + in->begin;
	struct head head;
	size_t size;

	if (in->end - in->begin < sizeof(head))
		return 0;
	memcpy(&head, at, sizeof(head));
	size = frame_size(&head);
	if (!size)
		return -EPROTO;
	if (in->end - in->begin < size)
		return 0;
	*frame = (struct wire_frame){ .kind = (enum wire_kind)head.kind,
		.number = head.number,
		.code = head.code,
		.flags = head.flags };
	at += sizeof(head);
	for (size_t i = 0; i < WIRE_TEXT_COUNT; i++) {
		if (!head.sizes[i])
			continue;
		frame->text[i] = (struct wire_text){ at, head.sizes[i] - 1 };
		at += head.sizes[i];
		if (at[-1] != '\0')
			return -EPROTO;
	}
	in->begin += size; /* the bytes stay where they are until the next piece */
	return 1;
}
