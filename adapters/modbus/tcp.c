/*
 * modbus-tcp: a non-blocking Modbus TCP client, event shape. One transaction at a time, one send
 * and one receive each; the connection is a state machine. Knows no host names and no clock: time
 * is an argument, kept in now_ms for the length of a call.
 *
 * A reply counts only if transaction id, unit id, function, byte count or echo
 * are those of the request under way. A late reply to an earlier transaction of
 * this connection is dropped; whatever else does not fit loses the link, because
 * after that nothing says where the next frame begins.
 */
#include "adapters/tcp.h"
#include "adapters/big_endian.h"
#include "adapters/modbus/pdu.h"
#include "core/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MBAP_SIZE = 7, /* transaction, protocol, length, unit */
	MBAP_FRAME_MAX = MBAP_SIZE + MODBUS_PDU_MAX,
};

enum tcp_state { TCP_CONNECTING, TCP_IDLE, TCP_READING, TCP_WRITING, TCP_LOST, TCP_STATE_COUNT };
enum tcp_event { TCP_ON_OUTPUT, TCP_ON_INPUT, TCP_ON_DEADLINE, TCP_EVENT_COUNT };

struct tcp_link {
	struct link_head head;
	int fd;
	enum tcp_state state;
	int64_t now_ms, deadline_ms;
	uint16_t transaction; /* of the request sent last */
	unsigned unanswered;  /* requests in a row */
	unsigned issued;      /* transactions of this connection that a reply may answer late */
	const struct device *device;
	int64_t timeout_ms;       /* of each request of the job */
	struct poll *poll;        /* READING: what is read */
	struct modbus_plan *plan; /* its plan, and how far it has come */
	size_t at;
	int error; /* READING: the first one */
	uint8_t sent[MBAP_SIZE + MODBUS_REQUEST_MAX];
	size_t sent_size, sent_done;
	uint8_t got[2 * MBAP_FRAME_MAX];
	size_t got_size;
};

enum {
	KEEPALIVE_IDLE_S = 10,
	KEEPALIVE_INTERVAL_S = 5,
	KEEPALIVE_COUNT = 3,
	UNACKNOWLEDGED_MS = 10000,
};

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
	link->head = (struct link_head){ LINK_IDLE, result };
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
	link->head.state = LINK_LOST;
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
	link->deadline_ms = link->now_ms + link->timeout_ms;
	output_flush(link, sink);
}

static void read_next(struct tcp_link *link, struct sink *sink)
{
	while (link->at < link->plan->request_count &&
		modbus_rests(link->poll, &link->plan->requests[link->at], sink)) {
		link->at++;
		if (!link->error)
			link->error = -EREMOTEIO;
	}
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
	if (reason == REASON_NONE) {
		modbus_answered(&link->plan->requests[link->at], data, sink);
	} else if (modbus_refused(link->plan, link->at, code, sink)) {
		read_next(link, sink);
		return;
	}
	link->at++;
	if (!link->error)
		link->error = error;
	/* Behind a gateway the unit is not there: each further request would wait for it again. */
	if (error == -ETIMEDOUT)
		poll_fail(link, REASON_TIMEOUT, REASON_TIMEOUT, sink);
	read_next(link, sink);
}

static bool is_sending(const struct tcp_link *link)
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
	if (is_sending(link) || frame[6] != options->unit) {
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
	if (is_sending(link))
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
	return link->got_size == 0 && !is_sending(link);
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
	if (++link->unanswered < UNANSWERED_MAX)
		return;
	link->state = TCP_LOST;
	link->head.state = LINK_LOST;
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

/* None of these can fail on a fresh TCP socket, and none is worth failing for. */
static void socket_tune(int fd)
{
	static const struct {
		int level, name, value;
	} settings[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		setsockopt(fd, settings[i].level, settings[i].name, &settings[i].value,
			sizeof(settings[i].value));
}

static int tcp_open(const struct bus *bus, int64_t now_ms, void **out)
{
	const struct modbus_tcp_bus *options = bus->options;
	struct sockaddr_storage address;
	socklen_t size = tcp_address(options->host, options->port, &address);
	struct tcp_link *link;
	int error;

	if (size == 0)
		return -EINVAL;
	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		goto failed;
	socket_tune(link->fd);
	if (connect(link->fd, (struct sockaddr *)&address, size) < 0 && errno != EINPROGRESS)
		goto failed;
	link->state = TCP_CONNECTING;
	link->head.state = LINK_BUSY;
	link->now_ms = now_ms;
	link->deadline_ms = now_ms + options->connect_timeout_ms;
	*out = link;
	return 0;

failed:
	error = -errno;
	if (link->fd >= 0)
		close(link->fd);
	free(link);
	return error;
}

static int tcp_start_read(void *opaque, struct poll *poll, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	if (link->state != TCP_IDLE || !poll->plan)
		return -EINVAL;
	link->now_ms = now_ms;
	link->device = poll->device;
	link->timeout_ms = modbus_timeout_ms(poll->device->options, poll->patience_ms);
	link->poll = poll;
	link->plan = poll->plan;
	modbus_begin(link->plan);
	link->at = 0;
	link->error = 0;
	link->state = TCP_READING;
	link->head.state = LINK_BUSY;
	read_next(link, sink);
	return 0;
}

static int tcp_start_write(void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct tcp_link *link = opaque;
	uint16_t words[MODBUS_WORDS_MAX];
	int error = modbus_write_words(point, value, words);

	if (error)
		return error;
	if (link->state != TCP_IDLE)
		return -EINVAL;
	link->now_ms = now_ms;
	link->device = point->device;
	link->timeout_ms = modbus_timeout_ms(point->device->options, 0);
	link->state = TCP_WRITING;
	link->head.state = LINK_BUSY;
	request_send(link, modbus_write_pdu(link->sent + MBAP_SIZE, point->options, words), NULL);
	return 0;
}

static void tcp_wait(const void *opaque, struct link_wait *wait)
{
	const struct tcp_link *link = opaque;
	bool output = link->state == TCP_CONNECTING || is_sending(link);

	*wait = (struct link_wait){
		.fd = link->state == TCP_LOST ? -1 : link->fd,
		.events = output ? EPOLLOUT | EPOLLIN : EPOLLIN,
		.deadline_ms = link->deadline_ms,
	};
}

static void tcp_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	link->now_ms = now_ms;
	if (events & EPOLLOUT)
		handlers[link->state][TCP_ON_OUTPUT](link, sink);
	if (events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		handlers[link->state][TCP_ON_INPUT](link, sink);
}

static void tcp_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;

	link->now_ms = now_ms;
	if (now_ms >= link->deadline_ms)
		handlers[link->state][TCP_ON_DEADLINE](link, sink);
}

static void tcp_close(void *opaque)
{
	struct tcp_link *link = opaque;

	if (!link)
		return;
	close(link->fd);
	free(link);
}

static double request_ms(const struct device *device, const struct modbus_request *request)
{
	(void)request;
	return (double)((const struct modbus_device *)device->options)->latency_ms;
}

static double tcp_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

static double tcp_loss_ms(const struct device *device, bool again)
{
	(void)again;
	return (double)((const struct modbus_device *)device->options)->timeout_ms;
}

static const struct adapter_event tcp_verbs = {
	.open = tcp_open,
	.start_read = tcp_start_read,
	.start_write = tcp_start_write,
	.wait = tcp_wait,
	.ready = tcp_ready,
	.deadline = tcp_deadline,
	.close = tcp_close,
};

extern const struct adapter adapter_modbus_tcp;
const struct adapter adapter_modbus_tcp = {
	.name = "modbus-tcp",
	.summary = "Modbus TCP devices and gateways",
	.bus_options = modbus_tcp_bus_options,
	.device_options = modbus_tcp_device_options,
	.point_options = modbus_point_options,
	.bus_size = sizeof(struct modbus_tcp_bus),
	.device_size = sizeof(struct modbus_device),
	.point_size = sizeof(struct modbus_point),
	.check_bus = modbus_check_tcp_bus,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.place = modbus_place,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = tcp_cost_ms,
	.loss_ms = tcp_loss_ms,
	.event = &tcp_verbs,
};
