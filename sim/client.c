/* The control socket's client side: one command, one answer. */
#include "sim/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints the answer's lines up to its last word. */
static int print_answer(FILE *answer, FILE *out, FILE *err)
{
	char line[1024];
	bool printed = false;

	while (fgets(line, sizeof(line), answer)) {
		if (strncmp(line, "error: ", 7) == 0) {
			fputs(line, err);
			return 1;
		}
		if (strcmp(line, "ok\n") == 0) {
			if (!printed)
				fputs(line, out);
			return 0;
		}
		fputs(line, out);
		printed = true;
	}
	return -EPIPE;
}

int control_send(const char *path, const char *command, FILE *out, FILE *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, result = -EPIPE;
	FILE *answer;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		dprintf(fd, "%s\n", command) < 0) {
		result = -errno;
		close(fd);
		return result;
	}
	answer = fdopen(fd, "r");
	if (!answer) {
		close(fd);
		return -ENOMEM;
	}
	result = print_answer(answer, out, err);
	fclose(answer);
	return result;
}
