/* Includes: which files are read, which are refused, and which line came from where. */
#include "config/text/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64];
	struct arena arena;
	struct source source;
	struct config_report report;
	char *said;
	size_t said_size;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/facilityd-source-XXXXXX");
	f->report.out = open_memstream(&f->said, &f->said_size);
	*state = f;
	return mkdtemp(f->folder) && chdir(f->folder) == 0 && mkdir("sub", 0700) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const made[] = { "main.conf", "a.conf", "b.conf", "fifo", "large.conf",
		"sub/c.conf", "sub/d.conf", "sub" };
	struct fixture *f = *state;
	int left;

	source_free(&f->source);
	arena_free(&f->arena);
	fclose(f->report.out);
	free(f->said);
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		remove(made[i]);
	left = chdir("/") == 0 && rmdir(f->folder) == 0 ? 0 : -1;
	free(f);
	return left;
}

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void read_main(struct fixture *f, const char *path)
{
	source_free(&f->source);
	source_read(&f->source, path, &f->arena, &f->report);
	fflush(f->report.out);
}

/* Where does the line that holds `text` come from? */
static struct place place_of(const struct fixture *f, const char *text)
{
	const char *found = strstr(f->source.text, text);
	unsigned line = 1;

	assert_non_null(found);
	for (const char *at = f->source.text; at < found; at++)
		line += *at == '\n';
	return source_place(&f->source, line);
}

static void assert_place(const struct fixture *f, const char *text, const char *file, unsigned line)
{
	struct place place = place_of(f, text);

	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void test_lines_keep_their_files(void **state)
{
	struct fixture *f = *state;

	put("main.conf",
		"one = 1;\n@include \"a.conf\"\nfour = 4;\n@include \"sub/c.conf\"\nlast = 9;");
	put("a.conf", "two = 2;\n\nthree = 3;"); /* no newline at its end */
	put("sub/c.conf", "@include \"d.conf\"\nsix = 6;\n");
	put("sub/d.conf", "\nfive = 5;\n");
	read_main(f, "main.conf");
	assert_int_equal(f->report.errors, 0);
	assert_place(f, "one", "main.conf", 1);
	assert_place(f, "two", "a.conf", 1);
	assert_place(f, "three", "a.conf", 3);
	assert_place(f, "four", "main.conf", 3);
	assert_place(f, "five", "sub/d.conf", 2);
	assert_place(f, "six", "sub/c.conf", 2);
	assert_place(f, "last", "main.conf", 5);
}

/* The main file is named as its user did; includes as seen from its folder. */
static void test_names_from_another_folder(void **state)
{
	struct fixture *f = *state;
	char path[128];

	put("main.conf", "a = 1;\n@include \"sub/c.conf\"\n");
	put("sub/c.conf", "@include \"../b.conf\"\n");
	put("b.conf", "b = 2;\n");
	assert_int_equal(chdir("/"), 0);
	snprintf(path, sizeof(path), "%s/main.conf", f->folder);
	read_main(f, path);
	assert_int_equal(chdir(f->folder), 0);
	assert_int_equal(f->report.errors, 0);
	assert_place(f, "a = 1", path, 1);
	assert_place(f, "b = 2", "sub/../b.conf", 1);
}

/* A fifo would hang whoever opens it for reading; a device may never end. */
static void test_no_plain_file(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo("fifo", 0600), 0);
	put("main.conf",
		"@include \"fifo\"\n@include \"sub\"\n@include \"/dev/zero\"\n@include \"b\"\n");
	read_main(f, "main.conf");
	assert_string_equal(f->said,
		"main.conf:1: cannot read \"fifo\": it is not a plain file\n"
		"main.conf:2: cannot read \"sub\": it is a folder; name each file\n"
		"main.conf:3: cannot read \"/dev/zero\": it is not a plain file\n"
		"main.conf:4: cannot read \"b\": No such file or directory\n");
}

static void test_main_file_missing(void **state)
{
	struct fixture *f = *state;

	read_main(f, "none.conf");
	assert_string_equal(
		f->said, "none.conf: cannot read \"none.conf\": No such file or directory\n");
}

static void test_too_large(void **state)
{
	struct fixture *f = *state;

	put("large.conf", "a = 1;");
	assert_int_equal(truncate("large.conf", 1024 * 1024 + 1), 0);
	put("main.conf", "\n@include \"large.conf\"\n");
	read_main(f, "main.conf");
	assert_string_equal(
		f->said, "main.conf:2: cannot read \"large.conf\": it is larger than 1 MiB\n");
}

/* Another name of the same file is still the same file. */
static void test_loop_by_another_name(void **state)
{
	struct fixture *f = *state;

	put("a.conf", "@include \"b.conf\"\n");
	assert_int_equal(symlink("a.conf", "b.conf"), 0);
	put("main.conf", "@include \"a.conf\"\n@include \"a.conf\"\n");
	read_main(f, "main.conf");
	/* Twice side by side is no loop: only each inner one is. */
	assert_string_equal(f->said, "a.conf:1: cannot read \"b.conf\": it includes itself\n"
				     "a.conf:1: cannot read \"b.conf\": it includes itself\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_lines_keep_their_files),
		TEST(test_names_from_another_folder),
		TEST(test_no_plain_file),
		TEST(test_main_file_missing),
		TEST(test_too_large),
		TEST(test_loop_by_another_name),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL) ? 1 : 0;
}
