/*
 * Between fork and exec only what is safe there: other threads of the daemon may hold
 * any lock. No shell, no search path, a fixed environment, no descriptor of ours.
 *
 * Not posix_spawn(): it returns when the program is loaded, so a disk that hangs would hold the
 * loop; and a program so started outlives a daemon that is killed.
 */
#include "adapters/exec/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Told to end, and not yet reaped. */
static struct exec_child *dying;

struct pipes {
	int in[2], out[2], failure[2];
};

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static int pipes_open(struct pipes *pipes)
{
	int error;

	*pipes = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
		pipe2(pipes->failure, O_CLOEXEC) == 0 &&
		fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) == 0 &&
		fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0 &&
		fcntl(pipes->failure[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	error = -errno;
	close_all((int *)pipes, sizeof(*pipes) / sizeof(int));
	return error;
}

/* In the child. Returns only when the program cannot be run. */
static void child_exec(const struct pipes *pipes, const char *const *command, pid_t parent)
{
	static char *const environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
		NULL
	};
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it must not outlive a daemon that was killed */
	if (getppid() != parent)
		return;
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(pipes->in[0], STDIN_FILENO) < 0 || dup2(pipes->out[1], STDOUT_FILENO) < 0 ||
		chdir("/") < 0)
		return;
	/* Some library may have left one of its own open to children. */
	close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(command[0], (char *const *)command, environment);
}

static bool is_dead(const struct exec_child *child)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid == child->pid;
}

/* Before it is reaped its number cannot be another group's. */
static void bury(struct exec_child *child)
{
	kill(-child->pid, SIGKILL);
	waitpid(child->pid, NULL, WNOHANG);
	free(child);
}

static void reap(void)
{
	struct exec_child **place = &dying;

	while (*place) {
		struct exec_child *child = *place;

		if (!is_dead(child)) {
			place = &child->next;
			continue;
		}
		*place = child->next;
		bury(child);
	}
}

static struct exec_child *find_dying(const char *owner)
{
	struct exec_child *child;

	reap();
	child = dying;
	while (child && strcmp(child->owner, owner) != 0)
		child = child->next;
	return child;
}

void exec_child_kill(const char *owner)
{
	struct exec_child *child = find_dying(owner);

	if (child)
		kill(-child->pid, SIGKILL);
}

int exec_child_start(const char *owner, const char *const *command, struct exec_child **child)
{
	struct exec_child *born;
	struct pipes pipes;
	pid_t parent = getpid(), pid;
	int error;

	if (find_dying(owner))
		return -EBUSY;
	error = pipes_open(&pipes);
	if (error)
		return error;
	born = calloc(1, sizeof(*born));
	pid = born ? fork() : -1;
	if (pid == 0) {
		child_exec(&pipes, command, parent);
		error = errno;
		if (write(pipes.failure[1], &error, sizeof(error)) < 0)
			error = 0; /* it is seen to end anyway */
		_exit(127);
	}
	if (pid < 0) {
		error = -errno;
		close_all((int *)&pipes, sizeof(pipes) / sizeof(int));
		free(born);
		return error;
	}
	setpgid(pid, pid); /* whoever of both is first */
	close_all((int[]){ pipes.in[0], pipes.out[1], pipes.failure[1] }, 3);
	*born = (struct exec_child){
		.pid = pid, .in = pipes.in[1], .out = pipes.out[0], .failure = pipes.failure[0]
	};
	strncpy(born->owner, owner, sizeof(born->owner) - 1);
	*child = born;
	return 0;
}

int exec_child_check(struct exec_child *child)
{
	int number = 0;

	/* Its end of the pipe was closed by exec, or says why there was none. */
	return read(child->failure, &number, sizeof(number)) > 0 ? -number : 0;
}

void exec_child_end(struct exec_child *child)
{
	close_all((int[]){ child->in, child->out, child->failure }, 3);
	reap();
	if (is_dead(child)) {
		bury(child);
		return;
	}
	kill(-child->pid, SIGTERM);
	child->next = dying;
	dying = child;
}
