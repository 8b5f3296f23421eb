/*
 * hostile [REQUESTS]: every fault on both adapters, REQUESTS of each (200 without), all at once
 * on lines of their own; a table; status 1 when a value was wrong, a recovery took more than two
 * polls, or a call longer than the adapter states.
 */
#include "tests/hostile/hostile.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* A machine shared with others wakes us so late. */
enum { LATE_WAKE_MS = 300, POLLS_MAX = 2 };

/*
 * Lines that share the requests of one fault. They wait and hardly compute: as many as both
 * transports, at once, may have within libmodbus' 1,024 descriptors, so that both end together.
 */
enum { LINES_MAX = 10 };
static const int lines_each[TRANSPORT_COUNT] = { [RTU] = LINES_MAX, [TCP] = 4 };
static struct line lines[TRANSPORT_COUNT][FAULT_COUNT][LINES_MAX];

/* clang-format off */
const struct fault_row fault_rows[FAULT_COUNT] = {
	[LATE] = { "late, 20 to 80 ms past the timeout", { true, true } },
	[NOISE] = { "noise before a frame", { true, true } },
	[WRONG_UNIT] = { "wrong unit", { true, true } },
	[WRONG_ID] = { "wrong transaction; RTU: function", { true, true } },
	[WRONG_LENGTH] = { "wrong length", { true, true } },
	[DRIP] = { "dripped bytes", { true, true } },
	[TRUNCATED] = { "truncated", { true, true } },
	[OVERSIZED] = { "oversized", { true, true } },
	[EXCEPTION] = { "exception 2", { true, true } },
	[UNKNOWN_EXCEPTION] = { "unknown exception", { true, true } },
	[ECHOED] = { "echo of the request", { true, true } },
	[OLDER] = { "answer to an older request", { true, true } },
	[BAD_CHECKSUM] = { "a bit turned", { true, false } },
	[RESET] = { "connection reset", { false, true } },
	[HALF_OPEN] = { "half-open connection", { false, true } },
	[GATEWAY] = { "gateway for a missing unit", { true, true } },
};
/* clang-format on */

static const char *const transports[TRANSPORT_COUNT] = { "rtu", "tcp" };

void give_up(const char *what)
{
	perror(what);
	exit(2);
}

static void add(struct tally *sum, const struct tally *tally)
{
	sum->requests += tally->requests;
	sum->faults += tally->faults;
	sum->errors += tally->errors;
	sum->wrong += tally->wrong;
	sum->excused += tally->excused;
	sum->call_limit_ms = tally->call_limit_ms;
	if (tally->polls > sum->polls)
		sum->polls = tally->polls;
	if (tally->recovery_ms > sum->recovery_ms)
		sum->recovery_ms = tally->recovery_ms;
	if (tally->longest_ms > sum->longest_ms)
		sum->longest_ms = tally->longest_ms;
}

static bool row_print(enum transport transport, enum fault fault, const struct tally *t)
{
	/* Where most were in error, nothing is said of wrong values. */
	bool good = t->wrong == 0 && t->faults > 0 && 2 * t->errors <= t->requests &&
		    t->polls <= POLLS_MAX && t->longest_ms <= t->call_limit_ms + LATE_WAKE_MS;

	printf("%-4s %-36s %8u %8u %8u %6u %6u %8lld %8lld %8lld %s\n", transports[transport],
		fault_rows[fault].name, t->requests, t->faults, t->errors, t->wrong, t->polls,
		(long long)t->recovery_ms, (long long)t->longest_ms, (long long)t->call_limit_ms,
		good ? "" : "FAILED");
	if (t->excused)
		printf("     (%u more came later than the stated silence, by the machine's "
		       "fault)\n",
			t->excused);
	return good;
}

static void line_start(struct line *line)
{
	slave_prepare(line);
	if (pthread_create(&line->slave, NULL, slave_run, line) ||
		pthread_create(&line->master, NULL, master_run, line))
		give_up("thread");
}

static void line_end(struct line *line)
{
	pthread_join(line->master, NULL);
	line->end = true;
	pthread_join(line->slave, NULL);
	slave_end(line);
}

static void start(enum transport transport, unsigned requests, unsigned seed)
{
	for (int fault = 0; fault < FAULT_COUNT; fault++) {
		for (int i = 0; fault_rows[fault].on[transport] && i < lines_each[transport]; i++) {
			struct line *line = &lines[transport][fault][i];

			line->transport = transport;
			line->fault = (enum fault)fault;
			line->count = requests / (unsigned)lines_each[transport];
			line->seed = seed += 7;
			line_start(line);
		}
	}
}

static bool finish(enum transport transport)
{
	bool good = true;

	for (int fault = 0; fault < FAULT_COUNT; fault++) {
		struct tally sum = { 0 };

		for (int i = 0; fault_rows[fault].on[transport] && i < lines_each[transport]; i++) {
			line_end(&lines[transport][fault][i]);
			add(&sum, &lines[transport][fault][i].tally);
		}
		if (fault_rows[fault].on[transport] && !row_print(transport, fault, &sum))
			good = false;
	}
	return good;
}

int main(int argc, char **argv)
{
	unsigned requests = argc > 1 ? (unsigned)atoi(argv[1]) : 200;
	unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : (unsigned)clock_now_ms();
	bool good;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %u; %d %% of the requests at fault\n", seed, FAULT_PERCENT);
	printf("%-41s %8s %8s %8s %6s %6s %8s %8s %8s\n", "fault", "requests", "faults", "errors",
		"wrong", "polls", "ms", "call ms", "stated");
	start(RTU, requests, seed);
	start(TCP, requests, seed);
	good = finish(RTU);
	good &= finish(TCP);
	puts(good ? "all as it should be" : "NOT as it should be");
	return good ? 0 : 1;
}
