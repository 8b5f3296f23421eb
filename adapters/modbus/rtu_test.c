/*
 * modbus-rtu against a hostile slave on a pty: never a wrong value, late or
 * noisy as it may be; and what becomes of lines that are locked, gone or loud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after setjmp.h */
#include <cmocka.h>
/* after cmocka.h */
#include "tests/modbus_rtu_bench.h"

extern const struct adapter adapter_modbus_rtu;

enum { POINTS = 4, SPACING = 300 };

static struct bench b;
static struct rtu_slave slave;
static const struct adapter_blocking *verbs;
static void *link_;
static unsigned seed;
static struct poll polls[POINTS]; /* one request each */

static int start(void **state)
{
	(void)state;
	verbs = adapter_modbus_rtu.blocking;
	seed = (unsigned)getpid() ^ (unsigned)clock_now_ms();
	srandom(seed); /* the slave's process goes on from the same */
	rtu_slave_start(&slave, RTU_SOUND);
	bench_init(&b);
	b.options.timeout_ms = RTU_TIMEOUT_MS;
	b.options.unit = RTU_UNIT;
	b.rtu = (struct modbus_rtu_bus){
		.path = slave.path,
		.baud = 7,
		.stop_bits = 1,
		.data_bits = 8,
		.turnaround_ms = 2,
		.silence_ms = RTU_SILENCE_MS,
	};
	b.bus.options = &b.rtu;
	for (int i = 0; i < POINTS; i++)
		bench_add(&b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U16, i * SPACING);
	b.points[0].writable = true;
	assert_int_equal(bench_ready(&b), 0);
	for (int i = 0; i < POINTS; i++) {
		polls[i] =
			(struct poll){ .device = &b.device, .points = b.pointers + i, .count = 1 };
		assert_int_equal(modbus_plan(&polls[i]), 0);
	}
	link_ = NULL;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	verbs->close(link_);
	rtu_slave_stop(&slave);
	munmap(slave.shared, sizeof(*slave.shared));
	modbus_unplan(&b.poll);
	for (int i = 0; i < POINTS; i++)
		modbus_unplan(&polls[i]);
	return 0;
}

static void open_line(void)
{
	assert_int_equal(verbs->open(&b.bus, &link_), 0);
}

/* Read point i alone with the slave at fault. */
static int read_one(int fault, int i)
{
	slave.shared->fault = fault;
	bench_forget(&b);
	return verbs->read(link_, &polls[i], &b.sink);
}

static void assert_good(int i)
{
	int error = -ETIMEDOUT;

	/* A loaded machine may keep the slave from answering in time. */
	for (int tries = 0; tries < 3 && error == -ETIMEDOUT; tries++)
		error = read_one(RTU_SOUND, i);
	assert_int_equal(error, 0);
	assert_int_equal(b.last[i].quality, QUALITY_GOOD);
	assert_true(b.last[i].value == rtu_truth(slave.shared->requests, (unsigned)(i * SPACING)));
}

static void each_fault(void **state)
{
	static const struct {
		int fault, error;
		enum reason reason;
	} vectors[] = {
		{ RTU_LATE, -ETIMEDOUT, REASON_TIMEOUT },
		{ RTU_SILENT, -ETIMEDOUT, REASON_TIMEOUT },
		{ RTU_BAD_CRC, -EBADMSG, REASON_GARBLED },
		{ RTU_WRONG_SLAVE, -EBADMSG, REASON_MISMATCH },
		{ RTU_ECHO, -EBADMSG, REASON_GARBLED },
		{ RTU_EXCEPTION, -EREMOTEIO, REASON_EXCEPTION },
		{ RTU_SHORT, -ETIMEDOUT, REASON_TIMEOUT },
		{ RTU_OTHER_FUNCTION, -EBADMSG, REASON_MISMATCH },
	};

	(void)state;
	open_line();
	assert_good(0);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		int error = read_one(vectors[i].fault, 1);

		if (error != vectors[i].error || b.last[1].reason != vectors[i].reason)
			fail_msg("fault %d: %d, %s", vectors[i].fault, error,
				reason_name(b.last[1].reason));
		assert_int_equal(b.readings[1], 1);
		assert_int_equal(b.last[1].quality, QUALITY_BAD);
		assert_int_equal(b.last[1].detail, vectors[i].error == -EREMOTEIO ? 2 : 0);
		assert_good(2);
	}
	assert_int_equal(read_one(RTU_TWICE, 1), 0); /* the second one must not be the next's */
	assert_good(3);
}

static void random_faults(void **state)
{
	unsigned good = 0, bad = 0, wrong = 0;

	(void)state;
	print_message("seed %u\n", seed);
	open_line();
	for (unsigned n = 0; n < 300; n++) {
		int i = (int)(random() % POINTS);
		unsigned serial;

		read_one(RTU_RANDOM, i);
		/* Looked at now: a slave that a loaded machine stops may see a request only after
		 * its time-out, or lose it where it is flushed before. */
		serial = slave.shared->requests;
		assert_int_equal(b.readings[i], 1);
		if (b.last[i].quality != QUALITY_GOOD)
			bad++;
		else if (b.last[i].value == rtu_truth(serial, (unsigned)(i * SPACING)))
			good++;
		else
			wrong++;
	}
	print_message(
		"%u good, %u bad, %u wrong, %u faults\n", good, bad, wrong, slave.shared->faults);
	assert_in_range(slave.shared->requests, 290, 300);
	assert_int_equal(wrong, 0);
	assert_true(good > 100 && bad > 30);
}

static void whole_poll(void **state)
{
	int64_t since_ms;

	(void)state;
	open_line();
	assert_int_equal(verbs->read(link_, &b.poll, &b.sink), 0);
	assert_true(bench_complete(&b));
	assert_int_equal(slave.shared->requests, POINTS);
	bench_forget(&b);
	slave.shared->fault = RTU_EXCEPTION; /* the others go on */
	assert_int_equal(verbs->read(link_, &b.poll, &b.sink), -EREMOTEIO);
	assert_true(bench_complete(&b));
	assert_int_equal(slave.shared->requests, 2 * POINTS);
	bench_forget(&b);
	slave.shared->fault = RTU_SILENT; /* one timeout for all */
	since_ms = clock_now_ms();
	assert_int_equal(verbs->read(link_, &b.poll, &b.sink), -ETIMEDOUT);
	assert_true(clock_now_ms() - since_ms >= RTU_TIMEOUT_MS - 2);
	assert_true(bench_complete(&b));
	assert_int_equal(slave.shared->requests, 2 * POINTS + 1);
}

/* What comes late is of the unit that was asked: nothing else waits for the line's silence. */
static void the_same_unit_waits_for_silence(void **state)
{
	int64_t lost_ms;

	(void)state;
	open_line();
	assert_good(0);
	assert_int_equal(read_one(RTU_SILENT, 1), -ETIMEDOUT);
	lost_ms = clock_now_ms();
	b.options.unit = RTU_UNIT + 1;
	b.rtu.silence_ms = 0;
	if (read_one(RTU_SOUND, 2) == 0) /* else the machine was too busy to say anything */
		assert_true(clock_now_ms() - lost_ms < RTU_SILENCE_MS);
	b.options.unit = RTU_UNIT;
	assert_int_equal(read_one(RTU_SOUND, 1), 0);
	assert_true(clock_now_ms() - lost_ms >= RTU_SILENCE_MS - 2);
	lost_ms = clock_now_ms(); /* and once it has, no more */
	assert_good(1);
}

static void waits_no_longer_than_the_poll(void **state)
{
	int64_t since_ms = clock_now_ms();

	(void)state;
	open_line();
	b.options.timeout_ms = 5000;
	polls[1].patience_ms = 40;
	assert_int_equal(read_one(RTU_SILENT, 1), -ETIMEDOUT);
	assert_true(clock_now_ms() - since_ms < 2500);
}

static void waits_for_whole_seconds_too(void **state)
{
	int64_t since_ms;

	(void)state;
	open_line();
	b.options.timeout_ms = 1050;
	since_ms = clock_now_ms();
	assert_int_equal(read_one(RTU_SILENT, 1), -ETIMEDOUT);
	assert_true(clock_now_ms() - since_ms >= 1050);
}

static void writes(void **state)
{
	(void)state;
	open_line();
	assert_int_equal(verbs->write(link_, &b.points[0], 513), 0);
	slave.shared->fault = RTU_WRONG_ECHO;
	assert_int_equal(verbs->write(link_, &b.points[0], 513), -EBADMSG);
	slave.shared->fault = RTU_EXCEPTION;
	assert_int_equal(verbs->write(link_, &b.points[0], 513), -EREMOTEIO);
	slave.shared->fault = RTU_SILENT;
	assert_int_equal(verbs->write(link_, &b.points[0], 513), -ETIMEDOUT);
	assert_int_equal(verbs->write(link_, &b.points[0], 65536), -EINVAL);
	assert_int_equal(verbs->write(link_, &b.points[1], 1), -EINVAL);
	assert_int_equal(slave.shared->requests, 4);
}

static void unplugged(void **state)
{
	(void)state;
	open_line();
	assert_good(0);
	rtu_slave_stop(&slave);
	assert_int_equal(read_one(RTU_SOUND, 1), -EIO);
	assert_int_equal(b.last[1].reason, REASON_LINK);
	assert_int_equal(verbs->write(link_, &b.points[0], 1), -EIO);
	verbs->close(link_);
	link_ = NULL;
	assert_int_equal(verbs->open(&b.bus, &link_), -ENOENT);
}

static void one_master(void **state)
{
	void *second = NULL;

	(void)state;
	open_line();
	assert_int_equal(verbs->open(&b.bus, &second), -EBUSY);
	assert_null(second);
	assert_good(0);
	verbs->close(link_); /* and what was locked is free again */
	open_line();
	assert_good(1);
}

/* A program that is killed leaves the line as it had set it; the next one gets it all the same. */
static void opened_after_a_crash(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	b.rtu.parity = MODBUS_PARITY_EVEN;
	pid = fork();
	if (pid == 0)
		_exit(verbs->open(&b.bus, &link_) == 0 ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	open_line();
	assert_good(0);
}

static void never_silent(void **state)
{
	int64_t since_ms = clock_now_ms();

	(void)state;
	rtu_slave_stop(&slave);
	munmap(slave.shared, sizeof(*slave.shared));
	rtu_slave_start(&slave, RTU_BABBLE);
	assert_int_equal(verbs->open(&b.bus, &link_), -EBUSY);
	assert_true(clock_now_ms() - since_ms < 20 * RTU_SILENCE_MS);
}

static void no_line(void **state)
{
	(void)state;
	b.rtu.path = "/dev/null";
	assert_int_equal(verbs->open(&b.bus, &link_), -ENOTTY);
	b.rtu.path = "/dev/serial/by-id/none";
	assert_int_equal(verbs->open(&b.bus, &link_), -ENOENT);
}

/* Where the kernel cannot switch the direction, the line is refused: its answers would collide. */
static void rs485_is_the_kernels(void **state)
{
	(void)state;
	b.rtu.mode = MODBUS_LINE_RS485;
	assert_true(verbs->open(&b.bus, &link_) < 0);
	assert_null(link_);
	b.rtu.mode = MODBUS_LINE_RS232;
	open_line();
	assert_good(0);
}

/* What a merged request may skip costs less than another: by the speed, where nothing is said. */
static void bridges_by_the_speed(void **state)
{
	static const struct {
		int baud;
		int64_t registers;
	} vectors[] = { { 3, 10 }, { 4, 10 }, { 5, 12 }, { 7, 24 } };

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		b.rtu.baud = vectors[i].baud;
		b.options.gap_registers = -1;
		adapter_modbus_rtu.check_device(&b.device, &b.errors);
		assert_int_equal(b.options.gap_registers, vectors[i].registers);
	}
	b.options.gap_registers = 0; /* said */
	adapter_modbus_rtu.check_device(&b.device, &b.errors);
	assert_int_equal(b.options.gap_registers, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_fault, start, stop),
		cmocka_unit_test_setup_teardown(random_faults, start, stop),
		cmocka_unit_test_setup_teardown(whole_poll, start, stop),
		cmocka_unit_test_setup_teardown(the_same_unit_waits_for_silence, start, stop),
		cmocka_unit_test_setup_teardown(waits_no_longer_than_the_poll, start, stop),
		cmocka_unit_test_setup_teardown(waits_for_whole_seconds_too, start, stop),
		cmocka_unit_test_setup_teardown(writes, start, stop),
		cmocka_unit_test_setup_teardown(unplugged, start, stop),
		cmocka_unit_test_setup_teardown(one_master, start, stop),
		cmocka_unit_test_setup_teardown(opened_after_a_crash, start, stop),
		cmocka_unit_test_setup_teardown(never_silent, start, stop),
		cmocka_unit_test_setup_teardown(no_line, start, stop),
		cmocka_unit_test_setup_teardown(rs485_is_the_kernels, start, stop),
		cmocka_unit_test_setup_teardown(bridges_by_the_speed, start, stop),
	};

	return cmocka_run_group_tests_name("modbus_rtu", tests, NULL, NULL) ? 1 : 0;
}
