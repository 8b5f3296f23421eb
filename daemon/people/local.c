/*
 * Connections of the local socket: each is read until a line is complete, then
 * not read again until its answer has been taken. So one that floods, drips or
 * does not read costs its own buffers and nothing else.
 */
#include "daemon/people/local.h"

#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET_MODE = 0660, BACKLOG = 16, PASSWD_LINE_MAX = 2048 };
enum { ACCEPT_INTERVAL_US = 1000000, ACCEPT_BURST = 64, PAUSE_US = 250000 };

/* For one caller where descriptors have run out: his connection, and the file that has his name. */
enum { SPARES = 2 };

struct client {
	struct local *local;
	sd_event_source *source, *timer; /* source owns the descriptor; NULL: free */
	char user[USER_MAX + 1];
	char line[LOCAL_LINE_MAX + 1]; /* with its line feed */
	size_t length;
	char *answer; /* with its line feed; NULL: none under way */
	size_t answer_length, sent;
	uint64_t ticket; /* of the request whose answer comes later; 0: none */
	bool last;       /* to be closed after this answer */
};

struct local {
	struct local_events *events;
	sd_event *loop;
	sd_event_source *source; /* owns the listening socket */
	sd_event_source *pause;  /* while nobody can be accepted */
	int spares[SPARES];      /* -1: in use, or not to be had */
	uint64_t idle_us;
	char *path;
	dev_t device;
	ino_t inode;
	bool full; /* told already */
	uint64_t last_ticket;
	struct client clients[LOCAL_CLIENT_MAX];
};

static const char too_many[] =
	"{\"v\":1,\"id\":null,\"ok\":false,\"error\":\"too many connections\",\"time\":null}\n";
static const char too_long[] =
	"{\"v\":1,\"id\":null,\"ok\":false,\"error\":\"too large: at most 4096 bytes\","
	"\"time\":null}\n";
_Static_assert(LOCAL_LINE_MAX == 4096, "as the text says");

/* The socket in the file system, and who is at its other end ------------------ */

/* Is somebody listening there? 0: nobody, it is stale; -EADDRINUSE: yes; else -errno. */
static int probe(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? errno : 0;
	close(fd);
	switch (error) {
	case ECONNREFUSED:
	case ENOENT:
		return 0;
	case 0:
	case EAGAIN: /* it listens, and has no room in its queue now */
		return -EADDRINUSE;
	default:
		return -error;
	}
}

static int make_room(const struct sockaddr_un *address, const char **why)
{
	struct stat status;
	int r;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode)) {
		*why = "there is something else that is no socket: move it away, or give --socket";
		return -EEXIST;
	}
	r = probe(address);
	if (r == -EADDRINUSE)
		*why = "another facilityd listens there: end it, or give --socket";
	if (r < 0)
		return r;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The mode is set before the bind as well, so that at no moment others may connect. */
static int bind_and_listen(int fd, const struct sockaddr_un *address)
{
	if (fchmod(fd, SOCKET_MODE) < 0 ||
		bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (chmod(address->sun_path, SOCKET_MODE) < 0 || listen(fd, BACKLOG) < 0) {
		int error = errno;

		unlink(address->sun_path);
		return -error;
	}
	return 0;
}

/* A listening socket; a stale one there is replaced. -errno, and in *why a sentence of what to do.
 */
static int listen_at(const char *path, const char **why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	*why = "give another path with --socket";
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	r = make_room(&address, why);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = bind_and_listen(fd, &address);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

const char *local_user_name(uid_t uid, char name[static USER_MAX + 1])
{
	FILE *file = fopen("/etc/passwd", "re");
	char line[PASSWD_LINE_MAX];
	struct passwd entry, *found = NULL;

	snprintf(name, USER_MAX + 1, "uid-%lu", (unsigned long)uid);
	if (!file)
		return name;
	while (fgetpwent_r(file, &entry, line, sizeof(line), &found) == 0)
		if (entry.pw_uid == uid)
			break;
	if (found && found->pw_uid == uid && strlen(found->pw_name) <= USER_MAX &&
		id_valid(found->pw_name) && strcmp(found->pw_name, "facilityd") != 0)
		strcpy(name, found->pw_name);
	fclose(file);
	return name;
}

static int peer_name(int fd, char name[static USER_MAX + 1])
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int error = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -errno : 0;

	if (!error)
		local_user_name(peer.uid, name);
	return error;
}

/* Connections -------------------------------------------------------------- */

static void take_spares(struct local *local)
{
	for (size_t i = 0; i < SPARES; i++)
		if (local->spares[i] < 0)
			local->spares[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void give_spares(struct local *local)
{
	for (size_t i = 0; i < SPARES; i++) {
		if (local->spares[i] >= 0)
			close(local->spares[i]);
		local->spares[i] = -1;
	}
}

static void client_close(struct client *client)
{
	struct local_events *events = client->local->events;

	if (client->ticket && events->gone)
		events->gone(events, client->ticket);
	sd_event_source_disable_unref(client->timer);
	sd_event_source_disable_unref(client->source);
	free(client->answer);
	*client = (struct client){ .local = client->local };
	client->local->full = false;
}

static bool line_complete(const struct client *client)
{
	return memchr(client->line, '\n', client->length) != NULL;
}

/* Time for the next request to be complete, or for this answer to be taken. */
static int restart_timer(struct client *client)
{
	int r = sd_event_source_set_time_relative(client->timer, client->local->idle_us);

	return r < 0 ? r : sd_event_source_set_enabled(client->timer, SD_EVENT_ONESHOT);
}

/* Takes a malloc'ed answer over and ends it with a line feed. False: no memory. */
static bool set_answer(struct client *client, char *text, size_t length)
{
	char *line = text ? realloc(text, length + 1) : NULL;

	if (!line) {
		free(text);
		return false;
	}
	line[length] = '\n';
	client->answer = line;
	client->answer_length = length + 1;
	client->sent = 0;
	return true;
}

static bool answer_line(struct client *client)
{
	struct local_events *events = client->local->events;
	char *end = memchr(client->line, '\n', client->length);
	size_t used = (size_t)(end - client->line);
	const struct local_request request = { client->user, client->line, used,
		++client->local->last_ticket };
	struct local_answer answer;

	*end = '\0';
	answer = events->request(events, &request);
	client->length -= used + 1;
	memmove(client->line, end + 1, client->length);
	if (!answer.later)
		return set_answer(client, answer.text, answer.length);
	client->ticket = request.ticket;
	return true;
}

static bool refuse_long_line(struct client *client)
{
	client->last = true;
	return set_answer(client, strdup(too_long), sizeof(too_long) - 2);
}

/* True: all of it is sent, or as much as goes now. */
static bool send_answer(struct client *client)
{
	int fd = sd_event_source_get_io_fd(client->source);
	ssize_t sent = send(fd, client->answer + client->sent, client->answer_length - client->sent,
		MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)sent;
	if (client->sent < client->answer_length)
		return true;
	free(client->answer);
	client->answer = NULL;
	return !client->last && restart_timer(client) >= 0;
}

static bool receive(struct client *client)
{
	int fd = sd_event_source_get_io_fd(client->source);
	ssize_t got = recv(fd, client->line + client->length, sizeof(client->line) - client->length,
		MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0)
		return false; /* half a line is no request */
	client->length += (size_t)got;
	return true;
}

/* Nothing is read before the answer is there; that it is gone is told without being asked for. */
static uint32_t wanted_events(const struct client *client)
{
	if (client->ticket)
		return 0;
	return client->answer || line_complete(client) ? EPOLLOUT : EPOLLIN;
}

/*
 * At most one request for each turn of the loop: the rest of what was received waits for the next
 * one, for which the socket, being writable, calls at once.
 */
static bool advance(struct client *client, uint32_t events)
{
	bool go_on = true;

	if (client->ticket) {
		go_on = !(events & (EPOLLHUP | EPOLLERR));
	} else if (client->answer) {
		go_on = (events & EPOLLOUT) && send_answer(client);
	} else {
		if (!line_complete(client))
			go_on = (events & EPOLLIN) && receive(client);
		if (go_on && line_complete(client))
			go_on = answer_line(client) && restart_timer(client) >= 0 &&
				(client->ticket || send_answer(client));
		else if (go_on && client->length == sizeof(client->line))
			go_on = refuse_long_line(client) && send_answer(client);
	}
	if (!go_on)
		return false;
	return sd_event_source_set_io_events(client->source, wanted_events(client)) >= 0;
}

void local_answer(struct local *local, uint64_t ticket, char *text, size_t length)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++) {
		struct client *client = &local->clients[i];

		if (!client->source || client->ticket != ticket)
			continue;
		client->ticket = 0;
		if (!set_answer(client, text, length) || restart_timer(client) < 0 ||
			!send_answer(client) ||
			sd_event_source_set_io_events(client->source, wanted_events(client)) < 0)
			client_close(client);
		return;
	}
	free(text);
}

static int on_client(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct client *client = context;

	(void)source;
	(void)fd;
	if (!advance(client, events))
		client_close(client);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source;
	(void)usec;
	client_close(context);
	return 0;
}

static struct client *free_client(struct local *local)
{
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++)
		if (!local->clients[i].source)
			return &local->clients[i];
	return NULL;
}

static void refuse_connection(struct local *local, int fd)
{
	if (!local->full)
		log_warn("local socket: more than %d connections: refused", LOCAL_CLIENT_MAX);
	local->full = true;
	(void)!send(fd, too_many, sizeof(too_many) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void admit(struct local *local, struct client *client, int fd)
{
	int r = peer_name(fd, client->user);

	if (r >= 0)
		r = sd_event_add_io(local->loop, &client->source, fd, EPOLLIN, on_client, client);
	if (r < 0) {
		log_warn("local socket: a connection is lost: %s", strerror(-r));
		close(fd);
		return;
	}
	sd_event_source_set_io_fd_own(client->source, true);
	r = sd_event_add_time_relative(
		local->loop, &client->timer, CLOCK_BOOTTIME, local->idle_us, 0, on_idle, client);
	if (r >= 0)
		return;
	log_warn("local socket: a connection is lost: %s", strerror(-r));
	client_close(client);
}

/* By the spares where there are no others; only with both, or he would have no name. */
static int accept_one(struct local *local, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0 || (errno != EMFILE && errno != ENFILE))
		return fd;
	take_spares(local); /* whoever had them may be gone */
	for (size_t i = 0; i < SPARES; i++)
		if (local->spares[i] < 0)
			return fd;
	give_spares(local);
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/* The loop would call at once again, and without end, for those who wait. */
static void pause_listening(struct local *local, int error)
{
	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return;
	if (!local->full)
		log_warn("local socket: no connection: %s", strerror(error));
	local->full = true;
	if (sd_event_source_set_time_relative(local->pause, PAUSE_US) >= 0 &&
		sd_event_source_set_enabled(local->pause, SD_EVENT_ONESHOT) >= 0)
		sd_event_source_set_enabled(local->source, SD_EVENT_OFF);
}

static int on_pause(sd_event_source *source, uint64_t usec, void *context)
{
	struct local *local = context;

	(void)source, (void)usec;
	take_spares(local);
	sd_event_source_set_enabled(local->source, SD_EVENT_ON);
	return 0;
}

static int on_connection(sd_event_source *source, int listener, uint32_t events, void *context)
{
	struct local *local = context;
	struct client *client = free_client(local);
	int fd = accept_one(local, listener);

	(void)source;
	(void)events;
	if (fd < 0)
		pause_listening(local, errno);
	else if (client)
		admit(local, client, fd);
	else
		refuse_connection(local, fd);
	take_spares(local);
	return 0;
}

/*
 * Its descriptor is made now, for when there are none: the rate limit, which is by the same clock,
 * would make one then, and end the loop where it cannot.
 */
static int add_pause(struct local *local)
{
	int r = sd_event_add_time_relative(
		local->loop, &local->pause, CLOCK_MONOTONIC, PAUSE_US, 0, on_pause, local);

	return r < 0 ? r : sd_event_source_set_enabled(local->pause, SD_EVENT_OFF);
}

static int open_listener(struct local *local, const char **why)
{
	struct stat status;
	int fd = listen_at(local->path, why);
	int r;

	if (fd < 0)
		return fd;
	if (stat(local->path, &status) == 0) {
		local->device = status.st_dev;
		local->inode = status.st_ino;
	}
	r = sd_event_add_io(local->loop, &local->source, fd, EPOLLIN, on_connection, local);
	if (r < 0) {
		unlink(local->path);
		close(fd);
		return r;
	}
	sd_event_source_set_io_fd_own(local->source, true);
	take_spares(local);
	r = add_pause(local);
	return r < 0 ? r
		     : sd_event_source_set_ratelimit(
			       local->source, ACCEPT_INTERVAL_US, ACCEPT_BURST);
}

struct local *local_start(
	const char *path, int64_t idle_ms, sd_event *loop, struct local_events *events)
{
	struct local *local = calloc(1, sizeof(*local));
	const char *why = "out of memory";
	int r = -ENOMEM;

	if (local) {
		local->events = events;
		local->loop = loop;
		local->idle_us = (uint64_t)idle_ms * 1000;
		local->path = strdup(path);
		for (size_t i = 0; i < SPARES; i++)
			local->spares[i] = -1;
		for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++)
			local->clients[i].local = local;
		if (local->path)
			r = open_listener(local, &why);
	}
	if (r >= 0)
		return local;
	log_error("local socket: cannot listen at %s: %s: %s", path, strerror(-r), why);
	local_stop(local);
	return NULL;
}

void local_stop(struct local *local)
{
	struct stat status;

	if (!local)
		return;
	for (size_t i = 0; i < LOCAL_CLIENT_MAX; i++)
		client_close(&local->clients[i]);
	sd_event_source_disable_unref(local->source);
	sd_event_source_disable_unref(local->pause);
	give_spares(local);
	if (local->inode && lstat(local->path, &status) == 0 && status.st_dev == local->device &&
		status.st_ino == local->inode)
		unlink(local->path);
	free(local->path);
	free(local);
}
