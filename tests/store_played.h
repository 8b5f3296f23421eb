/*
 * For tests of daemon/journal/store.c: the database, the files around it and the clock are played
 * here, which has their functions, and says what was done with them. Include cmocka first.
 */
#ifndef TESTS_STORE_PLAYED_H
#define TESTS_STORE_PLAYED_H

#include "core/clock.h"
#include "daemon/journal/store.h"
#include "tests/heard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { NOW = 50000, WALL = 1000000, DAY = 24 * 3600 * 1000, HOUR = 3600 * 1000, TURNS = 4 };

static struct {
	char did[2000];
	/* The outcome of each call in turn. */
	int open[TURNS], end[TURNS], load, begin, apply, probe, sync, init, make, aside, prune;
	unsigned opened, ended;
	int identify, unmarkable;
	bool locked, gone;
	char id[JOURNAL_ID_MAX + 1];
	struct journal_mark mark;
	bool used, room;
	int64_t last_wall_ms, bytes, now_ms;
	int pages;
	/* Windows of pruning: what each deletes, and where it ends. */
	struct journal_window windows[TURNS], asked[TURNS];
	unsigned pruned;
} play;

static inline void did(const char *what)
{
	strcat(play.did, what);
	strcat(play.did, ";");
}

static inline void assert_did(const char *expected)
{
	assert_string_equal(play.did, expected);
	play.did[0] = '\0';
}

int64_t clock_now_ms(void)
{
	return play.now_ms;
}

int64_t clock_wall_ms(void)
{
	return WALL + play.now_ms - NOW;
}

int journal_disk_init(struct journal_disk *disk, const char *directory, int64_t ballast)
{
	*disk = (struct journal_disk){ .ballast = ballast };
	strcpy(disk->directory, directory);
	strcpy(disk->path, "/x/journal.db");
	return play.init;
}

int journal_disk_make_directory(const struct journal_disk *disk)
{
	(void)disk;
	return play.make;
}

int journal_disk_fill_ballast(struct journal_disk *disk)
{
	did("fill");
	disk->has_ballast = play.room && disk->ballast > 0;
	return play.room ? 0 : -ENOSPC;
}

bool journal_disk_drop_ballast(struct journal_disk *disk)
{
	bool had = disk->has_ballast;

	did("drop");
	disk->has_ballast = false;
	return had;
}

int journal_disk_set_aside(const struct journal_disk *disk, const char *why)
{
	(void)disk;
	did(why);
	return play.aside;
}

int journal_db_open(
	struct journal_db **out, const char *path, int64_t size_max, char *error, size_t error_size)
{
	int failure = play.open[play.opened++ % TURNS];

	(void)path, (void)size_max;
	did("open");
	*out = failure ? NULL : (struct journal_db *)&play;
	snprintf(error, error_size, "%s", failure ? "cannot be opened" : "");
	return failure;
}

void journal_db_close(struct journal_db *db)
{
	if (db)
		did("close");
}

int journal_db_identify(struct journal_db *db, char id[static JOURNAL_ID_MAX + 1])
{
	(void)db;
	if (play.id[0])
		strcpy(id, play.id);
	return play.identify;
}

int journal_disk_lock(struct journal_disk *disk)
{
	(void)disk;
	return play.locked ? -EBUSY : 0;
}

void journal_disk_unlock(struct journal_disk *disk)
{
	(void)disk;
}

void journal_disk_note(struct journal_disk *disk)
{
	(void)disk;
}

bool journal_disk_is_there(const struct journal_disk *disk)
{
	(void)disk;
	return !play.gone;
}

int usleep(useconds_t us)
{
	play.now_ms += us / 1000;
	return 0;
}

struct journal_mark journal_disk_read_mark(const struct journal_disk *disk)
{
	(void)disk;
	return play.mark;
}

int journal_disk_write_mark(const struct journal_disk *disk, const struct journal_mark *mark)
{
	(void)disk;
	play.mark = *mark;
	did("mark");
	return play.unmarkable;
}

int journal_db_load(struct journal_db *db, const struct journal_loader *loader)
{
	(void)db, (void)loader;
	did("load");
	return play.load;
}

bool journal_db_used(struct journal_db *db)
{
	(void)db;
	return play.used;
}

int64_t journal_db_last_wall_ms(struct journal_db *db)
{
	(void)db;
	return play.last_wall_ms;
}

int journal_db_begin(struct journal_db *db)
{
	(void)db;
	did("begin");
	return play.begin;
}

int journal_db_apply(struct journal_db *db, const struct journal_change *change)
{
	(void)db, (void)change;
	did("apply");
	return play.apply;
}

int journal_db_end(struct journal_db *db, int error)
{
	(void)db;
	did(error ? "undo" : "end");
	return error ? error : play.end[play.ended++ % TURNS];
}

int journal_db_probe(struct journal_db *db)
{
	(void)db;
	did("probe");
	return play.probe;
}

int journal_db_sync(struct journal_db *db)
{
	(void)db;
	return play.sync;
}

int journal_db_prune(struct journal_db *db, struct journal_window *window)
{
	unsigned turn = play.pruned++ % TURNS;

	(void)db;
	did("prune");
	play.asked[turn] = *window;
	window->last = play.windows[turn].last;
	window->newest_ms = play.windows[turn].newest_ms;
	window->deleted = play.windows[turn].deleted;
	play.bytes -= window->deleted;
	return play.prune;
}

int64_t journal_db_bytes(struct journal_db *db)
{
	(void)db;
	return play.bytes;
}

int journal_db_log_pages(const struct journal_db *db)
{
	(void)db;
	return play.pages;
}

int journal_db_checkpoint(struct journal_db *db)
{
	(void)db;
	did("checkpoint");
	return 0;
}

/* The store ---------------------------------------------------------------- */

static struct journal_store store;
static struct journal_found found;
static char error[200];

static inline int start(int64_t ballast)
{
	const struct journal_settings settings = { "/x", DAY, 1000, ballast };

	store = (struct journal_store){ 0 };
	return journal_store_start(&store, &settings, NULL, &found, error, sizeof(error));
}

static inline int set_up(void **state)
{
	(void)state;
	memset(&play, 0, sizeof(play));
	play.now_ms = NOW;
	play.room = true;
	play.last_wall_ms = INT64_MAX;
	hear();
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	hear_no_more();
	return 0;
}

/* Started, and well. */
static inline void well(int64_t ballast)
{
	assert_int_equal(start(ballast), 0);
	assert_int_equal(store.error, 0);
	assert_did("open;fill;load;");
}

static inline int write_two(void)
{
	struct journal_change second = { 0 }, first = { .next = &second };
	struct journal_commit commit = { .first = &first };
	struct journal_commit *const commits[] = { &commit };

	return journal_store_write(&store, commits, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
