/* Files as the kernel shows them, in a folder of the test's own; and what else may lie there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/adapter_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct adapter adapter_sysfs;

/* As adapters/sysfs.c declares them: filled by its own tables, as the loader does. */
static struct adapter_bench b;
static char folder[] = "/tmp/facilityd-sysfs-XXXXXX";
static char device_options[64], point_options[BENCH_POINT_MAX][64];

static void *member(const struct option_spec *specs, void *target, const char *name)
{
	while (strcmp(specs->name, name) != 0)
		specs++;
	return (char *)target + specs->offset;
}

static void set_device(const char *path, const char *name)
{
	const struct option_spec *specs = adapter_sysfs.device_options;

	*(const char **)member(specs, device_options, "path") = path;
	*(const char **)member(specs, device_options, "name") = name;
}

static void *option(size_t point, const char *name)
{
	return member(adapter_sysfs.point_options, point_options[point], name);
}

static struct point *add(const char *file)
{
	size_t i = b.poll.count;

	memset(point_options[i], 0, sizeof(point_options[i]));
	*(const char **)option(i, "file") = file;
	*(double *)option(i, "scale") = 1;
	return bench_add(&b, "p", POINT_NUMBER, point_options[i]);
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put_bytes(const char *name, const void *bytes, size_t size)
{
	FILE *file = fopen(in_folder(name), "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void put(const char *name, const char *text)
{
	put_bytes(name, text, strlen(text));
}

static int set_up(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	assert_non_null(mkdtemp(folder));
	bench_init(&b, &adapter_sysfs, NULL, device_options);
	set_device(folder, NULL);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static int read_all(void)
{
	bench_forget(&b);
	bench_check(&b);
	assert_string_equal(b.told, "");
	return adapter_sysfs.blocking->read(NULL, &b.poll, &b.sink);
}

static void test_numbers(void **state)
{
	(void)state;
	put("temp1_input", "45500\n");
	put("online", "1");
	add("temp1_input");
	*(double *)option(0, "scale") = 0.001;
	*(double *)option(0, "offset") = -2;
	add("online")->class = &b.state;
	assert_int_equal(read_all(), 0);
	assert_good(&b, 0, 43.5);
	assert_good(&b, 1, 1);
	put("online", "2\n");
	assert_int_equal(read_all(), 0);
	assert_bad(&b, 1, REASON_RANGE);
}

static void test_a_factor_in_a_file(void **state)
{
	(void)state;
	put("in_temp_raw", "2000\n");
	put("in_temp_scale", "0.0625\n");
	add("in_temp_raw");
	*(const char **)option(0, "scale_file") = "in_temp_scale";
	*(double *)option(0, "scale") = 2;
	assert_int_equal(read_all(), 0);
	assert_good(&b, 0, 250);
	put("in_temp_scale", "unknown\n");
	assert_int_equal(read_all(), 0);
	assert_bad(&b, 0, REASON_GARBLED);
	unlink(in_folder("in_temp_scale"));
	assert_int_equal(read_all(), 0);
	assert_bad(&b, 0, REASON_OFFLINE);
}

static void test_w1(void **state)
{
	static const struct {
		const char *text;
		enum reason reason;
	} files[] = {
		{ "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=-1250\n",
			REASON_NONE },
		{ "72 01 4b 46 7f ff 0e 10 57 : crc=57 NO\n72 01 4b 46 7f ff 0e 10 57 t=-1250\n",
			REASON_GARBLED },
		{ "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n", REASON_GARBLED },
		{ "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 t=\n", REASON_GARBLED },
		{ "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 t=12x\n", REASON_GARBLED },
		{ "YES\n t=1\n", REASON_GARBLED },
		{ "YES\nYES\n", REASON_GARBLED },
		{ "", REASON_GARBLED },
		{ "-1250\n", REASON_GARBLED },
	};

	(void)state;
	add("w1_slave");
	*(int *)option(0, "kind") = 1;
	*(double *)option(0, "scale") = 0.001;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		put("w1_slave", files[i].text);
		assert_int_equal(read_all(), 0);
		if (files[i].reason == REASON_NONE)
			assert_good(&b, 0, -1.25);
		else
			assert_bad(&b, 0, files[i].reason);
	}
	assert_true(adapter_sysfs.cost_ms(&b.poll) >= 750);
}

/* The numbers of these folders change with the order in which drivers are loaded. */
static void test_a_folder_by_its_name(void **state)
{
	(void)state;
	mkdir(in_folder("hwmon0"), 0755);
	mkdir(in_folder("hwmon1"), 0755);
	mkdir(in_folder("hwmon2"), 0755);
	put("hwmon0/name", "acpitz\n");
	put("hwmon1/name", "coretemp\n");
	put("hwmon1/temp1_input", "7\n");
	add("temp1_input");
	set_device(folder, "coretemp");
	assert_int_equal(read_all(), 0);
	assert_good(&b, 0, 7);
	put("hwmon2/name", "coretemp\n");
	read_all();
	assert_bad(&b, 0, REASON_LOCAL); /* which of the two? */
	assert_int_equal(b.last[0].detail, ENOTUNIQ);
	put("hwmon2/name", "coretemp2\n");
	read_all();
	assert_good(&b, 0, 7);
	set_device(folder, "nct6775");
	assert_int_equal(read_all(), -ETIMEDOUT);
	assert_bad(&b, 0, REASON_LINK);
}

/* Unplugged: the device does not answer, which is one trouble and not one for each point. */
static void test_a_device_that_is_gone(void **state)
{
	(void)state;
	set_device("/sys/bus/w1/devices/28-no-such-device", NULL);
	add("w1_slave");
	add("other");
	assert_int_equal(read_all(), -ETIMEDOUT);
	assert_bad(&b, 0, REASON_LINK);
	assert_bad(&b, 1, REASON_LINK);
}

static void test_what_is_no_number(void **state)
{
	static const char *const texts[] = { "", "\n", "on\n", "1 2\n", "1\n2\n", "0x10\n", "nan\n",
		"1e999\n" };
	char large[10000];

	(void)state;
	add("value");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put("value", texts[i]);
		assert_int_equal(read_all(), 0);
		assert_bad(&b, 0, REASON_GARBLED);
	}
	put_bytes("value", "1\0", 2);
	read_all();
	assert_bad(&b, 0, REASON_GARBLED);
	memset(large, '1', sizeof(large));
	put_bytes("value", large, sizeof(large));
	read_all();
	assert_bad(&b, 0, REASON_GARBLED);
}

/* None of these may hold the bus or pass for a value. */
static void test_what_is_no_file(void **state)
{
	(void)state;
	mkdir(in_folder("folder"), 0755);
	assert_int_equal(mkfifo(in_folder("fifo"), 0644), 0);
	assert_int_equal(symlink("/proc/self/mem", in_folder("failing")), 0);
	assert_int_equal(symlink("loop", in_folder("loop")), 0);
	add("folder");
	add("fifo");
	add("failing"); /* an error of its driver */
	add("loop");
	add("missing");
	assert_int_equal(read_all(), 0);
	assert_bad(&b, 0, REASON_DEVICE);
	assert_bad(&b, 1, REASON_GARBLED);
	assert_bad(&b, 2, REASON_DEVICE);
	assert_bad(&b, 3, REASON_DEVICE);
	assert_bad(&b, 4, REASON_OFFLINE);
}

static void test_a_file_that_may_not_be_read(void **state)
{
	(void)state;
	put("value", "1\n");
	chmod(in_folder("value"), 0);
	chmod(folder, 0755);
	add("value");
	if (getuid() == 0 && seteuid(65534) != 0)
		skip();
	read_all();
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_bad(&b, 0, REASON_LOCAL);
	assert_int_equal(b.last[0].detail, EACCES);
}

static void test_options(void **state)
{
	(void)state;
	set_device("sys/class", NULL);
	add("/etc/passwd");
	add("../../etc/passwd");
	*(const char **)option(1, "scale_file") = "/x";
	bench_check(&b);
	assert_non_null(strstr(b.told, "[path] \"sys/class\" is not an absolute path"));
	assert_non_null(strstr(b.told, "[file] \"/etc/passwd\" must lie in"));
	assert_non_null(strstr(b.told, "[file] \"../../etc/passwd\" must lie in"));
	assert_non_null(strstr(b.told, "[scale_file] \"/x\" must lie in"));
}

/* A real file of this kernel's, where there is one. */
static void test_a_file_of_the_kernel(void **state)
{
	(void)state;
	if (access("/sys/class/net/lo/mtu", R_OK) != 0)
		skip();
	set_device("/sys/class/net/lo", NULL);
	add("mtu")->max = 1e6;
	assert_int_equal(read_all(), 0);
	assert_good(&b, 0, 65536);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_a_factor_in_a_file),
		TEST(test_w1),
		TEST(test_a_folder_by_its_name),
		TEST(test_a_device_that_is_gone),
		TEST(test_what_is_no_number),
		TEST(test_what_is_no_file),
		TEST(test_a_file_that_may_not_be_read),
		TEST(test_options),
		TEST(test_a_file_of_the_kernel),
	};

	return cmocka_run_group_tests_name("sysfs", tests, NULL, NULL) ? 1 : 0;
}
