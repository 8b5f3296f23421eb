/* Where no sensor can make a first stage full, somebody is told. The rest is a small site. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lint_bench.h"

static const char *const bases[] = { "site", "zones", "buses", "classes" };
enum { BASE_COUNT = sizeof(bases) / sizeof(bases[0]) };

#define POINT(id, class, zone, register)                                                           \
	id ": { class = \"" class                                                                  \
		"\"; zone = \"" zone                                                               \
		"\"; register = " register "; table = \"discrete\"; zh = \"点\"; en = \"P\"; };\n"
#define STEP(id, more)                                                                             \
	"{ id = \"" id                                                                             \
	"\"; clause = \"16.1\"; by = [ \"guard\" ]; zh = \"看\"; en = \"Look\"; " more " }"

/* One detector in f1.tea, two in f2, a contact in f1; line 13 has the type. */
static void write_site(int fd, const char *sensor)
{
	FILE *out = fdopen(dup(fd), "w");
	char folder[512];

	lint_folder(folder);
	lint_include(out, folder, bases, BASE_COUNT);
	fprintf(out,
		"devices: { box: { bus = \"gateway\"; zone = \"f1\"; unit = 9; address_base = "
		"\"0\"; zh = \"箱\"; en = \"Box\"; points: {\n" POINT("a", "leak", "f1.tea",
			"1") POINT("b", "leak", "f2", "2") POINT("c", "leak", "f2", "3") POINT("d",
			"contact", "f1",
			"4") "}; }; };\n"
			     "roles: { guard: { zh = \"保安\"; en = \"Guard\"; }; };\n"
			     "rules: { wet: { type = \"leak\"; zh = \"湿\"; en = \"Wet\"; condition = "
			     "\"any(leak)\"; each = \"zone\"; };\n"
			     "touched: { type = \"leak\"; zh = \"触\"; en = \"Touched\"; condition = "
			     "\"d\"; zone = \"f2\"; }; };\n"
			     "types: {\nleak: { number = 16; severity = \"low\"; zh = \"漏\"; en = \"Leak\"; "
			     "facts = ( { id = \"stage\"; ask = [ \"guard\" ]; zh = \"真\"; en = \"Real?\"; "
			     "sensor = \"%s\"; } ); steps = (" STEP(
				     "look", "stage = \"first\";") "," STEP("dry", "") "); }; };\n",
		sensor);
	fclose(out);
}

/* The zones that are named so, each followed by a blank; free() it. */
static char *say(const char *sensor)
{
	static const char begin[] = ": warning: type \"leak\": in zone \"";
	static const char end[] = "\" no sensor can ever make its first stage full, so it waits "
				  "for a person or for its time; ";
	char path[64], *said, *zones = NULL, *save = NULL;
	size_t size = 0;
	int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);
	FILE *out = open_memstream(&zones, &size);

	write_site(fd, sensor);
	said = lint_said(fd, path);
	for (char *line = strtok_r(said, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *zone = strstr(line, begin), *behind = zone ? strstr(zone, end) : NULL;

		if (behind)
			fprintf(out, "%.*s ", (int)(behind - zone - (int)strlen(begin)),
				zone + strlen(begin));
	}
	fclose(out);
	free(said);
	return zones;
}

/* One detector is never two, however the rest is; what any zone may say is enough. */
static void test_zones(void **state)
{
	static const struct {
		const char *sensor, *zones;
	} table[] = {
		{ "count(leak) >= 2", "f1.tea " }, { "count(leak) >= 3", "f1.tea f2 " },
		{ "count(leak) >= 1", "" }, { "count(leak) >= 2 or any(contact)", "f1.tea " },
		{ "count(leak) >= 2 or d", "" }, { "count(leak) >= 2 and d", "f1.tea " },
		{ "not d and d", "" }, /* what one reading forbids the other is beyond it */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *zones = say(table[i].sensor);

		assert_string_equal(zones, table[i].zones);
		free(zones);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
	};

	return cmocka_run_group_tests_name("lint of stages", tests, NULL, NULL) ? 1 : 0;
}
