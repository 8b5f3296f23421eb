/*
 * A Modbus TCP connection: one transaction at a time, one send and one receive
 * each.
 *
 * A reply counts only if transaction id, unit id, function, byte count or echo
 * are those of the request under way. A late reply to an earlier transaction of
 * this connection is dropped; whatever else does not fit loses the link, because
 * after that nothing says where the next frame begins.
 */
#include "adapters/modbus/tcp_link.h"
#include "adapters/big_endian.h"
#include "adapters/tcp.h"

#include "core/clock.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum {
	LATE_MAX = 256, /* transactions back that a reply may be late */
	/*
	 * In a row without any answer: the other end may have forgotten this connection, which
	 * nothing tells, so it is given up for a new one.
	 */
	UNANSWERED_MAX = 3,
};

static void job_end(struct tcp_link *link, int result)
{
	link->state = TCP_IDLE;
	link->result = result;
	link->deadline_ms = CLOCK_NEVER;
}

/* Bad readings for what is left of the poll: `reason` for the request under way. */
static void poll_fail(
	struct tcp_link *link, enum reason reason, enum reason others, struct sink *sink)
{
	for (; link->at < link->plan->request_count; link->at++) {
		modbus_failed(&link->plan->requests[link->at], reason, 0, sink);
		reason = others;
	}
}

/* The descriptor stays open until close(), since the loop still watches it. */
static void link_lose(struct tcp_link *link, int error, enum reason reason, struct sink *sink)
{
	if (link->state == TCP_READING)
		poll_fail(link, reason, REASON_LINK, sink);
	job_end(link, error);
	link->state = TCP_LOST;
}

static void output_flush(struct tcp_link *link, struct sink *sink)
{
	ssize_t n = send(link->fd, link->sent + link->sent_done, link->sent_size - link->sent_done,
		MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		link->sent_done += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		link_lose(link, -errno, REASON_LINK, sink);
}

/* Send the PDU that stands behind the header in link->sent. */
static void request_send(struct tcp_link *link, size_t pdu_size, struct sink *sink)
{
	const struct modbus_device *options = link->device->options;
	uint8_t *header = link->sent;

	link->transaction++;
	if (link->issued < LATE_MAX)
		link->issued++;
	header[0] = (uint8_t)(link->transaction >> 8);
	header[1] = (uint8_t)link->transaction;
	header[2] = header[3] = header[4] = 0;
	header[5] = (uint8_t)(pdu_size + 1);
	header[6] = (uint8_t)options->unit;
	link->sent_size = MBAP_SIZE + pdu_size;
	link->sent_done = 0;
	link->deadline_ms = link->now_ms + options->timeout_ms;
	output_flush(link, sink);
}

static void read_next(struct tcp_link *link, struct sink *sink)
{
	if (link->at == link->plan->request_count)
		job_end(link, link->error);
	else
		request_send(link,
			modbus_read_pdu(link->sent + MBAP_SIZE, &link->plan->requests[link->at]),
			sink);
}

/* The answer to the request under way has come. */
static void reply_take(struct tcp_link *link, const uint8_t *pdu, size_t size, struct sink *sink)
{
	struct modbus_request *request;
	const uint8_t *data = NULL;
	unsigned code = 0;
	int error;
	enum reason reason = modbus_check_reply(link->sent + MBAP_SIZE, pdu, size, &data, &code);

	if (reason != REASON_NONE && reason != REASON_EXCEPTION) {
		link_lose(link, -EPROTO, reason, sink);
		return;
	}
	link->unanswered = 0;
	error = modbus_reason_error(reason, code);
	if (link->state == TCP_WRITING) {
		job_end(link, error);
		return;
	}
	request = &link->plan->requests[link->at++];
	if (reason == REASON_NONE)
		modbus_answered(request, data, sink);
	else
		modbus_failed(request, reason, code, sink);
	if (!link->error)
		link->error = error;
	/* Behind a gateway the unit is not there: each further request would wait for it again. */
	if (error == -ETIMEDOUT)
		poll_fail(link, REASON_TIMEOUT, REASON_TIMEOUT, sink);
	read_next(link, sink);
}

bool tcp_link_sending(const struct tcp_link *link)
{
	return link->sent_done < link->sent_size;
}

static bool is_waiting(const struct tcp_link *link)
{
	return link->state == TCP_READING || link->state == TCP_WRITING;
}

/* A frame whose header has been checked. `size` is the header's length field. */
static void frame_take(struct tcp_link *link, const uint8_t *frame, size_t size, struct sink *sink)
{
	const struct modbus_device *options = link->device ? link->device->options : NULL;
	uint16_t age = (uint16_t)(link->transaction - get_u16(frame));

	if (age >= link->issued) {
		link_lose(link, -EPROTO, REASON_MISMATCH, sink);
		return;
	}
	if (age > 0 || !is_waiting(link)) /* late: its request was given up */
		return;
	if (tcp_link_sending(link) || frame[6] != options->unit) {
		link_lose(link, -EPROTO, REASON_MISMATCH, sink);
		return;
	}
	reply_take(link, frame + MBAP_SIZE, size - 1, sink);
}

/* Take the whole frames out of what was received; keep the rest. */
static void frames_take(struct tcp_link *link, struct sink *sink)
{
	size_t at = 0;

	while (link->state != TCP_LOST && link->got_size - at >= MBAP_SIZE - 1) {
		const uint8_t *frame = link->got + at;
		size_t size = get_u16(frame + 4);

		if (get_u16(frame + 2) != 0 || size < 3 || size > MODBUS_PDU_MAX + 1) {
			link_lose(link, -EPROTO, REASON_GARBLED, sink);
			return;
		}
		if (link->got_size - at < MBAP_SIZE - 1 + size)
			break;
		at += MBAP_SIZE - 1 + size;
		frame_take(link, frame, size, sink);
	}
	link->got_size -= at;
	memmove(link->got, link->got + at, link->got_size);
}

static void on_input(struct tcp_link *link, struct sink *sink)
{
	ssize_t n = recv(link->fd, link->got + link->got_size, sizeof(link->got) - link->got_size,
		MSG_DONTWAIT);

	if (n > 0) {
		link->got_size += (size_t)n;
		frames_take(link, sink);
	} else if (n == 0) {
		link_lose(link, -ECONNRESET, REASON_LINK, sink);
	} else if (errno != EAGAIN && errno != EINTR) {
		link_lose(link, -errno, REASON_LINK, sink);
	}
}

static void on_output(struct tcp_link *link, struct sink *sink)
{
	if (tcp_link_sending(link))
		output_flush(link, sink);
}

static void on_connected(struct tcp_link *link, struct sink *sink)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (!error && tcp_is_own_peer(link->fd))
		error = ECONNREFUSED;
	if (error)
		link_lose(link, -error, REASON_LINK, sink);
	else
		job_end(link, 0);
}

static void on_connect_deadline(struct tcp_link *link, struct sink *sink)
{
	link_lose(link, -ETIMEDOUT, REASON_LINK, sink);
}

/* With half a frame under way, either way, nothing says where the next one begins. */
static bool is_between_frames(const struct tcp_link *link)
{
	return link->got_size == 0 && !tcp_link_sending(link);
}

static void on_answer_deadline(struct tcp_link *link, struct sink *sink)
{
	if (!is_between_frames(link)) {
		link_lose(link, -ETIMEDOUT, REASON_TIMEOUT, sink);
		return;
	}
	if (link->state == TCP_READING)
		poll_fail(link, REASON_TIMEOUT, REASON_TIMEOUT, sink);
	job_end(link, -ETIMEDOUT);
	if (++link->unanswered == UNANSWERED_MAX)
		link->state = TCP_LOST;
}

static void ignore(struct tcp_link *link, struct sink *sink)
{
	(void)link;
	(void)sink;
}

static void (*const handlers[TCP_STATE_COUNT][TCP_EVENT_COUNT])(
	struct tcp_link *link, struct sink *sink) = {
	/*                   output        input         deadline */
	[TCP_CONNECTING] = { on_connected, on_connected, on_connect_deadline },
	[TCP_IDLE] = { ignore, on_input, ignore },
	[TCP_READING] = { on_output, on_input, on_answer_deadline },
	[TCP_WRITING] = { on_output, on_input, on_answer_deadline },
	[TCP_LOST] = { ignore, ignore, ignore },
};

void tcp_link_event(struct tcp_link *link, enum tcp_event event, struct sink *sink)
{
	handlers[link->state][event](link, sink);
}

void tcp_link_read(struct tcp_link *link, const struct device *device, struct modbus_plan *plan,
	struct sink *sink)
{
	link->device = device;
	link->plan = plan;
	link->at = 0;
	link->error = 0;
	link->state = TCP_READING;
	read_next(link, sink);
}

void tcp_link_write(struct tcp_link *link, const struct point *point, const uint16_t *words)
{
	link->device = point->device;
	link->state = TCP_WRITING;
	request_send(link, modbus_write_pdu(link->sent + MBAP_SIZE, point->options, words), NULL);
}
