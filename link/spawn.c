/*
 * Between fork and exec only what is safe there: other threads may hold any lock. The child has
 * one descriptor of ours, its socket, as its standard input, and /dev/null for what libraries
 * print: a number that is free would be the next socket's.
 */
#include "link/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, LEFT_MAX = 64 };

static pid_t left[LEFT_MAX]; /* not yet reaped; 0: none */

static void beside(char path[PATH_SIZE])
{
	ssize_t length = readlink("/proc/self/exe", path, PATH_SIZE - 1);
	char *slash;

	path[length > 0 ? length : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(slash ? slash : path, (size_t)(PATH_SIZE - (slash ? slash - path : 0)),
		"/facility-link");
}

/* In the child. Returns only when the program cannot be run. */
static void child_exec(int fd, const char *const paths[3], pid_t parent)
{
	static char *const environment[] = { "LANG=C.UTF-8", NULL };
	char *const arguments[] = { "facility-link", FACILITYD_VERSION, NULL };
	sigset_t none;
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG,
		SIGKILL); /* EOF says the same; this also while it looks a name up */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (getppid() != parent)
		return;
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0 ||
		dup2(fd, STDIN_FILENO) < 0 || chdir("/") < 0)
		return;
	close_range(STDERR_FILENO + 1, ~0U, 0);
	for (size_t i = 0; i < 3; i++)
		if (paths[i])
			execve(paths[i], arguments, environment);
}

static void reap_left(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++)
		if (left[i] && waitpid(left[i], NULL, WNOHANG) != 0)
			left[i] = 0;
}

int spawn_link(int *fd, pid_t *pid)
{
	char path[PATH_SIZE];
	const char *const paths[] = { secure_getenv("FACILITYD_LINK"), path, FACILITYD_LINK };
	pid_t parent = getpid();
	int ends[2];

	reap_left();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -errno;
	beside(path);
	*pid = fork();
	if (*pid == 0) {
		child_exec(ends[1], paths, parent);
		_exit(LINK_EXIT_NOT_FOUND);
	}
	close(ends[1]);
	if (*pid < 0) {
		int error = -errno;

		close(ends[0]);
		return error;
	}
	*fd = ends[0];
	return 0;
}

bool spawn_ended(pid_t pid, int *status)
{
	*status = 0;
	return waitpid(pid, status, WNOHANG) != 0;
}

void spawn_leave(pid_t pid)
{
	reap_left();
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (left[i])
			continue;
		left[i] = waitpid(pid, NULL, WNOHANG) == 0 ? pid : 0;
		return;
	}
}
