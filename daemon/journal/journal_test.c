/* The journal on a real disk: order, reload, damage, bounds, and a disk that hangs. */
#include "tests/journal_bench.h"

#include "daemon/journal/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static atomic_bool disk_hangs, disk_fails, over_quota;
static atomic_uint syncs;

/* SQLite's syncs come here: a disk that hangs, fails, or counts. */
int fdatasync(int fildes)
{
	syncs++;
	while (disk_hangs)
		usleep(1000);
	if (disk_fails) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fildes);
}

/* And its writes. */
ssize_t pwrite64(int fd, const void *buf, size_t n, off64_t offset)
{
	if (over_quota) {
		errno = EDQUOT;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, buf, n, offset);
}

static void commit_one(uint64_t n, int64_t wall_ms)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	assert_int_equal(bench_entry(n, "i1", text, wall_ms), 0);
	assert_int_equal(journal_put_snapshot(b.journal, "i1", text), 0);
	assert_int_equal(journal_put_counters(b.journal, n + 1, n + 100, 11, 22, "boot"), 0);
	assert_int_equal(journal_commit(b.journal, n), 0);
}

static void test_reload(void **state)
{
	(void)state;
	bench_open();
	for (uint64_t n = 1; n <= 500; n++)
		commit_one(n, clock_wall_ms());
	bench_wait(500);
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(b.tickets[i], i + 1);
	assert_int_equal(b.failed, 0);
	assert_int_equal(journal_delivered(b.journal, 1), 0);
	assert_int_equal(journal_put_snapshot(b.journal, "i2", "gone"), 0);
	assert_int_equal(journal_drop_snapshot(b.journal, "i2"), 0);
	assert_int_equal(journal_commit(b.journal, 0), 0);
	assert_int_equal(bench_entry(501, NULL, "never committed", 0), 0);
	bench_close();
	bench_open();
	assert_int_equal(b.next_sequence, 501);
	assert_int_equal(b.next_serial, 600);
	assert_int_equal(b.snapshots, 1);
	assert_string_equal(b.snapshot, "500");
	assert_int_equal(b.waiting, 499);
	assert_int_equal(b.first_waiting, 2);
	assert_int_equal(b.gaps, 0);
	assert_int_equal(strncmp(b.order, "csw", 3), 0);
}

static void test_wrong_commit_alone(void **state)
{
	(void)state;
	bench_open();
	commit_one(1, 1);
	commit_one(2, 1);
	assert_int_equal(journal_put_snapshot(b.journal, "half", "x"), 0);
	assert_int_equal(bench_entry(1, NULL, "again", 1), 0);
	assert_int_equal(journal_commit(b.journal, 3), 0);
	commit_one(4, 1);
	bench_wait(4);
	assert_int_equal(b.failed, 1);
	bench_close();
	bench_open();
	assert_int_equal(b.snapshots, 1); /* nothing of the wrong one */
	assert_int_equal(b.waiting, 3);
	assert_string_equal(b.snapshot, "4");
}

static void test_locked(void **state)
{
	int status;
	pid_t child;

	(void)state;
	bench_open();
	commit_one(1, 1);
	bench_wait(1);
	child = fork();
	if (child == 0) {
		bool opened = bench_try();

		_exit(!opened && strstr(b.error, "another process") ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void overwrite(off_t at, size_t size, bool cut)
{
	char path[BENCH_PATH + 32], junk[8192];
	int fd;

	memset(junk, 0xa5, sizeof(junk));
	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	if (cut)
		assert_int_equal(ftruncate(fd, at), 0);
	else
		assert_int_equal(pwrite(fd, junk, size, at), (ssize_t)size);
	close(fd);
}

static bool exists(const char *name)
{
	char path[BENCH_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", b.directory, name);
	return access(path, F_OK) == 0;
}

static void test_damaged(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		bench_open();
		for (uint64_t n = 1; n <= 300; n++)
			commit_one(n, 1);
		bench_wait(300);
		bench_close();
		overwrite(i % 3 == 0 ? 0 : i % 3 == 1 ? 8192 : 12288, 8192, i % 3 == 2);
		bench_open();
		assert_true(b.found.damaged);
		assert_int_equal(b.waiting, 0);
		commit_one(1, 1);
		bench_wait(1);
		assert_int_equal(b.failed, 0);
		bench_close();
		overwrite(0, 0, true); /* begin anew */
	}
	assert_true(exists("journal.db.damaged-1"));
	assert_true(exists("journal.db.damaged-3"));
	assert_false(exists("journal.db.damaged-4"));
}

/* Of more than are kept the oldest goes, and the others keep their order. */
static void test_the_newest_are_kept_aside(void **state)
{
	struct journal_disk disk;
	char path[JOURNAL_PATH_MAX + 16], text[8];
	FILE *file;

	(void)state;
	assert_int_equal(journal_disk_init(&disk, b.directory, 0), 0);
	for (int i = 1; i <= JOURNAL_ASIDE_MAX + 2; i++) {
		file = fopen(disk.path, "we");
		fprintf(file, "%d", i);
		fclose(file);
		assert_int_equal(journal_disk_set_aside(&disk, "damaged"), 0);
	}
	for (int i = 1; i <= JOURNAL_ASIDE_MAX; i++) {
		snprintf(path, sizeof(path), "%s.damaged-%d", disk.path, i % 10);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_non_null(fgets(text, sizeof(text), file));
		fclose(file);
		assert_int_equal(atoi(text), i + 2);
	}
}

/* Another version's: refused with a word for it, and left alone. */
static void test_other_schema(void **state)
{
	static const struct {
		unsigned char number;
		const char *word;
	} others[] = { { 99, "a newer one" }, { 2, "an older one" } };
	char path[BENCH_PATH + 32];

	(void)state;
	bench_open();
	bench_close();
	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		const unsigned char schema[] = { 0, 0, 0, others[i].number };
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		assert_int_equal(pwrite(fd, schema, 4, 60), 4); /* user_version in its header */
		close(fd);
		assert_false(bench_try());
		assert_non_null(strstr(b.error, others[i].word));
		assert_false(exists("journal.db.damaged-1"));
	}
}

/* After a while it is said; a full queue takes nothing more; and the end does not wait for it. */
static void test_hung(void **state)
{
	unsigned accepted = 0, before;
	int64_t start_ms, took_ms;
	const char *trouble = NULL;

	(void)state;
	bench_open();
	before = syncs;
	disk_hangs = true;
	while (bench_entry(accepted + 1, NULL, "x", 1) == 0 && !journal_commit(b.journal, 1))
		accepted++;
	assert_int_equal(journal_commit(b.journal, 2), -EAGAIN);
	assert_true(accepted >= 2000 && accepted < JOURNAL_QUEUE_MAX);
	start_ms = clock_now_ms();
	while (syncs == before && clock_now_ms() - start_ms < 5000)
		usleep(1000); /* on a busy machine the thread may not have begun yet */
	start_ms = clock_now_ms();
	while (!trouble && clock_now_ms() - start_ms < 10000) {
		bench_run(50);
		trouble = bench_trouble();
	}
	took_ms = clock_now_ms() - start_ms;
	assert_non_null(strstr(trouble, "the disk of the journal does not answer"));
	assert_in_range(took_ms, 4500, 8000);
	start_ms = clock_now_ms();
	journal_close(b.journal, 100);
	b.journal = NULL;
	took_ms = clock_now_ms() - start_ms;
	print_message("hung disk: %u commits queued, then left behind, all in %lld ms\n", accepted,
		(long long)took_ms);
	assert_true(took_ms < 3000);
	disk_hangs = false;
	usleep(500000); /* the thread ends and frees by itself */
}

/* Refused as a whole, whichever of its changes found no room; those before are kept. */
static void test_full_queue(void **state)
{
	unsigned accepted = 0;

	(void)state;
	bench_open();
	disk_hangs = true;
	do {
		accepted++;
		journal_put_snapshot(b.journal, "i1", "x");
		bench_entry(accepted, "i1", "x", 1);
		journal_drop_snapshot(b.journal, "i2");
		journal_delivered(b.journal, 0);
		/* So many that the last one fits in part only. */
		journal_put_counters(b.journal, accepted + 1, 1, 11, 22, "boot");
	} while (journal_commit(b.journal, accepted) == 0);
	accepted--;
	/* Its places are free again, but for a commit. */
	assert_int_equal(bench_entry(accepted + 1, "i1", "x", 1), 0);
	while (bench_entry(accepted + 1, "i1", "x", 1) == 0)
		;
	assert_int_equal(journal_drop_snapshot(b.journal, "i1"), -EAGAIN);
	assert_int_equal(journal_commit(b.journal, 0), -EAGAIN);
	disk_hangs = false;
	bench_wait(accepted);
	assert_int_equal(b.failed, 0);
	assert_int_equal(b.tickets[accepted - 1], accepted);
	bench_close();
	bench_open();
	assert_int_equal(b.waiting, accepted);
	assert_int_equal(b.snapshots, 1);
	assert_int_equal(b.next_sequence, accepted + 1);
	commit_one(accepted + 1, 1);
	bench_wait(1);
	assert_int_equal(b.failed, 0);
}

/* Bounded in bytes too. */
static void test_full_of_bytes(void **state)
{
	enum { SIZE = 1024 * 1024 };
	char *payload = malloc(SIZE);
	uint64_t n = 0;

	(void)state;
	memset(payload, 'x', SIZE - 1);
	payload[SIZE - 1] = '\0';
	bench_open();
	disk_hangs = true;
	do
		n++;
	while (bench_entry(n, NULL, payload, 1) == 0 && journal_commit(b.journal, n) == 0);
	assert_int_equal(n, JOURNAL_QUEUE_BYTES_MAX / SIZE);
	assert_int_equal(journal_commit(b.journal, n), -EAGAIN);
	assert_int_equal(bench_entry(n, NULL, "short", 1), 0);
	assert_int_equal(journal_commit(b.journal, n), 0);
	disk_hangs = false;
	bench_wait((unsigned)n);
	assert_int_equal(b.failed, 0);
	free(payload);
}

/* What was not synced is told as not kept; the next one is written to the database opened anew. */
static void test_failed_sync(void **state)
{
	(void)state;
	bench_open();
	commit_one(1, 1);
	bench_wait(1);
	disk_fails = true;
	commit_one(2, 1);
	bench_wait(2);
	assert_int_equal(b.last_error, -EIO);
	assert_non_null(strstr(bench_trouble(), "cannot be written"));
	disk_fails = false;
	commit_one(3, 1);
	bench_wait(3);
	assert_int_equal(b.last_error, 0);
	assert_int_equal(b.failed, 1);
	assert_null(bench_trouble());
	/* It is the same database, which this run knows. */
	assert_false(exists("journal.db.unread-1"));
	bench_close();
	bench_open();
	assert_int_equal(b.next_sequence, 4);
	assert_string_equal(b.snapshot, "3");
}

/* A quota is a full disk: told as one, and all goes on when there is room. */
static void test_quota(void **state)
{
	(void)state;
	bench_open();
	commit_one(1, 1);
	bench_wait(1);
	over_quota = true;
	commit_one(2, 1);
	bench_wait(2);
	assert_int_equal(b.last_error, -ENOSPC);
	assert_non_null(strstr(bench_trouble(), "No space left"));
	over_quota = false;
	commit_one(3, 1);
	bench_wait(3);
	assert_int_equal(b.last_error, 0);
}

/* Exit status 0: the commit was told as written, and not as kept, when the process is killed. */
static void commit_unsynced_and_die(void)
{
	int64_t end_ms = clock_now_ms() + 10000;

	if (sd_event_new(&b.loop) < 0)
		_exit(1);
	bench_open();
	commit_one(1, 1);
	bench_wait(1); /* the head of a new log is synced before all else */
	disk_hangs = true;
	commit_one(2, 1);
	while (b.written < 2 && clock_now_ms() < end_ms)
		sd_event_run(b.loop, 10000);
	if (b.written == 2 && b.told == 1)
		kill(getpid(), SIGKILL);
	_exit(1);
}

static void test_written_outlasts_a_kill(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	if (child == 0)
		commit_unsynced_and_die();
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	bench_open();
	assert_int_equal(b.waiting, 2);
	assert_int_equal(b.next_serial, 102);
	assert_string_equal(b.snapshot, "2");
}

/* Its log too, in which the newest is. */
static void test_damaged_with_its_log(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0)
		commit_unsynced_and_die();
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(exists("journal.db-wal"));
	overwrite(0, 4096, false);
	bench_open();
	assert_true(b.found.damaged);
	assert_true(exists("journal.db.damaged-1"));
	assert_true(exists("journal.db.damaged-1-wal"));
	assert_int_equal(b.waiting, 0);
}

static void write_mark_text(const char *text)
{
	char path[BENCH_PATH + 20];
	FILE *file;

	snprintf(path, sizeof(path), "%s/journal.mark", b.directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

/* By its marker a journal that is gone, or another one, is known. */
static void test_the_journal_is_known_again(void **state)
{
	char id[JOURNAL_ID_MAX + 1], path[BENCH_PATH + 20];

	(void)state;
	bench_open();
	strcpy(id, b.found.id);
	assert_int_equal(strlen(id), JOURNAL_ID_MAX);
	assert_string_equal(b.found.mark.id, "");
	assert_false(b.found.used);
	commit_one(7, 1);
	bench_wait(1);
	bench_close();
	bench_open();
	assert_string_equal(b.found.id, id);
	assert_string_equal(b.found.mark.id, id);
	assert_int_equal(b.found.mark.sequence, 7);
	assert_true(b.found.used);
	bench_close();
	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	assert_int_equal(unlink(path), 0);
	bench_open();
	assert_string_not_equal(b.found.id, id);
	assert_string_equal(b.found.mark.id, id);
	assert_false(b.found.used);
	bench_close();
	write_mark_text("0123456789abcdef 0000000000000000007\n"); /* torn, or of other hands */
	bench_open();
	assert_string_equal(b.found.mark.id, "");
}

/* m7: no sequence is given twice. */
static void test_lost_counters(void **state)
{
	char path[BENCH_PATH + 20];
	sqlite3 *handle;

	(void)state;
	bench_open();
	commit_one(41, 1);
	bench_wait(1);
	bench_close();
	snprintf(path, sizeof(path), "%s/journal.db", b.directory);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, "DELETE FROM counters", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
	bench_open();
	assert_int_equal(b.next_sequence, 42);
	assert_int_equal(b.snapshots, 1);
}

static void test_retention(void **state)
{
	const int64_t now_ms = clock_wall_ms();

	(void)state;
	b.settings.retention_ms = 60000;
	bench_open();
	for (uint64_t n = 1; n <= 900; n++) {
		assert_int_equal(
			bench_entry(n, n % 3 ? "closed" : "open", "x", n > 890 ? now_ms : 1), 0);
		if (n % 2)
			assert_int_equal(journal_delivered(b.journal, n), 0);
	}
	assert_int_equal(journal_put_snapshot(b.journal, "open", "x"), 0);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	bench_wait(1);
	bench_run(800);
	bench_close();
	bench_open();
	assert_int_equal(b.waiting, 450); /* what the broker has not seen stays */
}

static void put_alert(uint64_t n, const char *payload, int64_t wall_ms)
{
	assert_int_equal(bench_entry(n, "i1", payload, wall_ms), 0);
}

#define ALERT(event, drill, state)                                                                 \
	"{\"event\":\"" event "\",\"drill\":" drill ",\"incident\":{\"type\":2,"                   \
	"\"zone\":\"f3\",\"state\":\"" state "\"}}"

/* What was raised, for the figures of the last day, and nothing else; last of all. */
static void test_raised(void **state)
{
	const struct journal_entry notice = { 90, "e90", "notify", "notify/r", "i1", NULL,
		ALERT("raised", "false", "active-unacknowledged"), 2000 };

	(void)state;
	b.raised_since_ms = 1000;
	bench_open();
	put_alert(1, ALERT("raised", "false", "active-unacknowledged"), 1000);
	put_alert(2, ALERT("raised", "false", "active-unacknowledged"), 1001);
	put_alert(3, ALERT("acknowledged", "false", "active-acknowledged"), 1002);
	put_alert(4, ALERT("raised", "true", "active-unacknowledged"), 1003);
	put_alert(5, ALERT("reraised", "false", "active-unacknowledged"), 1004);
	put_alert(6, ALERT("suppressed", "false", "suppressed-active"), 1005);
	put_alert(7, ALERT("reraised", "false", "shelved-active"), 1006);
	put_alert(8, "not JSON at all", 1007);
	put_alert(9, "{\"event\":\"raised\"}", 1008);
	assert_int_equal(journal_put_entry(b.journal, &notice), 0);
	assert_int_equal(journal_put_counters(b.journal, 91, 1, 11, 22, "boot"), 0);
	assert_int_equal(journal_commit(b.journal, 1), 0);
	bench_wait(1);
	bench_close();
	bench_open();
	assert_string_equal(b.raised, "2-f3 at 1001\n2-f3 at 1004\n");
	bench_close();
	/* Bounded: only the last 20000. */
	bench_open();
	put_alert(20002, ALERT("acknowledged", "false", "active-acknowledged"), 1009);
	assert_int_equal(journal_commit(b.journal, 2), 0);
	bench_wait(1);
	bench_close();
	bench_open();
	assert_string_equal(b.raised, "2-f3 at 1004\n");
}

static int tear_down(void **state)
{
	disk_hangs = disk_fails = over_quota = false; /* a test that failed may have left it so */
	return bench_tear_down(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, tear_down)
	const struct CMUnitTest tests[] = {
		/* First: they fork, and there is no thread yet. */
		TEST(test_written_outlasts_a_kill),
		TEST(test_damaged_with_its_log),
		TEST(test_the_journal_is_known_again),
		TEST(test_lost_counters),
		TEST(test_reload),
		TEST(test_wrong_commit_alone),
		TEST(test_locked),
		TEST(test_damaged),
		TEST(test_the_newest_are_kept_aside),
		TEST(test_other_schema),
		TEST(test_hung),
		TEST(test_full_queue),
		TEST(test_full_of_bytes),
		TEST(test_failed_sync),
		TEST(test_quota),
		TEST(test_retention),
		TEST(test_raised),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL) ? 1 : 0;
}
