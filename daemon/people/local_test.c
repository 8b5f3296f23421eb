/* The local socket with real clients: polite, slow, rude and gone; and what lies at its path. */
#include "tests/local_bench.h"

#include <sys/resource.h>

static void test_several(void **state)
{
	struct bench *bench = *state;
	int a = dial(bench), b = dial(bench);
	char me[USER_MAX + 1];

	say(a, "one\ntwo\n\n");
	say(b, "three\n");
	assert_heard(bench, b, "<three>\n");
	assert_heard(bench, a, "<one>\n");
	assert_heard(bench, a, "<two>\n");
	assert_heard(bench, a, "<>\n");
	assert_int_equal(bench->requests, 4);
	assert_string_equal(bench->user, local_user_name(getuid(), me));
	say(a, "four\n");
	assert_heard(bench, a, "<four>\n");
	close(a);
	close(b);
}

static void test_dripping(void **state)
{
	struct bench *bench = *state;
	int slow = dial(bench), quick = dial(bench);

	for (const char *c = "drip\n"; *c; c++) {
		char text[2] = { *c, '\0' };

		say(slow, text);
		turn(bench);
		say(quick, "q\n");
		assert_heard(bench, quick, "<q>\n");
	}
	assert_heard(bench, slow, "<drip>\n");
	/* Dripping without end is no sign of life. */
	for (int i = 0; i < TURNS; i++) {
		if (send(slow, "x", 1, MSG_NOSIGNAL) < 0)
			break;
		turn(bench);
		usleep(1000);
	}
	assert_int_equal(send(slow, "x", 1, MSG_NOSIGNAL), -1);
	assert_int_equal(errno, EPIPE);
	close(slow);
	close(quick);
}

static void test_too_long(void **state)
{
	struct bench *bench = *state;
	char text[LOCAL_LINE_MAX + 8], answer[LOCAL_LINE_MAX + 8];
	int fd = dial(bench);

	memset(text, 'x', sizeof(text));
	text[LOCAL_LINE_MAX] = '\n';
	text[LOCAL_LINE_MAX + 1] = '\0';
	say(fd, text);
	assert_int_equal(read_line(bench, fd, answer, sizeof(answer)), LOCAL_LINE_MAX + 3);
	text[LOCAL_LINE_MAX] = 'x';
	text[LOCAL_LINE_MAX + 1] = '\n';
	text[LOCAL_LINE_MAX + 2] = '\0';
	say(fd, text);
	read_line(bench, fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, "too large: at most 4096 bytes"));
	assert_ended(bench, fd);
	assert_int_equal(bench->requests, 1);
}

static void test_any_bytes(void **state)
{
	struct bench *bench = *state;
	int fd = dial(bench);
	char text[16];

	assert_int_equal(send(fd, "\0\xff{\r\n", 5, 0), 5);
	assert_int_equal(read_line(bench, fd, text, sizeof(text)), 7);
	assert_memory_equal(text, "<\0\xff{\r>\n", 7);
	close(fd);
}

static void test_gone(void **state)
{
	struct bench *bench = *state;
	int half = dial(bench), asked = dial(bench), reading = dial(bench), silent = dial(bench);
	char text[5000];

	say(half, "half a li");
	say(asked, "big\n"); /* carried out, though nobody waits for the answer */
	close(half);
	close(asked);
	say(reading, "big\n");
	read_line(bench, reading, text, sizeof(text));
	close(reading); /* in the middle of its answer */
	say(silent, "none\n");
	/* At once, not when it has been idle. */
	for (int i = 0; i < 10 && recv(silent, text, 1, MSG_PEEK) < 0; i++)
		turn(bench);
	assert_int_equal(recv(silent, text, 1, MSG_PEEK), 0);
	assert_ended(bench, silent);
	assert_int_equal(bench->requests, 3);
	for (int i = 0; i < LOCAL_CLIENT_MAX; i++) { /* every place is free again */
		int fd = dial(bench);

		say(fd, "q\n");
		assert_heard(bench, fd, "<q>\n");
		close(fd);
	}
}

/* In the middle of its answer: its place is free at once, not when it has been idle. */
static void test_gone_makes_room(void **state)
{
	struct bench *bench = *state;
	int fds[LOCAL_CLIENT_MAX], next;
	char text[5000];

	for (int i = 0; i < LOCAL_CLIENT_MAX; i++)
		fds[i] = dial(bench);
	say(fds[0], "big\n");
	read_line(bench, fds[0], text, sizeof(text));
	close(fds[0]);
	for (int i = 0; i < 4; i++)
		turn(bench);
	next = dial(bench);
	say(next, "q\n");
	assert_heard(bench, next, "<q>\n");
	close(next);
	for (int i = 1; i < LOCAL_CLIENT_MAX; i++)
		close(fds[i]);
}

static void test_half_closed(void **state)
{
	struct bench *bench = *state;
	int fd = dial(bench);

	say(fd, "last\n");
	shutdown(fd, SHUT_WR);
	assert_heard(bench, fd, "<last>\n");
	assert_ended(bench, fd);
}

/* An answer larger than the socket's buffer comes whole; who does not take it is dropped. */
static void test_big(void **state)
{
	struct bench *bench = *state;
	char *text = malloc(BIG + 2);
	int taking = dial(bench), idle = dial(bench);

	say(taking, "big\nafter\n");
	say(idle, "big\nnever\n");
	assert_int_equal(read_line(bench, taking, text, BIG + 2), BIG + 1);
	assert_heard(bench, taking, "<after>\n");
	close(taking);
	for (int i = 0; i < TURNS && bench->requests < 4; i++) {
		struct pollfd end = { idle, POLLIN, 0 };

		turn(bench);
		poll(&end, 1, 0);
		if (end.revents & POLLHUP)
			break;
	}
	while (recv(idle, text, BIG, 0) > 0)
		turn(bench);
	assert_ended(bench, idle);
	assert_int_equal(bench->requests, 3);
	free(text);
}

static void test_too_many(void **state)
{
	struct bench *bench = *state;
	int fds[LOCAL_CLIENT_MAX], late;
	char text[256];

	for (int i = 0; i < LOCAL_CLIENT_MAX; i++) {
		fds[i] = dial(bench);
		say(fds[i], "q\n");
		assert_heard(bench, fds[i], "<q>\n");
	}
	hear();
	for (int i = 0; i < 2; i++) {
		late = dial(bench);
		read_line(bench, late, text, sizeof(text));
		assert_non_null(strstr(text, "too many connections"));
		assert_ended(bench, late);
	}
	assert_int_equal(heard("more than 16 connections"), 1); /* once */
	say(fds[3], "still\n");
	assert_heard(bench, fds[3], "<still>\n");
	close(fds[0]);
	turn(bench);
	fds[0] = dial(bench);
	say(fds[0], "room\n");
	assert_heard(bench, fds[0], "<room>\n");
	late = dial(bench);
	read_line(bench, late, text, sizeof(text));
	assert_ended(bench, late);
	assert_int_equal(heard("more than 16 connections"), 2); /* there was room meanwhile */
	hear_no_more();
	for (int i = 0; i < LOCAL_CLIENT_MAX; i++)
		close(fds[i]);
}

/* Where descriptors have run out one caller is served, by his name; who comes then waits. */
static void test_no_descriptors(void **state)
{
	struct bench *bench = *state;
	int one = dial(bench), two = dial(bench), next = dup(two);
	struct rlimit before, now;
	char me[USER_MAX + 1];

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = (struct rlimit){ (rlim_t)next, before.rlim_max };
	local_user_name(getuid(), me);
	hear();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	say(two, "q\n");
	say(one, "q\n");
	assert_heard(bench, one, "<q>\n");
	assert_string_equal(bench->user, me);
	for (int i = 0; i < 20; i++)
		turn(bench);
	assert_int_equal(bench->requests, 1);
	assert_int_equal(
		heard("no connection: Too many open files"), 1); /* and not again and again */
	assert_int_equal(heard("a connection is lost"), 0);
	close(one);
	assert_heard(bench, two, "<q>\n");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_string_equal(bench->user, me);
	hear_no_more();
	close(two);
}

/* Under a high number, so that it takes none that the other side could use. */
static int dial_high(const struct bench *bench)
{
	int fd = dial(bench), high = fcntl(fd, F_DUPFD, 100);

	close(fd);
	return high;
}

/* However many come after each other: none ends the loop for want of a descriptor of its own. */
static void test_many_without_descriptors(void **state)
{
	struct bench *bench = *state;
	int fd = dial_high(bench), next;
	struct rlimit before, now;

	turn(bench);
	close(fd);
	turn(bench);
	next = dup(STDERR_FILENO);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = (struct rlimit){ (rlim_t)next, before.rlim_max };
	for (int i = 0; i < 64 + 8; i++) {
		fd = dial_high(bench);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
		turn(bench);
		close(fd);
		turn(bench);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	}
	fd = dial(bench);
	say(fd, "q\n");
	assert_heard(bench, fd, "<q>\n");
	close(fd);
}

static void test_idle(void **state)
{
	struct bench *bench = *state;

	assert_ended(bench, dial(bench));
	assert_int_equal(bench->requests, 0);
}

static int queued[64];

/* Connections that nobody accepts, as many as have room; how many. */
static int fill_queue(const struct bench *bench)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int count = 0;

	strcpy(address.sun_path, bench->path);
	for (; count < 64; count++) {
		queued[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		if (connect(queued[count], (struct sockaddr *)&address, sizeof(address)) < 0)
			break;
	}
	assert_int_equal(errno, EAGAIN);
	return count + 1;
}

static void test_file(void **state)
{
	struct bench *bench = *state;
	struct stat status;
	char saved[80];
	int fd, full;

	assert_int_equal(stat(bench->path, &status), 0);
	assert_int_equal(status.st_mode, S_IFSOCK | 0660);
	/* A living one's is not taken, and nothing of having asked stays open. */
	hear();
	assert_null(local_start(bench->path, IDLE_MS, bench->loop, &bench->events));
	fd = dup(STDERR_FILENO);
	close(fd);
	assert_null(local_start(bench->path, IDLE_MS, bench->loop, &bench->events));
	assert_int_equal(dup(STDERR_FILENO), fd);
	close(fd);
	assert_int_equal(heard("another facilityd listens there: end it"), 2);
	/* A dead one's is: a socket file that nobody listens at. */
	snprintf(saved, sizeof(saved), "%s-dead", bench->path);
	assert_int_equal(rename(bench->path, saved), 0);
	local_stop(bench->local); /* leaves the file, which is not where it was */
	assert_int_equal(rename(saved, bench->path), 0);
	bench->local = local_start(bench->path, IDLE_MS, bench->loop, &bench->events);
	assert_non_null(bench->local);
	fd = dial(bench);
	say(fd, "new\n");
	assert_heard(bench, fd, "<new>\n");
	close(fd);
	/* Nor is one's that has no room for another at the moment. */
	full = fill_queue(bench);
	assert_null(local_start(bench->path, IDLE_MS, bench->loop, &bench->events));
	while (full > 0)
		close(queued[--full]);
	local_stop(bench->local);
	assert_int_equal(access(bench->path, F_OK), -1);
	/* What is no socket is nobody's to remove. */
	close(open(bench->path, O_CREAT | O_WRONLY, 0600));
	bench->local = local_start(bench->path, IDLE_MS, bench->loop, &bench->events);
	assert_null(bench->local);
	assert_int_equal(access(bench->path, F_OK), 0);
	assert_int_equal(heard("another facilityd"), 3);
	assert_int_equal(heard("something else that is no socket"), 1);
	hear_no_more();
}

static void test_bad_paths(void **state)
{
	struct bench *bench = *state;
	char path[200];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	hear();
	assert_null(local_start(path, IDLE_MS, bench->loop, &bench->events));
	assert_int_equal(heard("File name too long: give another path with --socket"), 1);
	snprintf(path, sizeof(path), "%s/absent/s", bench->folder);
	assert_null(local_start(path, IDLE_MS, bench->loop, &bench->events));
	assert_int_equal(heard("No such file or directory: give another path"), 1);
	hear_no_more();
}

static void test_user_names(void **state)
{
	char name[USER_MAX + 1];

	(void)state;
	assert_string_equal(local_user_name(0, name), "root");
	assert_string_equal(local_user_name(3999999999, name), "uid-3999999999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BENCH(test_several),
		WITH_BENCH(test_dripping),
		WITH_BENCH(test_too_long),
		WITH_BENCH(test_any_bytes),
		WITH_BENCH(test_gone),
		WITH_BENCH(test_gone_makes_room),
		WITH_BENCH(test_half_closed),
		WITH_BENCH(test_big),
		WITH_BENCH(test_too_many),
		WITH_BENCH(test_no_descriptors),
		WITH_BENCH(test_many_without_descriptors),
		WITH_BENCH(test_idle),
		WITH_BENCH(test_file),
		WITH_BENCH(test_bad_paths),
		cmocka_unit_test(test_user_names),
	};

	return cmocka_run_group_tests_name("local", tests, NULL, NULL) ? 1 : 0;
}
