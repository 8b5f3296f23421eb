/* What a program inherits, and that none is left when its link is closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/exec_bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Is a process there that is not a mere zombie? */
static bool is_alive(pid_t pid)
{
	char path[64], text[512] = "";
	FILE *file;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X';
}

static void await_death(pid_t pid)
{
	for (int i = 0; i < 500 && is_alive(pid); i++)
		usleep(10000);
	assert_false(is_alive(pid));
}

/* A pid that the script prints as a reading of this point. */
static pid_t printed_pid(size_t point)
{
	await(point, 1);
	assert_int_equal(b.last[point].quality, QUALITY_GOOD);
	return (pid_t)b.last[point].value;
}

static void test_it_inherits_nothing(void **state)
{
	(void)state;
	assert_int_equal(dup2(STDOUT_FILENO, 77), 77); /* open to children by mistake */
	setenv("FACILITYD_SECRET", "x", 1);
	signal(SIGUSR1, SIG_IGN);
	/* Signals 32 and 33 are the C library's own, and make leaves them ignored. */
	run_script("[ -e /proc/self/fd/77 ] && exit; [ \"$FACILITYD_SECRET\" ] && exit;\n"
		   "[ \"$PATH\" ] || exit; [ \"$PWD\" = / ] || exit;\n"
		   "grep -q '^SigIgn:\t........[08]0000000$' /proc/self/status || exit;\n"
		   "grep -q '^SigBlk:\t0*$' /proc/self/status || exit; echo temp 1; sleep 100");
	close(77);
	await(0, 1);
	assert_good(&b, 0, 1);
}

static void test_no_shell_reads_the_arguments(void **state)
{
	(void)state;
	run_command("/bin/echo", "temp 1;exit $HOME", NULL);
	await(0, 1);
	assert_bad(&b, 0, REASON_GARBLED);
}

static void test_its_group_ends_with_the_link(void **state)
{
	pid_t leader, helper;

	(void)state;
	run_script("sleep 1000 & echo temp $$; echo leak $!; wait");
	leader = printed_pid(0);
	helper = printed_pid(1);
	assert_true(is_alive(leader) && is_alive(helper));
	assert_int_equal(getpgid(helper), leader);
	close_link();
	await_death(leader);
	await_death(helper);
}

/* A helper that ignores SIGTERM does not outlive a leader that has died. */
static void test_helpers_of_a_dead_leader(void **state)
{
	pid_t helper;

	(void)state;
	run_script("sh -c 'trap \"\" TERM; while :; do sleep 1; done' <&- >&- & echo temp $!");
	helper = printed_pid(0);
	await_loss(-EPIPE);
	assert_true(is_alive(helper));
	usleep(50000); /* the leader's end is there a moment after its output's */
	close_link();
	await_death(helper);
}

static void test_one_that_does_not_want_to_end(void **state)
{
	pid_t stubborn;

	(void)state;
	run_script("trap '' TERM; echo temp $$; while :; do sleep 1; done");
	stubborn = printed_pid(0);
	close_link();
	command[2] = "echo temp 1; sleep 100";
	/* The next one is not started beside it, ... */
	assert_int_equal(open_link(), 0);
	for (int i = 0; i < 20; i++) {
		usleep(5000);
		bench_deadline(&b);
		assert_int_equal(state_of(), LINK_BUSY);
		assert_false(bench_turn(&b, 0));
		assert_true(is_alive(stubborn));
	}
	/* ... until it has had its time. */
	b.now_ms += 2000;
	bench_deadline(&b);
	await_death(stubborn);
	bench_deadline(&b);
	assert_true(bench_turn(&b, TURN_MS));
	assert_int_equal(state_of(), LINK_IDLE);
	bench_forget(&b);
	await(0, 1);
	assert_good(&b, 0, 1);
}

/* One that even SIGKILL does not end within 5 s, as on a disk that hangs, loses the link. */
static void test_one_that_never_ends(void **state)
{
	(void)state;
	run_script("trap '' TERM; echo temp 1; while :; do sleep 1; done");
	await(0, 1);
	close_link();
	assert_int_equal(open_link(), 0);
	b.now_ms += 5000;
	b.adapter->event->deadline(b.link, b.now_ms, &b.sink);
	assert_int_equal(state_of(), LINK_LOST);
	assert_int_equal(result_of(), -EBUSY);
}

static int descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void test_no_zombies_and_no_descriptors(void **state)
{
	int before = descriptors();

	(void)state;
	for (int i = 0; i < 20; i++) {
		run_script("echo temp 1");
		await_loss(-EPIPE);
		close_link();
		usleep(5000);
	}
	run_script("sleep 100");                      /* reaps */
	assert_int_equal(descriptors(), before + 3);  /* its pipes */
	assert_true(waitpid(-1, NULL, WNOHANG) == 0); /* and it is the only child */
	close_link();
	assert_int_equal(descriptors(), before);
}

/* A daemon that is killed takes its programs with it. */
static void test_it_dies_with_its_parent(void **state)
{
	int pipe_fds[2];
	pid_t parent, child;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	parent = fork();
	if (parent == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_script("trap '' TERM; echo temp $$; while :; do sleep 1; done");
		child = printed_pid(0);
		if (write(pipe_fds[1], &child, sizeof(child)) < 0)
			child = 0;
		pause();
		_exit(0);
	}
	assert_int_equal(read(pipe_fds[0], &child, sizeof(child)), sizeof(child));
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	assert_true(is_alive(child));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	await_death(child);
}

/* "temp" and "leak" are numbers that can be pids. */
static int set_up_pids(void **state)
{
	set_up(state);
	b.points[1].class = &b.number;
	b.points[0].max = b.points[1].max = 1e9;
	return 0;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_pids, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_it_inherits_nothing),
		TEST(test_no_shell_reads_the_arguments),
		TEST(test_its_group_ends_with_the_link),
		TEST(test_helpers_of_a_dead_leader),
		TEST(test_one_that_does_not_want_to_end),
		TEST(test_one_that_never_ends),
		TEST(test_no_zombies_and_no_descriptors),
		TEST(test_it_dies_with_its_parent),
	};

	return cmocka_run_group_tests_name("exec_child", tests, NULL, NULL) ? 1 : 0;
}
