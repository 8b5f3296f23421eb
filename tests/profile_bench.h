/*
 * For tests of profiles: a folder with a small site, whose devices each test
 * writes, and what Modbus makes of their points.
 */
#ifndef TESTS_PROFILE_BENCH_H
#define TESTS_PROFILE_BENCH_H

#include "adapters/modbus/modbus.h"
#include "config/load/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/profile-test-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static const char site_text[] =
	"site: { id = \"hall\"; zh = \"x\"; en = \"Hall\"; };\n"
	"mqtt: { host = \"127.0.0.1\"; };\n"
	"zones = ( { id = \"f1\"; zh = \"x\"; en = \"x\"; } );\n"
	"classes = (\n"
	"  { id = \"volts\"; kind = \"number\"; unit = \"V\"; decimals = 0; zh = \"x\"; en = "
	"\"x\"; },\n"
	"  { id = \"kilovolts\"; kind = \"number\"; unit = \"kV\"; decimals = 3; zh = \"x\"; en = "
	"\"x\"; },\n"
	"  { id = \"relay\"; kind = \"state\"; off_zh = \"a\"; off_en = \"off\"; on_zh = \"b\"; "
	"on_en = "
	"\"on\";\n    zh = \"x\"; en = \"x\"; } );\n"
	"buses: {\n"
	"  line: { adapter = \"modbus-rtu\"; path = \"/dev/null\"; zh = \"x\"; en = \"x\"; };\n"
	"  net: { adapter = \"modbus-tcp\"; host = \"127.0.0.1\"; zh = \"x\"; en = \"x\"; };\n"
	"};\n"
	"roles: { desk: { zh = \"x\"; en = \"x\"; }; };\n"
	"types: { loss: { number = 2; severity = \"high\"; zh = \"x\"; en = \"x\"; steps = (\n"
	"  { id = \"look\"; clause = \"2.1\"; by = [ \"desk\" ]; zh = \"x\"; en = \"x\"; } ); "
	"}; };\n"
	"rules: { low: { type = \"loss\"; condition = \"any(volts < 100 V)\"; zh = \"x\"; en = "
	"\"x\"; "
	"}; };\n";

static struct config *load_devices(const char *devices, char **said)
{
	struct config_report report = { 0 };
	struct config *config;
	char path[128], *text;
	size_t size;

	assert_true(asprintf(&text, "%sdevices: {\n%s};\n", site_text, devices) > 0);
	write_file("main.conf", text);
	free(text);
	snprintf(path, sizeof(path), "%s/main.conf", folder);
	report.out = open_memstream(said, &size);
	config = config_load(path, &report);
	fclose(report.out);
	return config;
}

#endif
