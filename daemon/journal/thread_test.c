/*
 * The journal's thread: what it writes together, what it tells before the disk, how it reads in
 * pages, when it has time for upkeep, and how it ends. The store and its database are played.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"
#include "daemon/base/queue.h"
#include "daemon/journal/thread.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE = 200, GROUP = 64, WINDOW = 64, WRONG = 99, WAIT_MS = 5000, HOUR_MS = 3600000 };

/* The thread writes `did` while this side waits for it, and the other way round. */
static struct {
	char did[4000];
	atomic_bool hold_write, hold_sync, writing;
	int write, sync, keep_up_error, find, read;
	int64_t keep_up_ms, ballast;
	atomic_uint kept_up, closed, bounded;
	int64_t row_count;
	size_t row_bytes;   /* of each row's text */
	bool no_text;       /* rows that are not asked for */
	int64_t small_from; /* from this row on they are short; 0: none is */
	/* What is not as it should be while the disk is waited for: */
	atomic_bool idle, interruptible;
	bool reads_commit; /* another commit comes while the first window is read */
} play;

static struct journal_thread *t;

static void did(const char *what, long number)
{
	size_t used = strlen(play.did);

	snprintf(play.did + used, sizeof(play.did) - used, "%s %ld;", what, number);
}

static void assert_did(const char *expected)
{
	assert_string_equal(play.did, expected);
	play.did[0] = '\0';
}

/* Somebody looks how long the disk has been waited for, and signals are for others. */
static void look_at_thread(void)
{
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	if (sigismember(&blocked, SIGTERM) != 1)
		play.interruptible = true;
	if (t->heartbeat_ms == CLOCK_NEVER)
		play.idle = true;
}

static void hold(const atomic_bool *held)
{
	while (*held)
		usleep(500);
}

int journal_store_write(
	struct journal_store *store, struct journal_commit *const *commits, size_t count)
{
	store->disk.ballast = play.ballast;
	look_at_thread();
	play.writing = true;
	hold(&play.hold_write);
	did("write", (long)count);
	for (size_t i = 0; i < count; i++)
		if (commits[i]->ticket == WRONG)
			return -EINVAL;
	return play.write;
}

int journal_store_sync(struct journal_store *store)
{
	(void)store;
	hold(&play.hold_sync);
	did("sync", play.sync);
	return play.sync;
}

void journal_store_ended(struct journal_store *store, int error)
{
	did("ended", error);
	store->error = error;
	store->disk.has_ballast = error == 0;
}

int64_t journal_store_keep_up(struct journal_store *store, int64_t now_ms)
{
	if (t && t->heartbeat_ms != now_ms)
		play.idle = true;
	store->error = play.keep_up_error;
	play.kept_up++;
	return play.keep_up_ms;
}

void journal_store_bound(struct journal_store *store, int64_t now_ms)
{
	(void)now_ms;
	(void)store;
	play.bounded++;
}

void journal_store_close(struct journal_store *store)
{
	(void)store;
	play.closed++;
}

int journal_db_find(struct journal_db *db, struct journal_query *query)
{
	(void)db;
	did("find", query->kind);
	return play.find;
}

static void put(uint64_t ticket);

int journal_db_read(struct journal_db *db, const struct journal_query *query, int rows,
	const struct journal_reader *reader)
{
	char *text = calloc(1, play.row_bytes + 1);
	int64_t at = query->after.given ? query->after.minor : 0;
	bool more = true;

	(void)db;
	look_at_thread();
	did("read", rows);
	memset(text, '7', play.row_bytes);
	if (play.reads_commit)
		put(5);
	play.reads_commit = false;
	for (int i = 0; i < rows && more && at < play.row_count; i++)
		more = reader->row(reader->context, (struct journal_cursor){ true, 0, ++at },
			play.no_text ? NULL : text,
			play.small_from && at >= play.small_from ? 1 : play.row_bytes);
	free(text);
	return play.read;
}

/* This side ---------------------------------------------------------------- */

static void put(uint64_t ticket)
{
	struct journal_work work = { .commit = journal_commit_new() };

	work.commit->ticket = ticket;
	assert_true(queue_put(t->work, &work));
}

static void ask(struct journal_question *question)
{
	struct journal_work work = { .question = question };

	assert_true(queue_put(t->work, &work));
}

/* The next that comes back, looks too. */
static struct journal_work next(void)
{
	struct pollfd done = { .fd = queue_fd(t->done), .events = POLLIN };
	struct journal_work work = { 0 };

	assert_int_equal(poll(&done, 1, WAIT_MS), 1);
	assert_int_equal(queue_take(t->done, &work, 1), 1);
	return work;
}

static void expect_look(void)
{
	struct journal_work work = next();

	assert_null(work.commit);
	assert_null(work.question);
}

static int next_error(uint64_t ticket)
{
	struct journal_work work = next();
	int error;

	assert_non_null(work.commit);
	assert_int_equal(work.commit->ticket, ticket);
	error = work.commit->error;
	journal_commit_free(work.commit);
	return error;
}

static void wait_for(const atomic_bool *what)
{
	for (int i = 0; i < WAIT_MS && !*what; i++)
		usleep(1000);
	assert_true(*what);
}

static int set_up(void **state)
{
	int error;

	(void)state;
	memset(&play, 0, sizeof(play));
	play.keep_up_ms = HOUR_MS;
	t = journal_thread_new(QUEUE, &error);
	assert_true(t->heartbeat_ms == CLOCK_NEVER);
	t->store.db = (struct journal_db *)&play;
	return journal_thread_start(t);
}

static void end(void)
{
	struct journal_work work = { 0 };

	play.hold_write = play.hold_sync = false;
	assert_true(queue_put(t->work, &work));
	wait_for(&t->ended);
	assert_true(journal_thread_leave(t));
	journal_thread_free(t);
}

static int tear_down(void **state)
{
	(void)state;
	sigset_t blocked;

	if (t)
		end();
	t = NULL;
	assert_false(play.idle);
	assert_false(play.interruptible);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	assert_int_equal(sigismember(&blocked, SIGTERM), 0); /* of this side they are not blocked */
	return 0;
}

/* Commits ------------------------------------------------------------------ */

/* Told as written before the disk is waited for. */
static void test_written_then_kept(void **state)
{
	(void)state;
	play.hold_sync = true;
	put(7);
	expect_look();
	assert_int_equal(t->written, 1);
	assert_true(t->heartbeat_ms != CLOCK_NEVER);
	play.hold_sync = false;
	assert_int_equal(next_error(7), 0);
	assert_did("write 1;sync 0;ended 0;");
	assert_int_equal(t->written, 1);
	put(0); /* nobody is told of it, so it is not counted */
	expect_look();
	assert_int_equal(next_error(0), 0);
	assert_int_equal(t->written, 1);
}

/* What waits shares a transaction, so many of them. */
static void test_group(void **state)
{
	(void)state;
	play.hold_write = true;
	put(1);
	wait_for(&play.writing);
	for (uint64_t i = 2; i <= GROUP + 3; i++)
		put(i);
	play.hold_write = false;
	expect_look();
	assert_int_equal(next_error(1), 0);
	expect_look();
	for (uint64_t i = 2; i <= GROUP + 1; i++)
		assert_int_equal(next_error(i), 0);
	expect_look();
	assert_int_equal(next_error(GROUP + 2), 0);
	assert_int_equal(next_error(GROUP + 3), 0);
	assert_did("write 1;sync 0;ended 0;write 64;sync 0;ended 0;write 2;sync 0;ended 0;");
	assert_int_equal(t->written, GROUP + 3);
}

static void test_a_wrong_one_is_alone(void **state)
{
	(void)state;
	play.hold_write = true;
	put(1);
	wait_for(&play.writing);
	put(2);
	put(WRONG);
	put(4);
	play.hold_write = false;
	expect_look();
	assert_int_equal(next_error(1), 0);
	expect_look();
	assert_int_equal(next_error(2), 0);
	assert_int_equal(next_error(WRONG), -EINVAL);
	expect_look();
	assert_int_equal(next_error(4), 0);
	assert_did("write 1;sync 0;ended 0;write 3;write 1;sync 0;ended 0;"
		   "write 1;ended -22;write 1;sync 0;ended 0;");
	assert_int_equal(t->written, 4); /* it is over, too */
}

static void test_failed(void **state)
{
	(void)state;
	play.ballast = 100;
	play.write = -ENOSPC;
	put(1);
	assert_int_equal(next_error(1), -ENOSPC); /* nothing is told before */
	assert_did("write 1;ended -28;");
	assert_int_equal(t->error, -ENOSPC);
	assert_true(t->lacks_reserve);
	assert_int_equal(t->written, 1);
	play.write = 0;
	play.sync = -EIO;
	put(2);
	expect_look();
	assert_int_equal(next_error(2), -EIO);
	assert_int_equal(t->error, -EIO);
	play.sync = 0;
	put(3);
	expect_look();
	assert_int_equal(next_error(3), 0);
	assert_int_equal(t->error, 0);
	assert_false(t->lacks_reserve);
}

/* Upkeep ------------------------------------------------------------------- */

static void test_upkeep(void **state)
{
	unsigned before;

	(void)state;
	for (int i = 0; i < WAIT_MS && play.kept_up == 0; i++)
		usleep(1000);
	usleep(50000);
	assert_int_equal(play.kept_up, 1); /* at once, and then when it says */
	assert_true(t->heartbeat_ms == CLOCK_NEVER);
	play.keep_up_ms = 20;
	play.keep_up_error = -EROFS;
	put(1);
	expect_look();
	assert_int_equal(next_error(1), 0);
	usleep(100000);
	assert_int_equal(play.kept_up, 1); /* another commit may come */
	assert_int_equal(play.bounded, 1);
	assert_true(t->heartbeat_ms == CLOCK_NEVER);
	for (int i = 0; i < WAIT_MS && play.kept_up < 4; i++)
		usleep(1000);
	before = play.kept_up;
	assert_in_range(before, 4, 100); /* each 20 ms, not as fast as can be */
	assert_int_equal(t->error, -EROFS);
}

/* Questions ---------------------------------------------------------------- */

static struct journal_question *question_of(enum journal_query_kind kind)
{
	struct journal_question *question = calloc(1, sizeof(*question));

	question->query.kind = kind;
	return question;
}

/* Its page, which is to be freed with the question. */
static struct journal_page *answer_of(struct journal_question *question)
{
	struct journal_work work;

	ask(question);
	while (!(work = next()).question)
		journal_commit_free(work.commit);
	assert_ptr_equal(work.question, question);
	if (question->page.error)
		assert_null(question->page.text);
	else
		assert_int_equal(strlen(question->page.text), question->page.length);
	return &question->page;
}

static void test_page(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_ENTRIES);
	struct journal_page *page;

	(void)state;
	play.row_count = 3;
	play.row_bytes = 2;
	page = answer_of(question);
	assert_int_equal(page->error, 0);
	assert_string_equal(page->text, "[77,77,77]");
	assert_false(page->more);
	assert_int_equal(page->next.minor, 3);
	assert_did("read 64;");
	journal_question_free(question);
	question = question_of(JOURNAL_QUERY_HISTORY);
	play.row_count = 0;
	page = answer_of(question);
	assert_string_equal(page->text, "[]");
	assert_did("read 64;");
	journal_question_free(question);
}

/* In windows, between which what is to be written is written. */
static void test_windows(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_ENTRIES);
	struct journal_page *page;

	(void)state;
	play.row_count = WINDOW + 1;
	play.row_bytes = 1;
	play.reads_commit = true;
	page = answer_of(question);
	assert_int_equal(page->length, 2 * (WINDOW + 1) + 1);
	assert_false(page->more);
	assert_did("read 64;write 1;sync 0;ended 0;read 64;");
	journal_question_free(question);
}

/* Rows that are not asked for cost too: a page of nothing else ends. */
static void test_page_of_nothing(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_HISTORY);
	struct journal_page *page;

	(void)state;
	play.row_count = INT64_MAX;
	play.no_text = true;
	page = answer_of(question);
	assert_string_equal(page->text, "[]");
	assert_true(page->more);
	assert_int_equal(page->next.minor, 64 * WINDOW);
	journal_question_free(question);
}

static void test_full_page(void **state)
{
	enum { ROW = 10000, FIT = (JOURNAL_PAGE_BYTES - 1) / (ROW + 1) };
	struct journal_question *question = question_of(JOURNAL_QUERY_ENTRIES);
	struct journal_page *page;

	(void)state;
	play.row_count = INT64_MAX;
	play.row_bytes = ROW;
	play.small_from = FIT + 2; /* which would fit, but not in its order */
	page = answer_of(question);
	assert_true(page->more);
	assert_true(page->length <= JOURNAL_PAGE_BYTES);
	assert_int_equal(page->next.minor, FIT);
	assert_int_equal(page->length, 1 + FIT * (ROW + 1));
	journal_question_free(question);
	/* One that is longer than a page has one of its own. */
	question = question_of(JOURNAL_QUERY_ENTRIES);
	play.small_from = 0;
	play.row_bytes = JOURNAL_PAGE_BYTES + 1;
	page = answer_of(question);
	assert_int_equal(page->length, play.row_bytes + 2);
	assert_int_equal(page->next.minor, 1);
	assert_true(page->more);
	journal_question_free(question);
}

static void test_record(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_RECORD);

	(void)state;
	play.row_count = 1;
	play.row_bytes = 1;
	assert_string_equal(answer_of(question)->text, "[7]");
	assert_did("find 0;read 64;");
	journal_question_free(question);
	question = question_of(JOURNAL_QUERY_RECORD);
	play.row_count = 0;
	assert_int_equal(answer_of(question)->error, -ENOENT);
	journal_question_free(question);
	question = question_of(JOURNAL_QUERY_RECORD); /* at its end: no error */
	question->query.after = (struct journal_cursor){ true, 0, 5 };
	assert_string_equal(answer_of(question)->text, "[]");
	journal_question_free(question);
	question = question_of(JOURNAL_QUERY_RECORD);
	play.find = -EIO;
	play.did[0] = '\0';
	assert_int_equal(answer_of(question)->error, -EIO);
	assert_did("find 0;");
	journal_question_free(question);
}

static void test_no_answer(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_ENTRIES);

	(void)state;
	play.row_count = 1;
	play.read = -EUCLEAN;
	assert_int_equal(answer_of(question)->error, -EUCLEAN);
	assert_did("read 64;");
	journal_question_free(question);
	play.read = 0;
	question = question_of(JOURNAL_QUERY_ENTRIES);
	question->cancelled = true;
	assert_int_equal(answer_of(question)->error, -ECANCELED);
	assert_did("");
	journal_question_free(question);
	question = question_of(JOURNAL_QUERY_ENTRIES);
	t->store.db = NULL; /* the disk is away */
	assert_int_equal(answer_of(question)->error, -EIO);
	assert_did("");
	journal_question_free(question);
}

/* The end ------------------------------------------------------------------ */

/* What was given before it is written; who asks is told that there is no answer. */
static void test_end(void **state)
{
	struct journal_question *question = question_of(JOURNAL_QUERY_ENTRIES);
	struct journal_work last = { 0 };

	(void)state;
	play.hold_write = true;
	put(1);
	wait_for(&play.writing);
	put(2);
	ask(question);
	assert_true(queue_put(t->work, &last));
	play.hold_write = false;
	wait_for(&t->ended);
	assert_int_equal(play.closed, 1);
	assert_true(t->heartbeat_ms == CLOCK_NEVER);
	expect_look();
	assert_int_equal(next_error(1), 0);
	expect_look();
	assert_int_equal(next_error(2), 0);
	assert_int_equal(next().question->page.error, -ECANCELED);
	journal_question_free(question);
	expect_look(); /* for who waits for the end */
	assert_true(journal_thread_leave(t));
	journal_thread_free(t);
	t = NULL;
}

/* A disk that hangs is left behind; should it ever answer, nothing more is written. */
static void test_left_behind(void **state)
{
	unsigned kept_up;

	(void)state;
	play.hold_write = true;
	put(1);
	wait_for(&play.writing);
	kept_up = play.kept_up;
	put(2);
	assert_false(journal_thread_leave(t));
	play.hold_write = false;
	for (int i = 0; i < WAIT_MS && play.closed < 2; i++) /* at its end, and as it is freed */
		usleep(1000);
	assert_int_equal(play.closed, 2);
	assert_did("write 1;sync 0;ended 0;");
	assert_int_equal(play.kept_up, kept_up);
	t = NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_written_then_kept),
		TEST(test_group),
		TEST(test_a_wrong_one_is_alone),
		TEST(test_failed),
		TEST(test_upkeep),
		TEST(test_page),
		TEST(test_windows),
		TEST(test_page_of_nothing),
		TEST(test_full_page),
		TEST(test_record),
		TEST(test_no_answer),
		TEST(test_end),
		TEST(test_left_behind),
	};

	return cmocka_run_group_tests_name("journal thread", tests, NULL, NULL) ? 1 : 0;
}
