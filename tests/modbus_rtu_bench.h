/*
 * A hostile Modbus RTU slave on a pty, in a process of its own, whose next fault
 * the test chooses. A register's value is that of the request that asks for it:
 * rtu_truth(). Include cmocka first.
 */
#ifndef TESTS_MODBUS_RTU_BENCH_H
#define TESTS_MODBUS_RTU_BENCH_H

#include "core/clock.h"
#include "tests/modbus_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum rtu_fault {
	RTU_SOUND,
	RTU_LATE,
	RTU_SILENT,
	RTU_NOISE,
	RTU_BAD_CRC,
	RTU_WRONG_SLAVE,
	RTU_ECHO,
	RTU_EXCEPTION,
	RTU_SHORT,
	RTU_TWICE,
	RTU_OTHER_FUNCTION,
	RTU_WRONG_ECHO, /* of a write: another value acknowledged */
	RTU_FAULT_COUNT,
	RTU_RANDOM, /* half of them sound */
	RTU_BABBLE, /* talk for ever, asked or not */
};

enum { RTU_TIMEOUT_MS = 40, RTU_SILENCE_MS = 75, RTU_UNIT = 7 };

struct rtu_shared {
	_Atomic(enum rtu_fault) fault;
	_Atomic unsigned requests; /* received */
	_Atomic unsigned faults;   /* of RTU_RANDOM: those that were not RTU_SOUND */
};

struct rtu_slave {
	pid_t pid;
	char path[64];
	struct rtu_shared *shared;
};

static inline uint16_t rtu_truth(unsigned serial, unsigned address)
{
	return (uint16_t)(serial * 31 + address * 7);
}

static inline size_t rtu_seal(uint8_t *frame, size_t size)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= frame[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
	}
	frame[size] = (uint8_t)crc;
	frame[size + 1] = (uint8_t)(crc >> 8);
	return size + 2;
}

/* One request, or 0 when a part of one was followed by silence. */
static inline size_t rtu_receive(int fd, uint8_t *request)
{
	size_t got = 0, want = 8;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	while (got < want) {
		ssize_t n;

		if (poll(&ready, 1, got ? 20 : -1) == 0)
			return 0;
		n = read(fd, request + got, want - got);
		if (n <= 0)
			_exit(0);
		got += (size_t)n;
		if (got >= 7 && (request[1] == 15 || request[1] == 16))
			want = 9U + request[6];
	}
	return got;
}

static inline size_t rtu_answer(const uint8_t *request, unsigned serial, uint8_t *reply)
{
	unsigned address = (unsigned)request[2] << 8 | request[3];
	unsigned count = (unsigned)request[4] << 8 | request[5];

	memcpy(reply, request, 6);
	if (request[1] > 4)
		return rtu_seal(reply, 6);
	reply[2] = (uint8_t)(2 * count);
	for (unsigned i = 0; i < count; i++) {
		uint16_t value = rtu_truth(serial, address + i);

		reply[3 + 2 * i] = (uint8_t)(value >> 8);
		reply[4 + 2 * i] = (uint8_t)value;
	}
	return rtu_seal(reply, 3 + 2 * count);
}

static inline void rtu_send(int fd, const uint8_t *bytes, size_t size)
{
	if (write(fd, bytes, size) < 0)
		_exit(0);
}

/* Late, but never so late that no master could know: that would be another test. */
static inline void rtu_send_late(int fd, const uint8_t *reply, size_t size, int64_t since_ms)
{
	usleep((useconds_t)(1000 * (RTU_TIMEOUT_MS + 5 + random() % 20)));
	if (clock_now_ms() - since_ms < RTU_TIMEOUT_MS + RTU_SILENCE_MS - 10)
		rtu_send(fd, reply, size);
}

static inline void rtu_misbehave(int fd, enum rtu_fault fault, const uint8_t *request,
	size_t request_size, uint8_t *reply, size_t size)
{
	int64_t since_ms = clock_now_ms();

	switch (fault) {
	case RTU_LATE:
		rtu_send_late(fd, reply, size, since_ms);
		return;
	case RTU_SILENT:
		return;
	case RTU_NOISE:
		rtu_send(fd, (const uint8_t[]){ 0x07, 0x5a, 0xff }, 3);
		break;
	case RTU_BAD_CRC:
		reply[size - 1] ^= 0x10;
		break;
	case RTU_WRONG_SLAVE:
		reply[0]++;
		rtu_seal(reply, size - 2);
		break;
	case RTU_ECHO:
		rtu_send(fd, request, request_size);
		break;
	case RTU_EXCEPTION:
		reply[1] |= 0x80;
		reply[2] = 2;
		size = rtu_seal(reply, 3);
		break;
	case RTU_SHORT:
		size -= 3;
		break;
	case RTU_TWICE:
		memcpy(reply + size, reply, size);
		size *= 2;
		break;
	case RTU_OTHER_FUNCTION:
		reply[1] = reply[1] == 3 ? 4 : 3;
		rtu_seal(reply, size - 2);
		break;
	case RTU_WRONG_ECHO:
		reply[5] ^= 1;
		rtu_seal(reply, size - 2);
		break;
	default:
		break;
	}
	rtu_send(fd, reply, size);
}

static inline void __attribute__((noreturn)) rtu_slave_run(int fd, struct rtu_shared *shared)
{
	uint8_t request[64], reply[128];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		enum rtu_fault fault = shared->fault;
		size_t request_size, size;

		if (fault == RTU_BABBLE) {
			rtu_send(fd, (const uint8_t[]){ 0x55 }, 1);
			usleep(5000);
			continue;
		}
		request_size = rtu_receive(fd, request);
		fault = shared->fault;
		if (!request_size)
			continue;
		size = rtu_answer(request, ++shared->requests, reply);
		if (fault == RTU_RANDOM)
			fault = random() % 3 ? RTU_SOUND
					     : (enum rtu_fault)(random() % RTU_WRONG_ECHO);
		shared->faults += fault != RTU_SOUND;
		rtu_misbehave(fd, fault, request, request_size, reply, size);
	}
}

static inline void rtu_slave_start(struct rtu_slave *slave, enum rtu_fault fault)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios raw;
	int line;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master) | unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, slave->path, sizeof(slave->path)), 0);
	slave->shared = mmap(NULL, sizeof(*slave->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(slave->shared != MAP_FAILED);
	slave->shared->fault = fault;
	line = open(slave->path, O_RDWR | O_NOCTTY);
	assert_int_equal(tcgetattr(line, &raw), 0);
	cfmakeraw(&raw); /* no echo of what the slave says before the line is opened */
	assert_int_equal(tcsetattr(line, TCSANOW, &raw), 0);
	slave->pid = fork();
	if (slave->pid == 0)
		rtu_slave_run(master, slave->shared); /* keeps `line` open too */
	assert_true(slave->pid > 0);
	close(line);
	close(master);
}

static inline void rtu_slave_stop(struct rtu_slave *slave)
{
	if (slave->pid > 0) {
		kill(slave->pid, SIGKILL);
		waitpid(slave->pid, NULL, 0);
	}
	slave->pid = 0;
}

#endif
