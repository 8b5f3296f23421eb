/*
 * modbus-tcp: a non-blocking Modbus TCP client, event shape. One transaction at a time, one send
 * and one receive each; the connection is a state machine. Knows no host names and no clock: time
 * is an argument, kept in now_ms for the length of a call.
 *
 * A reply counts only if transaction id, unit id, function, byte count or echo
 * are those of the request under way. A late reply to an earlier transaction of
 * this connection is dropped; whatever else does not fit loses the link, because
 * after that nothing says where the next frame begins. Serial frames (`framing`) have no
 * transaction: a unit that did not answer is asked again only when whatever was late has come.
 *
 * A connection that has answered and is closed by the other end is no failure: the next request
 * opens another.
 */
#include "adapters/tcp.h"
#include "adapters/big_endian.h"
#include "adapters/modbus/frame.h"
#include "adapters/modbus/pdu.h"
#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MBAP_SIZE = 7, /* transaction, protocol, length, unit */
	MBAP_FRAME_MAX = MBAP_SIZE + MODBUS_PDU_MAX,
};

enum tcp_state {
	TCP_CONNECTING,
	TCP_PAUSING, /* before the request of the job, or the end of opening */
	TCP_IDLE,
	TCP_READING,
	TCP_WRITING,
	TCP_LOST,
	TCP_STATE_COUNT,
};
enum tcp_event { TCP_ON_OUTPUT, TCP_ON_INPUT, TCP_ON_DEADLINE, TCP_EVENT_COUNT };

struct tcp_link {
	struct link_head head;
	const struct modbus_tcp_bus *options;
	int fd;
	int old_fd;        /* that the loop may still watch; -1: none */
	bool is_closed;    /* by the other end, while nothing was asked: the next job connects */
	bool has_answered; /* this connection */
	bool is_second;    /* the request under way is sent a second time, on a new connection */
	enum tcp_state state;
	enum tcp_state job; /* IDLE (opening), READING or WRITING */
	int64_t now_ms, deadline_ms;
	int64_t ready_ms;     /* nothing is sent before */
	int64_t asked_ms;     /* the request under way, the first time */
	uint16_t transaction; /* of the request sent last */
	unsigned unanswered;  /* requests in a row */
	unsigned issued;      /* transactions of this connection that a reply may answer late */
	const struct device *device;
	int64_t timeout_ms;       /* of each request of the job */
	struct poll *poll;        /* READING: what is read */
	struct modbus_plan *plan; /* its plan, and how far it has come */
	size_t at;
	int error; /* READING: the first one */
	size_t pdu_size;
	uint8_t sent[MBAP_SIZE + MODBUS_REQUEST_MAX + FRAME_EXTRA];
	size_t sent_size, sent_done;
	uint8_t got[2 * MBAP_FRAME_MAX];
	size_t got_size;
	struct frame_debts debts; /* of serial frames */
};

enum {
	BUSY_PAUSE_MS = 100,
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

/* After an answer, or where none came: the other end may want a pause. */
static void rest(struct tcp_link *link)
{
	if (link->options->turnaround_ms > 0)
		link->ready_ms = link->now_ms + link->options->turnaround_ms;
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
	if (link->job == TCP_READING && link->state != TCP_IDLE)
		poll_fail(link, reason, REASON_LINK, sink);
	job_end(link, error);
	link->state = TCP_LOST;
	link->head.state = LINK_LOST;
}

/* The old descriptor stays open as long as the loop may watch it, so the new one is another. */
static void connection_begin(struct tcp_link *link, struct sink *sink)
{
	int fd = tcp_connect(link->options->host, link->options->port);

	if (fd < 0) {
		link_lose(link, fd, REASON_LINK, sink);
		return;
	}
	if (link->old_fd >= 0)
		close(link->old_fd);
	link->old_fd = link->fd;
	link->fd = fd;
	link->is_closed = false;
	link->got_size = link->sent_size = link->sent_done = 0;
	link->state = TCP_CONNECTING;
	link->head.state = LINK_BUSY;
	link->deadline_ms = link->now_ms + link->options->connect_timeout_ms;
}

/* Closed in the middle of a job: what was read on this connection before is no reason to fail. */
static void connection_end(struct tcp_link *link, int error, struct sink *sink)
{
	if (link->state == TCP_READING && link->has_answered && !link->is_second &&
		link->got_size == 0) {
		link->is_second = true;
		connection_begin(link, sink);
	} else if (link->has_answered && (link->state == TCP_IDLE || link->state == TCP_PAUSING)) {
		link->is_closed = true;
	} else {
		link_lose(link, error, REASON_LINK, sink);
	}
}

static void output_flush(struct tcp_link *link, struct sink *sink)
{
	ssize_t n = send(link->fd, link->sent + link->sent_done, link->sent_size - link->sent_done,
		MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n >= 0)
		link->sent_done += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		connection_end(link, -errno, sink);
}

static bool is_serial(const struct tcp_link *link)
{
	return link->options->framing == MODBUS_FRAMING_RTU;
}

/* Around the PDU that stands behind the header in link->sent: of a serial frame only the unit. */
static void request_frame(struct tcp_link *link)
{
	const struct modbus_device *options = link->device->options;
	uint8_t *header = link->sent;

	link->transaction++;
	link->issued += link->issued < LATE_MAX;
	frame_mbap(header, link->transaction, (uint8_t)options->unit, link->pdu_size);
	link->sent_size = MBAP_SIZE + link->pdu_size;
	link->sent_done = 0;
	if (is_serial(link)) {
		link->sent_done = MBAP_SIZE - 1;
		link->sent_size =
			MBAP_SIZE - 1 + frame_seal(header + MBAP_SIZE - 1, link->pdu_size + 1);
		link->got_size = 0;
	}
}

/* When the unit may be asked: it may owe an answer. */
static int64_t request_at_ms(struct tcp_link *link)
{
	const struct modbus_device *options = link->device->options;
	int64_t owed_ms =
		is_serial(link) ? frame_owed_ms(&link->debts, (uint8_t)options->unit, link->now_ms)
				: 0;

	return owed_ms > link->ready_ms ? owed_ms : link->ready_ms;
}

/* The job goes on as soon as it may: on a connection, and after the pause that is due. */
static void job_go(struct tcp_link *link, struct sink *sink)
{
	int64_t at_ms = link->job == TCP_IDLE ? link->ready_ms : request_at_ms(link);

	if (link->is_closed) {
		connection_begin(link, sink);
	} else if (at_ms > link->now_ms) {
		link->state = TCP_PAUSING;
		link->deadline_ms = at_ms;
	} else if (link->job == TCP_IDLE) {
		job_end(link, 0);
	} else {
		link->state = link->job;
		link->deadline_ms = link->now_ms + link->timeout_ms;
		request_frame(link);
		output_flush(link, sink);
	}
}

/* Ask what the PDU behind the header in link->sent says. */
static void request_begin(struct tcp_link *link, size_t pdu_size, struct sink *sink)
{
	link->pdu_size = pdu_size;
	link->asked_ms = link->now_ms;
	link->is_second = false;
	job_go(link, sink);
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
		request_begin(link,
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
	link->has_answered = true;
	rest(link);
	if (reason == REASON_EXCEPTION && modbus_is_busy(link->job == TCP_READING, code) &&
		link->now_ms + BUSY_PAUSE_MS < link->asked_ms + link->timeout_ms) {
		link->ready_ms = link->now_ms + BUSY_PAUSE_MS;
		job_go(link, sink);
		return;
	}
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
	const struct modbus_tcp_bus *bus = link->options;
	const struct modbus_device *options = link->device ? link->device->options : NULL;
	uint16_t age = (uint16_t)(link->transaction - get_u16(frame));

	if (bus->any_transaction && is_waiting(link))
		age = 0;
	if (age >= link->issued) {
		link_lose(link, -EPROTO, REASON_MISMATCH, sink);
		return;
	}
	if (age > 0 || !is_waiting(link)) /* late: its request was given up */
		return;
	if (is_sending(link) || (frame[6] != options->unit && !bus->any_unit)) {
		link_lose(link, -EPROTO, REASON_MISMATCH, sink);
		return;
	}
	reply_take(link, frame + MBAP_SIZE, size - 1, sink);
}

/* Take the whole frames out of what was received; keep the rest. */
static void frames_take(struct tcp_link *link, struct sink *sink)
{
	size_t at = 0;

	while (link->state != TCP_LOST && link->state != TCP_CONNECTING &&
		link->got_size - at >= MBAP_SIZE - 1) {
		const uint8_t *frame = link->got + at;
		size_t size = get_u16(frame + 4);

		if (get_u16(frame + 2) != 0 || size < 3 || size > MODBUS_PDU_MAX + 1) {
			link_lose(link, -EPROTO, REASON_GARBLED, sink);
			return;
		}
		if (link->got_size - at < MBAP_SIZE - 1 + size)
			break;
		at += MBAP_SIZE - 1 + size;
		/* Where the transaction says nothing, the next one might be taken for another's. */
		if (link->options->any_transaction && (at < link->got_size || !is_waiting(link))) {
			link_lose(link, -EPROTO, REASON_MISMATCH, sink);
			return;
		}
		frame_take(link, frame, size, sink);
	}
	if (link->state == TCP_CONNECTING) /* anew, since it was closed meanwhile */
		return;
	link->got_size -= at;
	memmove(link->got, link->got + at, link->got_size);
}

/* Serial frames: the answer among what was received. What nobody asked for is noise. */
static void serial_take(struct tcp_link *link, struct sink *sink)
{
	const uint8_t *pdu = NULL;
	size_t size = 0;

	if (is_waiting(link) && !is_sending(link))
		pdu = frame_find(link->got, link->got_size, link->sent + MBAP_SIZE - 1, &size);
	if (pdu) {
		link->got_size = 0;
		reply_take(link, pdu, size, sink);
	} else if (!is_waiting(link) || link->got_size == sizeof(link->got)) {
		link->got_size = 0;
	}
}

static void on_input(struct tcp_link *link, struct sink *sink)
{
	static void (*const take[])(struct tcp_link * link, struct sink * sink) = {
		[MODBUS_FRAMING_TCP] = frames_take,
		[MODBUS_FRAMING_RTU] = serial_take,
	};
	ssize_t n = recv(link->fd, link->got + link->got_size, sizeof(link->got) - link->got_size,
		MSG_DONTWAIT);

	if (n > 0) {
		link->got_size += (size_t)n;
		take[link->options->framing](link, sink);
	} else if (n == 0) {
		connection_end(link, -ECONNRESET, sink);
	} else if (errno != EAGAIN && errno != EINTR) {
		connection_end(link, -errno, sink);
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
	if (error) {
		link_lose(link, -error, REASON_LINK, sink);
		return;
	}
	link->has_answered = false;
	link->issued = 0;
	link->ready_ms = link->options->settle_ms > 0 ? link->now_ms + link->options->settle_ms : 0;
	/* At the start: what somebody asked for on another connection may come to this one. */
	if (link->job == TCP_IDLE)
		frame_owe_all(&link->debts, link->now_ms);
	job_go(link, sink);
}

static void on_connect_deadline(struct tcp_link *link, struct sink *sink)
{
	link_lose(link, -ETIMEDOUT, REASON_LINK, sink);
}

/* Serial frames: something came, but no frame; or nothing did, and it may yet. */
static enum reason serial_owe(struct tcp_link *link)
{
	const struct modbus_device *options = link->device->options;
	enum reason reason = link->got_size > 0 ? REASON_GARBLED : REASON_TIMEOUT;

	frame_owe(&link->debts, (uint8_t)options->unit, link->now_ms);
	link->got_size = 0;
	return reason;
}

static void on_answer_deadline(struct tcp_link *link, struct sink *sink)
{
	enum reason reason = is_serial(link) ? serial_owe(link) : REASON_TIMEOUT;

	/* With half a frame under way, either way, nothing says where the next one begins; or whose
	 * answer it is that comes late. */
	if (link->got_size > 0 || is_sending(link) || link->options->any_transaction) {
		link_lose(link, -ETIMEDOUT, REASON_TIMEOUT, sink);
		return;
	}
	if (link->state == TCP_READING)
		poll_fail(link, reason, reason, sink);
	rest(link);
	job_end(link, modbus_reason_error(reason, 0));
	if (reason != REASON_TIMEOUT || ++link->unanswered < UNANSWERED_MAX)
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
	[TCP_PAUSING] = { ignore, on_input, job_go },
	[TCP_IDLE] = { ignore, on_input, ignore },
	[TCP_READING] = { on_output, on_input, on_answer_deadline },
	[TCP_WRITING] = { on_output, on_input, on_answer_deadline },
	[TCP_LOST] = { ignore, ignore, ignore },
};

static int tcp_open(const struct bus *bus, int64_t now_ms, void **out)
{
	struct tcp_link *link = calloc(1, sizeof(*link));
	int error;

	if (!link)
		return -ENOMEM;
	link->options = bus->options;
	link->fd = link->old_fd = -1;
	link->job = TCP_IDLE;
	link->debts.silence_ms = modbus_longest_timeout_ms(bus);
	link->now_ms = now_ms;
	connection_begin(link, NULL);
	if (link->state == TCP_CONNECTING) {
		*out = link;
		return 0;
	}
	error = link->head.result;
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
	link->job = link->state = TCP_READING;
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
	link->job = link->state = TCP_WRITING;
	link->head.state = LINK_BUSY;
	request_begin(link, modbus_write_pdu(link->sent + MBAP_SIZE, point->options, words), NULL);
	return 0;
}

static void tcp_wait(const void *opaque, struct link_wait *wait)
{
	const struct tcp_link *link = opaque;
	bool output = link->state == TCP_CONNECTING || is_sending(link);

	*wait = (struct link_wait){
		.fd = link->state == TCP_LOST || link->is_closed ? -1 : link->fd,
		.events = output ? EPOLLOUT | EPOLLIN : EPOLLIN,
		.deadline_ms = link->deadline_ms,
	};
}

static void tcp_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct tcp_link *link = opaque;
	int fd = link->fd;

	link->now_ms = now_ms;
	if (events & EPOLLOUT)
		handlers[link->state][TCP_ON_OUTPUT](link, sink);
	/* Else it has been given up meanwhile. */
	if (link->fd == fd && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
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
	if (link->fd >= 0)
		close(link->fd);
	if (link->old_fd >= 0)
		close(link->old_fd);
	free(link);
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
	.check_device = modbus_check_tcp_device,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.place = modbus_place,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = modbus_tcp_cost_ms,
	.loss_ms = modbus_tcp_loss_ms,
	.event = &tcp_verbs,
};
