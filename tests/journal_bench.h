/* A journal in a folder of its own, and what it has told. For the journal's tests only. */
#ifndef TESTS_JOURNAL_BENCH_H
#define TESTS_JOURNAL_BENCH_H

#include "core/clock.h"
#include "daemon/journal/journal.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { BENCH_PATH = 128, BENCH_TICKETS = 8192, BENCH_TEXT = 4096 };

static struct journal_bench {
	char directory[BENCH_PATH], error[256];
	sd_event *loop;
	struct journal *journal;
	struct journal_settings settings;
	struct journal_events events;
	struct journal_found found;
	unsigned told, failed;
	uint64_t written;
	uint64_t tickets[BENCH_TICKETS];
	int last_error;
	/* What journal_open() has loaded. */
	uint64_t next_sequence, next_serial, first_waiting, last_waiting;
	unsigned waiting, snapshots, gaps;
	char snapshot[BENCH_TEXT], order[BENCH_TEXT], raised[BENCH_TEXT];
	int64_t raised_since_ms;
	/* What journal_ask() has had. */
	unsigned answers;
	uint64_t answered_ticket;
	struct journal_page page; /* of the last answer */
} b;

static void bench_written(struct journal_events *events, uint64_t commits)
{
	(void)events;
	b.written = commits;
}

static void bench_kept(struct journal_events *events, uint64_t ticket, int error)
{
	(void)events;
	b.tickets[b.told++ % BENCH_TICKETS] = ticket;
	b.failed += error != 0;
	b.last_error = error;
}

static void bench_answered(
	struct journal_events *events, uint64_t ticket, struct journal_page *page)
{
	(void)events;
	free(b.page.text);
	b.page = *page;
	b.answered_ticket = ticket;
	b.answers++;
}

static void bench_counters(void *context, uint64_t next_sequence, uint64_t next_serial,
	int64_t now_ms, int64_t wall_ms, const char *boot_id)
{
	(void)context;
	/* Nothing but what the entries say, where the row is lost. */
	assert_int_equal(now_ms, *boot_id ? 11 : 0);
	assert_int_equal(wall_ms, *boot_id ? 22 : 0);
	assert_string_equal(boot_id, *boot_id ? "boot" : "");
	b.next_sequence = next_sequence;
	b.next_serial = next_serial;
	strcat(b.order, "c");
}

static void bench_snapshot(void *context, const char *incident_id, const char *text)
{
	(void)context;
	(void)incident_id;
	b.snapshots++;
	snprintf(b.snapshot, sizeof(b.snapshot), "%s", text);
	if (strlen(b.order) < 20)
		strcat(b.order, "s");
}

static void bench_waiting(void *context, const struct journal_entry *entry)
{
	(void)context;
	if (!b.waiting++)
		b.first_waiting = entry->sequence;
	else if (entry->sequence != b.last_waiting + 1)
		b.gaps++;
	b.last_waiting = entry->sequence;
	if (strlen(b.order) < 20)
		strcat(b.order, "w");
}

static void bench_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	size_t used = strlen(b.raised);

	(void)context;
	snprintf(b.raised + used, sizeof(b.raised) - used, "%d-%s at %lld\n", number, zone,
		(long long)wall_ms);
}

static bool bench_try(void)
{
	const struct journal_loader loader = { NULL, bench_counters, bench_snapshot, bench_waiting,
		bench_raised, b.raised_since_ms };

	b.next_sequence = b.next_serial = b.first_waiting = b.last_waiting = 0;
	b.waiting = b.snapshots = b.gaps = b.told = b.failed = 0;
	b.snapshot[0] = b.order[0] = b.raised[0] = '\0';
	b.settings.directory = b.directory;
	b.journal = journal_open(
		&b.settings, &loader, b.loop, &b.events, &b.found, b.error, sizeof(b.error));
	return b.journal != NULL;
}

static void bench_open(void)
{
	if (!bench_try())
		fail_msg("%s", b.error);
}

static void bench_close(void)
{
	journal_close(b.journal, 10000);
	b.journal = NULL;
}

/* What is wrong with its disk, in English; NULL: nothing. */
static inline const char *bench_trouble(void)
{
	static char text[200];
	struct failure why;

	if (!journal_trouble(b.journal, &why))
		return NULL;
	failure_words(&why, LANGUAGE_EN, text, sizeof(text));
	return text;
}

static inline void bench_run(int64_t ms)
{
	int64_t end_ms = clock_now_ms() + ms;

	while (clock_now_ms() < end_ms)
		assert_true(sd_event_run(b.loop, 10000) >= 0);
}

static void bench_wait(unsigned count)
{
	int64_t end_ms = clock_now_ms() + 10000;

	while (b.told < count && clock_now_ms() < end_ms)
		assert_true(sd_event_run(b.loop, 10000) >= 0);
	assert_true(b.told >= count);
}

static inline int bench_entry(
	uint64_t sequence, const char *incident_id, const char *payload, int64_t wall_ms)
{
	char id[32];
	const struct journal_entry entry = { sequence, id, "alert", "facility/a/alert", incident_id,
		NULL, payload, wall_ms };

	snprintf(id, sizeof(id), "e%llu", (unsigned long long)sequence);
	return journal_put_entry(b.journal, &entry);
}

static int bench_set_up(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	strcpy(b.directory, "/tmp/journal-test-XXXXXX");
	if (!mkdtemp(b.directory))
		return -1;
	b.events = (struct journal_events){ bench_written, bench_kept, bench_answered };
	b.settings = (struct journal_settings){ .size_max = 64 * 1024 * 1024 };
	return sd_event_new(&b.loop) < 0 ? -1 : 0;
}

static int bench_tear_down(void **state)
{
	char path[BENCH_PATH + 300];
	struct dirent *file;
	DIR *directory;

	(void)state;
	bench_close();
	free(b.page.text);
	sd_event_unref(b.loop);
	directory = opendir(b.directory);
	while (directory && (file = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", b.directory, file->d_name);
		unlink(path);
	}
	if (directory)
		closedir(directory);
	rmdir(b.directory);
	return 0;
}

#endif
