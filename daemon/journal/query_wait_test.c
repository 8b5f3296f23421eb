/* Questions to the journal that have to wait: for changes, for a disk that hangs, for nobody. */
#include "tests/journal_query_bench.h"

#include <stdatomic.h>
#include <sys/syscall.h>

static atomic_bool disk_hangs;

/* SQLite's syncs come here. */
int fdatasync(int fildes)
{
	while (disk_hangs)
		usleep(1000);
	return (int)syscall(SYS_fdatasync, fildes);
}

static void ask(const struct journal_query *query, uint64_t ticket, int expected)
{
	assert_int_equal(journal_ask(b.journal, query, ticket), expected);
}

static void wait_answers(unsigned count, int64_t limit_ms)
{
	int64_t end_ms = clock_now_ms() + limit_ms;

	while (b.answers < count && clock_now_ms() < end_ms)
		assert_true(sd_event_run(b.loop, 10000) >= 0);
	assert_int_equal(b.answers, count);
}

/* A record that takes the thread some time to read. */
static void put_long_record(void)
{
	char id[32];

	for (int i = 0; i < 1500; i++) {
		snprintf(id, sizeof(id), "2-f3-%d", i);
		bench_alert(&(struct bench_alert){
			id, 2, "f3", "closed", .wall_ms = i, .padding = 2000 });
		if (i % 500 == 499)
			bench_commit();
	}
}

/* How many questions are answered before the change that came behind them is written. */
static unsigned answered_before_change(const struct journal_query *query)
{
	unsigned told = b.told, answers = b.answers, before;

	for (uint64_t i = 1; i <= JOURNAL_QUERY_MAX; i++)
		ask(query, i, 0);
	usleep(2000); /* the thread is at the first */
	bench_put("command", NULL, "{}", 1);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	while (b.told == told)
		assert_true(sd_event_run(b.loop, 10000) >= 0);
	before = b.answers - answers;
	wait_answers(answers + JOURNAL_QUERY_MAX, 30000);
	assert_int_equal(b.page.error, 0);
	return before;
}

/* It does not wait for one page to be complete, unless this process had to wait for its processor.
 */
static void test_changes_first(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
	unsigned before = JOURNAL_QUERY_MAX;

	(void)state;
	bench_open();
	put_long_record();
	bench_run(600); /* the log is put away */
	for (int i = 0; i < 2 && before > 0; i++)
		before = answered_before_change(&query);
	assert_int_equal(before, 0);
}

static void test_forgotten(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_ENTRIES);

	(void)state;
	bench_open();
	bench_put("command", NULL, "{}", 1);
	bench_commit();
	for (uint64_t i = 1; i <= 100; i++) { /* also while the thread reads for it */
		ask(&query, i, 0);
		if (i % 2)
			usleep(100);
		journal_forget(b.journal, i);
		assert_true(sd_event_run(b.loop, 0) >= 0);
	}
	ask(&query, 101, 0);
	wait_answers(b.answers + 1, 5000);
	assert_int_equal(b.answered_ticket, 101);
	assert_int_equal(b.answers, 1);
}

/* Forget one while the thread reads for it; true: it did, as its place is not free before it ends.
 */
static bool forget_taken(const struct journal_query *query)
{
	uint64_t accepted = 0;

	ask(query, 1, 0);
	usleep(2000);
	disk_hangs = true;
	bench_put("command", NULL, "{}", 1);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	usleep(5000);
	journal_forget(b.journal, 1);
	while (accepted < JOURNAL_QUERY_MAX && journal_ask(b.journal, query, 10 + accepted) == 0)
		accepted++;
	for (uint64_t i = 0; i < accepted; i++)
		journal_forget(b.journal, 10 + i);
	disk_hangs = false;
	bench_run(50);
	return accepted == JOURNAL_QUERY_MAX - 1;
}

static void test_forgotten_while_read(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_HISTORY);
	bool taken = false;

	(void)state;
	bench_open();
	put_long_record();
	for (int i = 0; i < 50 && !taken; i++) /* when the thread does what is not ours to say */
		taken = forget_taken(&query);
	assert_true(taken);
	assert_int_equal(b.answers, 0);
	ask(&query, 100, 0);
	wait_answers(1, 5000);
	assert_int_equal(b.answered_ticket, 100);
}

/* Nobody waits for a disk that hangs for longer than is said, and its places come free again. */
static void test_hung(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_ENTRIES);
	int64_t start_ms, took_ms;

	(void)state;
	bench_open();
	disk_hangs = true;
	bench_put("command", NULL, "{}", 1);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	start_ms = clock_now_ms();
	for (uint64_t i = 1; i <= JOURNAL_QUERY_MAX; i++)
		ask(&query, i, 0);
	ask(&query, 9, -EBUSY);
	journal_forget(b.journal, 1);
	wait_answers(JOURNAL_QUERY_MAX - 1, 2 * JOURNAL_QUERY_MS);
	took_ms = clock_now_ms() - start_ms;
	print_message("hung disk: answered after %lld ms\n", (long long)took_ms);
	assert_in_range(took_ms, JOURNAL_QUERY_MS - 50, JOURNAL_QUERY_MS + 1500);
	assert_int_equal(b.page.error, -ETIMEDOUT);
	assert_null(b.page.text);
	ask(&query, 10, 0);
	disk_hangs = false;
	wait_answers(JOURNAL_QUERY_MAX, 5000);
	assert_int_equal(b.answered_ticket, 10);
	assert_int_equal(b.page.error, 0);
}

/* Each waits by itself: who asked later is not answered sooner, and who has gone wakes nobody. */
static void test_each_has_its_own_deadline(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_ENTRIES);
	int64_t first_ms;

	(void)state;
	bench_open();
	disk_hangs = true;
	bench_put("command", NULL, "{}", 1);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	usleep(100000); /* the thread is at the disk */
	ask(&query, 1, 0);
	first_ms = clock_now_ms();
	bench_run(JOURNAL_QUERY_MS / 2);
	ask(&query, 2, 0);
	ask(&query, 3, 0);
	journal_forget(b.journal, 3);
	wait_answers(1, 2 * JOURNAL_QUERY_MS);
	assert_int_equal(b.answered_ticket, 1);
	assert_in_range(clock_now_ms() - first_ms, JOURNAL_QUERY_MS - 50, JOURNAL_QUERY_MS + 1000);
	assert_int_equal(sd_event_run(b.loop, 200000), 0); /* it rests until the second's end */
	wait_answers(2, 2 * JOURNAL_QUERY_MS);
	assert_int_equal(b.answered_ticket, 2);
	assert_int_equal(b.page.error, -ETIMEDOUT);
	assert_string_equal(b.page.tag, "tag");
	assert_int_equal(sd_event_run(b.loop, 200000), 0);
	disk_hangs = false;
}

/* Closing answers nobody any more, and leaks nothing. */
static void test_closed_meanwhile(void **state)
{
	struct journal_query query = bench_query(JOURNAL_QUERY_ENTRIES);

	(void)state;
	bench_open();
	for (int i = 0; i < 200; i++)
		bench_alert(&(struct bench_alert){ "2-f3-a", 2, "f3", "active", .padding = 4000 });
	bench_commit();
	for (uint64_t i = 1; i <= JOURNAL_QUERY_MAX; i++)
		ask(&query, i, 0);
	usleep(5000);
	bench_close();
	assert_int_equal(b.answers, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_changes_first),
		TEST(test_forgotten),
		TEST(test_forgotten_while_read),
		TEST(test_hung),
		TEST(test_each_has_its_own_deadline),
		TEST(test_closed_meanwhile),
	};

	return cmocka_run_group_tests_name("journal_query_wait", tests, NULL, NULL) ? 1 : 0;
}
