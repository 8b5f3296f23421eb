/*
 * facility-config: what a configuration says, on standard output, for facilityctl, which is not C.
 * Its mistakes are told on standard error as facilityd tells them. Exit status: 0; 1: it, or a
 * profile, has errors; 2: this was not called as below.
 */
#include "config/load/load.h"
#include "config/print/print.h"

#include <string.h>

enum { EXIT_ERRORS = 1, EXIT_USAGE = 2 };

struct asked {
	const char *file; /* the main file of the configuration */
	const char *word; /* of `profile` */
	struct config_report report;
};

/* NULL: it could not be made. */
typedef json_t *(*make_json)(struct asked *asked);

static json_t *make_site(struct asked *asked)
{
	struct config *config = config_load(asked->file, &asked->report);
	struct profile_shelf shelf;
	json_t *object = NULL;

	if (config) {
		shelf_open(&shelf, asked->file, config->daemon.profiles, &asked->report);
		object = site_json(config, &shelf);
		shelf_close(&shelf);
	}
	config_free(config);
	return object;
}

static json_t *make_broker(struct asked *asked)
{
	struct config *config = config_load(asked->file, &asked->report);
	json_t *object = NULL;

	if (config)
		object = json_pack("{s:s, s:s?, s:I, s:s?}", "site", config->site.id, "host",
			config->mqtt.host, "port", (json_int_t)config->mqtt.port, "ca_file",
			config->mqtt.ca_file);
	config_free(config);
	return object;
}

/* Where own profiles lie is said by the configuration, which need not be a good one here. */
static json_t *make_profiles(struct asked *asked)
{
	struct config_report quiet = { .out = fopen("/dev/null", "we") };
	struct config *config = quiet.out ? config_load(asked->file, &quiet) : NULL;
	struct profile_shelf shelf;
	json_t *json;

	shelf_open(&shelf, asked->file, config ? config->daemon.profiles : NULL, &asked->report);
	json = asked->word ? profile_json(&shelf, asked->word) : profiles_json(&shelf);
	shelf_close(&shelf);
	config_free(config);
	if (quiet.out)
		fclose(quiet.out);
	return json;
}

static const struct {
	const char *name;
	int words; /* behind it */
	make_json make;
} kinds[] = {
	{ "site", 1, make_site },
	{ "broker", 1, make_broker },
	{ "profiles", 1, make_profiles },
	{ "profile", 2, make_profiles },
};

static int print(make_json make, char *const words[])
{
	struct asked asked = { words[0], words[1], { .out = stderr } };
	json_t *json = make(&asked);
	int failed = !json || json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY) != 0;

	if (json)
		putchar('\n');
	json_decref(json);
	return failed || asked.report.errors > 0 ? EXIT_ERRORS : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "adapters") == 0) {
		config_print_adapters(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 2 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0 && argc == 2 + kinds[i].words)
			return print(kinds[i].make, argv + 2);
	fputs("usage: facility-config adapters | site FILE | broker FILE | profiles FILE | "
	      "profile FILE NAME\n",
		stderr);
	return EXIT_USAGE;
}
