/*
 * The serial line under modbus-rtu, on libmodbus, which sets it up and frames
 * requests. What it lacks is here: the lock, the gap, and the silence after doubt.
 */
#include "adapters/modbus/rtu_line.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
};

double rtu_character_us(const struct modbus_rtu_bus *options)
{
	return CHARACTER_BITS * 1e6 / modbus_bauds[options->baud];
}

/* The standard's 3.5 characters, fixed above 19200 bit/s. */
static double standard_gap_us(const struct modbus_rtu_bus *options)
{
	return modbus_bauds[options->baud] > 19200 ? FAST_GAP_US : 3.5 * rtu_character_us(options);
}

/* The standard's, or the bus's turnaround if longer. */
int64_t rtu_gap_us(const struct modbus_rtu_bus *options)
{
	int64_t gap = (int64_t)standard_gap_us(options);

	return gap > options->turnaround_ms * 1000 ? gap : options->turnaround_ms * 1000;
}

/*
 * Another request costs 8 characters and its answer 5 besides the registers, each with a gap
 * before it; a register has two.
 */
int64_t rtu_bridge_registers(const struct modbus_rtu_bus *options)
{
	return (int64_t)(13 + 2 * standard_gap_us(options) / rtu_character_us(options)) / 2;
}

static int64_t silence_ms(const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	int64_t longest = SILENCE_LEAST_MS;

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

int rtu_line_quarantine(struct rtu_line *line)
{
	int timer = timer_start(SILENCES_MAX * line->silence_ms);
	int error;

	if (timer < 0)
		return -errno;
	error = line_silence(line, timer);
	close(timer);
	return error;
}

void rtu_line_rest(struct rtu_line *line)
{
	timer_set(line->pace, line->gap_us);
}

int rtu_line_gap(struct rtu_line *line)
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

int rtu_line_open(struct rtu_line *line, const struct bus *bus)
{
	const struct modbus_rtu_bus *options = bus->options;
	int error;

	*line = (struct rtu_line){
		.guard = -1,
		.pace = timer_start(1),
		.gap_us = rtu_gap_us(options),
		.silence_ms = silence_ms(bus),
	};
	error = line->pace < 0 ? -errno : line_lock(line, options->path);
	if (!error)
		error = modbus_start(line, options);
	if (!error)
		error = rtu_line_quarantine(line);
	if (error)
		rtu_line_close(line);
	return error;
}

void rtu_line_close(struct rtu_line *line)
{
	if (line->modbus) {
		modbus_close(line->modbus);
		modbus_free(line->modbus);
	}
	if (line->guard >= 0)
		close(line->guard);
	if (line->pace >= 0)
		close(line->pace);
}
