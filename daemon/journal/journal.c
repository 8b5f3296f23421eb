/*
 * The journal, on the loop's side: commits are filled here and handed to the
 * thread, questions wait here for their turn, and what was kept or answered is
 * told. Nothing here touches the disk but journal_open().
 */
#include "daemon/journal/journal.h"

#include "core/clock.h"
#include "core/log.h"
#include "daemon/base/queue.h"
#include "daemon/journal/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { HANG_MS = 5000, TROUBLE_MAX = 256 };

struct journal {
	struct journal_thread *thread;
	struct journal_events *events;
	sd_event_source *io, *late;
	struct journal_commit *open; /* what is put since the last commit; NULL: nothing */
	bool refused;                /* some of it was: the commit cannot be whole */
	size_t changes, bytes;       /* not told yet, with those of `open` */
	uint64_t told_written;
	unsigned renewals; /* that were told */
	/* In their order; the first is the thread's while `asking`. */
	struct journal_question *questions[JOURNAL_QUERY_MAX];
	size_t question_count;
	bool asking;
	int64_t reserve; /* bytes */
};

/* Changes ------------------------------------------------------------------- */

/* A commit leaves the queue when its outcome is told; it counts as a change itself. */
static void forget_commit(struct journal *j, struct journal_commit *commit)
{
	j->changes -= commit->count;
	j->bytes -= commit->bytes;
	journal_commit_free(commit);
}

static void refuse_open(struct journal *j)
{
	/* Half of what belongs together is of no use: room for others instead. */
	if (j->open)
		forget_commit(j, j->open);
	j->open = NULL;
	j->refused = true;
}

static int put(struct journal *j, const struct journal_change *change)
{
	size_t bytes;

	if (!j->refused && !j->open)
		j->open = journal_commit_new();
	/* One place is left for the commit, which then never fails after good changes. */
	if (j->refused || !j->open || j->changes + 2 > JOURNAL_QUEUE_MAX) {
		refuse_open(j);
		return -EAGAIN;
	}
	bytes = j->open->bytes;
	if (journal_commit_add(j->open, change) == 0) {
		j->changes++;
		j->bytes += j->open->bytes - bytes;
		if (j->bytes <= JOURNAL_QUEUE_BYTES_MAX)
			return 0;
	}
	refuse_open(j);
	return -EAGAIN;
}

int journal_put_entry(struct journal *j, const struct journal_entry *entry)
{
	const struct journal_change change = {
		.kind = JOURNAL_ENTRY,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)entry->sequence,
			[JOURNAL_WALL_MS] = entry->wall_ms },
		.texts = { [JOURNAL_EVENT_ID] = entry->event_id,
			[JOURNAL_KIND] = entry->kind,
			[JOURNAL_TOPIC] = entry->topic,
			[JOURNAL_INCIDENT_ID] = entry->incident_id,
			[JOURNAL_USER] = entry->user,
			[JOURNAL_PAYLOAD] = entry->payload },
	};

	return put(j, &change);
}

int journal_put_snapshot(struct journal *j, const char *incident_id, const char *text)
{
	const struct journal_change change = {
		.kind = JOURNAL_SNAPSHOT,
		.texts = { [JOURNAL_INCIDENT_ID] = incident_id, [JOURNAL_PAYLOAD] = text },
	};

	return put(j, &change);
}

int journal_drop_snapshot(struct journal *j, const char *incident_id)
{
	const struct journal_change change = {
		.kind = JOURNAL_DROP,
		.texts = { [JOURNAL_INCIDENT_ID] = incident_id },
	};

	return put(j, &change);
}

int journal_put_counters(struct journal *j, uint64_t next_sequence, uint64_t next_serial,
	int64_t now_ms, int64_t wall_ms, const char *boot_id)
{
	const struct journal_change change = {
		.kind = JOURNAL_COUNTERS,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)next_sequence,
			[JOURNAL_SERIAL] = (int64_t)next_serial,
			[JOURNAL_NOW_MS] = now_ms,
			[JOURNAL_WALL_MS] = wall_ms },
		.texts = { [JOURNAL_BOOT_ID] = boot_id },
	};

	return put(j, &change);
}

int journal_delivered(struct journal *j, uint64_t sequence)
{
	const struct journal_change change = {
		.kind = JOURNAL_DELIVERED,
		.numbers = { [JOURNAL_SEQUENCE] = (int64_t)sequence },
	};

	return put(j, &change);
}

int journal_commit(struct journal *j, uint64_t ticket)
{
	struct journal_work work = { .commit = j->open ? j->open : journal_commit_new() };
	bool whole = !j->refused && work.commit && j->changes + 1 <= JOURNAL_QUEUE_MAX;

	j->open = NULL;
	j->refused = false;
	if (whole) {
		work.commit->ticket = ticket;
		work.commit->count++;
		j->changes++;
		whole = queue_put(j->thread->work, &work);
	}
	if (!whole && work.commit)
		forget_commit(j, work.commit);
	return whole ? 0 : -EAGAIN;
}

static void tell_commit(struct journal *j, struct journal_commit *commit)
{
	uint64_t ticket = commit->ticket;
	int error = commit->error;

	forget_commit(j, commit);
	if (ticket)
		j->events->kept(j->events, ticket, error);
}

static void tell_written(struct journal *j)
{
	uint64_t written = j->thread->written;

	if (written == j->told_written)
		return;
	j->told_written = written;
	j->events->written(j->events, written);
}

bool journal_take_renewed(struct journal *j)
{
	unsigned renewals = j->thread->renewals;
	bool renewed = renewals != j->renewals;

	j->renewals = renewals;
	return renewed;
}

bool journal_trouble(const struct journal *j, struct failure *why)
{
	int64_t since_ms = j->thread->heartbeat_ms;
	int error = j->thread->error;

	if (since_ms != CLOCK_NEVER && clock_now_ms() - since_ms > HANG_MS) {
		*why = (struct failure){ WORD_CAUSE_THE_DISK_OF_THE_JOURNAL_DOES_NOT_ANSWER };
	} else if (error) {
		*why = (struct failure){ WORD_CAUSE_THE_JOURNAL_CANNOT_BE_WRITTEN, -error };
		snprintf(why->detail, sizeof(why->detail), "%s", strerror(-error));
	} else if (j->thread->lacks_reserve) {
		*why = (struct failure){ WORD_CAUSE_THE_DISK_IS_FULL_OR_NEARLY_SO,
			j->reserve / 1024 };
	} else if (j->thread->renewals) {
		*why = (struct failure){ WORD_CAUSE_THE_JOURNAL_WAS_DELETED_OR_REPLACED };
	} else {
		return false;
	}
	return true;
}

/* Questions ----------------------------------------------------------------- */

/* The first that waits, to the thread, unless that has one. */
static void ask_next(struct journal *j)
{
	struct journal_work work = { .question = j->questions[0] };
	int64_t first_ms = CLOCK_NEVER;

	if (!j->asking && j->question_count > 0)
		j->asking = queue_put(j->thread->work, &work);
	for (size_t i = 0; i < j->question_count; i++)
		if (j->questions[i]->ticket && j->questions[i]->deadline_ms < first_ms)
			first_ms = j->questions[i]->deadline_ms;
	if (first_ms != CLOCK_NEVER)
		sd_event_source_set_time(j->late, (uint64_t)first_ms * 1000);
	sd_event_source_set_enabled(
		j->late, first_ms == CLOCK_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void remove_question(struct journal *j, size_t index)
{
	j->question_count--;
	for (size_t i = index; i < j->question_count; i++)
		j->questions[i] = j->questions[i + 1];
}

/* What the thread has keeps its place until it comes back. */
static void forget_question(struct journal *j, size_t index)
{
	struct journal_question *question = j->questions[index];

	question->ticket = 0;
	if (index == 0 && j->asking) {
		question->cancelled = true;
		return;
	}
	remove_question(j, index);
	journal_question_free(question);
}

int journal_ask(struct journal *j, const struct journal_query *query, uint64_t ticket)
{
	struct journal_question *question =
		j->question_count < JOURNAL_QUERY_MAX ? calloc(1, sizeof(*question)) : NULL;

	if (!question)
		return -EBUSY;
	question->ticket = ticket;
	question->deadline_ms = clock_now_ms() + JOURNAL_QUERY_MS;
	question->query = *query;
	strcpy(question->page.tag, query->tag);
	j->questions[j->question_count++] = question;
	ask_next(j);
	return 0;
}

void journal_forget(struct journal *j, uint64_t ticket)
{
	for (size_t i = j->question_count; i-- > 0;)
		if (j->questions[i]->ticket == ticket)
			forget_question(j, i);
	ask_next(j);
}

static void tell_answer(struct journal *j, struct journal_question *question)
{
	j->asking = false;
	remove_question(j, 0);
	/* The thread has finished one, so it does not hang: the others may wait anew. */
	for (size_t i = 0; i < j->question_count; i++)
		j->questions[i]->deadline_ms = clock_now_ms() + JOURNAL_QUERY_MS;
	if (question->ticket) {
		j->events->answered(j->events, question->ticket, &question->page);
		question->page.text = NULL; /* the receiver's */
	}
	journal_question_free(question);
}

static bool tell_late(struct journal *j, int64_t now_ms)
{
	struct journal_page page = { .error = -ETIMEDOUT };

	for (size_t i = 0; i < j->question_count; i++) {
		uint64_t ticket = j->questions[i]->ticket;

		if (!ticket || j->questions[i]->deadline_ms > now_ms)
			continue;
		strcpy(page.tag, j->questions[i]->query.tag);
		forget_question(j, i);
		j->events->answered(j->events, ticket, &page); /* which may ask or forget */
		return true;
	}
	return false;
}

static int on_late(sd_event_source *source, uint64_t usec, void *context)
{
	struct journal *j = context;
	int64_t now_ms = clock_now_ms();

	(void)source;
	(void)usec;
	while (tell_late(j, now_ms))
		;
	ask_next(j);
	return 0;
}

static int on_done(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct journal *j = context;
	struct journal_work work;

	(void)source;
	(void)fd;
	(void)events;
	while (queue_take(j->thread->done, &work, 1) == 1) {
		tell_written(j);
		if (work.commit)
			tell_commit(j, work.commit);
		if (work.question)
			tell_answer(j, work.question);
	}
	ask_next(j);
	return 0;
}

/* Beginning and end --------------------------------------------------------- */

/* But for what the thread has. */
static void free_own(struct journal *j)
{
	sd_event_source_disable_unref(j->io);
	sd_event_source_disable_unref(j->late);
	for (size_t i = j->asking; i < j->question_count; i++)
		journal_question_free(j->questions[i]);
	journal_commit_free(j->open);
	free(j);
}

static int start(struct journal *j, sd_event *loop)
{
	int error = sd_event_add_io(loop, &j->io, queue_fd(j->thread->done), EPOLLIN, on_done, j);

	if (error >= 0)
		error = sd_event_add_time(loop, &j->late, CLOCK_BOOTTIME, 0, 0, on_late, j);
	if (error >= 0)
		error = sd_event_source_set_enabled(j->late, SD_EVENT_OFF);
	return error < 0 ? error : journal_thread_start(j->thread);
}

struct journal *journal_open(const struct journal_settings *settings,
	const struct journal_loader *loader, sd_event *loop, struct journal_events *events,
	struct journal_found *found, char *error, size_t error_size)
{
	struct journal *j = calloc(1, sizeof(*j));
	int failure = -ENOMEM;

	*found = (struct journal_found){ 0 };
	if (j)
		j->thread = journal_thread_new(JOURNAL_QUEUE_MAX, &failure);
	if (!j || !j->thread) {
		snprintf(error, error_size, "%s", strerror(-failure));
		free(j);
		return NULL;
	}
	j->events = events;
	j->reserve = settings->ballast;
	failure =
		journal_store_start(&j->thread->store, settings, loader, found, error, error_size);
	if (!failure) {
		failure = start(j, loop);
		snprintf(error, error_size, "thread: %s", strerror(-failure));
	}
	if (!failure)
		return j;
	journal_thread_free(j->thread);
	free_own(j);
	return NULL;
}

void journal_close(struct journal *j, int64_t timeout_ms)
{
	int64_t end_ms = clock_now_ms() + timeout_ms;
	struct journal_work work = { 0 };
	struct pollfd done;

	if (!j)
		return;
	queue_put(j->thread->work, &work);
	done = (struct pollfd){ .fd = queue_fd(j->thread->done), .events = POLLIN };
	while (!j->thread->ended && clock_now_ms() < end_ms) {
		if (poll(&done, 1, (int)(end_ms - clock_now_ms())) <= 0)
			continue;
		while (queue_take(j->thread->done, &work, 1) == 1) {
			journal_commit_free(work.commit);
			journal_question_free(work.question);
		}
	}
	if (journal_thread_leave(j->thread))
		journal_thread_free(j->thread);
	else
		log_warn("journal: the disk does not answer: left behind");
	free_own(j);
}
