/* The local socket with real clients, for its tests only: say, hear, and turn the loop meanwhile.
 */
#ifndef TESTS_LOCAL_BENCH_H
#define TESTS_LOCAL_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/people/local.h"
#include "tests/heard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { TURNS = 400, TURN_US = 5000, IDLE_MS = 200, BIG = 1024 * 1024 };

struct bench {
	struct local_events events;
	char folder[32], path[64], user[USER_MAX + 1];
	sd_event *loop;
	struct local *local;
	int requests, gone;
	uint64_t ticket, gone_ticket; /* of the last request, and of who went last */
};

/* "big": 1 MiB; "none": no answer; "later": not now; else the line between angle brackets. */
static struct local_answer on_request(
	struct local_events *events, const struct local_request *request)
{
	struct bench *bench = (struct bench *)(void *)events;
	bool big = strcmp(request->line, "big") == 0;
	struct local_answer answer = { .length = big ? BIG : request->length + 2 };

	bench->requests++;
	bench->ticket = request->ticket;
	snprintf(bench->user, sizeof(bench->user), "%s", request->user);
	answer.later = strcmp(request->line, "later") == 0;
	if (answer.later || strcmp(request->line, "none") == 0)
		return answer;
	answer.text = malloc(answer.length);
	assert_non_null(answer.text);
	memset(answer.text, 'x', answer.length);
	if (big)
		return answer;
	answer.text[0] = '<';
	memcpy(answer.text + 1, request->line, request->length);
	answer.text[request->length + 1] = '>';
	return answer;
}

static void on_gone(struct local_events *events, uint64_t ticket)
{
	struct bench *bench = (struct bench *)(void *)events;

	bench->gone++;
	bench->gone_ticket = ticket;
}

static int make(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	bench->events.request = on_request;
	bench->events.gone = on_gone;
	strcpy(bench->folder, "/tmp/local-test-XXXXXX");
	assert_non_null(mkdtemp(bench->folder));
	snprintf(bench->path, sizeof(bench->path), "%s/s", bench->folder);
	assert_true(sd_event_new(&bench->loop) >= 0);
	bench->local = local_start(bench->path, IDLE_MS, bench->loop, &bench->events);
	assert_non_null(bench->local);
	*state = bench;
	return 0;
}

static int drop(void **state)
{
	struct bench *bench = *state;

	local_stop(bench->local);
	sd_event_unref(bench->loop);
	unlink(bench->path);
	assert_int_equal(rmdir(bench->folder), 0);
	free(bench);
	return 0;
}

static int dial(const struct bench *bench)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, bench->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void turn(struct bench *bench)
{
	assert_true(sd_event_run(bench->loop, TURN_US) >= 0);
}

/* Reads up to a line feed or the end; the loop turns meanwhile. */
static size_t read_line(struct bench *bench, int fd, char *text, size_t size)
{
	size_t length = 0;

	for (int i = 0; i < TURNS && length < size - 1; i++) {
		ssize_t got = recv(fd, text + length, size - 1 - length, 0);

		if (got == 0 || (got < 0 && errno == ECONNRESET))
			break;
		if (got > 0)
			length += (size_t)got;
		if (got > 0 && text[length - 1] == '\n')
			break;
		turn(bench);
	}
	text[length] = '\0';
	return length;
}

static void assert_heard(struct bench *bench, int fd, const char *expected)
{
	char text[512];

	read_line(bench, fd, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void assert_ended(struct bench *bench, int fd)
{
	char byte;
	ssize_t got = -1;

	for (int i = 0; i < TURNS && got < 0; i++) {
		turn(bench);
		got = recv(fd, &byte, 1, 0);
		if (got < 0 && errno == ECONNRESET)
			got = 0;
	}
	assert_int_equal(got, 0);
	close(fd);
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, make, drop)

#endif
