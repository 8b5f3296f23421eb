/* The socket in the file system, and who is at its other end: see local_listen.h. */
#include "daemon/people/local_listen.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { SOCKET_MODE = 0660, BACKLOG = 16, PASSWD_LINE_MAX = 2048 };

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

int local_listen(const char *path, const char **why)
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

int local_peer(int fd, char name[static USER_MAX + 1])
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	local_user_name(peer.uid, name);
	return 0;
}
