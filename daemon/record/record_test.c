/* What the record gives the journal and the broker, in which order, and how it goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/record_played.h"

static void say_alert(struct record *record, bool notice)
{
	const struct event_name name = record_name(record);
	const struct record_event event = { name.sequence, name.id, "alert", "alert", "2-f3-1",
		"li", "{\"a\":1}", 7, notice };

	record_event(record, &event, start);
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

static void test_an_id_of_a_command_is_a_row(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_use(record, "li", "a", 1000, false, start), 0);
	assert_int_equal(record_use(record, "li", "a", 1000, false, start), -EEXIST);
	assert_int_equal(disk.rows, 1);
	record_settle(record, start);
	assert_int_equal(disk.commits, 1);
	assert_false(record_take_rows_lost(record));
	record_kept(record, 1, -EIO, start);
	assert_true(record_take_rows_lost(record));
	assert_int_equal(disk.rows, 2);
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
	loader->snapshot(loader->context, "used/li/a", "5000");
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
	assert_true(told.reboot.shift_ms == 1699999000000 - 1700000000000);
	assert_true(told.offset_ms == start.wall_ms - start.now_ms);
	assert_string_equal(told.rows, "2-f3-29=text;");
	assert_int_equal(broker.ticket, 500);
	assert_string_equal(broker.payload,
		"{\"v\":1,\"note\":\"\\\"replayed\\\":false\",\"replayed\":true,\"value\":0.1}");
	assert_int_equal(record_name(record).sequence, 501);
	assert_int_equal(record_use(record, "li", "a", 1000, false, start), -EEXIST);
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
	assert_false(told.reboot.rebooted);
	assert_int_equal(told.reboot.shift_ms, 0);
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
	assert_false(told.reboot.rebooted);
	assert_int_equal(told.reboot.shift_ms, 0);
	assert_string_not_equal(record_name(record).id, name.id); /* two runs, two names */
	assert_int_equal(record_name(record).sequence, 2);
}

/* Numbers that the broker's index has seen are not given again, and never fewer. */
static void test_goes_beyond_what_was_told(void **state)
{
	uint64_t first = record_name(*state).sequence;

	record_go_beyond(*state, first + 100);
	assert_int_equal(record_name(*state).sequence, first + 101);
	record_go_beyond(*state, first);
	assert_int_equal(record_name(*state).sequence, first + 102);
}

static void test_damaged_journal_repeats_no_number(void **state)
{
	struct record *record = *state;

	disk.found.damaged = true;
	record_close(record, 0);
	hear();
	record = *state = open_record();
	assert_int_equal(heard("journal: it was damaged"), 1);
	assert_true(record_take_rows_lost(record));
	assert_int_equal(record_name(record).sequence, start.wall_ms / 1000 + 1);
}

/* Behind its marker: what others were told since must not be counted again. */
static void test_a_journal_that_is_behind_goes_on_ahead(void **state)
{
	struct record *record = *state;
	uint64_t loaded = 77;

	disk.found = (struct journal_found){
		.used = true, .id = "0123456789abcdef", .mark = { "0123456789abcdef", 0 }
	};
	record_close(record, 0);
	record = *state = open_record();
	assert_int_equal(record_name(record).sequence, 1); /* the marker is as old as it */
	disk.found.mark.sequence = 9;
	record_close(record, 0);
	record = *state = open_record();
	assert_string_equal(record_found(record, &loaded)->mark.id, "0123456789abcdef");
	assert_int_equal(loaded, 0);
	assert_int_equal(record_name(record).sequence, start.wall_ms / 1000 + 1);
	disk.found.mark = (struct journal_mark){ "fedcba9876543210", 0 };
	record_close(record, 0);
	record = *state = open_record();
	assert_int_equal(record_name(record).sequence, start.wall_ms / 1000 + 1);
	assert_string_equal(record_journal_id(record), "0123456789abcdef");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_put_is_committed_once),
		TEST(test_full_queue_is_not_forgotten),
		TEST(test_full_queue_at_the_commit_only),
		TEST(test_failed_commit_has_the_rows_put_again),
		TEST(test_an_id_of_a_command_is_a_row),
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
		TEST(test_goes_beyond_what_was_told),
		TEST(test_a_journal_that_is_behind_goes_on_ahead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
