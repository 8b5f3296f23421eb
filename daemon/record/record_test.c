/*
 * What the record gives the journal and the broker, in which order, and what counts as
 * recorded. The journal and the link are played by this file: it has their functions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/record/intent.h"
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
	bool damaged, fails;
	struct journal_events *events;
	void (*load)(const struct journal_loader *loader);
} disk;

struct journal *journal_open(const struct journal_settings *settings,
	const struct journal_loader *loader, sd_event *loop, struct journal_events *events,
	bool *damaged, char *error, size_t error_size)
{
	(void)settings, (void)loop;
	disk.events = events;
	if (disk.fails) {
		snprintf(error, error_size, "another process has it");
		return NULL;
	}
	*damaged = disk.damaged;
	if (disk.load)
		disk.load(loader);
	return (struct journal *)&disk;
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
	int64_t shift_ms, offset_ms;
	char rows[64], raised[64];
} told;

static uint64_t port_serial(void *context)
{
	(void)context;
	return 42;
}

static void port_answers(void *context, uint64_t mark)
{
	(void)context;
	told.mark = mark;
}

static void on_done(void *context, uint64_t ticket, bool recorded, int64_t now_ms)
{
	(void)context, (void)now_ms;
	told.done++;
	told.ticket = ticket;
	told.recorded = recorded;
}

static void port_kept(void *context, uint64_t ticket, int error)
{
	(void)context;
	told.kept = ticket;
	told.kept_error = error;
}

static void port_answered(void *context, uint64_t ticket, struct journal_page *page)
{
	(void)context;
	told.answered = ticket;
	told.page = page;
}

static void on_counters(
	void *context, uint64_t first_serial, int64_t shift_ms, int64_t wall_offset_ms)
{
	(void)context;
	told.serial = first_serial;
	told.shift_ms = shift_ms;
	told.offset_ms = wall_offset_ms;
}

static void on_row(void *context, const char *id, const char *text)
{
	(void)context;
	snprintf(told.rows + strlen(told.rows), sizeof(told.rows) - strlen(told.rows), "%s=%s;", id,
		text);
}

static void on_raised(void *context, int number, const char *zone, int64_t wall_ms)
{
	(void)context;
	snprintf(told.raised, sizeof(told.raised), "%d %s %lld", number, zone, (long long)wall_ms);
}

static const struct moment start = { 1000, 1700000001000 };

static struct record *new_record(bool *opened)
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

static struct record *open_record(void)
{
	bool opened;
	struct record *record = new_record(&opened);

	assert_true(opened);
	return record;
}

static int setup(void **state)
{
	memset(&disk, 0, sizeof(disk));
	memset(&broker, 0, sizeof(broker));
	memset(&told, 0, sizeof(told));
	*state = open_record();
	return 0;
}

static int teardown(void **state)
{
	record_close(*state, 0);
	hear_no_more();
	return 0;
}

static struct moment at(int64_t now_ms)
{
	return (struct moment){ now_ms, start.wall_ms + now_ms - start.now_ms };
}

static void intend(struct record *record, uint64_t ticket)
{
	static const struct point boiler = { .id = "f3-boiler" };
	const struct intent intent = { "2-f3-1", "boilers-off", false, &boiler, 0, "li", "desk" };

	record_intent(record, &intent, ticket, start);
}

static void say_alert(struct record *record, bool notice)
{
	const struct event_name name = record_name(record);
	const struct record_event event = { name.sequence, name.id, "alert", "alert", "2-f3-1",
		"li", "{\"a\":1}", 7, notice };

	record_event(record, &event, start);
}

/* Intents ------------------------------------------------------------------ */

static void test_intent_is_in_both(void **state)
{
	struct record *record = *state;
	json_t *json;

	intend(record, TICKET);
	assert_string_equal(disk.kind, "intent");
	assert_string_equal(disk.topic, "alert");
	assert_string_equal(disk.user, "li");
	assert_int_equal(disk.ticket, TICKET);
	assert_int_equal(broker.published, 0); /* not before it is written */
	disk.events->written(disk.events, 1);
	assert_int_equal(broker.published, 1);
	assert_string_equal(broker.payload, disk.payload);
	json = json_loads(broker.payload, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "event")), "intent");
	assert_string_equal(json_string_value(json_object_get(json, "user")), "desk");
	assert_string_equal(json_string_value(json_object_get(json, "output")), "f3-boiler");
	json_decref(json);
	assert_int_equal(told.done, 0);
}

static void test_intent_on_disk_counts(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_kept(record, TICKET + 1, 0, at(1100));
	assert_int_equal(told.done, 0);
	record_kept(record, TICKET, 0, at(1100));
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, TICKET);
	assert_true(told.recorded);
	assert_int_equal(record_deadline(record), CLOCK_NEVER);
}

static void test_intent_whose_commit_failed_waits_for_the_broker(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_kept(record, TICKET, -EIO, at(1100));
	assert_int_equal(told.done, 0);
	disk.events->written(disk.events, 1);
	record_delivered(record, broker.ticket, 0, at(1200));
	assert_int_equal(told.done, 1);
	assert_true(told.recorded);
}

/* Nobody listening, and refused, are no record: promises 2 and 5. */
static void test_intent_that_nobody_hears_is_not_recorded(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	disk.events->written(disk.events, 1);
	record_delivered(record, broker.ticket, MQTT_NO_SUBSCRIBER, at(1200));
	record_delivered(record, broker.ticket, 0x97, at(1200));
	assert_int_equal(told.done, 0);
	record_expire(record, at(start.now_ms + WITHIN_MS));
	assert_int_equal(told.done, 1);
	assert_false(told.recorded);
}

static void test_intent_that_neither_has_is_not_recorded(void **state)
{
	struct record *record = *state;

	hear();
	intend(record, TICKET);
	disk.events->written(disk.events, 1);
	assert_int_equal(record_deadline(record), start.now_ms + WITHIN_MS);
	record_expire(record, at(start.now_ms + WITHIN_MS - 1));
	assert_int_equal(told.done, 0);
	assert_int_equal(heard("neither the journal nor the broker has it"), 0);
	record_expire(record, at(start.now_ms + WITHIN_MS));
	assert_int_equal(heard("neither the journal nor the broker has it"), 1);
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, TICKET);
	assert_false(told.recorded);
	record_kept(record, TICKET, 0, at(9000));
	assert_int_equal(told.done, 1); /* too late, and once only */
}

/* The outputs are closed by then: what the broker says at the end goes to the journal only. */
static void test_no_intent_counts_at_the_end(void **state)
{
	struct record *record = *state;

	intend(record, TICKET);
	record_end_saying(record);
	assert_int_equal(broker.published, 1);
	record_delivered(record, broker.ticket, 0, at(1200));
	assert_int_equal(told.done, 0);
	assert_int_equal(disk.delivered, broker.ticket);
}

static void test_intents_are_told_apart(void **state)
{
	struct record *record = *state;

	intend(record, 5);
	intend(record, 6);
	record_kept(record, 6, 0, at(1100));
	assert_int_equal(told.ticket, 6);
	disk.events->written(disk.events, 2);
	assert_int_equal(record_deadline(record), start.now_ms + WITHIN_MS);
	record_kept(record, 5, 0, at(1100));
	assert_int_equal(told.done, 2);
}

/* The broker's word is of one message: the other waits on, and what is over ends no more. */
static void test_intents_are_told_apart_by_the_broker(void **state)
{
	struct record *record = *state;

	intend(record, 5);
	intend(record, 6);
	record_delivered(record, 2, 0, at(1100));
	assert_int_equal(told.done, 1);
	assert_int_equal(told.ticket, 6);
	record_delivered(record, 2, 0, at(1101));
	assert_int_equal(told.done, 1);
}

static void test_too_many_intents(void **state)
{
	struct record *record = *state;

	hear();
	for (uint64_t i = 1; i <= INTENT_MAX; i++)
		intend(record, i);
	assert_int_equal(heard("intent: more than"), 0);
	intend(record, INTENT_MAX + 1);
	assert_int_equal(heard("intent: more than"), 1);
	record_kept(record, INTENT_MAX + 1, 0, at(1100));
	assert_int_equal(told.done, 0); /* nothing is written by it */
}

/* Commits ------------------------------------------------------------------ */

static void test_what_is_put_is_committed_once(void **state)
{
	struct record *record = *state;

	record_settle(record, start);
	assert_int_equal(disk.commits, 0); /* nothing was put */
	say_alert(record, false);
	record_row(record, "2-f3-1", "text");
	record_row(record, "1-f3-1", NULL);
	record_settle(record, start);
	record_settle(record, start);
	assert_int_equal(disk.commits, 1);
	assert_int_equal(disk.rows, 1);
	assert_int_equal(disk.drops, 1);
	assert_int_equal(disk.next_sequence, 2);
	assert_int_equal(disk.serial, 42);
	assert_false(record_take_rows_lost(record));
}

/* A commit that found the queue full is tried again, and what was lost is put again. */
static void test_full_queue_is_not_forgotten(void **state)
{
	struct record *record = *state;

	disk.put_error = disk.commit_error = -EAGAIN;
	record_row(record, "2-f3-1", "text");
	record_settle(record, start);
	assert_int_equal(disk.commits, 1);
	disk.put_error = disk.commit_error = 0;
	record_settle(record, start);
	assert_int_equal(disk.commits, 2);
	assert_true(record_take_rows_lost(record));
	assert_false(record_take_rows_lost(record));
	record_settle(record, start);
	assert_int_equal(disk.commits, 2);
}

static void test_full_queue_at_the_commit_only(void **state)
{
	struct record *record = *state;

	disk.commit_error = -EAGAIN;
	say_alert(record, false);
	record_settle(record, start);
	disk.events->written(disk.events, 0);
	assert_int_equal(broker.published, 0); /* it waits for the commit that is still to come */
	disk.commit_error = 0;
	record_sweep(record, start);
	assert_int_equal(disk.commits, 2);
	disk.events->written(disk.events, 1);
	assert_int_equal(broker.published, 1);
}

static void test_failed_commit_has_the_rows_put_again(void **state)
{
	struct record *record = *state;

	record_row(record, "2-f3-1", "text");
	record_settle(record, start);
	record_kept(record, 1, -EIO, start);
	assert_true(record_take_rows_lost(record));
}

static void test_acknowledged_is_committed_at_the_sweep(void **state)
{
	struct record *record = *state;

	say_alert(record, true);
	record_settle(record, start);
	disk.events->written(disk.events, 1);
	assert_true(record_is_notice(broker.ticket));
	record_delivered(record, broker.ticket, 0, start);
	assert_int_equal(disk.delivered, 1);
	record_settle(record, start);
	assert_int_equal(disk.commits, 1);
	record_sweep(record, start);
	assert_int_equal(disk.commits, 2);
	record_sweep(record, start); /* once */
	assert_int_equal(disk.commits, 2);
}

static void test_alert_is_no_notice(void **state)
{
	struct record *record = *state;

	say_alert(record, false);
	disk.events->written(disk.events, 1);
	assert_false(record_is_notice(broker.ticket));
	assert_int_equal(broker.ticket, 1);
}

static void test_late_disk_lets_the_broker_have_it(void **state)
{
	struct record *record = *state;

	hear();
	say_alert(record, false);
	record_settle(record, start);
	assert_int_equal(record_deadline(record), start.now_ms + WITHIN_MS / 2);
	record_expire(record, at(start.now_ms + WITHIN_MS / 2));
	assert_int_equal(broker.published, 1);
	assert_int_equal(heard("is lost"), 0);
	broker.error = -ENOMEM;
	say_alert(record, false);
	assert_int_equal(heard("mqtt: out of memory: alert is lost"), 1);
}

static void test_answer_waits_for_its_commit(void **state)
{
	struct record *record = *state;
	uint64_t mark;

	assert_false(record_answer_waits(record, start, &mark));
	record_command(record, "li", "li/ack 2-f3: done", start);
	assert_string_equal(disk.kind, "command");
	assert_string_equal(disk.topic, "");
	assert_true(record_answer_waits(record, start, &mark));
	assert_int_equal(mark, 1);
	record_settle(record, start);
	record_kept(record, 1, 0, start);
	assert_int_equal(told.mark, 1);
	assert_false(record_answer_waits(record, start, &mark));
	record_command(record, "li", "li/ack 2-f3: done", start);
	assert_true(record_answer_waits(record, start, &mark));
	assert_int_equal(mark, 2);
}

/* An answer over the broker waits for the disk, where an alert waits for the file only. */
static void test_reply_waits_for_the_disk(void **state)
{
	struct record *record = *state;
	const struct mqtt_publish reply = {
		.kind = MQTT_STREAM, .topic = "reply", .payload = "{}", .length = 2
	};

	record_command(record, "li", "li/ack 2-f3: done", start);
	record_reply(record, &reply, start);
	record_settle(record, start);
	disk.events->written(disk.events, 1);
	assert_int_equal(broker.published, 0);
	record_kept(record, 1, 0, start);
	assert_int_equal(broker.published, 1);
	assert_string_equal(broker.topic, "reply");
	assert_false(record_take_rows_lost(record));
}

/* The broker has it, and the queue has no room for that: it is put again with all rows. */
static void test_full_queue_at_an_acknowledgement(void **state)
{
	struct record *record = *state;

	disk.put_error = -EAGAIN;
	record_delivered(record, 1, 0, start);
	assert_true(record_take_rows_lost(record));
}

/* After a restart ---------------------------------------------------------- */

static void load_all(const struct journal_loader *loader)
{
	const struct journal_entry waiting = { .sequence = 500,
		.event_id = "run-500",
		.topic = "alert",
		.payload = "{\"v\":1,\"note\":\"\\\"replayed\\\":false\",\"replayed\":false,"
			   "\"value\":0.1}" };

	loader->counters(loader->context, 501, 30, 5000, 1699999005000, "another boot");
	loader->snapshot(loader->context, "2-f3-29", "text");
	loader->raised(loader->context, 2, "f3", 1699999004000);
	loader->waiting(loader->context, &waiting);
}

static void test_goes_on_after_a_restart(void **state)
{
	struct record *record = *state;

	disk.load = load_all;
	record_close(record, 0);
	assert_int_equal(disk.closed, 1);
	hear();
	record = *state = open_record();
	assert_int_equal(heard("run-500"), 0);
	assert_int_equal(told.serial, start.wall_ms / 1000);
	assert_string_equal(told.raised, "2 f3 1699999004000");
	assert_true(told.shift_ms == 1699999000000 - 1700000000000);
	assert_true(told.offset_ms == start.wall_ms - start.now_ms);
	assert_string_equal(told.rows, "2-f3-29=text;");
	assert_int_equal(broker.ticket, 500);
	assert_string_equal(broker.payload,
		"{\"v\":1,\"note\":\"\\\"replayed\\\":false\",\"replayed\":true,\"value\":0.1}");
	assert_int_equal(record_name(record).sequence, 501);
}

static void test_what_cannot_be_told_again_now_is_said(void **state)
{
	disk.load = load_all;
	broker.error = -ENOMEM;
	record_close(*state, 0);
	hear();
	*state = open_record();
	assert_int_equal(heard("mqtt: out of memory: run-500 waits for the next start"), 1);
}

static void test_journal_that_is_in_use(void **state)
{
	bool opened;

	record_close(*state, 0);
	disk.fails = true;
	hear();
	*state = new_record(&opened);
	assert_false(opened);
	assert_int_equal(heard("journal: another process has it"), 1);
}

/* What the journal tells reaches who asked, as it is. */
static void test_what_the_journal_tells(void **state)
{
	struct journal_page page = { 0 };

	(void)state;
	disk.events->kept(disk.events, 7, -EIO);
	assert_int_equal(told.kept, 7);
	assert_int_equal(told.kept_error, -EIO);
	disk.events->answered(disk.events, 9, &page);
	assert_int_equal(told.answered, 9);
	assert_ptr_equal(told.page, &page);
}

static char this_boot[64];

static void load_of_this_boot(const struct journal_loader *loader)
{
	/* The wall clock has been set by a minute since. */
	loader->counters(
		loader->context, 501, UINT64_C(9000000000), 500, start.wall_ms - 60500, this_boot);
}

static void test_goes_on_in_the_same_boot(void **state)
{
	struct record *record = *state;
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(file);
	assert_non_null(fgets(this_boot, sizeof(this_boot), file));
	fclose(file);
	this_boot[strcspn(this_boot, "\n")] = '\0';
	disk.load = load_of_this_boot;
	record_close(record, 0);
	record = *state = open_record();
	assert_int_equal(told.shift_ms, 0);
	assert_int_equal(told.serial, UINT64_C(9000000000)); /* ahead of the clock */
	record_settle(record, start);
	say_alert(record, false);
	record_settle(record, start);
	assert_string_equal(disk.boot_id, this_boot);
}

/* Of an older run that had no events yet, and no name of its boot. */
static void load_of_no_boot(const struct journal_loader *loader)
{
	loader->counters(loader->context, 0, 0, 5000, 1699999005000, "");
}

static void test_goes_on_from_nothing(void **state)
{
	struct record *record = *state;
	const struct event_name name = record_name(record);

	disk.load = load_of_no_boot;
	record_close(record, 0);
	record = *state = open_record();
	assert_int_equal(told.shift_ms, 0);
	assert_string_not_equal(record_name(record).id, name.id); /* two runs, two names */
	assert_int_equal(record_name(record).sequence, 2);
}

static void test_damaged_journal_repeats_no_number(void **state)
{
	struct record *record = *state;

	disk.damaged = true;
	record_close(record, 0);
	hear();
	record = *state = open_record();
	assert_int_equal(heard("journal: it was damaged"), 1);
	assert_true(record_take_rows_lost(record));
	assert_int_equal(record_name(record).sequence, start.wall_ms / 1000 + 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_intent_is_in_both),
		TEST(test_intent_on_disk_counts),
		TEST(test_intent_whose_commit_failed_waits_for_the_broker),
		TEST(test_intent_that_nobody_hears_is_not_recorded),
		TEST(test_intent_that_neither_has_is_not_recorded),
		TEST(test_no_intent_counts_at_the_end),
		TEST(test_intents_are_told_apart),
		TEST(test_intents_are_told_apart_by_the_broker),
		TEST(test_too_many_intents),
		TEST(test_what_is_put_is_committed_once),
		TEST(test_full_queue_is_not_forgotten),
		TEST(test_full_queue_at_the_commit_only),
		TEST(test_failed_commit_has_the_rows_put_again),
		TEST(test_acknowledged_is_committed_at_the_sweep),
		TEST(test_alert_is_no_notice),
		TEST(test_late_disk_lets_the_broker_have_it),
		TEST(test_answer_waits_for_its_commit),
		TEST(test_reply_waits_for_the_disk),
		TEST(test_full_queue_at_an_acknowledgement),
		TEST(test_goes_on_after_a_restart),
		TEST(test_what_cannot_be_told_again_now_is_said),
		TEST(test_journal_that_is_in_use),
		TEST(test_what_the_journal_tells),
		TEST(test_goes_on_in_the_same_boot),
		TEST(test_goes_on_from_nothing),
		TEST(test_damaged_journal_repeats_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
