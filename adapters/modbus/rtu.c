/*
 * modbus-rtu: a serial line of Modbus slaves, blocking shape, on libmodbus.
 *
 * libmodbus sets the line up, frames requests and waits for answers. It accepts
 * a late answer as that of the next request, so everything else is ours: what an
 * answer must be (pdu.c), and after any doubt, and at open, a quarantine:
 * wait until the line has been silent for longer than the slowest slave, then
 * flush. Longest call: each request its timeout, then four silences.
 */
#include "adapters/modbus/frame.h"
#include "adapters/modbus/pdu.h"

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
	SILENCE_LEAST_MS = 50,
	FAST_GAP_US = 1750,
	CHARACTER_BITS = 11,
	PTY_MAJOR_FIRST = 136,
	PTY_MAJOR_LAST = 143,
	UNITS = 256,
};

/*
 * The serial line: opened, locked, kept quiet. libmodbus sets it up and frames requests; what it
 * lacks is here: the lock, the gap, and the silence after doubt. Errors are 0 or -errno; every one
 * means that the line is lost.
 */
struct rtu_line {
	modbus_t *modbus;
	int fd;           /* libmodbus' own */
	int guard;        /* holds the lock on the device */
	int pace;         /* timerfd: readable when the gap since rtu_line_rest() is over */
	int owed;         /* timerfd: readable when the silence that the late units owe is over */
	bool late[UNITS]; /* did not answer in time, and may yet */
	int64_t gap_us, silence_ms;
};

static double rtu_character_us(const struct modbus_rtu_bus *options)
{
	return CHARACTER_BITS * 1e6 / modbus_bauds[options->baud];
}

/* The standard's 3.5 characters, fixed above 19200 bit/s. */
static double standard_gap_us(const struct modbus_rtu_bus *options)
{
	return modbus_bauds[options->baud] > 19200 ? FAST_GAP_US : 3.5 * rtu_character_us(options);
}

/* The standard's, or the bus's turnaround if longer. */
static int64_t rtu_gap_us(const struct modbus_rtu_bus *options)
{
	int64_t gap = (int64_t)standard_gap_us(options);

	return gap > options->turnaround_ms * 1000 ? gap : options->turnaround_ms * 1000;
}

/*
 * Another request costs 8 characters and its answer 5 besides the registers, each with a gap
 * before it; a register has two.
 */
static int64_t rtu_bridge_registers(const struct modbus_rtu_bus *options)
{
	return (int64_t)(13 + 2 * standard_gap_us(options) / rtu_character_us(options)) / 2;
}

static int64_t silence_ms(const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	int64_t longest_ms = modbus_longest_timeout_ms(bus);

	if (options->silence_ms > 0)
		return options->silence_ms;
	return longest_ms > SILENCE_LEAST_MS ? longest_ms : SILENCE_LEAST_MS;
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

static int timer_set(int timer, int64_t timeout_us)
{
	struct itimerspec when = {
		.it_value = { .tv_sec = timeout_us / 1000000,
			.tv_nsec = timeout_us % 1000000 * 1000 },
	};

	return timerfd_settime(timer, 0, &when, NULL);
}

/* A one-shot timer, so that a line that never falls silent cannot hold us. */
static int timer_start(int64_t timeout_ms)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd >= 0 && timer_set(fd, timeout_ms * 1000) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* 0 after silence, -EBUSY when there is none, or why the line is lost. */
static int line_silence(struct rtu_line *line, int timer)
{
	struct pollfd fds[] = {
		{ .fd = line->fd, .events = POLLIN },
		{ .fd = timer, .events = POLLIN },
	};

	for (;;) {
		int n = poll(fds, 2, (int)line->silence_ms);
		int error;

		if (n == 0)
			return tcflush(line->fd, TCIOFLUSH) < 0 ? -errno : 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents)
			return -EBUSY;
		error = n > 0 ? line_drain(line->fd) : 0;
		if (error)
			return error;
	}
}

/*
 * Wait until the line has been silent for silence_ms, and flush it: whatever was late has come.
 * Blocks at most 4 x silence_ms; -EBUSY where the line is never silent.
 */
static int rtu_line_quarantine(struct rtu_line *line)
{
	int timer = timer_start(SILENCES_MAX * line->silence_ms);
	int error;

	if (timer < 0)
		return -errno;
	error = line_silence(line, timer);
	close(timer);
	return error;
}

/* A frame has ended, or should have: the gap begins. */
static void rtu_line_rest(struct rtu_line *line)
{
	timer_set(line->pace, line->gap_us);
}

/* Wait until the gap is over. Whoever talks in it makes the line doubtful: quarantine. */
static int rtu_line_gap(struct rtu_line *line)
{
	struct pollfd fds[] = {
		{ .fd = line->fd, .events = POLLIN },
		{ .fd = line->pace, .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	if (fds[0].revents & (POLLHUP | POLLNVAL | POLLERR))
		return -EIO;
	return fds[0].revents ? rtu_line_quarantine(line) : 0;
}

/* The line of a simulator. */
static bool is_pty(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && major(status.st_rdev) >= PTY_MAJOR_FIRST &&
	       major(status.st_rdev) <= PTY_MAJOR_LAST;
}

/* Nothing of this unit came in time; it may come while others are asked, but not as theirs. */
static void rtu_line_owe(struct rtu_line *line, int64_t unit)
{
	line->late[unit] = true;
	timer_set(line->owed, line->silence_ms * 1000);
}

/* Before a unit is asked: what it owes. 0, or why the line is lost. */
static int rtu_line_settle(struct rtu_line *line, int64_t unit)
{
	struct pollfd owed = { .fd = line->owed, .events = POLLIN };
	int error = 0;

	if (!line->late[unit])
		return 0;
	if (poll(&owed, 1, 0) == 0)
		error = rtu_line_quarantine(line);
	if (error == 0)
		memset(line->late, 0, sizeof(line->late));
	return error;
}

/*
 * TIOCEXCL keeps all but root from opening the line. A pty keeps it even after the death of the
 * program that set it, so that none could open it again.
 */
static int line_claim(int fd)
{
	if (is_pty(fd))
		return 0;
	return ioctl(fd, TIOCEXCL) < 0 ? -errno : 0;
}

/* One master only: the lock holds among ourselves, whoever we run as. */
static int line_lock(struct rtu_line *line, const char *path)
{
	line->guard = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line->guard < 0)
		return -errno;
	if (!isatty(line->guard))
		return -ENOTTY;
	return flock(line->guard, LOCK_EX | LOCK_NB) < 0 ? -EBUSY : 0;
}

static int modbus_start(struct rtu_line *line, const struct modbus_rtu_bus *options)
{
	static const char parities[] = { 'N', 'E', 'O' };
	/*
	 * A pty has no parity. Where a killed program has left it as it should be otherwise, asking
	 * for one is all that is asked, and tcsetattr() says EINVAL.
	 */
	char parity = is_pty(line->guard) ? 'N' : parities[options->parity];
	int error;

	line->modbus = modbus_new_rtu(options->path, modbus_bauds[options->baud], parity,
		(int)options->data_bits, (int)options->stop_bits);
	if (!line->modbus)
		return errno ? -errno : -EINVAL;
	modbus_set_error_recovery(line->modbus, MODBUS_ERROR_RECOVERY_NONE);
	/* 0: the response timeout is the deadline of the whole answer, dripped or not. */
	if (modbus_set_byte_timeout(line->modbus, 0, 0) < 0 || modbus_connect(line->modbus) < 0)
		return -errno;
	line->fd = modbus_get_socket(line->modbus);
	if (line->fd >= FD_SETSIZE) /* libmodbus would abort in select() */
		return -EMFILE;
	fcntl(line->fd, F_SETFD, FD_CLOEXEC);
	error = line_claim(line->fd);
	if (error)
		return error;
	if (options->mode == MODBUS_LINE_RS485 &&
		modbus_rtu_set_serial_mode(line->modbus, MODBUS_RTU_RS485) < 0)
		return -errno;
	return 0;
}

static void rtu_line_close(struct rtu_line *line)
{
	if (line->modbus) {
		modbus_close(line->modbus);
		modbus_free(line->modbus);
	}
	if (line->guard >= 0)
		close(line->guard);
	if (line->pace >= 0)
		close(line->pace);
	if (line->owed >= 0)
		close(line->owed);
}

/* Open, lock and quarantine. On failure the line is closed again. */
static int rtu_line_open(struct rtu_line *line, const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	int error;

	*line = (struct rtu_line){
		.guard = -1,
		.pace = timer_start(1),
		.owed = timer_start(1),
		.gap_us = rtu_gap_us(options),
		.silence_ms = silence_ms(bus),
	};
	error = line->pace < 0 || line->owed < 0 ? -errno : line_lock(line, options->path);
	if (!error)
		error = modbus_start(line, options);
	if (!error)
		error = rtu_line_quarantine(line);
	if (error)
		rtu_line_close(line);
	return error;
}

/* An errno of libmodbus' own says nothing to the daemon. */
static int system_error(int number)
{
	return number > 0 && number < MODBUS_ENOBASE ? -number : -EIO;
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
		*error = system_error(number);
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

static bool request_send(struct rtu_line *line, const struct modbus_device *device,
	int64_t timeout_ms, struct exchange *exchange)
{
	exchange->request[0] = (uint8_t)device->unit;
	return modbus_set_slave(line->modbus, (int)device->unit) == 0 &&
	       modbus_set_response_timeout(line->modbus, (uint32_t)(timeout_ms / 1000),
		       (uint32_t)(timeout_ms % 1000 * 1000)) == 0 &&
	       modbus_send_raw_request(
		       line->modbus, exchange->request, (int)exchange->pdu_size + 1) >= 0;
}

static enum reason exchange_run(struct rtu_line *line, const struct modbus_device *device,
	int64_t patience_ms, struct exchange *exchange)
{
	int n;

	exchange->error = rtu_line_gap(line);
	if (!exchange->error)
		exchange->error = rtu_line_settle(line, device->unit);
	if (exchange->error)
		return REASON_LINK;
	if (!request_send(line, device, modbus_timeout_ms(device, patience_ms), exchange)) {
		exchange->error = system_error(errno);
		return REASON_LINK;
	}
	n = modbus_receive_confirmation(line->modbus, exchange->reply);
	rtu_line_rest(line);
	if (n < 0)
		return receive_failure(errno, &exchange->error);
	/* 0: a sound frame, but of another slave. */
	if (n <= FRAME_EXTRA || exchange->reply[0] != exchange->request[0])
		return REASON_MISMATCH;
	return modbus_check_reply(exchange->request + 1, exchange->reply + 1,
		(size_t)n - FRAME_EXTRA, &exchange->data, &exchange->code);
}

/*
 * The outcome as the contract wants it: after all but an answer, an exception or silence the line
 * is in doubt, and is not sound before the quarantine.
 */
static int exchange_end(struct rtu_line *line, const struct exchange *exchange, enum reason reason)
{
	int error = exchange->error;

	if (!error && reason == REASON_TIMEOUT)
		rtu_line_owe(line, exchange->request[0]);
	else if (!error && reason != REASON_NONE && reason != REASON_EXCEPTION)
		error = rtu_line_quarantine(line);
	return error ? error : modbus_reason_error(reason, exchange->code);
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
	struct rtu_line *line = opaque;
	struct modbus_plan *plan = poll->plan;
	int first = 0;

	if (!plan)
		return -EINVAL;
	modbus_begin(plan);
	for (size_t i = 0; i < plan->request_count;) {
		struct modbus_request *request = &plan->requests[i];
		struct exchange exchange = { .error = 0 };
		enum reason reason;
		int error;

		if (modbus_rests(poll, request, sink)) {
			first = -EREMOTEIO;
			i++;
			continue;
		}
		exchange.pdu_size = modbus_read_pdu(exchange.request + 1, request);
		reason = exchange_run(line, poll->device->options, poll->patience_ms, &exchange);
		if (reason == REASON_NONE) {
			modbus_answered(request, exchange.data, sink);
			if (sink->answer)
				sink->answer(sink);
			i++;
			continue;
		}
		error = exchange_end(line, &exchange, reason);
		if (reason == REASON_EXCEPTION) {
			if (modbus_refused(plan, i, exchange.code, sink))
				continue;
			i++;
		}
		/* A gateway's word that the unit is not there holds for the rest too. */
		if (reason != REASON_EXCEPTION || error == -ETIMEDOUT) {
			requests_fail(plan, i, reason == REASON_EXCEPTION ? REASON_TIMEOUT : reason,
				sink);
			return error;
		}
		first = error;
	}
	return first;
}

static int rtu_write(void *opaque, const struct point *point, double value)
{
	struct rtu_line *line = opaque;
	struct exchange exchange = { .error = 0 };
	uint16_t words[MODBUS_WORDS_MAX];
	enum reason reason;
	int error = modbus_write_words(point, value, words);

	if (error)
		return error;
	exchange.pdu_size = modbus_write_pdu(exchange.request + 1, point->options, words);
	reason = exchange_run(line, point->device->options, 0, &exchange);
	return exchange_end(line, &exchange, reason);
}

static int rtu_open(const struct bus *bus, void **out)
{
	struct rtu_line *line = calloc(1, sizeof(*line));
	int error;

	if (!line)
		return -ENOMEM;
	error = rtu_line_open(line, bus);
	if (error)
		free(line);
	else
		*out = line;
	return error;
}

static void rtu_close(void *opaque)
{
	struct rtu_line *line = opaque;

	if (!line)
		return;
	rtu_line_close(line);
	free(line);
}

/* Address, function and checksum around the PDUs; the slave's latency; the gap. */
static double request_ms(const struct device *device, const struct modbus_request *request)
{
	const struct modbus_rtu_bus *bus = device->bus->options;
	const struct modbus_device *options = device->options;
	double characters = 5 + (double)modbus_reply_size(request) + 2 * FRAME_EXTRA;

	return (characters * rtu_character_us(bus) + (double)rtu_gap_us(bus)) / 1000 +
	       (double)options->latency_ms;
}

static double rtu_cost_ms(const struct poll *poll)
{
	return modbus_cost_ms(poll, request_ms);
}

/* Request and gap, the whole time-out; and before a second try the silence that is owed. */
static double rtu_loss_ms(const struct device *device, bool again)
{
	const struct modbus_rtu_bus *bus = device->bus->options;
	const struct modbus_device *options = device->options;
	double request_us = (5 + FRAME_EXTRA) * rtu_character_us(bus) + (double)rtu_gap_us(bus);

	return request_us / 1000 + (double)options->timeout_ms +
	       (again ? (double)silence_ms(device->bus) : 0);
}

static void rtu_check_device(struct device *device, struct option_errors *errors)
{
	struct modbus_device *options = device->options;

	(void)errors;
	if (options->gap_registers < 0)
		options->gap_registers = rtu_bridge_registers(device->bus->options);
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
	.check_device = rtu_check_device,
	.check_point = modbus_check_point,
	.overlap = modbus_overlap,
	.place = modbus_place,
	.plan = modbus_plan,
	.unplan = modbus_unplan,
	.cost_ms = rtu_cost_ms,
	.loss_ms = rtu_loss_ms,
	.blocking = &rtu_verbs,
};
