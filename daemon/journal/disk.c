/* Files around the journal's database: the ballast, and what is set aside. */
#include "daemon/journal/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { NAME_ROOM = 64, ASIDE_PATH_MAX = JOURNAL_PATH_MAX + NAME_ROOM };

/* What SQLite writes beside the database; a log without its database is of no use. */
static const char *const SUFFIXES[] = { "", "-wal" };
enum { SUFFIX_COUNT = sizeof(SUFFIXES) / sizeof(SUFFIXES[0]) };

int journal_disk_init(struct journal_disk *disk, const char *directory, int64_t ballast)
{
	if (strlen(directory) + NAME_ROOM > JOURNAL_PATH_MAX)
		return -ENAMETOOLONG;
	*disk = (struct journal_disk){ .ballast = ballast, .lock_fd = -1 };
	strcpy(disk->directory, directory);
	strcpy(stpcpy(disk->path, directory), "/journal.db");
	strcpy(stpcpy(disk->ballast_path, directory), "/journal.ballast");
	strcpy(stpcpy(disk->mark_path, directory), "/journal.mark");
	return 0;
}

int journal_disk_make_directory(const struct journal_disk *disk)
{
	char path[JOURNAL_PATH_MAX];
	char *slash = path;

	strcpy(path, disk->directory);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0750) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0750) < 0 && errno != EEXIST ? -errno : 0;
}

static int64_t free_bytes(const struct journal_disk *disk)
{
	struct statvfs now;

	if (statvfs(disk->directory, &now) < 0)
		return -errno;
	return (int64_t)(now.f_bavail * now.f_frsize);
}

static int reserve(const struct journal_disk *disk)
{
	int fd = open(disk->ballast_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -errno;
	/* Blocks of its own: a hole would free nothing later. */
	error = ftruncate(fd, 0) < 0 ? -errno : -posix_fallocate(fd, 0, (off_t)disk->ballast);
	if (close(fd) < 0 && !error)
		error = -errno;
	if (error)
		unlink(disk->ballast_path);
	return error;
}

int journal_disk_fill_ballast(struct journal_disk *disk)
{
	struct stat now;
	int64_t room;
	int error;

	if (disk->ballast <= 0) {
		unlink(disk->ballast_path);
		return 0;
	}
	disk->has_ballast = stat(disk->ballast_path, &now) == 0 && now.st_size == disk->ballast;
	if (disk->has_ballast)
		return 0;
	room = free_bytes(disk);
	if (room < 0)
		return (int)room;
	if (room < 2 * disk->ballast)
		return -ENOSPC;
	error = reserve(disk);
	disk->has_ballast = error == 0;
	return error;
}

bool journal_disk_drop_ballast(struct journal_disk *disk)
{
	bool had = unlink(disk->ballast_path) == 0;

	disk->has_ballast = false;
	return had;
}

static void aside_path(char *path, const struct journal_disk *disk, const char *why, int number,
	const char *suffix)
{
	snprintf(path, ASIDE_PATH_MAX, "%s.%.20s-%d%s", disk->path, why, number, suffix);
}

/* All places are taken: the oldest goes, and the others move on by one. */
static void make_place(const struct journal_disk *disk, const char *why)
{
	char from[ASIDE_PATH_MAX], to[ASIDE_PATH_MAX];

	for (int s = 0; s < SUFFIX_COUNT; s++) {
		aside_path(to, disk, why, 1, SUFFIXES[s]);
		unlink(to);
		for (int n = 2; n <= JOURNAL_ASIDE_MAX; n++) {
			aside_path(from, disk, why, n, SUFFIXES[s]);
			aside_path(to, disk, why, n - 1, SUFFIXES[s]);
			rename(from, to);
		}
	}
}

int journal_disk_set_aside(const struct journal_disk *disk, const char *why)
{
	char from[ASIDE_PATH_MAX], to[ASIDE_PATH_MAX];
	int number = 1;

	for (; number <= JOURNAL_ASIDE_MAX; number++) {
		aside_path(to, disk, why, number, "");
		if (access(to, F_OK) < 0)
			break;
	}
	if (number > JOURNAL_ASIDE_MAX) {
		make_place(disk, why);
		number = JOURNAL_ASIDE_MAX;
	}
	/* The log last: without its database SQLite would take it for the new one's. */
	for (int s = SUFFIX_COUNT - 1; s >= 0; s--) {
		snprintf(from, sizeof(from), "%s%s", disk->path, SUFFIXES[s]);
		aside_path(to, disk, why, number, SUFFIXES[s]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int journal_disk_lock(struct journal_disk *disk)
{
	int fd = open(disk->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = fd < 0 ? -errno : 0;

	if (!error && flock(fd, LOCK_EX | LOCK_NB) < 0)
		error = errno == EWOULDBLOCK ? -EBUSY : 0; /* a file system without: as before */
	if (!error)
		disk->lock_fd = fd;
	else if (fd >= 0)
		close(fd);
	return error == -EBUSY ? error : 0;
}

void journal_disk_unlock(struct journal_disk *disk)
{
	if (disk->lock_fd >= 0)
		close(disk->lock_fd);
	disk->lock_fd = -1;
}

void journal_disk_note(struct journal_disk *disk)
{
	struct stat now;
	bool known = stat(disk->path, &now) == 0;

	disk->device = known ? now.st_dev : 0;
	disk->inode = known ? now.st_ino : 0;
}

bool journal_disk_is_there(const struct journal_disk *disk)
{
	struct stat now;

	if (!disk->inode)
		return true; /* not known which it was */
	if (stat(disk->path, &now) < 0)
		return errno != ENOENT && errno != ENOTDIR;
	return now.st_dev == disk->device && now.st_ino == disk->inode;
}

/* One line of one length, so that writing it anew leaves either it or the one before. */
static const char MARK_FORMAT[] = "%-16s %020" PRIu64 "\n";
enum { MARK_LENGTH = JOURNAL_ID_MAX + 1 + 20 + 1 };

struct journal_mark journal_disk_read_mark(const struct journal_disk *disk)
{
	struct journal_mark mark = { 0 };
	char text[MARK_LENGTH + 1] = "", again[MARK_LENGTH + 1];
	int fd = open(disk->mark_path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, MARK_LENGTH);

	if (fd >= 0)
		close(fd);
	if (length != MARK_LENGTH || sscanf(text, "%16s %" SCNu64, mark.id, &mark.sequence) != 2)
		return (struct journal_mark){ 0 };
	snprintf(again, sizeof(again), MARK_FORMAT, mark.id, mark.sequence);
	return strcmp(text, again) == 0 ? mark : (struct journal_mark){ 0 };
}

int journal_disk_write_mark(const struct journal_disk *disk, const struct journal_mark *mark)
{
	char text[MARK_LENGTH + 1];
	int fd = open(disk->mark_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int error = fd < 0 ? -errno : 0;

	snprintf(text, sizeof(text), MARK_FORMAT, mark->id, mark->sequence);
	if (!error && pwrite(fd, text, MARK_LENGTH, 0) != MARK_LENGTH)
		error = -EIO;
	if (fd >= 0 && close(fd) < 0 && !error)
		error = -errno;
	return error;
}
