/*
 * Inside journal: the files around the database. The ballast, which is deleted
 * when the disk is full, so that the journal has room to go on and to put its
 * write-ahead log away; and what is set aside. Must not know SQL.
 *
 * Blocks as long as the disk does; one thread only. 0 or -errno.
 */
#ifndef DAEMON_JOURNAL_DISK_H
#define DAEMON_JOURNAL_DISK_H

#include "daemon/journal/journal.h"

enum { JOURNAL_ASIDE_MAX = 3, JOURNAL_PATH_MAX = 512 };

struct journal_disk {
	char directory[JOURNAL_PATH_MAX], path[JOURNAL_PATH_MAX];
	char ballast_path[JOURNAL_PATH_MAX], mark_path[JOURNAL_PATH_MAX];
	int64_t ballast; /* bytes that it should have; 0: none is wanted */
	bool has_ballast;
	uint64_t device, inode; /* of the database that is open; inode 0: none */
	int lock_fd;            /* -1: not held */
};

/* Makes no file. -ENAMETOOLONG. */
int journal_disk_init(struct journal_disk *disk, const char *directory, int64_t ballast);
int journal_disk_make_directory(const struct journal_disk *disk);

/*
 * Makes the ballast where it is missing and the disk has twice its room, so that it is not made
 * and deleted in turn. has_ballast tells.
 */
int journal_disk_fill_ballast(struct journal_disk *disk);
/* True when there was one. */
bool journal_disk_drop_ballast(struct journal_disk *disk);

/*
 * Renames the database and its log to journal.db.<why>-<n>. The highest n is the newest; of more
 * than JOURNAL_ASIDE_MAX the oldest is deleted. The database must be closed.
 */
int journal_disk_set_aside(const struct journal_disk *disk, const char *why);

/* The folder is one facilityd's until it ends. -EBUSY: another one has it. */
int journal_disk_lock(struct journal_disk *disk);
void journal_disk_unlock(struct journal_disk *disk);

/* The database under this name is the one that is open; and is it yet? */
void journal_disk_note(struct journal_disk *disk);
bool journal_disk_is_there(const struct journal_disk *disk);

/* The marker. What is none, or damaged: its id is "". */
struct journal_mark journal_disk_read_mark(const struct journal_disk *disk);
int journal_disk_write_mark(const struct journal_disk *disk, const struct journal_mark *mark);

#endif
