/*
 * Inside record: the file itself. Opened when it is needed; whatever fails closes
 * it, so that the next write tries anew. Blocks as long as the disk does; one
 * thread only.
 */
#ifndef DAEMON_RECORD_FILE_H
#define DAEMON_RECORD_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { RECORD_BATCH_MAX = 64 };

struct record_file {
	char *directory, *path, *old_path;
	int fd; /* -1: closed */
	off_t size;
};

/* 0 or -ENOMEM. Opens nothing yet. */
int record_file_init(struct record_file *file, const char *directory);
void record_file_destroy(struct record_file *file);
void record_file_close(struct record_file *file);

/* Appends whole lines, at most RECORD_BATCH_MAX, and syncs them: all (0), or none counts (-errno).
 */
int record_file_append(struct record_file *file, const struct iovec *lines, int count);

#endif
