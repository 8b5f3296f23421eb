/* What is done when the disk is full, damaged, away or well again: decisions only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/store_played.h"

enum { LOOK = 2000 };

/* The start ---------------------------------------------------------------- */

static void test_start(void **state)
{
	(void)state;
	well(100);
	assert_false(found.damaged);
	assert_true(store.loaded);
	assert_int_equal(store.wall_at_boot_ms, WALL - NOW);
	play.last_wall_ms = 5000; /* the wall clock has jumped ahead since */
	start(100);
	assert_int_equal(store.wall_at_boot_ms, 5000 - NOW);
	play.did[0] = '\0';
	journal_store_close(&store);
	assert_did("close;");
	assert_null(store.db);
	assert_int_equal(heard("journal"), 0);
}

static void test_start_without_a_folder(void **state)
{
	(void)state;
	play.init = -ENAMETOOLONG;
	assert_int_equal(start(0), -ENAMETOOLONG);
	assert_non_null(strstr(error, "/x: File name too long"));
	assert_false(found.damaged);
	play.init = 0;
	play.make = -EACCES;
	assert_int_equal(start(0), 0);
	assert_int_equal(store.error, -EACCES);
	assert_non_null(strstr(error, "/x: Permission denied"));
	assert_int_equal(heard("/x: Permission denied: goes on without, and tries again"), 1);
	assert_false(store.loaded);
	assert_did("");
}

/* Of another program, another version or without memory: this one does not go on. */
static void test_start_refused(void **state)
{
	static const int errors[] = { -ENOTSUP, -ENOMEM };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		play.opened = 0;
		play.open[0] = errors[i];
		assert_int_equal(start(0), errors[i]);
		assert_did("open;");
	}
	assert_int_equal(heard("goes on"), 0);
}

static void test_start_on_the_reserve(void **state)
{
	(void)state;
	play.open[0] = -ENOSPC;
	assert_int_equal(start(100), 0); /* nothing is known of a reserve yet: no second try */
	assert_int_equal(store.error, -ENOSPC);
	assert_did("open;drop;");
	play.opened = 0;
	store.disk.has_ballast = true;
	assert_int_equal(write_two(), 0);
	assert_did("open;drop;open;fill;begin;apply;apply;end;");
}

static void test_start_that_cannot_read(void **state)
{
	(void)state;
	play.load = -EIO;
	assert_int_equal(start(0), 0);
	assert_int_equal(store.error, -EIO);
	assert_false(found.damaged);
	assert_false(store.loaded);
	assert_null(store.db);
	assert_did("open;fill;load;close;");
	assert_int_equal(heard("/x/journal.db: Input/output error: goes on without"), 1);
}

static void test_start_damaged(void **state)
{
	(void)state;
	play.load = -EUCLEAN;
	assert_int_equal(start(0), 0);
	assert_true(found.damaged);
	assert_true(store.loaded);
	assert_int_equal(store.error, 0);
	assert_did("open;fill;load;close;damaged;open;fill;");
	assert_int_equal(heard("journal: /x/journal.db: Structure needs cleaning\n"), 1);
	assert_int_equal(heard("/x/journal.db: damaged: set aside, and a new one is begun"), 1);
	play.aside = -EACCES; /* nor can it be moved: no new one over it */
	assert_int_equal(start(0), 0);
	assert_int_equal(store.error, -EACCES);
	assert_did("open;fill;load;close;damaged;");
}

/* Opening anew ------------------------------------------------------------- */

static void lose_db(void)
{
	journal_store_ended(&store, -EIO);
	play.did[0] = '\0';
	play.opened = 0;
}

static void test_opened_anew(void **state)
{
	(void)state;
	well(0);
	play.used = true;
	lose_db();
	assert_int_equal(write_two(), 0); /* this run's own: it goes on */
	assert_did("open;fill;begin;apply;apply;end;");
	lose_db();
	play.open[0] = -EIO;
	assert_int_equal(write_two(), -EIO);
	assert_did("open;");
	assert_int_equal(heard("cannot be opened"), 0); /* the same as before */
	store.error = -ENOSPC;
	play.opened = 0;
	write_two();
	assert_int_equal(heard("journal: cannot be opened"), 1);
}

static void test_damaged_when_opened_anew(void **state)
{
	(void)state;
	well(0);
	lose_db();
	play.open[0] = -EUCLEAN;
	assert_int_equal(write_two(), 0);
	assert_did("open;damaged;open;fill;begin;apply;apply;end;");
	lose_db();
	play.open[0] = -EUCLEAN;
	play.aside = -EROFS;
	assert_int_equal(write_two(), -EUCLEAN);
	assert_did("open;damaged;");
}

/* What an older run has left turns up late, and this run has not gone on from it. */
static void test_unread(void **state)
{
	(void)state;
	play.make = -EACCES;
	start(0);
	play.make = 0;
	play.used = true;
	assert_int_equal(write_two(), 0);
	assert_did("open;fill;close;unread;open;fill;begin;apply;apply;end;");
	assert_true(store.loaded);
	play.make = -EACCES;
	start(0);
	play.make = 0;
	play.used = false; /* there was nothing in it */
	assert_int_equal(write_two(), 0);
	assert_did("open;fill;begin;apply;apply;end;");
	play.make = -EACCES;
	start(0);
	play.make = 0;
	play.used = true;
	play.aside = -EROFS;
	assert_int_equal(write_two(), -EROFS);
	assert_false(store.loaded);
}

/* Writing ------------------------------------------------------------------ */

static void test_write(void **state)
{
	(void)state;
	well(0);
	assert_int_equal(write_two(), 0);
	assert_did("begin;apply;apply;end;");
	play.apply = -EINVAL;
	assert_int_equal(write_two(), -EINVAL);
	assert_did("begin;apply;undo;");
	play.begin = -EIO;
	assert_int_equal(write_two(), -EIO);
	assert_did("begin;");
	assert_int_equal(journal_store_sync(&store), 0);
	play.sync = -ENOSPC;
	assert_int_equal(journal_store_sync(&store), -EIO);
}

/* Full: by its own bound the oldest give way, else the reserve; and then nothing helps. */
static void test_full(void **state)
{
	(void)state;
	well(100);
	play.end[0] = -ENOSPC;
	play.bytes = 901;
	store.window_after = 500; /* where it rests */
	play.windows[0] = (struct journal_window){ .last = 200, .newest_ms = 5 };
	play.windows[1] = (struct journal_window){ .last = 300, .newest_ms = 5, .deleted = 10 };
	assert_int_equal(write_two(), 0);
	assert_did("begin;apply;apply;end;prune;prune;begin;apply;apply;end;");
	assert_int_equal(play.asked[0].after, 0);
	assert_int_equal(play.asked[1].after, 200);
	play.ended = 0;
	assert_int_equal(write_two(), 0); /* not by its own bound */
	assert_did("begin;apply;apply;end;drop;checkpoint;begin;apply;apply;end;");
	assert_int_equal(heard("journal: /x: disk full: the reserve of 100 bytes is given up"), 1);
	play.ended = 0;
	assert_int_equal(write_two(), -ENOSPC);
	assert_did("begin;apply;apply;end;drop;");
	play.ended = 0;
	play.end[0] = -EIO; /* no room would help */
	store.disk.has_ballast = true;
	assert_int_equal(write_two(), -EIO);
	assert_did("begin;apply;apply;end;");
	assert_int_equal(heard("is given up"), 1);
}

/* By its bound, but there is nothing that may go: it ends, and so does the second pass. */
static void test_full_of_what_stays(void **state)
{
	(void)state;
	well(0);
	play.end[0] = play.end[1] = -ENOSPC;
	play.bytes = 950;
	assert_int_equal(write_two(), -ENOSPC);
	assert_did("begin;apply;apply;end;prune;prune;drop;");
	assert_false(play.asked[0].waiting_too);
	assert_true(play.asked[1].waiting_too);
	assert_int_equal(heard("size limit 1000 bytes: entries that the broker has not"), 1);
}

static void test_ended(void **state)
{
	(void)state;
	well(0);
	journal_store_ended(&store, -EINVAL);
	assert_int_equal(heard("a commit is refused"), 1);
	assert_int_equal(store.error, 0);
	journal_store_ended(&store, 0);
	assert_int_equal(heard("written again"), 0);
	journal_store_ended(&store, -ENOSPC);
	assert_int_equal(heard("/x/journal.db: No space left"), 1);
	assert_int_equal(store.error, -ENOSPC);
	journal_store_ended(&store, -ENOSPC);
	assert_int_equal(heard("No space left"), 1);
	assert_did(""); /* room will come: it stays open */
	journal_store_ended(&store, 0);
	assert_int_equal(heard("/x/journal.db: written again"), 1);
	assert_int_equal(store.error, 0);
	journal_store_ended(&store, -EIO);
	assert_did("close;");
	assert_int_equal(heard("Input/output error"), 1);
	store.db = (struct journal_db *)&play;
	journal_store_ended(&store, -EUCLEAN);
	assert_did("close;damaged;");
	assert_null(store.db);
}

/* Upkeep ------------------------------------------------------------------- */

static void test_long_log(void **state)
{
	(void)state;
	well(0);
	play.pages = 999;
	journal_store_bound(&store, play.now_ms);
	assert_did("");
	play.pages = 1000;
	journal_store_bound(&store, play.now_ms);
	assert_did("checkpoint;");
	lose_db();
	journal_store_bound(&store, play.now_ms);
	assert_did("");
}

static void test_upkeep_when_well(void **state)
{
	(void)state;
	well(100);
	play.pages = 199;
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
	assert_did("prune;");
	assert_int_equal(play.asked[0].older_than_ms, WALL - DAY);
	assert_false(play.asked[0].waiting_too);
	play.pages = 200;
	assert_int_equal(journal_store_keep_up(&store, NOW + 1000), LOOK);
	assert_did("checkpoint;");
	play.pages = 0;
	assert_int_equal(journal_store_keep_up(&store, NOW + HOUR - 1), 1);
	assert_did("");
	assert_int_equal(journal_store_keep_up(&store, NOW + HOUR), LOOK);
	assert_did("prune;");
	store.retention_ms = 0; /* for ever */
	assert_int_equal(journal_store_keep_up(&store, NOW + 2 * HOUR), LOOK);
	assert_did("");
}

static void test_retention_in_windows(void **state)
{
	(void)state;
	well(0);
	play.windows[0] = (struct journal_window){ .last = 200, .newest_ms = WALL - DAY - 1 };
	play.windows[1] = (struct journal_window){ .last = 400, .newest_ms = WALL - DAY };
	assert_int_equal(journal_store_keep_up(&store, NOW), 20);
	assert_int_equal(play.asked[0].length, 200);
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK); /* the rest is newer */
	assert_int_equal(play.asked[1].after, 200);
	assert_int_equal(journal_store_keep_up(&store, NOW + HOUR), LOOK);
	assert_int_equal(play.asked[2].after, 0); /* anew */
	play.prune = -EIO;
	play.windows[3] = (struct journal_window){ .last = 200 };
	assert_int_equal(journal_store_keep_up(&store, NOW + 2 * HOUR), LOOK);
}

/* Nine tenths of its bound: the oldest go at once, and in the end what waits for the broker. */
static void test_too_big(void **state)
{
	(void)state;
	well(0);
	play.bytes = 900;
	journal_store_keep_up(&store, NOW);
	assert_int_equal(play.asked[0].older_than_ms, WALL - DAY);
	play.bytes = 901;
	assert_int_equal(journal_store_keep_up(&store, NOW), 20); /* and a second pass */
	assert_true(play.asked[1].older_than_ms == INT64_MAX);
	assert_false(play.asked[1].waiting_too);
	assert_int_equal(heard("give way too"), 1);
	assert_int_equal(journal_store_keep_up(&store, NOW), 1000);
	assert_true(play.asked[2].waiting_too);
	assert_int_equal(heard("give way too"), 1);
	assert_false(store.waiting_too);
	store.size_max = 0; /* none */
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
}

static void test_upkeep_of_the_reserve(void **state)
{
	(void)state;
	play.room = false;
	well(100);
	assert_int_equal(journal_store_keep_up(&store, NOW), 1000);
	assert_did("fill;prune;");
	assert_int_equal(heard("the reserve of"), 0);
	play.room = true;
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
	assert_did("fill;");
	assert_int_equal(heard("journal: /x: the reserve of 100 bytes is there"), 1);
	store.disk.ballast = 0; /* none is wanted any more */
	journal_store_keep_up(&store, NOW);
	assert_did("fill;");
	journal_store_keep_up(&store, NOW);
	assert_did("");
	assert_int_equal(heard("is there"), 1);
}

static void test_upkeep_in_trouble(void **state)
{
	(void)state;
	well(0);
	journal_store_ended(&store, -ENOSPC);
	play.probe = -ENOSPC;
	assert_int_equal(journal_store_keep_up(&store, NOW), 1000);
	assert_did("probe;");
	play.probe = 0;
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
	assert_int_equal(store.error, 0);
	assert_did("probe;prune;");
	lose_db();
	play.open[0] = -EIO;
	assert_int_equal(journal_store_keep_up(&store, NOW), 1000);
	assert_did("open;");
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
	assert_did("open;fill;");
	assert_int_equal(heard("written again"), 1);
}

/* Deleted or replaced under it: seen at the next look, and begun anew under the same id. */
static void test_the_file_is_gone(void **state)
{
	(void)state;
	well(0);
	play.used = true;
	assert_int_equal(journal_store_keep_up(&store, NOW), LOOK);
	play.did[0] = '\0';
	play.gone = true;
	play.opened = 0;
	journal_store_keep_up(&store, NOW + LOOK);
	assert_int_equal(strncmp(play.did, "close;replaced;open;fill;", 25), 0);
	assert_int_equal(store.renewals, 1);
	assert_int_equal(store.error, 0);
	assert_string_equal(found.id, store.id);
	assert_int_equal(heard("was deleted or replaced while it was open"), 1);
	play.gone = false;
	journal_store_keep_up(&store, NOW + 2 * LOOK);
	assert_int_equal(store.renewals, 1);
}

/* m6: who reads it at the start is waited for; then it goes on without. */
static void test_somebody_reads_it_at_the_start(void **state)
{
	(void)state;
	play.open[0] = play.open[1] = -EBUSY;
	assert_int_equal(start(0), 0);
	assert_int_equal(store.error, 0);
	assert_did("open;open;open;fill;load;");
	play.opened = 0;
	play.open[0] = play.open[1] = play.open[2] = play.open[3] = -EBUSY;
	assert_int_equal(start(0), 0);
	assert_int_equal(store.error, -EBUSY);
	assert_false(found.used);
	assert_int_equal(heard("goes on without, and tries again"), 1);
	play.did[0] = '\0';
	play.locked = true; /* another facilityd */
	assert_int_equal(start(0), -EBUSY);
	assert_non_null(strstr(error, "end the other facilityd"));
	assert_did("");
}

/* The marker ---------------------------------------------------------------- */

static int write_sequence(int64_t sequence)
{
	struct journal_change change = { .kind = JOURNAL_COUNTERS,
		.numbers = { [JOURNAL_SEQUENCE] = sequence + 1 } };
	struct journal_commit commit = { .first = &change };
	struct journal_commit *const commits[] = { &commit };

	return journal_store_write(&store, commits, 1);
}

static void test_the_marker_is_a_little_behind(void **state)
{
	(void)state;
	strcpy(play.id, "0123456789abcdef");
	play.mark = (struct journal_mark){ "fedcba9876543210", 40 };
	well(0);
	assert_string_equal(found.id, "0123456789abcdef");
	assert_string_equal(found.mark.id, "fedcba9876543210");
	assert_int_equal(found.mark.sequence, 40);
	journal_store_keep_up(&store, play.now_ms);
	assert_int_equal(play.mark.sequence, 40); /* nothing was written yet in this run */
	assert_int_equal(write_sequence(41), 0);
	assert_true(journal_store_keep_up(&store, play.now_ms) <= 2000);
	assert_int_equal(play.mark.sequence, 40);
	play.now_ms += 2000;
	journal_store_keep_up(&store, play.now_ms);
	assert_int_equal(play.mark.sequence, 41);
	assert_string_equal(play.mark.id, "0123456789abcdef");
	/* Without an idle moment too. */
	for (int64_t n = 42; n <= 50; n++) {
		assert_int_equal(write_sequence(n), 0);
		play.now_ms += 500;
		journal_store_bound(&store, play.now_ms);
		assert_true(play.mark.sequence < (uint64_t)n);
	}
	assert_true(play.mark.sequence >= 45);
	journal_store_close(&store); /* the end: by then all was told */
	assert_int_equal(play.mark.sequence, 50);
}

static void test_a_failed_commit_marks_nothing(void **state)
{
	(void)state;
	well(0);
	play.end[0] = -EIO;
	assert_int_equal(write_sequence(41), -EIO);
	journal_store_ended(&store, -EIO);
	play.now_ms += 5000;
	journal_store_bound(&store, play.now_ms);
	journal_store_close(&store);
	assert_int_equal(play.mark.sequence, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start),
		TEST(test_start_without_a_folder),
		TEST(test_start_refused),
		TEST(test_start_on_the_reserve),
		TEST(test_start_that_cannot_read),
		TEST(test_start_damaged),
		TEST(test_opened_anew),
		TEST(test_damaged_when_opened_anew),
		TEST(test_unread),
		TEST(test_write),
		TEST(test_full),
		TEST(test_full_of_what_stays),
		TEST(test_ended),
		TEST(test_long_log),
		TEST(test_upkeep_when_well),
		TEST(test_retention_in_windows),
		TEST(test_too_big),
		TEST(test_upkeep_of_the_reserve),
		TEST(test_upkeep_in_trouble),
		TEST(test_the_file_is_gone),
		TEST(test_somebody_reads_it_at_the_start),
		TEST(test_the_marker_is_a_little_behind),
		TEST(test_a_failed_commit_marks_nothing),
	};

	return cmocka_run_group_tests_name("journal store", tests, NULL, NULL) ? 1 : 0;
}
