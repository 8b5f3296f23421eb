/*
 * For tests: a real mosquitto on a free loopback port, with a folder of its own.
 * It dies with the test. Each function fails the running test when it cannot do
 * what it says; so include cmocka first.
 */
#ifndef TESTS_BROKER_H
#define TESTS_BROKER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct broker {
	char folder[64];
	int port;
	pid_t pid; /* 0: not running */
};

static inline int loopback_socket(int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline int loopback_port(int fd)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin_port);
}

/* acl: lines of an access list, or NULL: everybody may do everything. Does not start it yet. */
static inline void broker_prepare(struct broker *broker, const char *acl)
{
	char path[96];
	FILE *file;
	int fd = loopback_socket(0);

	*broker = (struct broker){ .folder = "/tmp/facilityd-broker-XXXXXX" };
	broker->port = loopback_port(fd);
	close(fd);
	assert_non_null(mkdtemp(broker->folder));
	if (acl) {
		snprintf(path, sizeof(path), "%s/acl", broker->folder);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(acl, file);
		fclose(file);
	}
	snprintf(path, sizeof(path), "%s/conf", broker->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"listener %d 127.0.0.1\nallow_anonymous true\npersistence true\n"
		"persistence_location %s/\nautosave_interval 0\nmax_inflight_messages 0\n"
		"max_queued_messages 0\nqueue_qos0_messages true\nset_tcp_nodelay true\nlog_dest "
		"none\n",
		broker->port, broker->folder);
	if (getuid() == 0)
		fputs("user root\n", file);
	if (acl)
		fprintf(file, "acl_file %s/acl\n", broker->folder);
	fclose(file);
}

static inline void broker_start(struct broker *broker)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)broker->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	char path[96];
	int fd, refused = -1;

	snprintf(path, sizeof(path), "%s/conf", broker->folder);
	broker->pid = fork();
	assert_true(broker->pid >= 0);
	if (broker->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fd = open("/dev/null", O_RDWR);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execl("/usr/sbin/mosquitto", "mosquitto", "-c", path, (char *)NULL);
		execlp("mosquitto", "mosquitto", "-c", path, (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && refused; i++) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		refused = connect(fd, (struct sockaddr *)&address, sizeof(address));
		close(fd);
		if (refused)
			usleep(10000);
	}
	assert_int_equal(refused, 0);
}

/* SIGTERM: it saves sessions and retained messages; SIGKILL: it does not. */
static inline void broker_end(struct broker *broker, int signal_number)
{
	if (!broker->pid)
		return;
	kill(broker->pid, signal_number);
	waitpid(broker->pid, NULL, 0);
	broker->pid = 0;
}

static inline void broker_remove(struct broker *broker)
{
	static const char *const names[] = { "acl", "conf", "mosquitto.db" };
	char path[96];

	broker_end(broker, SIGKILL);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", broker->folder, names[i]);
		unlink(path);
	}
	rmdir(broker->folder);
}

#endif
