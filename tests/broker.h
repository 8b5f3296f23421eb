/*
 * For tests: a real mosquitto on a free loopback port, with a folder of its own.
 * It dies with the test. Each function fails the running test when it cannot do
 * what it says; so include cmocka first.
 */
#ifndef TESTS_BROKER_H
#define TESTS_BROKER_H

#include <arpa/inet.h>
#include <dirent.h>
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

/* A file in the broker's folder; `mode` as fopen(). Its path is put in `path`. */
static inline const char *broker_file(
	struct broker *broker, const char *name, const char *mode, const char *text, char path[96])
{
	FILE *file;

	snprintf(path, 96, "%s/%s", broker->folder, name);
	file = fopen(path, mode);
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

/*
 * A port for a server that starts later, and again. Below those that the kernel gives to whoever
 * connects: else a client may take it before the server does, or while it is down.
 */
static inline int loopback_port_to_keep(void)
{
	enum { LEAST = 10000, COUNT = 20000, STRIDE = 7919 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), refused = -1;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	assert_true(fd >= 0);
	for (unsigned i = 0; refused && i < COUNT; i++) {
		address.sin_port =
			htons((uint16_t)(LEAST + ((unsigned)getpid() * STRIDE + i) % COUNT));
		refused = bind(fd, (struct sockaddr *)&address, sizeof(address));
	}
	close(fd);
	assert_int_equal(refused, 0);
	return ntohs(address.sin_port);
}

/* acl: lines of an access list, or NULL: everybody may do everything. Does not start it yet. */
static inline void broker_prepare(struct broker *broker, const char *acl)
{
	char path[96], conf[512];

	*broker = (struct broker){ .folder = "/tmp/facilityd-broker-XXXXXX" };
	broker->port = loopback_port_to_keep();
	assert_non_null(mkdtemp(broker->folder));
	snprintf(conf, sizeof(conf),
		"listener %d 127.0.0.1\nallow_anonymous true\npersistence true\n"
		"persistence_location %s/\nautosave_interval 0\nmax_inflight_messages 0\n"
		"max_queued_messages 0\nqueue_qos0_messages true\nset_tcp_nodelay true\n"
		"log_dest none\n%s",
		broker->port, broker->folder, getuid() == 0 ? "user root\n" : "");
	broker_file(broker, "conf", "w", conf, path);
	if (!acl)
		return;
	snprintf(conf, sizeof(conf), "acl_file %s\n", broker_file(broker, "acl", "w", acl, path));
	broker_file(broker, "conf", "a", conf, path);
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
	DIR *folder;
	struct dirent *entry;
	char path[384];

	broker_end(broker, SIGKILL);
	folder = opendir(broker->folder);
	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "%s/%s", broker->folder, entry->d_name);
		unlink(path);
	}
	if (folder)
		closedir(folder);
	rmdir(broker->folder);
}

#endif
