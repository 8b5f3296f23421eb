/* What is said of what calls a person where no message does. The rest is a small site that loads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lint_bench.h"

static const char *const bases[] = { "site", "zones", "buses", "rules", "types" };
enum { BASE_COUNT = sizeof(bases) / sizeof(bases[0]) };

#define STATE(id)                                                                                    \
	"{ id = \"" id "\"; kind = \"state\"; off_zh = \"关\"; off_en = \"off\"; on_zh = \"开\"; " \
	"on_en = \"on\"; zh = \"类\"; en = \"C\"; },"

/* Line 6 has the classes, 7 the devices, 8 the siren's point, 9 the rest. */
static void write_site(int fd, const char *siren, const char *fallback)
{
	FILE *out = fdopen(dup(fd), "w");
	char folder[512];

	lint_folder(folder);
	lint_include(out, folder, bases, BASE_COUNT);
	fprintf(out,
		"classes = (" STATE("leak") STATE("circuit") STATE("contact") STATE(
			"siren") "{ id = \"water.pressure\"; kind = \"number\"; "
				 "unit = \"bar\"; decimals = 2; zh = \"压\"; en = \"P\"; } );\n"
				 "devices: {\n@include "
				 "\"%s/tests/config-errors/base/devices-inner.conf\"\n"
				 "box: { bus = \"gateway\"; zone = \"f1\"; unit = 9; address_base "
				 "= \"0\"; "
				 "zh = \"箱\"; en = \"Box\"; points: {\n"
				 "siren-on: { class = \"contact\"; register = 7; table = \"coil\"; "
				 "zh = \"响\"; en = \"On\"; };\n"
				 "siren: { class = \"siren\"; register = 8; table = \"coil\"; "
				 "writable = true; %s zh = \"笛\"; en = \"Siren\"; }; }; }; };\n"
				 "roles: { service_desk: { zh = \"台\"; en = \"Desk\"; };\n"
				 "property: { zh = \"物业\"; en = \"Property\"; }; };\n"
				 "actions: { circuits-off: { class = \"circuit\"; value = 0; "
				 "zh = \"断\"; en = \"Cut\"; };\n"
				 "cut-on: { class = \"circuit\"; value = 1; mode = \"auto\"; "
				 "zh = \"合\"; en = \"On\"; };\n"
				 "siren-on: { class = \"siren\"; scope = \"site\"; value = 1; "
				 "mode = \"auto\"; zh = \"响\"; en = \"On\"; }; };\n"
				 "chain: { levels = ( { roles = [ \"property\" ]; after = \"3 "
				 "min\"; } ); };\n"
				 "%s\n",
		folder, siren, fallback);
	fclose(out);
}

/* The lines about the siren or the fallback, without the places; free() it. */
static char *say(const char *siren, const char *fallback)
{
	char path[64], *said, *about = NULL, *save = NULL;
	size_t size = 0;
	int fd = memfd_create("facilityd.conf", MFD_CLOEXEC);
	FILE *out;

	write_site(fd, siren, fallback);
	said = lint_said(fd, path);
	out = open_memstream(&about, &size);
	for (char *line = strtok_r(said, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *what = strchr(line, ' ') + 1; /* behind the place */

		if (strstr(what, "\"siren\"") || strstr(what, "fallback") ||
			strstr(what, "siren-on"))
			fprintf(out, "%s\n", what);
	}
	fclose(out);
	free(said);
	return about;
}

#define PROVED "armed = true; readback = \"siren-on\";"
#define FALLBACK "fallback: { actions = [ \"siren-on\" ]; };"

/* Rows are laid out by hand. */
/* clang-format off */
static void test_what_is_said(void **state)
{
	static const struct {
		const char *siren, *fallback, *said;
	} table[] = {
		{ PROVED, "", "" },
		{ PROVED, FALLBACK, "" },
		{ "armed = true;", FALLBACK,
			"warning: output \"siren\": no readback, so a write cannot be proved; name the "
			"point that shows it\n"
			"warning: point \"siren-on\": no rule, step, action or readback uses it\n" },
		{ "readback = \"siren-on\";", FALLBACK,
			"warning: action \"siren-on\": every output of its class is protected or not "
			"armed, so it writes nothing\n"
			"warning: output \"siren\": is not armed, so action \"siren-on\" of the "
			"fallback cannot switch it on\n" },
		{ PROVED "protected = true;", FALLBACK,
			"warning: output \"siren\": is protected, so action \"siren-on\" of the fallback "
			"leaves it alone: it could not be put off again\n" },
		{ PROVED, "fallback: { actions = [ \"siren-on\" ]; acknowledge_within = \"3 min\"; };",
			"note: fallback: acknowledge_within is over before the last level of the chain is "
			"called\n" },
		{ PROVED, "fallback: { actions = [ \"cut-on\" ]; };",
			"warning: fallback: outputs of class \"circuit\" are written by action "
			"\"circuits-off\" of a step too, and each would undo the other; give them a "
			"class of their own\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *said = say(table[i].siren, table[i].fallback);

		assert_string_equal(said, table[i].said);
		free(said);
	}
}

/* clang-format on */
int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_what_is_said) };

	return cmocka_run_group_tests_name("lint of the fallback", tests, NULL, NULL) ? 1 : 0;
}
