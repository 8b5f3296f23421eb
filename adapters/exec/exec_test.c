/* Programs that print readings, take writes, and those that do it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/exec_bench.h"

static void test_readings(void **state)
{
	(void)state;
	run_script("echo temp 21.5; echo 'leak 1'; printf 'temp\\t -3e1 \\r\\n'; sleep 100");
	await(0, 2);
	assert_good(&b, 0, -30);
	assert_good(&b, 1, 1);
	assert_int_equal(b.readings[2], 0);
	assert_int_equal(state_of(), LINK_IDLE);
}

static void test_words_of_its_own(void **state)
{
	(void)state;
	options[0].word = "T1";
	run_script("echo T1 4; sleep 100");
	await(0, 1);
	assert_good(&b, 0, 4);
	close_link();
	options[0].word = "leak"; /* which would be two points */
	assert_int_equal(open_link(), -ENOTUNIQ);
}

static void one_line(const char *line, enum reason reason)
{
	char script[200];

	snprintf(script, sizeof(script), "echo '%s'; sleep 100", line);
	run_script(script);
	await(line[0] == 't' ? 0 : 1, 1);
	assert_bad(&b, line[0] == 't' ? 0 : 1, reason);
	assert_int_equal(state_of(), LINK_IDLE);
	close_link();
}

static void test_no_values(void **state)
{
	(void)state;
	one_line("temp bad", REASON_DEVICE);
	one_line("temp bad the probe is broken", REASON_DEVICE);
	one_line("temp bad offline", REASON_OFFLINE);
	one_line("temp bad out of range", REASON_RANGE);
	one_line("temp bad none", REASON_DEVICE); /* which is not why something is bad */
	one_line("temp 1001", REASON_RANGE);
	one_line("leak 2", REASON_RANGE);
	one_line("leak 0.5", REASON_RANGE);
	one_line("leak wet", REASON_GARBLED);
	one_line("temp nan", REASON_GARBLED);
	one_line("temp inf", REASON_GARBLED);
	one_line("temp 0x10", REASON_GARBLED);
	one_line("temp 21,5", REASON_GARBLED);
	one_line("temp 1 2", REASON_GARBLED);
	one_line("temp badly", REASON_GARBLED);
}

static void test_garbage_loses_the_link(void **state)
{
	static const char *const prints[] = { "echo", "echo temp", "echo ' temp 1'", "echo other 1",
		"echo TEMP 1", "echo hello world", "printf 'temp 1\\000\\n'",
		"printf 'te\\033mp 1\\n'", "echo done", "echo done 1", "echo failed 0",
		"echo done -1", "echo done x", "printf '\\377\\376\\n'", "head -c 3000 /dev/zero",
		"head -c 2000 /dev/zero | tr '\\0' a" };
	char script[200];

	(void)state;
	for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		snprintf(script, sizeof(script), "%s; sleep 100", prints[i]);
		run_script(script);
		await_loss(-EPROTO);
		close_link();
	}
}

static void test_flood(void **state)
{
	unsigned turns = 0;

	(void)state;
	run_script("yes temp 1");
	while (state_of() != LINK_LOST) {
		assert_true(bench_turn(&b, TURN_MS));
		turns++;
	}
	assert_int_equal(result_of(), -EPROTO);
	assert_true(b.readings[0] == 1031); /* 1000 and 10 for each point, then the loss */
	/* A piece for each turn, so that others come to theirs. */
	assert_true(turns >= 7);
}

/* As many in all, and not at once. */
static void test_busy_is_no_flood(void **state)
{
	(void)state;
	run_script("i=0; while [ $i -lt 1500 ]; do echo temp $i; i=$((i+1)); done; sleep 100");
	while (b.readings[0] < 1500) {
		b.now_ms += 200; /* for at most 120 lines */
		assert_true(bench_turn(&b, TURN_MS));
		assert_int_equal(state_of(), LINK_IDLE);
	}
}

static void test_it_cannot_be_run(void **state)
{
	(void)state;
	run_command("/no/such/program", NULL, NULL);
	assert_int_equal(state_of(), LINK_LOST);
	await_loss(-ENOENT);
	close_link();
	run_command("/etc/passwd", NULL, NULL);
	await_loss(-EACCES);
	close_link();
	run_command("/", NULL, NULL);
	await_loss(-EACCES);
}

static void test_it_dies(void **state)
{
	(void)state;
	run_script("echo temp 5; printf 'temp 6'; exit 3");
	await(0, 1);
	assert_good(&b, 0, 5);
	await_loss(-EPIPE); /* the half line is no reading */
	close_link();
	run_script("kill -9 $$");
	await_loss(-EPIPE);
}

/* Nothing is asked of it, so nothing is due: its points become stale by their age. */
static void test_it_hangs(void **state)
{
	struct link_wait wait;

	(void)state;
	run_script("sleep 100");
	assert_false(bench_turn(&b, 100));
	b.adapter->event->wait(b.link, &wait);
	assert_true(wait.deadline_ms == CLOCK_NEVER);
	assert_null(b.adapter->event->start_read);
}

/* Writes -------------------------------------------------------------------------- */

static int start_write(double value)
{
	return b.adapter->event->start_write(b.link, &b.points[2], value, b.now_ms);
}

static void await_end(int result)
{
	while (state_of() == LINK_BUSY)
		assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(result_of(), result);
}

static void test_writes(void **state)
{
	(void)state;
	run_script("while read verb n point value; do\n"
		   "[ $verb $point = write relay ] 2>/dev/null\n"
		   "if [ $value = 1 ]; then echo relay 1; echo done $n;\n"
		   "else echo failed $n it is stuck; fi; done");
	assert_int_equal(start_write(1), 0);
	assert_int_equal(state_of(), LINK_BUSY);
	await_end(0);
	assert_good(&b, 2, 1); /* readings come meanwhile */
	assert_int_equal(start_write(0), 0);
	await_end(-EREMOTEIO);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(start_write(1), 0);
	await_end(0);
}

/* The words that it reads, as they are. */
static void test_words_of_a_write(void **state)
{
	(void)state;
	run_script("read line; [ \"$line\" = 'write 1 relay 0' ] && echo done 1; sleep 100");
	assert_int_equal(start_write(0), 0);
	await_end(0);
}

/* An acknowledgement that is late says nothing of the write after it. */
static void test_a_late_acknowledgement(void **state)
{
	(void)state;
	run_script("read one; read two; echo done 1; read three; echo done 2; sleep 100");
	assert_int_equal(start_write(1), 0);
	assert_false(bench_turn(&b, 50));
	bench_deadline(&b);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(result_of(), -ETIMEDOUT);
	assert_int_equal(start_write(0), 0);
	assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(state_of(), LINK_BUSY);
	bench_deadline(&b);
	assert_int_equal(result_of(), -ETIMEDOUT);
	assert_int_equal(start_write(0), 0);
	assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(state_of(), LINK_BUSY);
}

static void test_it_dies_during_a_write(void **state)
{
	(void)state;
	run_script("read line; exit 0");
	assert_int_equal(start_write(1), 0);
	await_loss(-EPIPE);
}

static void test_it_does_not_read(void **state)
{
	int error = 0;

	(void)state;
	run_script("sleep 100");
	for (int i = 0; i < 10000 && !error; i++) {
		error = start_write(1);
		if (!error)
			bench_deadline(&b);
	}
	assert_int_equal(error, -EAGAIN); /* the pipe is full, and nobody waits */
	assert_int_equal(state_of(), LINK_IDLE);
	close_link();
	run_script("exec 0<&-; echo temp 1; sleep 100"); /* it has closed its input */
	await(0, 1);
	assert_int_equal(start_write(1), -EPIPE);
	assert_int_equal(state_of(), LINK_IDLE);
}

static void test_options(void **state)
{
	(void)state;
	command[0] = "sensor.py";
	options[0].word = "done";
	options[1].word = "two words";
	bench_check(&b);
	assert_non_null(strstr(b.told, "[command] begins with \"sensor.py\""));
	assert_non_null(strstr(b.told, "[word] cannot be \"done\""));
	assert_non_null(strstr(b.told, "[word] \"two words\" must be"));
	assert_string_equal(options[2].word, "relay");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_readings),
		TEST(test_words_of_its_own),
		TEST(test_no_values),
		TEST(test_garbage_loses_the_link),
		TEST(test_flood),
		TEST(test_busy_is_no_flood),
		TEST(test_it_cannot_be_run),
		TEST(test_it_dies),
		TEST(test_it_hangs),
		TEST(test_writes),
		TEST(test_words_of_a_write),
		TEST(test_a_late_acknowledgement),
		TEST(test_it_dies_during_a_write),
		TEST(test_it_does_not_read),
		TEST(test_options),
	};

	return cmocka_run_group_tests_name("exec", tests, NULL, NULL) ? 1 : 0;
}
