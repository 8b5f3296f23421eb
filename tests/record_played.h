/*
 * For tests of daemon/record: the journal and the link are played here, which has their
 * functions, so that a test says what becomes of each commit and message. Include cmocka first.
 */
#ifndef TESTS_RECORD_PLAYED_H
#define TESTS_RECORD_PLAYED_H

#include "daemon/record/record.h"
#include "tests/heard.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

enum { TICKET = 77, WITHIN_MS = 2000 };

/* The journal -------------------------------------------------------------- */

static struct {
	int put_error, commit_error;
	unsigned entries, rows, drops, commits, closed;
	uint64_t ticket, next_sequence, serial, delivered;
	char kind[16], topic[32], user[32], payload[512], boot_id[64];
	bool fails;
	struct journal_found found;
	struct journal_events *events;
	void (*load)(const struct journal_loader *loader);
} disk;

struct journal *journal_open(const struct journal_settings *settings,
	const struct journal_loader *loader, sd_event *loop, struct journal_events *events,
	struct journal_found *found, char *error, size_t error_size)
{
	(void)settings, (void)loop;
	disk.events = events;
	if (disk.fails) {
		snprintf(error, error_size, "another process has it");
		return NULL;
	}
	*found = disk.found;
	if (disk.load)
		disk.load(loader);
	return (struct journal *)&disk;
}

bool journal_take_renewed(struct journal *journal)
{
	(void)journal;
	return false;
}

void journal_close(struct journal *journal, int64_t timeout_ms)
{
	(void)timeout_ms;
	disk.closed += journal != NULL;
}

int journal_put_entry(struct journal *journal, const struct journal_entry *entry)
{
	(void)journal;
	disk.entries++;
	snprintf(disk.kind, sizeof(disk.kind), "%s", entry->kind);
	snprintf(disk.topic, sizeof(disk.topic), "%s", entry->topic ? entry->topic : "");
	snprintf(disk.user, sizeof(disk.user), "%s", entry->user);
	snprintf(disk.payload, sizeof(disk.payload), "%s", entry->payload);
	return disk.put_error;
}

int journal_put_snapshot(struct journal *journal, const char *id, const char *text)
{
	(void)journal, (void)id, (void)text;
	disk.rows++;
	return disk.put_error;
}

int journal_drop_snapshot(struct journal *journal, const char *id)
{
	(void)journal, (void)id;
	disk.drops++;
	return disk.put_error;
}

int journal_put_counters(struct journal *journal, uint64_t next_sequence, uint64_t next_serial,
	int64_t now_ms, int64_t wall_ms, const char *boot_id)
{
	(void)journal, (void)now_ms, (void)wall_ms;
	snprintf(disk.boot_id, sizeof(disk.boot_id), "%s", boot_id);
	disk.next_sequence = next_sequence;
	disk.serial = next_serial;
	return 0;
}

int journal_delivered(struct journal *journal, uint64_t sequence)
{
	(void)journal;
	disk.delivered = sequence;
	return disk.put_error;
}

int journal_commit(struct journal *journal, uint64_t ticket)
{
	(void)journal;
	disk.commits++;
	disk.ticket = ticket;
	return disk.commit_error;
}

/* The link ----------------------------------------------------------------- */

static struct {
	int error;
	unsigned published;
	char topic[32], payload[512];
	uint64_t ticket;
} broker;

int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish)
{
	assert_ptr_equal(mqtt, &broker);
	broker.published++;
	broker.ticket = publish->ticket;
	snprintf(broker.topic, sizeof(broker.topic), "%s", publish->topic);
	snprintf(broker.payload, sizeof(broker.payload), "%.*s", (int)publish->length,
		publish->payload);
	return broker.error;
}

/* Who asked ---------------------------------------------------------------- */

static struct {
	unsigned done;
	uint64_t ticket, mark, serial, kept, answered;
	int kept_error;
	struct journal_page *page;
	bool recorded;
	struct reboot reboot;
	int64_t offset_ms;
	char rows[64], raised[64];
} told;

static inline uint64_t port_serial(void *context)
{
	(void)context;
	return 42;
}

static inline void port_answers(void *context, uint64_t mark)
{
	(void)context;
	told.mark = mark;
}

static inline void on_done(void *context, uint64_t ticket, bool recorded, int64_t now_ms)
{
	(void)context, (void)now_ms;
	told.done++;
	told.ticket = ticket;
	told.recorded = recorded;
}

static inline void port_kept(void *context, uint64_t ticket, int error)
{
	(void)context;
	told.kept = ticket;
	told.kept_error = error;
}

static inline void port_answered(void *context, uint64_t ticket, struct journal_page *page)
{
	(void)context;
	told.answered = ticket;
	told.page = page;
}

static inline void on_counters(
	void *context, uint64_t first_serial, const struct reboot *reboot, int64_t wall_offset_ms)
{
	(void)context;
	told.serial = first_serial;
	told.reboot = *reboot;
	told.offset_ms = wall_offset_ms;
}

static inline void on_row(void *context, const char *id, const char *text)
{
	(void)context;
	snprintf(told.rows + strlen(told.rows), sizeof(told.rows) - strlen(told.rows), "%s=%s;", id,
		text);
}

static inline void on_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	(void)context;
	snprintf(told.raised, sizeof(told.raised), "%d %s %lld", number, zone, (long long)wall_ms);
}

static const struct moment start = { 1000, 1700000001000 };

static inline struct record *new_record(bool *opened)
{
	static const struct record_settings settings = { .directory = "/x",
		.within_ms = WITHIN_MS };
	static const struct record_ports ports = { NULL, port_serial, port_answers, on_done,
		port_kept, port_answered };
	static const struct record_loader loader = { NULL, on_counters, on_row, on_raised, 0 };
	struct record *record = record_new((struct mqtt *)&broker, &ports);

	*opened = record_open(record, &settings, &loader, NULL, start);
	return record;
}

static inline struct record *open_record(void)
{
	bool opened;
	struct record *record = new_record(&opened);

	assert_true(opened);
	return record;
}

static inline int setup(void **state)
{
	memset(&disk, 0, sizeof(disk));
	memset(&broker, 0, sizeof(broker));
	memset(&told, 0, sizeof(told));
	*state = open_record();
	return 0;
}

static inline int teardown(void **state)
{
	record_close(*state, 0);
	hear_no_more();
	return 0;
}

static inline struct moment at(int64_t now_ms)
{
	return (struct moment){ now_ms, start.wall_ms + now_ms - start.now_ms };
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
