/* The pre-lexer on texts: what it refuses, what it lets pass, and that it keeps every byte. */
#include "config/text/precheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct record {
	struct precheck_sink sink;
	unsigned errors, lines[8];
	char message[256]; /* the first */
	char text[4096];
	char includes[256];
};

static void on_error(struct precheck_sink *sink, unsigned line, const char *message)
{
	struct record *record = (struct record *)sink;

	if (record->errors == 0)
		snprintf(record->message, sizeof(record->message), "%s", message);
	if (record->errors < 8)
		record->lines[record->errors] = line;
	record->errors++;
}

static void on_text(struct precheck_sink *sink, const char *text, size_t length)
{
	struct record *record = (struct record *)sink;

	strncat(record->text, text, length);
}

static void on_include(struct precheck_sink *sink, unsigned line, const char *path)
{
	struct record *record = (struct record *)sink;
	size_t used = strlen(record->includes);

	snprintf(record->includes + used, sizeof(record->includes) - used, "%u:%s ", line, path);
}

static struct record check_bytes(const char *text, size_t length)
{
	struct record record = { .sink = { on_error, on_text, on_include } };
	char *copy = malloc(length + 1); /* of the exact size, so that a step beyond is found */

	assert_non_null(copy);
	memcpy(copy, text, length);
	copy = realloc(copy, length ? length : 1);
	precheck_text(copy, length, &record.sink);
	free(copy);
	return record;
}

static struct record check(const char *text)
{
	return check_bytes(text, strlen(text));
}

static void test_good_texts_pass_unchanged(void **state)
{
	static const char *const good[] = {
		"",
		"a = 1;",
		"a = -2147483648; b = 2147483647; c = 0x7FFFFFFF; d = +5; e = 0;",
		"a = 9223372036854775807L; b = 4294967296LL; c = 0xFFFFFFFFL;",
		"a = 1.5; b = -.5; c = 1e9; d = 1.5E-3; e = 0.25;",
		"a = \"# no comment // nor /* this\"; # a \" quote\n// and \" one\n/* \" */ b = 1;",
		"a = \"tab\\t quote\\\" backslash\\\\ line\\n\" \"and more\";\r\n",
		"boilers-off: { class = \"x\"; }; *a_b-c9 = true;",
		"a = ( 1, (2, 3), [ 4, 5 ], { b = 1, } );",
		"# 供水 ； “ in a comment\na = \"行政服务中心\";",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct record record = check(good[i]);

		if (record.errors)
			print_error("%s: %s\n", good[i], record.message);
		assert_int_equal(record.errors, 0);
		assert_string_equal(record.text, good[i]);
	}
}

static void test_bad_texts(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *word; /* in the message */
	} bad[] = {
		{ "a = 2147483648;", 1, "32 bits" },
		{ "a = -2147483649;", 1, "32 bits" },
		{ "a = 0x80000000;", 1, "32 bits" },
		{ "a = 9223372036854775808L;", 1, "64 bits" },
		{ "a = 0x1FFFFFFFFFFFFFFFFL;", 1, "64 bits" },
		{ "a = 5LLL;", 1, "neither a number" },
		{ "a = 010;", 1, "leading zero" },
		{ "a = -007;", 1, "leading zero" },
		{ "a = 0x;", 1, "neither a number" },
		{ "a = 1.2.3;", 1, "neither a number" },
		{ "a = 1e400;", 1, "too large" },
		{ "a = 5s;", 1, "neither a number" },
		{ "a = 1;\n/* b\n\n", 2, "never ends" },
		{ "a = 1; /*/", 1, "never ends" },
		{ "\na = \"b;\nc = 1;", 2, "closing quote" },
		{ "a = \"b\\", 1, "closing quote" },
		{ "a = \"\\u0041\";", 1, "escape" },
		{ "a = \"\\x00\";", 1, "\\x" },
		{ "a = \"\xC0\xAF\";", 1, "UTF-8" },
		{ "a = \"\xED\xA0\x80\";", 1, "UTF-8" },
		{ "a = \"\xF4\x90\x80\x80\";", 1, "UTF-8" },
		{ "# \xE4\xBD\n", 1, "UTF-8" },
		{ "a = 1\xEF\xBC\x9B", 1, "outside quotes" },
		{ "a = 1;\x07", 1, "control character 0x07" },
		{ "a = ( 1, );", 1, "comma" },
		{ "a = [ 1,\n ];", 2, "comma" },
		{ "a: {\n", 1, "never closed" },
		{ "a: { b = ( 1 };", 1, "closes the '('" },
		{ "a = 1; }", 1, "closes nothing" },
		{ "a = ((((((((((((((((( 1 )))))))))))))))));", 1, "nested" },
		{ "boiler.temp: { };", 1, "no '.'" },
		{ "3f: { };", 1, "begins with a letter" },
		{ "a = $HOME;", 1, "'$'" },
		{ "@include x", 1, "file name in quotes" },
		{ "@include \"\"", 1, "file name in quotes" },
		{ "@include \"x", 1, "file name in quotes" },
		{ "@included", 1, "file name in quotes" },
		{ "a = 1; @include \"x\"", 1, "begin a line" },
		{ "@", 1, "begin a line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct record record = check(bad[i].text);

		if (record.errors == 0 || !strstr(record.message, bad[i].word))
			print_error("%s: said \"%s\", not \"%s\"\n", bad[i].text, record.message,
				bad[i].word);
		assert_true(record.errors > 0);
		assert_non_null(strstr(record.message, bad[i].word));
		assert_int_equal(record.lines[0], bad[i].line);
	}
}

static void test_nul(void **state)
{
	struct record record = check_bytes("a = \"x\0y\";", 10);

	(void)state;
	assert_int_equal(record.errors, 1);
	assert_string_equal(record.message, "NUL byte in the file; remove it");
}

static void test_all_are_told(void **state)
{
	struct record record =
		check("a = 010;\nb = 3000000000;\nc = \"\\q\";\nd = \"e\n f = ( 1, );");

	(void)state;
	assert_int_equal(record.errors, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(record.lines[i], i + 1);
}

static void test_includes_are_cut_out(void **state)
{
	struct record record =
		check("a = 1;\n \t@include \"x/y.conf\" # why\n@include\"z\"\nb = 2;");

	(void)state;
	assert_int_equal(record.errors, 0);
	assert_string_equal(record.includes, "2:x/y.conf 3:z ");
	assert_string_equal(record.text, "a = 1;\n \t # why\n\nb = 2;");
	record = check("# @include \"x\"\na = \"@include\"; /*\n@include \"y\"\n*/");
	assert_int_equal(record.errors, 0);
	assert_string_equal(record.includes, "");
}

/* Whatever the bytes are: it ends, and never reads beyond them (the sanitizer looks). */
static void test_any_bytes(void **state)
{
	static const char alphabet[] = "@include \"\\/*#\n=;:,(){}[]0x1eL.+-a\xE4\xBD\xA0\x00\xFF";
	unsigned seed = 20261124;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (int i = 0; i < 20000; i++) {
		char text[40];
		size_t length = (size_t)rand() % sizeof(text);

		for (size_t k = 0; k < length; k++)
			text[k] = alphabet[(size_t)rand() % sizeof(alphabet)];
		check_bytes(text, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_texts_pass_unchanged),
		cmocka_unit_test(test_bad_texts),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_all_are_told),
		cmocka_unit_test(test_includes_are_cut_out),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests_name("precheck", tests, NULL, NULL) ? 1 : 0;
}
