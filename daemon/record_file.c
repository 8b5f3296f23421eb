/* The record's file. Must not know of threads, queues or what a line says. */
#include "daemon/record_file.h"

#include "daemon/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_NAME "intents.jsonl"

int record_file_init(struct record_file *f, const char *directory)
{
	*f = (struct record_file){ .fd = -1, .directory = strdup(directory) };
	if (asprintf(&f->path, "%s/" RECORD_NAME, directory) < 0)
		f->path = NULL;
	if (asprintf(&f->old_path, "%s/" RECORD_NAME ".1", directory) < 0)
		f->old_path = NULL;
	return f->directory && f->path && f->old_path ? 0 : -ENOMEM;
}

void record_file_destroy(struct record_file *f)
{
	record_file_close(f);
	free(f->directory);
	free(f->path);
	free(f->old_path);
}

void record_file_close(struct record_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* A new name is durable only when its directory is. */
static int directory_sync(const struct record_file *f)
{
	int fd = open(f->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		error = -errno;
	close(fd);
	return error;
}

/* A line that a power loss cut short is ended, so that the next one stands alone. */
static int file_mend(struct record_file *f)
{
	char last;

	if (f->size == 0 || pread(f->fd, &last, 1, f->size - 1) != 1 || last == '\n')
		return 0;
	if (write(f->fd, "\n", 1) != 1)
		return errno ? -errno : -ENOSPC;
	f->size++;
	return 0;
}

static int file_open(struct record_file *f)
{
	struct stat status;
	int error;

	/* One that was deleted under us would take every line and keep none. */
	if (f->fd >= 0 && fstat(f->fd, &status) == 0 && status.st_nlink > 0)
		return 0;
	record_file_close(f);
	f->fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (f->fd < 0)
		return -errno;
	error = fstat(f->fd, &status) < 0 ? -errno : directory_sync(f);
	if (error == 0) {
		f->size = status.st_size;
		error = file_mend(f);
	}
	if (error)
		record_file_close(f);
	return error;
}

static int file_turn_over(struct record_file *f, size_t more)
{
	if (f->size == 0 || f->size + (off_t)more <= RECORD_SIZE_MAX)
		return 0;
	record_file_close(f);
	if (rename(f->path, f->old_path) < 0)
		return -errno;
	return file_open(f);
}

static int file_write(struct record_file *f, const struct iovec *lines, int count, size_t length)
{
	ssize_t written = writev(f->fd, lines, count);

	if (written == (ssize_t)length) {
		f->size += written;
		return fdatasync(f->fd) < 0 ? -errno : 0;
	}
	if (written < 0)
		return -errno;
	/* Half a line must not stay before the next one. */
	return ftruncate(f->fd, f->size) < 0 ? -errno : -ENOSPC;
}

int record_file_append(struct record_file *f, const struct iovec *lines, int count)
{
	size_t length = 0;
	int error = file_open(f);

	for (int i = 0; i < count; i++)
		length += lines[i].iov_len;
	if (error == 0)
		error = file_turn_over(f, length);
	if (error == 0)
		error = file_write(f, lines, count, length);
	if (error)
		record_file_close(f);
	return error;
}
