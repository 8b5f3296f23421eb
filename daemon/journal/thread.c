/* The journal's thread: whatever waits for the disk waits here, and nowhere else. */
#include "daemon/journal/thread.h"

#include "core/clock.h"
#include "daemon/base/queue.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	GROUP_MAX = 64, /* commits that share a transaction, and a sync */
	IDLE_MS = 250,  /* so long without a commit, and there is time for upkeep */
	WINDOW_ROWS = 64,
	WINDOWS_MAX = 64, /* a page ends then, be it empty: rows that do not fit cost too */
	END_ROOM = 2,     /* a comma or bracket each */
};

/* There is room for whatever is under way, and for one look more for each commit. */
static void give_back(struct journal_thread *t, struct journal_work work)
{
	queue_put(t->done, &work);
}

static void say_look(struct journal_thread *t)
{
	give_back(t, (struct journal_work){ 0 });
}

static void note_trouble(struct journal_thread *t)
{
	const struct journal_disk *disk = &t->store.disk;

	t->error = t->store.error;
	t->renewals = t->store.renewals;
	t->lacks_reserve = disk->ballast > 0 && !disk->has_ballast;
}

/* Commits ------------------------------------------------------------------- */

static uint64_t tickets(struct journal_commit *const *commits, size_t count)
{
	uint64_t told = 0;

	for (size_t i = 0; i < count; i++)
		told += commits[i]->ticket != 0;
	return told;
}

/* What waits only for the kernel to have it is told before the disk is waited for. */
static int keep(struct journal_thread *t, struct journal_commit *const *commits, size_t count)
{
	int error = journal_store_write(&t->store, commits, count);

	if (error)
		return error;
	t->written = t->finished + tickets(commits, count);
	say_look(t);
	return journal_store_sync(&t->store);
}

static void finish(
	struct journal_thread *t, struct journal_commit *const *commits, size_t count, int error)
{
	journal_store_ended(&t->store, error);
	note_trouble(t);
	t->finished += tickets(commits, count);
	t->written = t->finished;
	for (size_t i = 0; i < count; i++) {
		commits[i]->error = error;
		give_back(t, (struct journal_work){ .commit = commits[i] });
	}
}

static void write_group(
	struct journal_thread *t, struct journal_commit *const *commits, size_t count)
{
	int error = keep(t, commits, count);

	if (error != -EINVAL) {
		finish(t, commits, count, error);
		return;
	}
	/* One wrong commit must not take the others with it: each by itself. */
	for (size_t i = 0; i < count; i++)
		finish(t, &commits[i], 1, keep(t, &commits[i], 1));
}

/* Of what waits: commits, at most GROUP_MAX; how many. */
static size_t take_work(struct journal_thread *t, struct journal_commit *commits[GROUP_MAX])
{
	struct journal_work work;
	size_t count = 0;

	while (count < GROUP_MAX && queue_take(t->work, &work, 1) == 1) {
		if (work.commit)
			commits[count++] = work.commit;
		else if (work.question)
			t->question = work.question;
		else
			t->ending = true;
	}
	return count;
}

static void write_waiting(struct journal_thread *t)
{
	struct journal_commit *commits[GROUP_MAX];
	size_t count;

	while (!t->left && (count = take_work(t, commits)) > 0) {
		t->heartbeat_ms = clock_now_ms();
		write_group(t, commits, count);
		t->upkeep_at_ms = clock_now_ms() + IDLE_MS;
		journal_store_bound(&t->store, clock_now_ms());
	}
}

/* Questions ----------------------------------------------------------------- */

/* A page of an answer, read in windows of few rows, so that what is to be written goes between. */
struct reading_page {
	struct journal_query query; /* its cursor moves on */
	FILE *out;                  /* writes to text */
	char *text;
	size_t length;
	bool full, more, complete;
	int windows, window_rows, rows;
};

static int begin(struct reading_page *reading, struct journal_db *db)
{
	reading->out = open_memstream(&reading->text, &reading->length);
	if (!reading->out)
		return -ENOMEM;
	putc('[', reading->out);
	return reading->query.kind == JOURNAL_QUERY_RECORD ? journal_db_find(db, &reading->query)
							   : 0;
}

static bool put_row(void *context, struct journal_cursor after, const char *text, size_t length)
{
	struct reading_page *reading = context;

	reading->window_rows++;
	reading->full = text && reading->rows > 0 &&
			(size_t)ftell(reading->out) + length + END_ROOM > JOURNAL_PAGE_BYTES;
	if (reading->full)
		return false;
	if (text) {
		fprintf(reading->out, "%s", reading->rows++ ? "," : "");
		fwrite(text, 1, length, reading->out);
	}
	reading->query.after = after;
	return true;
}

/* One window: 0 or -errno; and so on until `complete`. -ENOENT: there is no such incident. */
static int read_window(struct reading_page *reading, struct journal_db *db)
{
	const struct journal_reader reader = { reading, put_row };
	const bool from_start = !reading->query.after.given;
	int error = reading->out ? 0 : begin(reading, db);

	reading->window_rows = 0;
	if (!error)
		error = journal_db_read(db, &reading->query, WINDOW_ROWS, &reader);
	if (error)
		return error;
	reading->more = reading->full || reading->window_rows == WINDOW_ROWS;
	reading->complete = reading->full || !reading->more || ++reading->windows == WINDOWS_MAX;
	if (reading->query.kind == JOURNAL_QUERY_RECORD && from_start && reading->rows == 0)
		return -ENOENT;
	return ferror(reading->out) ? -ENOMEM : 0;
}

/* What was read into the page, unless page->error says that it is of no use. */
static void end_reading(struct reading_page *reading, struct journal_page *page)
{
	if (reading->out) {
		putc(']', reading->out);
		if (fclose(reading->out) != 0 && !page->error)
			page->error = -ENOMEM;
	}
	if (page->error) {
		free(reading->text);
		return;
	}
	page->text = reading->text;
	page->length = reading->length;
	page->more = reading->more;
	page->next = reading->query.after;
}

/* One window of a page after the other; commits that have come meanwhile are written first. */
static void answer(struct journal_thread *t)
{
	struct journal_question *question = t->question;
	struct reading_page reading = { .query = question->query };
	struct journal_page *page = &question->page;

	while (page->error == 0 && !reading.complete) {
		t->heartbeat_ms = clock_now_ms();
		if (question->cancelled || t->ending)
			page->error = -ECANCELED;
		else if (!t->store.db)
			page->error = -EIO;
		else
			page->error = read_window(&reading, t->store.db);
		write_waiting(t);
	}
	end_reading(&reading, page);
	t->question = NULL;
	give_back(t, (struct journal_work){ .question = question });
}

/* The thread ---------------------------------------------------------------- */

static void keep_up(struct journal_thread *t)
{
	int64_t now_ms = clock_now_ms();

	if (now_ms < t->upkeep_at_ms)
		return;
	t->heartbeat_ms = now_ms;
	t->upkeep_at_ms = now_ms + journal_store_keep_up(&t->store, now_ms);
	note_trouble(t);
}

static void *thread_main(void *context)
{
	struct journal_thread *t = context;
	struct pollfd work = { .fd = queue_fd(t->work), .events = POLLIN };

	while (!t->ending && !t->left) {
		int64_t wait_ms = t->upkeep_at_ms - clock_now_ms();

		t->heartbeat_ms = CLOCK_NEVER;
		poll(&work, 1, wait_ms > 0 ? (int)wait_ms : 0);
		write_waiting(t);
		if (t->question)
			answer(t);
		if (!t->ending)
			keep_up(t);
	}
	journal_store_close(&t->store);
	t->heartbeat_ms = CLOCK_NEVER;
	t->ended = true;
	say_look(t);
	if (atomic_exchange(&t->released, true))
		journal_thread_free(t);
	return NULL;
}

struct journal_thread *journal_thread_new(size_t max, int *error)
{
	struct journal_thread *t = calloc(1, sizeof(*t));

	*error = -ENOMEM;
	if (!t)
		return NULL;
	/* Beside the commits: a question, and the end; a look for each commit. */
	t->work = queue_new(sizeof(struct journal_work), max + 2);
	t->done = t->work ? queue_new(sizeof(struct journal_work), 2 * max + 2) : NULL;
	t->heartbeat_ms = CLOCK_NEVER;
	if (t->done)
		return t;
	*error = -errno;
	journal_thread_free(t);
	return NULL;
}

int journal_thread_start(struct journal_thread *t)
{
	sigset_t all, before;
	int error;

	note_trouble(t);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&t->id, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

bool journal_thread_leave(struct journal_thread *t)
{
	pthread_t id = t->id;

	if (!t->ended) {
		t->left = true;
		if (!atomic_exchange(&t->released, true)) {
			pthread_detach(id);
			return false;
		}
	}
	pthread_join(id, NULL);
	return true;
}

void journal_question_free(struct journal_question *question)
{
	if (question)
		free(question->page.text);
	free(question);
}

static void empty(struct queue *queue)
{
	struct journal_work work;

	while (queue && queue_take(queue, &work, 1) == 1) {
		journal_commit_free(work.commit);
		journal_question_free(work.question);
	}
	queue_free(queue);
}

void journal_thread_free(struct journal_thread *t)
{
	journal_store_close(&t->store);
	empty(t->work);
	empty(t->done);
	journal_question_free(t->question);
	free(t);
}
