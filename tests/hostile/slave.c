/* The slave: right answers, and each way of giving a wrong one. */
#include "tests/hostile/hostile.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { PDU_AT_RTU = 1, PDU_AT_TCP = 7, DRIP_MS = 6, FRAME_MAX = 300 };

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t size;
};

static uint16_t crc16(const uint8_t *bytes, size_t size)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
	}
	return crc;
}

/* A frame of the line's transport around a PDU, as the answer to the request. */
static void frame_make(const struct line *line, struct frame *frame, const struct frame *request,
	const uint8_t *pdu, size_t size)
{
	size_t at = line->transport == RTU ? PDU_AT_RTU : PDU_AT_TCP;
	uint16_t crc;

	memcpy(frame->bytes, request->bytes, at);
	memcpy(frame->bytes + at, pdu, size);
	frame->size = at + size;
	if (line->transport == TCP) {
		frame->bytes[4] = 0;
		frame->bytes[5] = (uint8_t)(size + 1);
		return;
	}
	crc = crc16(frame->bytes, frame->size);
	frame->bytes[frame->size++] = (uint8_t)crc;
	frame->bytes[frame->size++] = (uint8_t)(crc >> 8);
}

static int64_t asked_since_ms(const struct line *line)
{
	return clock_now_ms() - line->asked_ms;
}

/*
 * On RTU never so late that no master could know: nothing then tells an answer from that to the
 * next request. A loaded machine may stop us on the way, so that is looked for afterwards too.
 */
static void emit(struct line *line, const uint8_t *bytes, size_t size)
{
	unsigned serial = line->serial;
	ssize_t n;

	if (line->transport == TCP)
		n = send(line->fd, bytes, size, MSG_NOSIGNAL);
	else if (asked_since_ms(line) < TIMEOUT_MS + SILENCE_MS - 50)
		n = write(line->fd, bytes, size);
	else
		return;
	(void)n; /* a master that hung up meanwhile */
	if (line->transport == RTU &&
		(line->serial != serial || asked_since_ms(line) >= TIMEOUT_MS + SILENCE_MS - 20))
		line->excused++;
}

static void nap_ms(int ms)
{
	poll(NULL, 0, ms);
}

static void emit_late(struct line *line, const struct frame *frame)
{
	nap_ms(TIMEOUT_MS + LATE_FIRST_MS + rand_r(&line->seed) % (LATE_LAST_MS - LATE_FIRST_MS));
	emit(line, frame->bytes, frame->size);
}

static void emit_dripped(struct line *line, const struct frame *frame)
{
	int each_ms = 1 + rand_r(&line->seed) % DRIP_MS;

	for (size_t i = 0; i < frame->size && !line->end; i++) {
		emit(line, frame->bytes + i, 1);
		nap_ms(each_ms);
	}
}

static void connection_close(struct line *line, bool abort_it)
{
	struct linger linger = { .l_onoff = 1 };

	if (line->fd < 0)
		return;
	if (abort_it)
		setsockopt(line->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(line->fd);
	line->fd = -1;
}

/* Faults that are another PDU in a sound frame. */
static size_t twist_pdu(struct line *line, uint8_t *pdu, size_t size, struct frame *request)
{
	switch (line->fault) {
	case WRONG_UNIT:
		request->bytes[line->transport == RTU ? 0 : 6]++;
		return size;
	case WRONG_ID: /* RTU has none: another function */
		if (line->transport == TCP)
			request->bytes[1] = (uint8_t)(request->bytes[1] + 1 + rand() % 3);
		else
			pdu[0] = 4;
		return size;
	case WRONG_LENGTH:
		pdu[1] = (uint8_t)(pdu[1] + (rand() % 2 ? 2 : -2));
		return size;
	case OVERSIZED:
		memset(pdu + size, 0x11, 4);
		return size + 4;
	case EXCEPTION:
	case UNKNOWN_EXCEPTION:
	case GATEWAY:
		pdu[0] |= 0x80;
		pdu[1] = line->fault == EXCEPTION ? 2 : line->fault == GATEWAY ? 11 : 0x55;
		if (line->fault == GATEWAY && rand() % 2) /* in the gateway's own name */
			request->bytes[line->transport == RTU ? 0 : 6] = 247;
		return 2;
	default:
		return size;
	}
}

static void misbehave(struct line *line, struct frame *frame, const struct frame *request)
{
	switch (line->fault) {
	case LATE:
		emit_late(line, frame);
		return;
	case NOISE:
		emit(line, (const uint8_t[]){ UNIT, 0x5a, 0xff }, 3);
		break;
	case DRIP:
		emit_dripped(line, frame);
		return;
	case TRUNCATED:
		frame->size -= 1 + (size_t)rand_r(&line->seed) % (frame->size - 1);
		break;
	case ECHOED:
		emit(line, request->bytes, request->size);
		break;
	case OLDER: /* TCP: instead of the right one; RTU: behind it, for that is all one can tell
		     */
		if (line->transport == RTU && line->older_size) {
			memcpy(frame->bytes + frame->size, line->older, line->older_size);
			frame->size += line->older_size;
		} else {
			memcpy(frame->bytes, line->older, line->older_size);
			frame->size = line->older_size;
		}
		break;
	case BAD_CHECKSUM:
		frame->bytes[(size_t)rand_r(&line->seed) % frame->size] ^= 0x10;
		break;
	case RESET:
		connection_close(line, true);
		return;
	case HALF_OPEN:
		line->half_open = true;
		return;
	default:
		break;
	}
	emit(line, frame->bytes, frame->size);
}

static unsigned get_address(const uint8_t *pdu)
{
	return (unsigned)pdu[1] << 8 | pdu[2];
}

static size_t pdu_make(uint8_t *pdu, const uint8_t *request, unsigned serial)
{
	uint32_t value = truth(serial, get_address(request));

	pdu[0] = request[0];
	pdu[1] = 2 * REGISTERS;
	for (unsigned i = 0; i < 4; i++)
		pdu[2 + i] = (uint8_t)(value >> (24 - 8 * i));
	return 6;
}

static void answer(struct line *line, struct frame *request)
{
	size_t at = line->transport == RTU ? PDU_AT_RTU : PDU_AT_TCP;
	bool faulty = line->half_open || rand_r(&line->seed) % 100 < FAULT_PERCENT;
	unsigned serial = line->serial;
	struct frame frame, true_request = *request;
	uint8_t pdu[16];
	size_t size = pdu_make(pdu, request->bytes + at, serial);

	/* We were so late ourselves that the master has given it up and asks for another. */
	if (line->transport == RTU && get_address(request->bytes + at) != line->address)
		return;

	if (!faulty) {
		frame_make(line, &frame, request, pdu, size);
		memcpy(line->older, frame.bytes, frame.size);
		line->older_size = frame.size;
		emit(line, frame.bytes, frame.size);
		if (asked_since_ms(line) > TIMEOUT_MS / 2) /* a loaded machine is a fault too */
			line->fault_serial = serial;
		return;
	}
	line->fault_serial = serial;
	line->misbehaving = true;
	if (!line->half_open) {
		size = twist_pdu(line, pdu, size, request);
		frame_make(line, &frame, request, pdu, size);
		misbehave(line, &frame, &true_request);
	}
	line->fault_serial = line->serial; /* what came meanwhile had to wait for it */
	line->fault_ms = clock_now_ms();
	line->misbehaving = false;
}

static void take_connection(struct line *line)
{
	int on = 1;

	connection_close(line, false);
	line->fd = accept4(line->listener, NULL, NULL, SOCK_CLOEXEC);
	line->half_open = false;
	line->older_size = 0;
	setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A whole request, or what a silence of 20 ms has cut off, which is thrown away. */
static void on_bytes(struct line *line)
{
	size_t want = line->transport == RTU ? 8 : 12;
	struct frame request = { .size = 0 };
	struct pollfd ready = { .fd = line->fd, .events = POLLIN };

	while (request.size < want) {
		ssize_t n;

		if (request.size && poll(&ready, 1, 20) <= 0)
			return;
		n = read(line->fd, request.bytes + request.size, want - request.size);
		if (n <= 0 && line->transport == TCP)
			connection_close(line, false);
		if (n <= 0)
			return;
		request.size += (size_t)n;
	}
	answer(line, &request);
}

void *slave_run(void *context)
{
	struct line *line = context;

	while (!line->end) {
		struct pollfd fds[2] = {
			{ .fd = line->fd, .events = POLLIN },
			{ .fd = line->transport == TCP ? line->listener : -1, .events = POLLIN },
		};

		if (poll(fds, 2, 50) <= 0)
			continue;
		if (fds[1].revents)
			take_connection(line);
		else if (fds[0].revents)
			on_bytes(line);
	}
	return NULL;
}

static void prepare_pty(struct line *line)
{
	struct termios raw;

	line->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line->fd < 0 || grantpt(line->fd) || unlockpt(line->fd) ||
		ptsname_r(line->fd, line->path, sizeof(line->path)))
		give_up("pty");
	line->pty = open(line->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (line->pty < 0 || tcgetattr(line->pty, &raw))
		give_up("pty");
	cfmakeraw(&raw);
	tcsetattr(line->pty, TCSANOW, &raw);
}

static void prepare_listener(struct line *line)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	line->fd = -1;
	line->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->listener < 0 || bind(line->listener, (struct sockaddr *)&address, size) ||
		listen(line->listener, 8) ||
		getsockname(line->listener, (struct sockaddr *)&address, &size))
		give_up("listener");
	line->port = ntohs(address.sin_port);
}

void slave_prepare(struct line *line)
{
	if (line->transport == RTU)
		prepare_pty(line);
	else
		prepare_listener(line);
}

void slave_end(struct line *line)
{
	if (line->fd >= 0)
		close(line->fd);
	close(line->transport == RTU ? line->pty : line->listener);
}
