/*
 * The journal on a disk that is full, read-only at first, or damaged under it: a
 * real small file system (tmpfs) in a mount namespace of this test's own. Where
 * the machine allows none, its tests are skipped, and say so.
 */
#include "daemon/journal/disk.h"
#include "tests/journal_query_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

enum { DISK_KIB = 16 * 1024, BALLAST = 1024 * 1024, WELL_MS = 10000 };

static uint64_t sequence;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		print_message("%s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Root of a namespace: as root, or as whoever the kernel lets be. */
static bool become_mounter(void)
{
	char uid[64], gid[64];

	snprintf(uid, sizeof(uid), "0 %u 1", (unsigned)getuid());
	snprintf(gid, sizeof(gid), "0 %u 1", (unsigned)getgid());
	if (unshare(CLONE_NEWNS) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			return false;
		write_file("/proc/self/setgroups", "deny");
		write_file("/proc/self/uid_map", uid);
		write_file("/proc/self/gid_map", gid);
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool mounter;

static int set_up(void **state)
{
	char options[64];

	if (bench_set_up(state) < 0)
		return -1;
	sequence = 0;
	b.settings.ballast = BALLAST;
	snprintf(options, sizeof(options), "size=%dk", DISK_KIB);
	return mounter ? mount("none", b.directory, "tmpfs", 0, options) : 0;
}

static int tear_down(void **state)
{
	bench_close();
	if (mounter)
		umount(b.directory);
	return bench_tear_down(state);
}

static void need_disk(void)
{
	if (mounter)
		return;
	print_message("skipped: this machine allows no mount namespace\n");
	skip();
}

static const char *path_of(const char *name)
{
	static char path[BENCH_PATH + 64];

	snprintf(path, sizeof(path), "%s/%s", b.directory, name);
	return path;
}

static bool exists(const char *name)
{
	return access(path_of(name), F_OK) == 0;
}

/* To the last page. */
static void fill_disk(void)
{
	static const char page[4096];
	int fd = open(path_of("filler"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	while (write(fd, page, sizeof(page)) > 0)
		;
	assert_int_equal(errno, ENOSPC);
	close(fd);
}

static void make_room(void)
{
	assert_int_equal(unlink(path_of("filler")), 0);
}

/* One entry of `size` bytes, and its end: 0 or -errno. */
static int commit(size_t size)
{
	unsigned before = b.told;
	char *payload = malloc(size + 1);

	memset(payload, 'x', size);
	payload[size] = '\0';
	sequence++;
	assert_int_equal(bench_entry(sequence, "i1", payload, 1), 0);
	assert_int_equal(
		journal_put_counters(b.journal, sequence + 1, sequence + 100, 11, 22, "boot"), 0);
	assert_int_equal(journal_commit(b.journal, sequence), 0);
	free(payload);
	bench_wait(before + 1);
	return b.last_error;
}

/* What it says is wrong in the end, without any commit. */
static const char *wait_trouble(const char *part)
{
	int64_t end_ms = clock_now_ms() + WELL_MS;
	const char *trouble = bench_trouble();

	while (clock_now_ms() < end_ms && (part ? !trouble || !strstr(trouble, part) : !!trouble)) {
		bench_run(20);
		trouble = bench_trouble();
	}
	return trouble;
}

/* The reserve carries on for a while; then each commit is told that it is not kept; and when there
 * is room, all is well by itself. */
static void test_full(void **state)
{
	unsigned kept = 0, on_reserve = 0;

	(void)state;
	need_disk();
	bench_open();
	assert_true(exists("journal.ballast"));
	for (; kept < 5; kept++)
		assert_int_equal(commit(2000), 0);
	assert_null(bench_trouble());
	fill_disk();
	while (commit(60000) == 0)
		on_reserve++;
	print_message("full disk: %u commits of 60 kB on a reserve of 1 MiB\n", on_reserve);
	assert_in_range(on_reserve, 5, 100);
	assert_int_equal(b.last_error, -ENOSPC);
	assert_false(exists("journal.ballast"));
	assert_non_null(strstr(bench_trouble(), "cannot be written"));
	assert_int_equal(commit(60000), -ENOSPC);
	make_room();
	assert_null(wait_trouble(NULL));
	assert_true(exists("journal.ballast"));
	assert_int_equal(commit(60000), 0);
	kept += on_reserve + 1;
	bench_close();
	bench_open();
	assert_int_equal(b.waiting, kept);
	assert_int_equal(b.next_sequence, sequence + 1);
	assert_false(b.found.damaged);
}

/* Nearly full: what is written is kept, but the reserve is missing, and that is told. */
static void test_no_room_for_the_reserve(void **state)
{
	(void)state;
	need_disk();
	bench_open();
	assert_int_equal(commit(10), 0);
	fill_disk();
	assert_int_equal(unlink(path_of("journal.ballast")), 0);
	bench_close();
	bench_open();
	assert_int_equal(commit(10), 0);
	assert_non_null(wait_trouble("lacks its reserve of 1024 KiB"));
	assert_false(exists("journal.ballast"));
	bench_run(2500); /* it is looked for again and again */
	make_room();
	assert_null(wait_trouble(NULL));
	assert_true(exists("journal.ballast"));
}

/* A disk that is full at the first start: it goes on without, and begins when there is room. */
static void test_opened_late(void **state)
{
	const struct journal_query everything = bench_query(JOURNAL_QUERY_ENTRIES);

	(void)state;
	need_disk();
	fill_disk();
	bench_open();
	assert_non_null(strstr(bench_trouble(), "cannot be written"));
	assert_int_equal(commit(10), -ENOSPC);
	assert_null(bench_ask(&everything));
	assert_int_equal(b.page.error, -EIO);
	make_room();
	assert_null(wait_trouble(NULL));
	assert_int_equal(commit(10), 0);
	bench_close();
	bench_open();
	assert_int_equal(b.waiting, 1);
	assert_false(exists("journal.db.unread-1"));
}

/* A new one begins on the reserve, where nothing else is left. */
static void test_begun_on_the_reserve(void **state)
{
	(void)state;
	need_disk();
	bench_open();
	bench_close();
	assert_int_equal(unlink(path_of("journal.db")), 0);
	fill_disk();
	bench_open();
	assert_int_equal(commit(10), 0);
	assert_false(exists("journal.ballast"));
	assert_non_null(wait_trouble("lacks its reserve"));
}

/* No reserve is wanted any more: none is kept. */
static void test_no_reserve(void **state)
{
	(void)state;
	need_disk();
	bench_open();
	assert_true(exists("journal.ballast"));
	bench_close();
	b.settings.ballast = 0;
	bench_open();
	assert_false(exists("journal.ballast"));
	bench_run(50);
	assert_null(bench_trouble());
}

/* What turns up too late and is damaged is set aside for that, and once. */
static void test_damaged_found_late(void **state)
{
	static const char junk[4096] = "junk";
	int fd;

	(void)state;
	need_disk();
	bench_open();
	assert_int_equal(commit(10), 0);
	bench_close();
	fd = open(path_of("journal.db"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, junk, sizeof(junk), 0), sizeof(junk));
	close(fd);
	assert_int_equal(mount("none", b.directory, "tmpfs", MS_RDONLY, "size=64k"), 0);
	bench_open();
	assert_int_equal(umount(b.directory), 0);
	assert_null(wait_trouble(NULL));
	assert_true(exists("journal.db.damaged-1"));
	assert_false(exists("journal.db.unread-1"));
	assert_int_equal(commit(10), 0);
}

/* What an older run left turns up too late: this run has not gone on from it. */
static void test_unread_set_aside(void **state)
{
	(void)state;
	need_disk();
	bench_open();
	assert_int_equal(commit(10), 0);
	assert_int_equal(commit(10), 0);
	bench_close();
	assert_int_equal(mount("none", b.directory, "tmpfs", MS_RDONLY, "size=64k"), 0);
	bench_open();
	assert_int_equal(b.waiting, 0);
	assert_non_null(strstr(bench_trouble(), "No such file"));
	assert_int_equal(umount(b.directory), 0);
	assert_null(wait_trouble(NULL));
	assert_true(exists("journal.db.unread-1"));
	sequence = 0;
	assert_int_equal(commit(10), 0);
	bench_close();
	bench_open();
	assert_int_equal(b.waiting, 1);
	assert_int_equal(b.next_sequence, 2);
	assert_false(exists("journal.db.unread-2"));
}

/* Damaged while it runs: set aside, the commit that met it is told so, and a new one is begun. */
static void test_damaged_while_running(void **state)
{
	struct journal_query everything = bench_query(JOURNAL_QUERY_ENTRIES);
	char junk[4096];
	struct stat now;
	int fd;

	(void)state;
	need_disk();
	bench_open();
	for (int i = 0; i < 50; i++)
		assert_int_equal(commit(60000), 0);
	bench_run(800); /* the log is in the database */
	/* What SQLite has in memory is the end of this then. */
	json_decref(bench_ask_all(everything, NULL));
	memset(junk, 0xa5, sizeof(junk));
	fd = open(path_of("journal.db"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &now), 0);
	for (off_t at = 4096; at < now.st_size; at += (off_t)sizeof(junk))
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	assert_int_equal(journal_put_snapshot(b.journal, "i1", "read from the disk"), 0);
	assert_int_equal(commit(10), -EUCLEAN);
	assert_null(wait_trouble(NULL));
	assert_true(exists("journal.db.damaged-1"));
	assert_int_equal(commit(10), 0);
	bench_close();
	bench_open();
	assert_false(b.found.damaged);
	assert_int_equal(b.waiting, 1);
}

/* An older run's reserve is one, also where there would be no room for a new one. */
static void test_reserve_is_found_again(void **state)
{
	struct journal_disk disk;

	(void)state;
	need_disk();
	journal_disk_init(&disk, b.directory, BALLAST);
	assert_int_equal(journal_disk_fill_ballast(&disk), 0);
	assert_true(disk.has_ballast);
	fill_disk();
	journal_disk_init(&disk, b.directory, BALLAST);
	assert_false(disk.has_ballast);
	assert_int_equal(journal_disk_fill_ballast(&disk), 0);
	assert_true(disk.has_ballast);
	assert_true(journal_disk_drop_ballast(&disk));
	assert_false(disk.has_ballast);
	assert_false(journal_disk_drop_ballast(&disk));
	assert_int_equal(journal_disk_fill_ballast(&disk), -ENOSPC); /* half of it is for others */
	assert_false(disk.has_ballast);
	assert_false(exists("journal.ballast"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_full),
		TEST(test_no_room_for_the_reserve),
		TEST(test_opened_late),
		TEST(test_begun_on_the_reserve),
		TEST(test_no_reserve),
		TEST(test_reserve_is_found_again),
		TEST(test_unread_set_aside),
		TEST(test_damaged_found_late),
		TEST(test_damaged_while_running),
	};

	mounter = become_mounter(); /* before there is a thread */
	return cmocka_run_group_tests_name("journal_disk", tests, NULL, NULL) ? 1 : 0;
}
