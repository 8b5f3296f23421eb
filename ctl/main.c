/* facilityctl: the operator's command line. */
#include "config/load/load.h"
#include "core/id.h"
#include "ctl/print/table.h"
#include "ctl/verbs/local.h"
#include "ctl/verbs/table.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *config, *host, *port, *site, *user, *password_file, *ca_file, *socket,
		*language, *colour;
	bool ended, help;
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
	{ "config", required_argument, NULL, 'c' },
	{ "host", required_argument, NULL, OPTION_HOST },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "site", required_argument, NULL, OPTION_SITE },
	{ "user", required_argument, NULL, 'u' },
	{ "password-file", required_argument, NULL, OPTION_PASSWORD },
	{ "ca-file", required_argument, NULL, OPTION_CA },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "lang", required_argument, NULL, OPTION_LANG },
	{ "color", required_argument, NULL, OPTION_COLOUR },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
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
			options->help = true;
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
						  : verb_command(&settings, request, show);
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

static const char *socket_of(const struct options *options)
{
	return options->socket ? options->socket : LOCAL_PATH;
}

/* The daemon on this machine where it is there, else the broker. */
static int run_verb(const struct options *options, const struct verb *verb,
	const struct request *request, const struct show *show)
{
	const char *path = socket_of(options);
	bool must = options->socket;
	int fd;

	if (verb->kind == VERB_WATCH || (names_broker(options) && !must))
		return run_broker(options, verb, request, show);
	fd = local_open(path);
	if (fd >= 0)
		return verb_local(fd, request, show);
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

static struct show show_of(const struct options *options)
{
	int language =
		options->language ? language_find(options->language) : (int)show_locale_language();

	return (struct show){
		.out = stdout,
		.both = !options->language,
		.language = language < 0 ? LANGUAGE_EN : (enum language)language,
		.colour = wants_colour(options->colour),
	};
}

/* "help", "help VERB", "help --json". */
static int run_help(const struct show *show, const struct request *request)
{
	struct verb verb;

	if (request->as_json)
		help_print_json(show);
	else if (request->count == 0)
		help_print(show, NULL);
	else if (verb_find(request->values[0], &verb))
		help_print(show, &verb);
	else
		return EXIT_USAGE;
	return EXIT_SUCCESS;
}

static int run(const struct options *options, int argc, char **argv)
{
	const struct show show = show_of(options);
	struct request request = { .verb = argv[0] };
	struct verb verb;
	bool to_broker;

	if (!verb_find(argv[0], &verb))
		return EXIT_USAGE;
	to_broker = verb.kind == VERB_WATCH || verb.kind == VERB_COMMAND;
	if (verb.kind != VERB_TOOL && options->host && (options->socket || !to_broker)) {
		fputs("facilityctl: --host is for the broker, the rest for the local socket\n",
			stderr);
		return EXIT_USAGE;
	}
	if (verb.kind == VERB_QUERY)
		return verb_query(socket_of(options), &show, argv);
	request.keys = verb.keys;
	request.values = argv + 1;
	request.count = (size_t)argc - 1;
	if (verb.kind == VERB_HELP && request.count > 0)
		request.as_json = strcmp(argv[1], "--json") == 0;
	if (check_words(&verb, request.count) < 0)
		return EXIT_USAGE;
	if (verb.kind == VERB_HELP)
		return run_help(&show, &request);
	if (verb.kind == VERB_TOOL)
		return verb_query(
			options->config ? options->config : FACILITYD_CONFIG, &show, argv);
	return run_verb(options, &verb, &request, &show);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct show show;

	if (parse_options(argc, argv, &options) < 0 ||
		(!options.ended && !options.help && optind == argc)) {
		fputs("Try facilityctl --help.\n", stderr);
		return EXIT_USAGE;
	}
	table_locale();
	show = show_of(&options);
	if (options.help)
		help_print(&show, NULL);
	if (options.ended || options.help)
		return EXIT_SUCCESS;
	return run(&options, argc - optind, argv + optind);
}
