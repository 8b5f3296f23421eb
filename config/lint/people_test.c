/* What is said of persons and their hours. The rest is a small site that loads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lint_bench.h"

static const char *const bases[] = { "site", "zones", "classes", "buses", "devices", "rules",
	"types" };
enum { BASE_COUNT = sizeof(bases) / sizeof(bases[0]) };

/* Line 8 has the role of steps, 9 that of the chain, and 10 one that nobody needs. */
static void write_site(int fd, const char *people, const char *release)
{
	FILE *out = fdopen(dup(fd), "w");
	char folder[512];

	lint_folder(folder);
	lint_include(out, folder, bases, BASE_COUNT);
	fprintf(out,
		"roles: { service_desk: { zh = \"台\"; en = \"Desk\"; };\n"
		"property: { zh = \"物业\"; en = \"Property\"; };\n"
		"unused: { zh = \"无\"; en = \"Unused\"; }; };\n"
		"actions: { circuits-off: { class = \"circuit\"; value = 0; %s zh = \"断\"; en = "
		"\"Cut\"; }; };\n"
		"chain: { levels = ( { roles = [ \"property\" ]; after = \"3 min\"; } ); };\n"
		"people: {%s};\n",
		release, people);
	fclose(out);
}

/* The lines about roles, without the file's name; free() it. */
static char *say(const char *people)
{
	char path[64], *said, *about = NULL, *save = NULL;
	size_t size = 0;
	int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);
	FILE *out;

	write_site(fd, people, "");
	said = lint_said(fd, path);
	out = open_memstream(&about, &size);
	for (char *line = strtok_r(said, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strstr(line, ": role \""))
			fprintf(out, "%s\n", line + strlen(path));
	fclose(out);
	free(said);
	return about;
}

#define PERSON(id, roles, duty) id ": { zh = \"某\"; en = \"P\"; roles = [ " roles " ]; " duty " };"
#define DUTY(hours) "duty = [ \"" hours "\" ];"
#define DESK "\"service_desk\""
#define PROPERTY "\"property\""

/* Rows are laid out by hand. */
/* clang-format off */
static void test_roles(void **state)
{
	static const struct {
		const char *people, *said;
	} table[] = {
		{"",                                  ""		    },
		{ PERSON("a", DESK "," PROPERTY, ""), ""		    },
		{ PERSON("a", DESK, ""),
                 ":9: warning: role \"property\": no person has it; add one to people\n" },
		{ PERSON("a", PROPERTY, ""),
                 ":8: warning: role \"service_desk\": no person has it; add one to people\n"},
		/* Only the chain's hours are looked at. */
		{ PERSON("a", DESK, DUTY("Mon 08:00-09:00")) PERSON("b", PROPERTY, ""), ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *said = say(table[i].people);

		assert_string_equal(said, table[i].said);
		free(said);
	}
}

#define NOBODY ":9: warning: role \"property\" of the chain: nobody is on duty for "

static void test_hours(void **state)
{
	static const struct {
		const char *people, *said;
	} table[] = {
		{ PERSON("a", DESK "," PROPERTY, DUTY("Mon-Fri 08:30-17:00")),
			NOBODY "125 h 30 min of the week: Mon 17:00-Tue 08:30, Tue 17:00-Wed 08:30, "
			"Wed 17:00-Thu 08:30 and 2 more\n" },
		{ PERSON("a", DESK "," PROPERTY, DUTY("Mon-Sat 00:00-24:00")),
			NOBODY "24 h 00 min of the week: Sun 00:00-Sun 24:00\n" },
		/* Together they are there all the time. */
		{ PERSON("a", DESK "," PROPERTY, DUTY("Mon-Sun 08:00-20:00"))
			PERSON("b", PROPERTY, DUTY("Mon-Sun 19:00-08:00")), "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *said = say(table[i].people);

		assert_string_equal(said, table[i].said);
		free(said);
	}
}

/* clang-format on */
/* What is advised is never released, by nobody. */
static void test_two_persons_for_what_is_only_advised(void **state)
{
	static const char two[] = "a: { zh = \"甲\"; en = \"A\"; account = \"a\"; roles = [ " DESK
				  " ]; }; b: { zh = \"乙\"; en = \"B\"; account = \"b\"; "
				  "roles = [ " PROPERTY " ]; };";
	static const struct {
		const char *release;
		bool warned;
	} table[] = {
		{ "", false },
		{ "released_by = 2;", true },
		{ "mode = \"confirm\"; released_by = 2;", false },
		{ "mode = \"auto\"; released_by = 2;", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char path[64], *said;
		int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);

		write_site(fd, two, table[i].release);
		said = lint_said(fd, path);
		assert_int_equal(
			strstr(said, ":11: warning: action \"circuits-off\": "
				     "released_by = 2, but of mode \"advise\" nothing is ever "
				     "released; give mode = \"confirm\"") != NULL,
			table[i].warned);
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_two_persons_for_what_is_only_advised),
	};

	return cmocka_run_group_tests_name("lint of people", tests, NULL, NULL) ? 1 : 0;
}
