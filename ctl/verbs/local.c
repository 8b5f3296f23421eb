/* One request at the daemon's local socket: see local.h. */
#include "ctl/verbs/local.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

int local_open(const char *path)
{
	const struct timeval limit = { .tv_sec = LOCAL_ANSWER_MS / 1000 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* The limit of sending is that of connecting too. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0 &&
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	{
		int error = errno;

		close(fd);
		return -error;
	}
}

void local_be_patient(int fd, int timeout_ms)
{
	const struct timeval limit = { .tv_sec = timeout_ms / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

static bool send_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		text += sent;
		length -= (size_t)sent;
	}
	return true;
}

/* Room for at least one more byte and the end of the text. */
static bool grow(char **text, size_t length, size_t *size)
{
	char *more;

	if (length + 2 <= *size)
		return true;
	if (length >= LOCAL_ANSWER_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	more = realloc(*text, *size ? *size * 2 : 8192);
	if (!more)
		return false;
	*size = *size ? *size * 2 : 8192;
	*text = more;
	return true;
}

static char *receive_line(int fd)
{
	char *text = NULL, *end = NULL;
	size_t length = 0, size = 0;

	while (!end && grow(&text, length, &size)) {
		ssize_t got = recv(fd, text + length, size - length - 1, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? ECONNRESET : errno == EAGAIN ? ETIMEDOUT : errno;
			break;
		}
		end = memchr(text + length, '\n', (size_t)got);
		length += (size_t)got;
	}
	if (end) {
		*end = '\0';
		return text;
	}
	{
		int error = errno;

		free(text);
		errno = error;
		return NULL;
	}
}

/* What was refused before it was read (too many connections) still has its answer. */
char *local_ask(int fd, const char *line)
{
	if (send_all(fd, line, strlen(line)))
		send_all(fd, "\n", 1);
	return receive_line(fd);
}
