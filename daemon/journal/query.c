/* Questions that wait for the journal's thread, and answers that wait for the loop. */
#include "daemon/journal/query.h"

#include "core/clock.h"
#include "daemon/journal/parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

/* Under the mutex. */
static void free_asked(struct journal_asked *asked)
{
	free(asked->page.text);
	*asked = (struct journal_asked){ .state = JOURNAL_ASKED_FREE };
}

static bool awaited(const struct journal_asked *asked)
{
	return asked->state == JOURNAL_ASKED_WAITING || asked->state == JOURNAL_ASKED_TAKEN ||
	       asked->state == JOURNAL_ASKED_DONE;
}

/* Under the mutex. What the thread has in its hands stays, and is freed when it is finished. */
static void forget(struct journal_asked *asked)
{
	if (asked->state == JOURNAL_ASKED_TAKEN)
		asked->state = JOURNAL_ASKED_FORGOTTEN;
	else
		free_asked(asked);
}

/* The loop ------------------------------------------------------------------ */

static void arm_timer(struct journal *j)
{
	int64_t first_ms = CLOCK_NEVER;

	pthread_mutex_lock(&j->mutex);
	for (size_t i = 0; i < JOURNAL_QUERY_MAX; i++)
		if (awaited(&j->asked[i]) && j->asked[i].deadline_ms < first_ms)
			first_ms = j->asked[i].deadline_ms;
	pthread_mutex_unlock(&j->mutex);
	if (first_ms == CLOCK_NEVER) {
		sd_event_source_set_enabled(j->query_timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(j->query_timer, (uint64_t)first_ms * 1000);
	sd_event_source_set_enabled(j->query_timer, SD_EVENT_ONESHOT);
}

/* Under the mutex. The thread has finished one, so it does not hang: the others may wait anew. */
static void renew_deadlines(struct journal *j, int64_t now_ms)
{
	for (size_t i = 0; i < JOURNAL_QUERY_MAX; i++)
		j->asked[i].deadline_ms = now_ms + JOURNAL_QUERY_MS;
}

/* One that is answered, or that has waited for too long: it is the caller's then. */
static bool take_due(struct journal *j, int64_t now_ms, uint64_t *ticket, struct journal_page *page)
{
	bool found = false;

	pthread_mutex_lock(&j->mutex);
	for (size_t i = 0; i < JOURNAL_QUERY_MAX && !found; i++) {
		struct journal_asked *asked = &j->asked[i];

		found = asked->state == JOURNAL_ASKED_DONE ||
			(awaited(asked) && asked->deadline_ms <= now_ms);
		if (!found)
			continue;
		*ticket = asked->ticket;
		*page = (struct journal_page){ .error = -ETIMEDOUT };
		if (asked->state == JOURNAL_ASKED_DONE) {
			*page = asked->page;
			asked->page.text = NULL;
			renew_deadlines(j, now_ms);
		}
		strcpy(page->tag, asked->query.tag);
		forget(asked);
	}
	pthread_mutex_unlock(&j->mutex);
	return found;
}

void journal_query_tell(struct journal *j)
{
	int64_t now_ms = clock_now_ms();
	struct journal_page page;
	uint64_t ticket;

	while (take_due(j, now_ms, &ticket, &page))
		j->events->answered(j->events, ticket, &page);
	arm_timer(j);
}

static int on_late(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source;
	(void)usec;
	journal_query_tell(context);
	return 0;
}

int journal_query_start(struct journal *j, sd_event *loop)
{
	int r = sd_event_add_time(loop, &j->query_timer, CLOCK_BOOTTIME, 0, 0, on_late, j);

	return r < 0 ? r : sd_event_source_set_enabled(j->query_timer, SD_EVENT_OFF);
}

int journal_ask(struct journal *j, const struct journal_query *query, uint64_t ticket)
{
	struct journal_asked *asked = NULL;

	pthread_mutex_lock(&j->mutex);
	for (size_t i = 0; i < JOURNAL_QUERY_MAX && !asked; i++)
		if (j->asked[i].state == JOURNAL_ASKED_FREE)
			asked = &j->asked[i];
	if (asked)
		*asked = (struct journal_asked){
			.state = JOURNAL_ASKED_WAITING,
			.ticket = ticket,
			.order = ++j->asked_last,
			.deadline_ms = clock_now_ms() + JOURNAL_QUERY_MS,
			.query = *query,
		};
	pthread_mutex_unlock(&j->mutex);
	if (!asked)
		return -EBUSY;
	arm_timer(j);
	eventfd_write(j->work_fd, 1);
	return 0;
}

void journal_forget(struct journal *j, uint64_t ticket)
{
	pthread_mutex_lock(&j->mutex);
	for (size_t i = 0; i < JOURNAL_QUERY_MAX; i++)
		if (awaited(&j->asked[i]) && j->asked[i].ticket == ticket)
			forget(&j->asked[i]);
	pthread_mutex_unlock(&j->mutex);
}

void journal_query_free(struct journal *j)
{
	for (size_t i = 0; i < JOURNAL_QUERY_MAX; i++)
		free_asked(&j->asked[i]);
}

/* The thread ---------------------------------------------------------------- */

/* Under the mutex. */
static struct journal_asked *oldest_waiting(struct journal *j)
{
	struct journal_asked *oldest = NULL;

	for (size_t i = 0; i < JOURNAL_QUERY_MAX; i++) {
		struct journal_asked *asked = &j->asked[i];

		if (asked->state == JOURNAL_ASKED_WAITING &&
			(!oldest || asked->order < oldest->order))
			oldest = asked;
	}
	return oldest;
}

bool journal_query_waits(struct journal *j)
{
	bool waits;

	pthread_mutex_lock(&j->mutex);
	waits = oldest_waiting(j) != NULL;
	pthread_mutex_unlock(&j->mutex);
	return waits;
}

struct journal_asked *journal_query_take(struct journal *j)
{
	struct journal_asked *asked;

	pthread_mutex_lock(&j->mutex);
	asked = oldest_waiting(j);
	if (asked)
		asked->state = JOURNAL_ASKED_TAKEN;
	pthread_mutex_unlock(&j->mutex);
	return asked;
}

bool journal_query_forgotten(struct journal *j, const struct journal_asked *asked)
{
	bool forgotten;

	pthread_mutex_lock(&j->mutex);
	forgotten = asked->state == JOURNAL_ASKED_FORGOTTEN || j->stopping;
	pthread_mutex_unlock(&j->mutex);
	return forgotten;
}

void journal_query_finish(
	struct journal *j, struct journal_asked *asked, const struct journal_page *page)
{
	bool forgotten;

	pthread_mutex_lock(&j->mutex);
	forgotten = asked->state == JOURNAL_ASKED_FORGOTTEN;
	asked->page = *page;
	asked->state = JOURNAL_ASKED_DONE;
	if (forgotten)
		free_asked(asked);
	pthread_mutex_unlock(&j->mutex);
}

/* Cursors ------------------------------------------------------------------- */

void journal_cursor_text(const struct journal_cursor *cursor, char text[static JOURNAL_CURSOR_MAX])
{
	snprintf(text, JOURNAL_CURSOR_MAX, "%" PRId64 "-%" PRId64, cursor->major, cursor->minor);
}

int journal_cursor_parse(const char *text, struct journal_cursor *cursor)
{
	char *end;

	errno = 0;
	cursor->major = strtoll(text, &end, 10);
	if (errno || end == text || *end != '-')
		return -EINVAL;
	text = end + 1;
	cursor->minor = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return -EINVAL;
	cursor->given = true;
	return 0;
}
