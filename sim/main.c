/* facility-sim: the command line, and the life of one simulated building. */
#include "config/load/load.h"
#include "core/clock.h"
#include "core/log.h"
#include "sim/board.h"
#include "sim/control.h"
#include "sim/profile_ranges.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { COMMAND_MAX = 512, EXIT_USAGE = 2 };

struct arguments {
	const char *config, *scenario, *control;
	bool table;
};

struct sim {
	struct config *config;
	struct loop loop;
	struct scenario scenario;
	struct building building;
	struct wiring wiring;
	struct wiring_range *ranges;
	struct control control;
	struct board board;
	bool has_control, has_board;
};

struct signals {
	struct source source; /* first: the loop hands it back */
	struct loop *loop;
};

static int usage(FILE *out, int status)
{
	fputs("Usage: facility-sim --config FILE [--scenario FILE] [--control PATH] [--table]\n"
	      "       facility-sim --control PATH do COMMAND...\n"
	      "\n"
	      "Be every Modbus device of a facilityd configuration, or tell one that runs what\n"
	      "is to happen in its building.\n"
	      "\n"
	      "  --config FILE    facilityd's configuration\n"
	      "  --scenario FILE  how the building begins, and the events it knows\n"
	      "  --control PATH   socket for commands\n"
	      "  --table          show every point, redrawn in place on a terminal\n"
	      "  --help           this text\n"
	      "  --version        the version\n"
	      "\n"
	      "Commands: an event with its parameters (water-cut f3), set POINT VALUE,\n"
	      "get POINT, fault DEVICE KIND, list, events, quit. More in facility-sim(1).\n",
		out);
	return status;
}

/* One of the signals that end us, blocked and read here, so that everything is put away. */
static void signals_ready(struct source *source, uint32_t events)
{
	(void)events;
	((struct signals *)source)->loop->quit = true;
}

static int signals_open(struct signals *signals, struct loop *loop)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signals->loop = loop;
	signals->source.ready = signals_ready;
	signals->source.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return signals->source.fd < 0 ? -errno : loop_add(loop, &signals->source, EPOLLIN);
}

static int64_t sim_step(void *owner, int64_t now_ms)
{
	struct sim *sim = owner;
	int64_t lines_ms = wiring_step(&sim->wiring, now_ms);
	int64_t building_ms = building_step(&sim->building, now_ms);

	int64_t board_ms = sim->has_board ? board_step(&sim->board, now_ms) : CLOCK_NEVER;

	if (board_ms < lines_ms)
		lines_ms = board_ms;
	return lines_ms < building_ms ? lines_ms : building_ms;
}

static bool load_scenario(struct sim *sim, const char *path)
{
	FILE *in = path ? fopen(path, "re") : NULL;
	unsigned errors;

	if (path && !in) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	if (!in) {
		sim->scenario.relay_ms = -1;
		return true;
	}
	errors = scenario_read(&sim->scenario, &sim->config->site, in, path, stderr);
	fclose(in);
	return errors == 0;
}

static bool load(struct sim *sim, const struct arguments *arguments)
{
	struct config_report report = { .out = stderr };
	size_t count;

	sim->config = config_load(arguments->config, &report);
	if (!sim->config || !load_scenario(sim, arguments->scenario))
		return false;
	sim->ranges = profile_ranges(sim->config, arguments->config, &count);
	if (building_init(&sim->building, &sim->config->site) != 0 ||
		wiring_init(&sim->wiring, &sim->building, sim->ranges, count) != 0) {
		log_error("out of memory");
		return false;
	}
	scenario_begin(&sim->scenario, &sim->building, clock_now_ms());
	if (board_open(&sim->board, &sim->building, &sim->wiring, stdout) != 0) {
		log_error("out of memory");
		return false;
	}
	return true;
}

static bool serve(struct sim *sim, const char *control_path, bool table)
{
	int error;

	if (wiring_open(&sim->wiring, &sim->loop) != 0)
		return false;
	if (control_path) {
		error = control_open(
			&sim->control, &sim->loop, &sim->scenario, &sim->building, control_path);
		if (error) {
			log_error("control socket %s: %s", control_path, strerror(-error));
			return false;
		}
		sim->has_control = true;
	}
	puts("ready");
	fflush(stdout);
	sim->has_board = table;
	error = loop_run(&sim->loop);
	if (error)
		log_error("loop: %s", strerror(-error));
	return error == 0;
}

static int run(const struct arguments *arguments)
{
	struct sim sim = { .loop = { .epoll_fd = -1, .step = sim_step, .owner = &sim } };
	struct signals signals;
	bool good;

	if (loop_open(&sim.loop) != 0 || signals_open(&signals, &sim.loop) != 0) {
		log_error("cannot begin: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	good = load(&sim, arguments) && serve(&sim, arguments->control, arguments->table);
	board_close(&sim.board);
	if (sim.has_control)
		control_close(&sim.control);
	wiring_close(&sim.wiring);
	wiring_release(&sim.wiring);
	free(sim.ranges);
	building_release(&sim.building);
	scenario_release(&sim.scenario);
	config_free(sim.config);
	close(signals.source.fd);
	loop_close(&sim.loop);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int do_command(const char *control, char **words, int count)
{
	char command[COMMAND_MAX] = "";
	size_t size = 0;
	int result;

	for (int i = 0; i < count; i++) {
		int n = snprintf(
			command + size, sizeof(command) - size, "%s%s", i ? " " : "", words[i]);

		size += (size_t)n;
		if (size >= sizeof(command)) {
			log_error("the command is longer than %d bytes", COMMAND_MAX - 1);
			return EXIT_USAGE;
		}
	}
	result = control_send(control, command, stdout, stderr);
	if (result < 0)
		log_error("control socket %s: %s", control, strerror(-result));
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "scenario", required_argument, NULL, 's' },
		{ "control", required_argument, NULL, 'C' },
		{ "table", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments arguments = { 0 };
	int option;

	log_open("facility-sim", LOG_LEVEL_INFO);
	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			arguments.config = optarg;
			break;
		case 's':
			arguments.scenario = optarg;
			break;
		case 'C':
			arguments.control = optarg;
			break;
		case 't':
			arguments.table = true;
			break;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		case 'v':
			puts("facility-sim " FACILITYD_VERSION);
			return EXIT_SUCCESS;
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	if (optind < argc && strcmp(argv[optind], "do") == 0 && optind + 1 < argc &&
		arguments.control && !arguments.config)
		return do_command(arguments.control, argv + optind + 1, argc - optind - 1);
	if (optind < argc || !arguments.config)
		return usage(stderr, EXIT_USAGE);
	return run(&arguments);
}
