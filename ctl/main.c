/* facilityctl: the operator's command line. */
#include "config/config.h"
#include "core/id.h"
#include "ctl/local.h"
#include "ctl/table.h"
#include "ctl/tools.h"
#include "ctl/verbs.h"

#include <errno.h>
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
	"  accept INCIDENT STEP|all      I am at this step\n"
	"  done INCIDENT STEP|all [NOTE] the step is done\n"
	"  fail INCIDENT STEP REASON     the step could not be done, because\n"
	"  skip INCIDENT STEP|all REASON the step is not needed, because\n"
	"  reopen INCIDENT STEP          that was a mistake: the step is open\n"
	"  release INCIDENT STEP         let the machine do the step that waits for a person\n"
	"  restore INCIDENT              put back what the machine has switched, once it is over\n"
	"  report NUMBER ZONE [NOTE]     I have seen this incident of the plan there\n"
	"  over INCIDENT                 what I reported is over\n"
	"  shelve INCIDENT TIME REASON   put it aside for so long: 30m, 2h, 1d\n"
	"  unshelve INCIDENT             take it back\n"
	"  hand-over INCIDENT TO [NOTE]  another department has it from now on\n"
	"  out-of-service NUMBER ZONE REASON   maintenance: rules raise nothing there\n"
	"  in-service INCIDENT           that is over\n"
	"  drill NUMBER ZONE [NOTE]      begin an exercise; nothing is switched\n"
	"  drill-end INCIDENT [NOTE]     end it early\n"
	"  incidents [--json]            the open incidents; with one of these, from the journal:\n"
	"      [--all] [--since T] [--until T] [--type N] [--zone Z] [--state open|closed|all]\n"
	"      [--drill yes|no|only]     T: 2026-11-24, 2026-11-24T03:00, 7d, 12h\n"
	"  record INCIDENT [--json|--html] [-o FILE] [--force]\n"
	"                                the whole record of an incident, open or past\n"
	"  export [--since T] [--until T] [--format csv|json] [-o FILE] [--force]\n"
	"                                every entry of the journal in that time\n"
	"  points [--json] [WORD]        what is measured; WORD: a zone, or part of a name\n"
	"  troubles [--json]             what fails in the monitoring system itself\n"
	"  state [--json]                is facilityd there\n"
	"  adapters                      the kinds of links that there are, and all their options\n"
	"  profile check [NAME|FILE]     check a profile and print it; without a name all of them\n"
	"  probe BUS UNIT [REGISTERS]    read registers of a device in every type and word order\n"
	"  scan BUS [FIRST-LAST] [TIME]  find the units on a bus\n"
	"\n"
	"The last two only read, and work while no facilityd has the line.\n"
	"\n"
	"INCIDENT is its id, or its number and zone: 2-f3. All but watch ask facilityd on this\n"
	"machine; commands go to the broker where it is not there, or one of these is given:\n"
	"\n"
	"  -c, --config FILE        take broker and site from this configuration\n"
	"                           (default: " FACILITYD_CONFIG ")\n"
	"      --host HOST, --port PORT, --site SITE   instead of a configuration\n"
	"  -u, --user NAME          who I am (default: $USER)\n"
	"      --password-file FILE log in to the broker with this password\n"
	"      --ca-file FILE       use TLS and trust this certificate\n"
	"\n"
	"      --socket PATH        where facilityd listens on this machine\n"
	"                           (default: " LOCAL_PATH ")\n"
	"      --lang zh|en         language (default: by locale)\n"
	"      --color WHEN         auto (default: on a terminal), always, never\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Status: 0 done, 1 refused or no answer, 2 wrong use.\n";

struct options {
	const char *config, *host, *port, *site, *user, *password_file, *ca_file, *socket,
		*language, *colour;
	bool ended;
};

enum {
	OPTION_HOST = 256,
	OPTION_PORT,
	OPTION_SITE,
	OPTION_PASSWORD,
	OPTION_CA,
	OPTION_SOCKET,
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
	{ "socket",        required_argument, NULL, OPTION_SOCKET  },
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
	case OPTION_SOCKET:
		return &options->socket;
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

enum verb_kind { VERB_WATCH, VERB_COMMAND, VERB_QUERY, VERB_TOOL };

struct verb {
	const char *name;
	enum verb_kind kind;
	size_t least, most; /* how many words follow */
	const char *keys[REQUEST_MEMBER_MAX];
};

static const struct verb verbs[] = {
	{"watch",           VERB_WATCH,   0, 0, { NULL }                         },
	{ "ack",            VERB_COMMAND, 1, 1, { "incident" }                   },
	{ "accept",         VERB_COMMAND, 2, 2, { "incident", "step" }           },
	{ "done",           VERB_COMMAND, 2, 3, { "incident", "step", "note" }   },
	{ "fail",           VERB_COMMAND, 3, 3, { "incident", "step", "note" }   },
	{ "reopen",         VERB_COMMAND, 2, 3, { "incident", "step", "note" }   },
	{ "skip",           VERB_COMMAND, 3, 3, { "incident", "step", "note" }   },
	{ "release",        VERB_COMMAND, 2, 2, { "incident", "step" }           },
	{ "restore",        VERB_COMMAND, 1, 1, { "incident" }                   },
	{ "report",         VERB_COMMAND, 2, 3, { "type", "zone", "note" }       },
	{ "over",           VERB_COMMAND, 1, 1, { "incident" }                   },
	{ "shelve",         VERB_COMMAND, 3, 3, { "incident", "minutes", "note" }},
	{ "unshelve",       VERB_COMMAND, 1, 1, { "incident" }                   },
	{ "hand-over",      VERB_COMMAND, 2, 3, { "incident", "to", "note" }     },
	{ "out-of-service", VERB_COMMAND, 3, 3, { "type", "zone", "note" }       },
	{ "in-service",     VERB_COMMAND, 1, 1, { "incident" }                   },
	{ "drill",          VERB_COMMAND, 2, 3, { "type", "zone", "note" }       },
	{ "drill-end",      VERB_COMMAND, 1, 2, { "incident", "note" }           },
	{ "incidents",      VERB_QUERY,   0, 0, { NULL }                         },
	{ "record",         VERB_QUERY,   1, 1, { "incident" }                   },
	{ "export",         VERB_QUERY,   0, 0, { NULL }                         },
	{ "points",         VERB_QUERY,   0, 1, { "match" }                      },
	{ "troubles",       VERB_QUERY,   0, 0, { NULL }                         },
	{ "state",          VERB_QUERY,   0, 0, { NULL }                         },
	{ "adapters",       VERB_TOOL,    0, 0, { NULL }                         },
	{ "profile",        VERB_TOOL,    1, 2, { NULL }                         },
	{ "probe",          VERB_TOOL,    2, 3, { NULL }                         },
	{ "scan",           VERB_TOOL,    1, 3, { NULL }                         },
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

static int run_broker(const struct options *options, const struct verb *verb,
	const struct request *request, const struct show *show)
{
	struct config_report report = { .out = stderr };
	struct client_settings settings;
	struct config *config = NULL;
	int status = EXIT_USAGE;

	if (!options->host || !options->site)
		config = config_load(options->config ? options->config : FACILITYD_CONFIG, &report);
	if (find_broker(options, config, &settings) == 0)
		status = verb->kind == VERB_WATCH ? verb_watch(&settings, show)
						  : verb_command(&settings, request);
	if (config)
		config_free(config);
	return status;
}

/* Who says something about the broker means the broker. */
static bool names_broker(const struct options *options)
{
	return options->config || options->host || options->port || options->site ||
	       options->user || options->password_file || options->ca_file;
}

/* The daemon on this machine where it is there, else the broker; queries have no other way. */
static int run_verb(const struct options *options, const struct verb *verb,
	const struct request *request, const struct show *show)
{
	const char *path = options->socket ? options->socket : LOCAL_PATH;
	bool must = options->socket || verb->kind == VERB_QUERY;
	int fd;

	if (verb->kind == VERB_WATCH || (names_broker(options) && !must))
		return run_broker(options, verb, request, show);
	fd = local_open(path);
	if (fd >= 0)
		return verb_more(verb->name)->run(fd, request, show);
	if (must || fd == -EACCES)
		fprintf(stderr, "facilityctl: nobody answers at %s: %s\n", path, strerror(-fd));
	if (must)
		fputs(fd == -EACCES ? "Are you in the group facilityd?\n"
				    : "Is facilityd running? See --socket.\n",
			stderr);
	return must ? EXIT_REFUSED : run_broker(options, verb, request, show);
}

static int check_words(const struct verb *verb, size_t count)
{
	if (count >= verb->least && count <= verb->most)
		return 0;
	if (verb->least == verb->most)
		fprintf(stderr, "facilityctl: %s takes %zu argument%s, see --help\n", verb->name,
			verb->most, verb->most == 1 ? "" : "s");
	else
		fprintf(stderr, "facilityctl: %s takes %zu to %zu arguments, see --help\n",
			verb->name, verb->least, verb->most);
	return -1;
}

static int run(const struct options *options, int argc, char **argv)
{
	const struct show show = {
		.out = stdout,
		.both = !options->language,
		.chinese = options->language ? strcmp(options->language, "zh") == 0
					     : show_locale_is_chinese(),
		.colour = wants_colour(options->colour),
	};
	const struct verb *verb = find_verb(argv[0]);
	struct request request = { .verb = argv[0] };

	if (!verb || verb_line_parse(&request.line, verb_more(verb->name)->options, argc, argv) < 0)
		return EXIT_USAGE;
	request.keys = verb->keys;
	request.values = request.line.words;
	request.count = request.line.count;
	request.as_json = verb_line_option(&request.line, "json") != NULL;
	if (check_words(verb, request.count) < 0)
		return EXIT_USAGE;
	if (verb->kind == VERB_TOOL)
		return tool_run(verb->name,
			&(struct tool){ options->config ? options->config : FACILITYD_CONFIG,
				request.values, request.count, &show });
	if (options->host && (options->socket || verb->kind == VERB_QUERY)) {
		fputs("facilityctl: --host is for the broker, the rest for the local socket\n",
			stderr);
		return EXIT_USAGE;
	}
	return run_verb(options, verb, &request, &show);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };

	if (parse_options(argc, argv, &options) < 0 || (!options.ended && optind == argc)) {
		fputs("Try facilityctl --help.\n", stderr);
		return EXIT_USAGE;
	}
	if (options.ended)
		return EXIT_SUCCESS;
	table_locale();
	return run(&options, argc - optind, argv + optind);
}
