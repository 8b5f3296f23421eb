#include "link/program/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A message of PORT_PACKET_MAX several times over, and the library's and OpenSSL's own. */
enum { DATA_MAX = 64 * 1024 * 1024 };

/* All that the first version of Landlock can forbid; later ones know more of the same. */
enum { ALL_ACCESS = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };

static void allow_reading(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};

	if (rule.parent_fd < 0)
		return;
	syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
}

/* A file that is renewed is another file of the same name, so its folder is allowed. */
static void allow_folder_of(int ruleset, const char *file)
{
	char *path = file ? strdup(file) : NULL, *slash = path ? strrchr(path, '/') : NULL;

	if (slash && slash != path) {
		*slash = '\0';
		allow_reading(ruleset, path);
	}
	free(path);
}

static void confine_files(const struct wire_frame *connect)
{
	static const char *const readable[] = { "/etc", "/usr", "/lib", "/lib64", "/dev/urandom",
		"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager" };
	static const int files[] = { WIRE_PASSWORD_FILE, WIRE_CA_FILE, WIRE_CERT_FILE,
		WIRE_KEY_FILE };
	const struct landlock_ruleset_attr attributes = { .handled_access_fs = ALL_ACCESS };
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);

	if (ruleset < 0)
		return;
	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]); i++)
		allow_reading(ruleset, readable[i]);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		const char *file = connect->text[files[i]].at;
		char *real = file ? realpath(file, NULL) : NULL;

		allow_folder_of(ruleset, file);
		allow_folder_of(ruleset, real); /* of what a link points to */
		free(real);
	}
	syscall(SYS_landlock_restrict_self, ruleset, 0);
	close(ruleset);
}

/* Beyond what it has now, which a sanitizer makes large. */
static void confine_memory(void)
{
	const struct rlimit no_core = { 0, 0 };
	struct rlimit limit;
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	setrlimit(RLIMIT_CORE, &no_core);
	if (!file)
		return;
	if (fscanf(file, "%*u %*u %*u %*u %*u %lu", &pages) == 1) {
		limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + DATA_MAX;
		limit.rlim_max = limit.rlim_cur;
		setrlimit(RLIMIT_DATA, &limit);
	}
	fclose(file);
}

void confine(const struct wire_frame *connect)
{
	confine_memory();
	confine_files(connect);
}
