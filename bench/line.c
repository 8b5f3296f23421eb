/*
 * The far side of the RTU benchmark: a serial line of Modbus slaves behind a pty
 * that takes as long for each byte as a line of the given speed. A request is on
 * the line from the moment at which it is written; the answer follows after the
 * standard's gap and comes in pieces, as a UART with a FIFO hands it over.
 *
 * The utilisation is what a line would have whose bytes are never late: requests,
 * answers and a gap behind each, by all that and what the master waited beyond the
 * gap, counted from when the last byte was really there. Of a typical cycle too: on
 * a machine that others use, the mean says as much of them as of the master.
 *
 * line PATH BAUD UNITS REGISTERS    (PATH becomes a link to the pty)
 *
 * Words: "reset", "report", "dead UNIT", "alive UNIT".
 */
#include "bench/units.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <termios.h>

enum { REQUEST = 8, FIFO = 14, CYCLES_MAX = 100000 };

static const char *line_path;
static int unit_count, baud;
static unsigned registers;
static int64_t since_ns, least_gap_ns;
static int64_t end_ns;    /* of the last frame on the line */
static int64_t frames_ns; /* of the last request, its answer and the gap between; 0: no answer */
static int64_t ideal_ns, taken_ns;
static int64_t gaps[CYCLES_MAX], cycle_ns; /* waited, of each cycle; what one should take */
static size_t cycles;
static uint64_t violations;

static int64_t characters_ns(double count)
{
	return (int64_t)(count * 11e9 / baud);
}

static void reset(void)
{
	since_ns = now_ns();
	ideal_ns = taken_ns = frames_ns = 0;
	cycles = 0;
	violations = 0;
	least_gap_ns = INT64_MAX;
	units_reset();
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* All cycles of the benchmark are alike but for how long the master waited. */
static double typical(void)
{
	qsort(gaps, cycles, sizeof(*gaps), compare);
	return cycles ? (double)cycle_ns / (double)(cycle_ns - gap_ns(baud) + gaps[cycles / 2]) : 0;
}

static void report(void)
{
	uint64_t requests = 0;

	for (int i = 1; i <= unit_count; i++)
		requests += units[i].requests;
	printf("{\"requests\": %llu, \"seconds\": %.4f, \"utilisation\": %.5f, "
	       "\"typical\": %.5f, "
	       "\"violations\": %llu, \"least_gap_us\": %lld, \"gap_us\": %lld",
		(unsigned long long)requests, (double)(now_ns() - since_ns) / 1e9,
		taken_ns ? (double)ideal_ns / (double)taken_ns : 0, typical(),
		(unsigned long long)violations,
		(long long)(least_gap_ns == INT64_MAX ? 0 : least_gap_ns / 1000),
		(long long)gap_ns(baud) / 1000);
	units_report();
	puts("}");
	fflush(stdout);
}

static void on_word(void)
{
	char word[64];
	ssize_t n = read(STDIN_FILENO, word, sizeof(word) - 1);

	if (n <= 0)
		exit(0);
	word[n] = '\0';
	units_word(word);
	report();
	if (strncmp(word, "reset", 5) == 0)
		reset();
}

static void account(int64_t at_ns)
{
	int64_t gap = at_ns - end_ns;

	if (frames_ns) {
		ideal_ns += frames_ns + gap_ns(baud);
		taken_ns += frames_ns + gap;
		cycle_ns = frames_ns + gap_ns(baud);
		if (cycles < CYCLES_MAX)
			gaps[cycles++] = gap;
	}
	frames_ns = 0;
	if (gap < gap_ns(baud))
		violations++;
	if (gap < least_gap_ns)
		least_gap_ns = gap;
	end_ns = at_ns + characters_ns(REQUEST);
}

static void answer(int fd, const uint8_t *request)
{
	uint8_t reply[5 + 2 * REGISTERS_MAX] = { request[0], request[1],
		(uint8_t)(2 * request[5]) };
	size_t size = 3U + 2U * request[5], sent = 0;
	uint16_t crc;
	int64_t start_ns = end_ns + gap_ns(baud);

	for (size_t i = 4; i < size; i += 2)
		reply[i] = 7;
	crc = crc16(reply, size);
	reply[size++] = (uint8_t)crc;
	reply[size++] = (uint8_t)(crc >> 8);
	while (sent < size) {
		size_t piece = size - sent < FIFO ? size - sent : FIFO;

		sleep_until_ns(start_ns + characters_ns((double)(sent + piece)));
		end_ns = now_ns(); /* before the master can have it */
		if (write(fd, reply + sent, piece) != (ssize_t)piece)
			give_up("pty");
		sent += piece;
	}
	frames_ns = characters_ns((double)(REQUEST + size)) + gap_ns(baud);
}

static void on_bytes(int fd)
{
	static uint8_t request[REQUEST];
	static size_t got;
	static int64_t at_ns;
	ssize_t n = read(fd, request + got, REQUEST - got);

	if (n <= 0)
		give_up("pty");
	if (got == 0)
		at_ns = now_ns();
	got += (size_t)n;
	if (got < REQUEST)
		return;
	got = 0;
	if (request[0] < 1 || request[0] > unit_count || request[5] > registers ||
		crc16(request, REQUEST - 2) != (request[REQUEST - 2] | request[REQUEST - 1] << 8))
		give_up("a request that is none");
	account(at_ns);
	if (unit_asked(request[0], at_ns))
		answer(fd, request);
}

/* Before the pty goes: its number is given to the next who asks, and the link would lead there. */
static void unplug(void)
{
	unlink(line_path);
}

static int open_line(const char *path)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), line;
	struct termios raw;
	char name[64];

	if (master < 0 || grantpt(master) || unlockpt(master) ||
		ptsname_r(master, name, sizeof(name)))
		give_up("pty");
	line = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC); /* stays open: the pty too */
	tcgetattr(line, &raw);
	cfmakeraw(&raw);
	tcsetattr(line, TCSANOW, &raw);
	unlink(path);
	if (symlink(name, path))
		give_up("%s", path);
	line_path = path;
	atexit(unplug);
	return master;
}

int main(int argc, char **argv)
{
	struct pollfd fds[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

	if (argc != 5) {
		fputs("usage: line PATH BAUD UNITS REGISTERS\n", stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, 15);
	prctl(PR_SET_TIMERSLACK, 1);
	baud = atoi(argv[2]);
	unit_count = atoi(argv[3]);
	registers = (unsigned)atoi(argv[4]);
	fds[0].fd = open_line(argv[1]);
	reset();
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents)
			on_word();
		if (fds[0].revents)
			on_bytes(fds[0].fd);
	}
}
