/* facilityd: options, --check, signals, readiness and the watchdog. */
#include "config/lint/lint.h"
#include "config/load/load.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/words.h"
#include "daemon/hub/hub.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

enum { EXIT_CONFIG = 2, LARGE_BLOCK = 64 * 1024 };

struct options {
	const char *config, *state_dir, *socket;
	int check, list_options; /* set by getopt */
	enum log_level level;
};

static const char usage[] =
	"Usage: facilityd [OPTION]...\n"
	"Watch a building's sensors, recognise the incidents of its emergency plan, publish the\n"
	"plan's steps over MQTT and do the machine's steps.\n"
	"\n"
	"  -c, --config FILE     the configuration (default: " FACILITYD_CONFIG ")\n"
	"      --check           check the configuration, print every error and warning, end;\n"
	"                        status 0: it is good, 2: it has errors\n"
	"      --options         list every key that a configuration may hold, end\n"
	"      --state-dir DIR   where durable records are kept\n"
	"                        (default: $STATE_DIRECTORY, else daemon.state_dir)\n"
	"      --socket PATH     where facilityctl asks\n"
	"                        (default: facilityd.sock in $RUNTIME_DIRECTORY, else in\n"
	"                        /run/facilityd)\n"
	"  -l, --log-level WORD  error, warn or info (default)\n"
	"  -h, --help            this text\n"
	"  -V, --version         the version\n"
	"\n"
	"SIGHUP (systemctl reload facilityd) takes a changed configuration, all or nothing.\n"
	"Not a fire-alarm or lift-safety system: it listens to their contacts and replaces none.\n"
	"Manual: man facilityd, man facilityd.conf\n";

static int parse_level(const char *word, enum log_level *level)
{
	static const char *const words[] = {
		[LOG_LEVEL_ERROR] = "error",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_INFO] = "info",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] && strcmp(word, words[i]) == 0) {
			*level = (enum log_level)i;
			return 0;
		}
	fprintf(stderr, "facilityd: log level \"%s\": use error, warn or info\n", word);
	return -EINVAL;
}

enum { OPTION_STATE_DIR = 256, OPTION_SOCKET };

/* 0: go on; 1: done, status 0; -EINVAL: wrong use. */
static int parse_options(int argc, char **argv, struct options *options)
{
	const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, &options->check, true },
		{ "options", no_argument, &options->list_options, true },
		{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
		{ "socket", required_argument, NULL, OPTION_SOCKET },
		{ "log-level", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:l:hV", table, NULL)) != -1) {
		switch (option) {
		case 0: /* --check or --options: set */
			break;
		case 'c':
			options->config = optarg;
			break;
		case OPTION_STATE_DIR:
			options->state_dir = optarg;
			break;
		case OPTION_SOCKET:
			options->socket = optarg;
			break;
		case 'l':
			if (parse_level(optarg, &options->level) < 0)
				return -EINVAL;
			break;
		case 'h':
			fputs(usage, stdout);
			return 1;
		case 'V':
			puts("facilityd " FACILITYD_VERSION);
			return 1;
		default:
			return -EINVAL;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "facilityd: \"%s\": takes no arguments\n", argv[optind]);
	return -EINVAL;
}

static int check(const char *path)
{
	struct config_report report = { .out = stderr };
	struct config *config = config_load(path, &report);

	if (!config) {
		fprintf(stderr, "%s: %u error%s, not usable\n", path, report.errors,
			report.errors == 1 ? "" : "s");
		return EXIT_CONFIG;
	}
	config_lint(config, &report);
	config_print_detection(config, stdout);
	config_summary(config, stdout);
	if (report.warnings)
		printf("%u warning%s\n", report.warnings, report.warnings == 1 ? "" : "s");
	config_free(config);
	return EXIT_SUCCESS;
}

/* Libraries abort on a descriptor that does not fit an fd_set; a failing socket() is told instead.
 */
static void limit_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= DESCRIPTOR_MAX)
		return;
	limit.rlim_cur = DESCRIPTOR_MAX;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warn("cannot limit descriptors to %d: %s", DESCRIPTOR_MAX, strerror(errno));
}

/* The daemon works without it, but an alert may then wait for a disk. */
static void keep_memory(void)
{
	int error = memory_keep(true);

	if (error)
		log_warn(
			"memory: the program cannot be kept in it: %s: an alert may have to wait for a "
			"disk; raise the limit on locked memory (LimitMEMLOCK=) to 64 MiB",
			strerror(-error));
}

static int on_end_signal(
	sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)context;
	log_info("ending: signal %u", info->ssi_signo);
	sd_notify(0, "STOPPING=1");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* What runs, and with which configuration. */
struct running {
	const struct options *options;
	struct config *config;
	struct hub *hub;
	uint64_t watchdog_us; /* how often it is fed; 0: nobody asks */
};

static void tell_ready(const struct config *config)
{
	sd_notifyf(0, "READY=1\nSTATUS=watching %zu points with %zu rules",
		config->site.point_count, config->rule_count);
}

static void tell_reloading(sd_event *event)
{
	uint64_t now_us = 0;

	/* What blocks now has all of the watchdog's time. */
	sd_event_now(event, CLOCK_MONOTONIC, &now_us);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu\nWATCHDOG=1", (unsigned long long)now_us);
}

/* Each error a line of the log; *why: where the first of them is. */
static struct config *load_candidate(const char *path, struct failure *why)
{
	struct config_report report = { 0 };
	char *text = NULL, *rest, *line;
	struct config *config;
	size_t length = 0;

	*why = (struct failure){ .cause = WORD_CAUSE_OUT_OF_MEMORY };
	report.out = open_memstream(&text, &length);
	if (!report.out)
		return NULL;
	config = config_load(path, &report);
	fclose(report.out);
	why->number = report.errors;
	rest = text;
	while (rest && (line = strsep(&rest, "\n"))) {
		const char *end = strstr(line, ": ");

		if (!*line)
			continue;
		(config ? log_warn : log_error)("reload: %s", line);
		if (*why->detail)
			continue;
		why->cause = report.errors > 1 ? WORD_CAUSE_ERRORS : WORD_CAUSE_ERROR;
		snprintf(why->detail, sizeof(why->detail), "%.*s", end ? (int)(end - line) : 0,
			line);
	}
	free(text);
	return config;
}

/* 0, or what ends the loop. */
static int reload(struct running *running)
{
	struct failure why;
	struct config *config = load_candidate(running->options->config, &why);
	int r;

	if (!config) {
		hub_reload_refused(running->hub, &why);
		return 0;
	}
	sd_notify(0, "WATCHDOG=1");
	r = hub_reload(running->hub, config);
	if (r < 0) {
		config_free(config);
		return r == -ENOTRECOVERABLE ? r : 0;
	}
	config_free(running->config);
	running->config = config;
	malloc_trim(0); /* as at the start */
	log_info("reload: %zu points, %zu rules, actions %s", config->site.point_count,
		config->rule_count, config->daemon.actions_armed ? "armed" : "not armed");
	return 0;
}

static int on_reload_signal(
	sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct running *running = context;
	sd_event *event = sd_event_source_get_event(source);

	(void)info;
	tell_reloading(event);
	if (reload(running) < 0)
		return sd_event_exit(event, EXIT_FAILURE);
	tell_ready(running->config);
	return 0;
}

/* Signals are blocked before the first thread starts, so that only the loop sees them. */
static int handle_signals(sd_event *event, struct running *running)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGPIPE);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if ((r = sd_event_add_signal(event, NULL, SIGINT, on_end_signal, NULL)) < 0)
		return r;
	if ((r = sd_event_add_signal(event, NULL, SIGTERM, on_end_signal, NULL)) < 0)
		return r;
	return sd_event_add_signal(event, NULL, SIGHUP, on_reload_signal, running);
}

static int on_watchdog(sd_event_source *source, uint64_t usec, void *context)
{
	struct running *running = context;

	(void)usec;
	if (hub_alive(running->hub, clock_now_ms()))
		sd_notify(0, "WATCHDOG=1");
	else
		log_error("watchdog: a worker gives no sign of life: not fed");
	sd_event_source_set_time_relative(source, running->watchdog_us);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int start_watchdog(sd_event *event, struct running *running)
{
	uint64_t limit_us;

	if (sd_watchdog_enabled(0, &limit_us) <= 0)
		return 0;
	running->watchdog_us = limit_us / 3;
	return sd_event_add_time_relative(
		event, NULL, CLOCK_BOOTTIME, running->watchdog_us, 0, on_watchdog, running);
}

static const char *state_directory(const struct options *options, const struct config *config)
{
	const char *systemd = getenv("STATE_DIRECTORY");

	if (options->state_dir)
		return options->state_dir;
	return systemd ? systemd : config->daemon.state_dir;
}

/* systemd gives the folders of a unit with ':' between; there is one. */
static const char *socket_path(const struct options *options, char path[static PATH_MAX])
{
	const char *folder = getenv("RUNTIME_DIRECTORY");

	if (options->socket)
		return options->socket;
	if (!folder || !*folder)
		folder = "/run/facilityd";
	snprintf(path, PATH_MAX, "%.*s/facilityd.sock", (int)strcspn(folder, ":"), folder);
	return path;
}

static int run(struct running *running)
{
	const struct options *options = running->options;
	const struct config *config = running->config;
	sd_event *event = NULL;
	char path[PATH_MAX];
	int r = sd_event_new(&event);

	if (r >= 0)
		r = handle_signals(event, running);
	if (r < 0) {
		log_error("cannot make the event loop: %s", strerror(-r));
		sd_event_unref(event);
		return EXIT_FAILURE;
	}
	running->hub = hub_start(
		config, state_directory(options, config), socket_path(options, path), event);
	if (!running->hub) {
		log_error("cannot start");
		sd_event_unref(event);
		return EXIT_FAILURE;
	}
	r = start_watchdog(event, running);
	if (r < 0)
		log_error("watchdog: %s", strerror(-r));
	log_info("version %s: site %s, %zu points, %zu rules, actions %s", FACILITYD_VERSION,
		config->site.id, config->site.point_count, config->rule_count,
		config->daemon.actions_armed ? "armed" : "not armed");
	tell_ready(config);
	r = sd_event_loop(event);
	if (r < 0)
		log_error("the event loop has failed: %s: ending", strerror(-r));
	hub_stop(running->hub);
	sd_event_unref(event);
	return r < 0 ? EXIT_FAILURE : r;
}

int main(int argc, char **argv)
{
	struct options options = { .config = FACILITYD_CONFIG, .level = LOG_LEVEL_INFO };
	struct config_report report = { .out = stderr };
	struct running running = { .options = &options };
	int r = parse_options(argc, argv, &options);

	if (r < 0)
		fputs("Try facilityd --help.\n", stderr);
	if (r)
		return r < 0 ? EXIT_CONFIG : EXIT_SUCCESS;
	if (options.list_options) {
		config_print_options(stdout);
		return EXIT_SUCCESS;
	}
	if (options.check)
		return check(options.config);
	log_open("facilityd", options.level);
	limit_descriptors();
	keep_memory();
	/* A fixed threshold: what is large goes back to the system when it is freed. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_ARENA_MAX, 1); /* two threads that seldom allocate need no heap of their own */
	running.config = config_load(options.config, &report);
	if (!running.config) {
		log_error("%s: %u errors: not started", options.config, report.errors);
		return EXIT_CONFIG;
	}
	malloc_trim(0); /* the parsed text was many times what is kept of it */
	r = run(&running);
	config_free(running.config);
	return r;
}
