/*
 * modbus-rtu: a serial line of Modbus slaves, blocking shape, on libmodbus.
 *
 * libmodbus sets the line up, frames requests and waits for answers. It accepts
 * a late answer as that of the next request, so everything else is ours: what an
 * answer must be (modbus_pdu.c), and after any doubt, and at open, a quarantine:
 * wait until the line has been silent for longer than the slowest slave, then
 * flush. Longest call: each request its timeout, then SILENCES_MAX silences.
 */
#include "adapters/modbus_options.h"
#include "adapters/modbus_pdu.h"

#include <errno.h>
#include <fcntl.h>
#include <modbus.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <unistd.h>

enum {
	SILENCES_MAX = 4,
	FAST_GAP_US = 1750,
	CHARACTER_BITS = 11,
	FRAME_EXTRA = 3,
	PTY_MAJOR_FIRST = 136,
	PTY_MAJOR_LAST = 143
};

struct rtu_link {
	modbus_t *line;
	int fd;    /* libmodbus' own */
	int guard; /* holds the lock on the device */
	int64_t gap_us, silence_ms;
};

static double character_us(const struct modbus_rtu_bus *options)
{
	return CHARACTER_BITS * 1e6 / modbus_bauds[options->baud];
}

/* The standard's 3.5 characters, fixed above 19200 bit/s, or the bus's turnaround if longer. */
static int64_t gap_us(const struct modbus_rtu_bus *options)
{
	int64_t gap = modbus_bauds[options->baud] > 19200 ? FAST_GAP_US
							  : (int64_t)(3.5 * character_us(options));

	return gap > options->turnaround_ms * 1000 ? gap : options->turnaround_ms * 1000;
}

static int64_t silence_ms(const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	int64_t longest = 50;

	if (options->silence_ms > 0)
		return options->silence_ms;
	for (size_t i = 0; i < bus->device_count; i++) {
		const struct modbus_device *device = bus->devices[i]->options;

		if (device->timeout_ms > longest)
			longest = device->timeout_ms;
	}
	return longest;
}

/* Throw away what has come; -EIO where the line is gone. */
static int line_drain(int fd)
{
	uint8_t noise[256];
	ssize_t n = read(fd, noise, sizeof(noise));

	if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return 0;
	return n == 0 ? -EIO : -errno;
}

/* A one-shot timer, so that a line that never falls silent cannot hold us. */
static int timer_start(int64_t timeout_ms)
{
	struct itimerspec when = {
		.it_value = {.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1000000},
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd >= 0 && timerfd_settime(fd, 0, &when, NULL) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 0 after silence, -EBUSY when there is none, or why the line is lost. */
static int line_silence(struct rtu_link *link, int timer)
{
	struct pollfd fds[] = {
		{.fd = link->fd, .events = POLLIN},
		{ .fd = timer,   .events = POLLIN},
	};

	for (;;) {
		int n = poll(fds, 2, (int)link->silence_ms);
		int error;

		if (n == 0)
			return tcflush(link->fd, TCIOFLUSH) < 0 ? -errno : 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents)
			return -EBUSY;
		error = n > 0 ? line_drain(link->fd) : 0;
		if (error)
			return error;
	}
}

static int line_quarantine(struct rtu_link *link)
{
	int timer = timer_start(SILENCES_MAX * link->silence_ms);
	int error;

	if (timer < 0)
		return -errno;
	error = line_silence(link, timer);
	close(timer);
	return error;
}

/* Keep the gap before a request. Whoever talks in it makes the line doubtful. */
static int line_gap(struct rtu_link *link)
{
	struct pollfd fd = { .fd = link->fd, .events = POLLIN };
	struct timespec gap = { .tv_nsec = link->gap_us % 1000000 * 1000,
		.tv_sec = link->gap_us / 1000000 };
	int n = ppoll(&fd, 1, &gap, NULL);

	if (n > 0 && fd.revents & (POLLHUP | POLLNVAL))
		return -EIO;
	return n > 0 ? line_quarantine(link) : 0;
}

/* What libmodbus' errno means: a reason, or a lost link in *error. */
static enum reason receive_failure(int number, int *error)
{
	switch (number) {
	case ETIMEDOUT:
		return REASON_TIMEOUT;
	case EMBBADCRC:
	case EMBBADDATA:
	case EMBMDATA:
		return REASON_GARBLED;
	case EMBBADSLAVE:
		return REASON_MISMATCH;
	case ECONNRESET: /* libmodbus for the end of a line that was hung up */
		*error = -EIO;
		return REASON_LINK;
	default:
		*error = number > 0 ? -number : -EIO;
		return REASON_LINK;
	}
}

struct exchange {
	uint8_t request[1 + MODBUS_REQUEST_MAX]; /* unit and PDU; the PDU is the caller's */
	size_t pdu_size;
	uint8_t reply[MODBUS_RTU_MAX_ADU_LENGTH];
	const uint8_t *data; /* REASON_NONE, of a read: its payload */
	unsigned code;       /* REASON_EXCEPTION */
	int error;           /* REASON_LINK: why the link is lost */
};

static bool request_send(
	struct rtu_link *link, const struct modbus_device *device, struct exchange *exchange)
{
	exchange->request[0] = (uint8_t)device->unit;
	return modbus_set_slave(link->line, (int)device->unit) == 0 &&
	       modbus_set_response_timeout(link->line, (uint32_t)(device->timeout_ms / 1000),
		       (uint32_t)(device->timeout_ms % 1000 * 1000)) == 0 &&
	       modbus_send_raw_request(
		       link->line, exchange->request, (int)exchange->pdu_size + 1) >= 0;
}

static enum reason exchange_run(
	struct rtu_link *link, const struct modbus_device *device, struct exchange *exchange)
{
	int n;

	exchange->error = line_gap(link);
	if (exchange->error)
		return REASON_LINK;
	if (!request_send(link, device, exchange)) {
		exchange->error = -errno;
		return REASON_LINK;
	}
	n = modbus_receive_confirmation(link->line, exchange->reply);
	if (n < 0)
		return receive_failure(errno, &exchange->error);
	/* 0: a sound frame, but of another slave. */
	if (n <= FRAME_EXTRA || exchange->reply[0] != exchange->request[0])
		return REASON_MISMATCH;
	return modbus_check_reply(exchange->request + 1, exchange->reply + 1,
		(size_t)n - FRAME_EXTRA, &exchange->data, &exchange->code);
}

/*
 * The outcome as the contract wants it: after all but an answer or an exception the line is in
 * doubt, and is not sound before the quarantine.
 */
static int exchange_end(struct rtu_link *link, const struct exchange *exchange, enum reason reason)
{
	int error = exchange->error;

	if (!error && reason != REASON_NONE && reason != REASON_EXCEPTION)
		error = line_quarantine(link);
	return error ? error : modbus_reason_error(reason);
}

/* The rest of a poll is given up with the request that failed: it would only wait again. */
static void requests_fail(
	struct modbus_plan *plan, size_t from, enum reason reason, struct sink *sink)
{
	for (size_t i = from; i < plan->request_count; i++)
		modbus_failed(&plan->requests[i], reason, 0, sink);
}

static int rtu_read(void *opaque, struct poll *poll, struct sink *sink)
{
	struct rtu_link *link = opaque;
	struct modbus_plan *plan = poll->plan;
	int first = 0;

	if (!plan)
		return -EINVAL;
	for (size_t i = 0; i < plan->request_count; i++) {
		struct modbus_request *request = &plan->requests[i];
		struct exchange exchange = { .error = 0 };
		enum reason reason;

		exchange.pdu_size = modbus_read_pdu(exchange.request + 1, request);
		reason = exchange_run(link, poll->device->options, &exchange);
		if (reason == REASON_NONE) {
			modbus_answered(request, exchange.data, sink);
		} else if (reason == REASON_EXCEPTION) {
			modbus_failed(request, reason, exchange.code, sink);
			first = -EREMOTEIO;
		} else {
			requests_fail(plan, i, reason, sink);
			return exchange_end(link, &exchange, reason);
		}
	}
	return first;
}

static int rtu_write(void *opaque, const struct point *point, double value)
{
	struct rtu_link *link = opaque;
	struct exchange exchange = { .error = 0 };
	uint16_t words[MODBUS_WORDS_MAX];
	enum reason reason;
	int error = modbus_write_words(point, value, words);

	if (error)
		return error;
	exchange.pdu_size = modbus_write_pdu(exchange.request + 1, point->options, words);
	reason = exchange_run(link, point->device->options, &exchange);
	return exchange_end(link, &exchange, reason);
}

static void rtu_close(void *opaque)
{
	struct rtu_link *link = opaque;

	if (!link)
		return;
	if (link->line) {
		modbus_close(link->line);
		modbus_free(link->line);
	}
	if (link->guard >= 0)
		close(link->guard);
	free(link);
}

/*
 * TIOCEXCL keeps all but root from opening the line. A pty (of a simulator) keeps it even after
 * the death of the program that set it, so that none could open it again.
 */
static int line_claim(int fd)
{
	struct stat status;

	if (fstat(fd, &status) == 0 && major(status.st_rdev) >= PTY_MAJOR_FIRST &&
		major(status.st_rdev) <= PTY_MAJOR_LAST)
		return 0;
	return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

/* One master only: the lock holds among ourselves, whoever we run as. */
static int line_lock(struct rtu_link *link, const char *path)
{
	link->guard = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (link->guard < 0)
		return -errno;
	if (!isatty(link->guard))
		return -ENOTTY;
	return flock(link->guard, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
}

static int line_open(struct rtu_link *link, const struct modbus_rtu_bus *options)
{
	static const char parities[] = { 'N', 'E', 'O' };
	int error;

	link->line = modbus_new_rtu(options->path, modbus_bauds[options->baud],
		parities[options->parity], (int)options->data_bits, (int)options->stop_bits);
	if (!link->line)
		return errno ? -errno : -EINVAL;
	modbus_set_error_recovery(link->line, MODBUS_ERROR_RECOVERY_NONE);
	/* 0: the response timeout is the deadline of the whole answer, dripped or not. */
	if (modbus_set_byte_timeout(link->line, 0, 0) < 0 || modbus_connect(link->line) < 0)
		return -errno;
	link->fd = modbus_get_socket(link->line);
	if (link->fd >= FD_SETSIZE) /* libmodbus would abort in select() */
		return -EMFILE;
	fcntl(link->fd, F_SETFD, FD_CLOEXEC);
	error = line_claim(link->fd);
	if (error)
		return error;
	if (options->mode == MODBUS_LINE_RS485 &&
		modbus_rtu_set_serial_mode(link->line, MODBUS_RTU_RS485) < 0)
		return -errno;
	return 0;
}

static int rtu_open(const struct bus *bus, void **out)
{
	const struct modbus_rtu_bus *options = bus->options;
	struct rtu_link *link = calloc(1, sizeof(*link));
	int error;

	if (!link)
		return -ENOMEM;
	link->guard = -1;
	link->gap_us = gap_us(options);
	link->silence_ms = silence_ms(bus);
	error = line_lock(link, options->path);
	if (!error)
		error = line_open(link, options);
	if (!error)
		error = line_quarantine(link);
	if (error) {
		rtu_close(link);
		return error;
	}
	*out = link;
	return 0;
}

/* Address, function and checksum around the PDUs; the slave's latency; the gap. */
static double request_ms(const struct device *device, const struct modbus_request *request)
{
	const struct modbus_rtu_bus *bus = device->bus->options;
	const struct modbus_device *options = device->options;
	double characters = 5 + (double)modbus_reply_size(request) + 2 * FRAME_EXTRA;

	return (characters * character_us(bus) + (double)gap_us(bus)) / 1000 +
	       (double)options->latency_ms;
}

static double rtu_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

static const struct adapter_blocking rtu_verbs = {
	.open = rtu_open,
	.read = rtu_read,
	.write = rtu_write,
	.close = rtu_close,
};

extern const struct adapter adapter_modbus_rtu;
const struct adapter adapter_modbus_rtu = {
	.name = "modbus-rtu",
	.summary = "Modbus RTU slaves on a serial line",
	.bus_options = modbus_rtu_bus_options,
	.device_options = modbus_rtu_device_options,
	.point_options = modbus_point_options,
	.bus_size = sizeof(struct modbus_rtu_bus),
	.device_size = sizeof(struct modbus_device),
	.point_size = sizeof(struct modbus_point),
	.check_bus = modbus_check_rtu_bus,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = rtu_cost_ms,
	.blocking = &rtu_verbs,
};
