/* facilityctl: the operator's command line. */
#include "config/config.h"
#include "core/id.h"
#include "ctl/verbs.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"Usage: facilityctl [OPTION]... COMMAND [ARGUMENT]...\n"
	"See what facilityd reports, and tell it what people have done.\n"
	"\n"
	"  watch                         print alerts as they come, until Ctrl-C\n"
	"  ack INCIDENT                  I have seen it and act\n"
	"  done INCIDENT STEP|all        the step is done\n"
	"  skip INCIDENT STEP|all REASON the step is not needed, because\n"
	"  release INCIDENT STEP         let the machine do the step that waits for a person\n"
	"  restore INCIDENT              put back what the machine has switched, once it is over\n"
	"\n"
	"INCIDENT is its id, or its number and zone: 2-f3.\n"
	"\n"
	"  -c, --config FILE        take broker and site from this configuration\n"
	"                           (default: " FACILITYD_CONFIG ")\n"
	"      --host HOST, --port PORT, --site SITE   instead of a configuration\n"
	"  -u, --user NAME          who I am (default: $USER)\n"
	"      --password-file FILE log in to the broker with this password\n"
	"      --ca-file FILE       use TLS and trust this certificate\n"
	"      --lang zh|en         language (default: by locale)\n"
	"      --color WHEN         auto (default: on a terminal), always, never\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Status: 0 done, 1 refused or no answer, 2 wrong use.\n";

struct options {
	const char *config, *host, *port, *site, *user, *password_file, *ca_file, *language,
		*colour;
	bool ended;
};

enum {
	OPTION_HOST = 256,
	OPTION_PORT,
	OPTION_SITE,
	OPTION_PASSWORD,
	OPTION_CA,
	OPTION_LANG,
	OPTION_COLOUR
};

static const struct option option_table[] = {
	{"config",         required_argument, NULL, 'c'            },
	{ "host",          required_argument, NULL, OPTION_HOST    },
	{ "port",          required_argument, NULL, OPTION_PORT    },
	{ "site",          required_argument, NULL, OPTION_SITE    },
	{ "user",          required_argument, NULL, 'u'            },
	{ "password-file", required_argument, NULL, OPTION_PASSWORD},
	{ "ca-file",       required_argument, NULL, OPTION_CA      },
	{ "lang",          required_argument, NULL, OPTION_LANG    },
	{ "color",         required_argument, NULL, OPTION_COLOUR  },
	{ "help",          no_argument,       NULL, 'h'            },
	{ "version",       no_argument,       NULL, 'V'            },
	{ NULL,            0,                 NULL, 0              },
};

/* Where the argument of an option goes; NULL: it takes none or is not known. */
static const char **option_place(struct options *options, int option)
{
	switch (option) {
	case 'c':
		return &options->config;
	case 'u':
		return &options->user;
	case OPTION_HOST:
		return &options->host;
	case OPTION_PORT:
		return &options->port;
	case OPTION_SITE:
		return &options->site;
	case OPTION_PASSWORD:
		return &options->password_file;
	case OPTION_CA:
		return &options->ca_file;
	case OPTION_LANG:
		return &options->language;
	case OPTION_COLOUR:
		return &options->colour;
	default:
		return NULL;
	}
}

static int parse_options(int argc, char **argv, struct options *options)
{
	int option;

	/* "+": the first word that is no option is the command. */
	while ((option = getopt_long(argc, argv, "+c:u:hV", option_table, NULL)) != -1) {
		const char **place = option_place(options, option);

		if (place) {
			*place = optarg;
		} else if (option == 'h') {
			fputs(usage, stdout);
			options->ended = true;
		} else if (option == 'V') {
			puts("facilityctl " FACILITYD_VERSION);
			options->ended = true;
		} else {
			return -1;
		}
	}
	return 0;
}

/* "always", "never", "auto" (default). */
static bool wants_colour(const char *when)
{
	if (when && strcmp(when, "always") == 0)
		return true;
	if (when && strcmp(when, "never") == 0)
		return false;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

struct verb {
	const char *name;
	int arguments; /* how many must follow */
};

static const struct verb verbs[] = {
	{"watch",    0},
	{ "ack",     1},
	{ "done",    2},
	{ "skip",    3},
	{ "release", 2},
	{ "restore", 1},
};

enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

static const char *verb_name(const void *context, size_t i)
{
	(void)context;
	return verbs[i].name;
}

static const struct verb *find_verb(const char *name)
{
	const char *near;

	for (size_t i = 0; i < VERB_COUNT; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	near = id_nearest(name, VERB_COUNT, verb_name, NULL);
	fprintf(stderr, "facilityctl: unknown command \"%s\"%s%s%s\n", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return NULL;
}

static int run_verb(const struct options *options, const struct client_settings *settings, int argc,
	char **argv)
{
	const struct show show = {
		.out = stdout,
		.chinese = options->language ? strcmp(options->language, "zh") == 0
					     : show_locale_is_chinese(),
		.colour = wants_colour(options->colour),
	};
	const struct verb *verb = find_verb(argv[0]);

	if (!verb)
		return EXIT_USAGE;
	if (argc - 1 != verb->arguments) {
		fprintf(stderr, "facilityctl: %s takes %d argument%s, see --help\n", verb->name,
			verb->arguments, verb->arguments == 1 ? "" : "s");
		return EXIT_USAGE;
	}
	if (verb->arguments == 0)
		return verb_watch(settings, &show);
	return verb_command(settings, &(struct command_arguments){
					      .verb = verb->name,
					      .incident = argv[1],
					      .step = argc > 2 ? argv[2] : NULL,
					      .note = argc > 3 ? argv[3] : NULL,
				      });
}

/* From the command line, or from the configuration. The strings of `config` are used. */
static int find_broker(const struct options *options, const struct config *config,
	struct client_settings *settings)
{
	*settings = (struct client_settings){
		.host = options->host ? options->host
			: config      ? config->mqtt.host
				      : NULL,
		.port = options->port ? atoi(options->port)
			: config      ? (int)config->mqtt.port
				      : 1883,
		.site = options->site ? options->site
			: config      ? config->site.id
				      : NULL,
		.user = options->user ? options->user : getenv("USER"),
		.password_file = options->password_file,
		.ca_file = options->ca_file ? options->ca_file
			   : config         ? config->mqtt.ca_file
					    : NULL,
	};
	if (!settings->user || !id_valid(settings->user)) {
		fputs("facilityctl: who are you? --user NAME, of [a-z0-9] with - _ . between\n",
			stderr);
		return -1;
	}
	if (settings->port < 1 || settings->port > 65535) {
		fprintf(stderr, "facilityctl: port \"%s\" is not within 1 to 65535\n",
			options->port);
		return -1;
	}
	if (settings->host && settings->site)
		return 0;
	fputs("facilityctl: --host and --site, or a configuration with --config\n", stderr);
	return -1;
}

int main(int argc, char **argv)
{
	struct options options = { .config = FACILITYD_CONFIG };
	struct config_report report = { .out = stderr };
	struct client_settings settings;
	struct config *config = NULL;
	int status = EXIT_USAGE;

	if (parse_options(argc, argv, &options) < 0 || (!options.ended && optind == argc)) {
		fputs("Try facilityctl --help.\n", stderr);
		return EXIT_USAGE;
	}
	if (options.ended)
		return EXIT_SUCCESS;
	if (!options.host || !options.site)
		config = config_load(options.config, &report);
	if (find_broker(&options, config, &settings) == 0)
		status = run_verb(&options, &settings, argc - optind, argv + optind);
	if (config)
		config_free(config);
	return status;
}
