/* Intents on a real disk: appended, told, turned over, and what happens when they cannot be. */
#include "daemon/record.h"
#include "daemon/record_file.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_SIZE = 128, TEXT_SIZE = 4096 };

static struct bench {
	char directory[PATH_SIZE], path[PATH_SIZE], old_path[PATH_SIZE];
	sd_event *loop;
	struct record *record;
	struct record_events events;
	unsigned told;
	uint64_t last_ticket;
	int last_error;
} b;

static void on_recorded(struct record_events *events, uint64_t ticket, int error)
{
	(void)events;
	b.told++;
	b.last_ticket = ticket;
	b.last_error = error;
}

static int set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	strcpy(b.directory, "/tmp/record-test-XXXXXX");
	if (!mkdtemp(b.directory))
		return -1;
	snprintf(b.path, sizeof(b.path), "%.60s/intents.jsonl", b.directory);
	snprintf(b.old_path, sizeof(b.old_path), "%.60s/intents.jsonl.1", b.directory);
	b.events.recorded = on_recorded;
	return sd_event_new(&b.loop) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	record_stop(b.record, 5000);
	sd_event_unref(b.loop);
	unlink(b.path);
	unlink(b.old_path);
	rmdir(b.directory);
	return 0;
}

static void start(void)
{
	b.record = record_start(b.directory, b.loop, &b.events);
	assert_non_null(b.record);
}

static void wait_told(unsigned count)
{
	int64_t end_ms = clock_now_ms() + 5000;

	while (b.told < count && clock_now_ms() < end_ms)
		assert_true(sd_event_run(b.loop, 50000) >= 0);
	assert_int_equal(b.told, count);
}

static const char *content(const char *path)
{
	static char text[TEXT_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, TEXT_SIZE - 1);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	return text;
}

static void test_on_disk_when_told(void **state)
{
	(void)state;
	start();
	assert_int_equal(record_heartbeat_ms(b.record), CLOCK_NEVER);
	assert_int_equal(record_append(b.record, "{\"a\":1}", 7), 0);
	wait_told(1);
	assert_int_equal(b.last_ticket, 7);
	assert_int_equal(b.last_error, 0);
	assert_string_equal(content(b.path), "{\"a\":1}\n");
	assert_int_equal(record_append(b.record, "{\"b\":2}", 0), 0); /* nobody wants to know */
	assert_int_equal(record_append(b.record, "{\"c\":3}", 8), 0);
	wait_told(2);
	assert_string_equal(content(b.path), "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n");
}

static void test_many_in_order(void **state)
{
	char line[32], *at;
	const char *text;

	(void)state;
	start();
	for (unsigned i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "{\"n\":%u}", i);
		assert_int_equal(record_append(b.record, line, i + 1), 0);
	}
	wait_told(200);
	assert_int_equal(b.last_ticket, 200);
	text = content(b.path);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(strtoul(text + strlen("{\"n\":"), &at, 10), i);
		text = at + 2;
	}
}

static void test_appends_after_a_restart(void **state)
{
	int fd;

	(void)state;
	/* The power went in the middle of a line. */
	fd = open(b.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	assert_int_equal(write(fd, "{\"cut\":", 7), 7);
	close(fd);
	start();
	record_append(b.record, "{\"next\":1}", 1);
	wait_told(1);
	assert_string_equal(content(b.path), "{\"cut\":\n{\"next\":1}\n");
}

static void test_a_line_is_one_line(void **state)
{
	(void)state;
	start();
	assert_int_equal(record_append(b.record, "{}\n{}", 1), -EINVAL);
}

static void test_directory_missing_and_back(void **state)
{
	(void)state;
	rmdir(b.directory);
	start();
	record_append(b.record, "{\"a\":1}", 1);
	wait_told(1);
	assert_int_equal(b.last_error, -ENOENT);
	assert_int_equal(mkdir(b.directory, 0700), 0);
	record_append(b.record, "{\"b\":1}", 2);
	wait_told(2);
	assert_int_equal(b.last_error, 0);
	assert_string_equal(content(b.path), "{\"b\":1}\n");
}

static void test_file_deleted_under_us(void **state)
{
	(void)state;
	start();
	record_append(b.record, "{\"a\":1}", 1);
	wait_told(1);
	unlink(b.path);
	record_append(b.record, "{\"b\":1}", 2);
	wait_told(2);
	assert_string_equal(content(b.path), "{\"b\":1}\n");
}

/* A limit on file size stands for the full disk: write() then fails or is cut short. */
static void test_full_disk(void **state)
{
	struct rlimit before, tight;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	(void)state;
	getrlimit(RLIMIT_FSIZE, &before);
	tight = before;
	tight.rlim_cur = 20;
	start();
	record_append(b.record, "{\"first\":1}", 1);
	wait_told(1);
	setrlimit(RLIMIT_FSIZE, &tight);
	record_append(b.record, "{\"second\":1}", 2); /* there is room for half of it */
	wait_told(2);
	assert_true(b.last_error == -ENOSPC || b.last_error == -EFBIG);
	assert_string_equal(content(b.path), "{\"first\":1}\n");
	setrlimit(RLIMIT_FSIZE, &before);
	record_append(b.record, "{\"third\":1}", 3);
	wait_told(3);
	assert_int_equal(b.last_error, 0);
	assert_string_equal(content(b.path), "{\"first\":1}\n{\"third\":1}\n");
	signal(SIGXFSZ, handler);
}

static void test_turns_over(void **state)
{
	struct stat status;

	(void)state;
	start();
	record_append(b.record, "{\"old\":1}", 1);
	wait_told(1);
	assert_int_equal(truncate(b.path, RECORD_SIZE_MAX - 5), 0);
	record_stop(b.record, 5000); /* so that it sees the size */
	start();
	record_append(b.record, "{\"new\":1}", 2);
	wait_told(2);
	assert_int_equal(b.last_error, 0);
	assert_string_equal(content(b.path), "{\"new\":1}\n");
	assert_int_equal(stat(b.old_path, &status), 0);
	assert_true(status.st_size >= RECORD_SIZE_MAX - 5);
}

static void test_full_queue(void **state)
{
	unsigned taken = 0;

	(void)state;
	start();
	/* Those done count until they are told, and the loop does not turn. */
	while (taken < 2 * RECORD_QUEUE_MAX && record_append(b.record, "{}", taken + 1) == 0)
		taken++;
	assert_int_equal(taken, RECORD_QUEUE_MAX);
	assert_int_equal(record_append(b.record, "{}", 1), -EAGAIN);
	wait_told(RECORD_QUEUE_MAX);
	assert_int_equal(record_append(b.record, "{}", 1), 0);
}

static void test_stop_writes_what_waits(void **state)
{
	const char *text;
	unsigned lines = 0;

	(void)state;
	start();
	for (unsigned i = 0; i < 100; i++)
		record_append(b.record, "{}", i + 1);
	record_stop(b.record, 5000);
	b.record = NULL;
	for (text = content(b.path); *text; text++)
		lines += *text == '\n';
	assert_int_equal(lines, 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_on_disk_when_told),
		TEST(test_many_in_order),
		TEST(test_appends_after_a_restart),
		TEST(test_a_line_is_one_line),
		TEST(test_directory_missing_and_back),
		TEST(test_file_deleted_under_us),
		TEST(test_full_disk),
		TEST(test_turns_over),
		TEST(test_full_queue),
		TEST(test_stop_writes_what_waits),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL) ? 1 : 0;
}
