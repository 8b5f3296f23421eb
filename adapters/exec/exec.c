/*
 * exec: a program in any language that prints readings as lines, one program per bus,
 * on the loop.
 *
 *   it prints   WORD VALUE           a reading of the point
 *               WORD bad REASON...   it has none
 *   it reads    write N WORD VALUE   from its standard input
 *   it prints   done N               the device has taken it
 *               failed N REASON...   it has not
 *
 * Nothing is asked: a program that prints nothing lets its points become stale. A line
 * that is none of these, too long, or one of a flood loses the link: then nothing says
 * what else the program gets wrong. Must not know what a program measures.
 */
#include "adapters/exec/exec.h"
#include "adapters/exec/child.h"
#include "adapters/sink.h"
#include "core/clock.h"
#include "core/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	LINE_SIZE = 1024,
	WORD_LENGTH_MAX = 64,
	START_WITHIN_MS = 5000, /* a disk may hang */
	LOOK_MS = 50,           /* while the program before is still ending, ... */
	KILL_AFTER_MS = 2000,   /* which it may do in peace for so long */
	FLOOD_WINDOW_MS = 1000,
	FLOOD_LINES = 1000,    /* within the window, ... */
	FLOOD_LINES_EACH = 10, /* and so many more for each point */
};

enum exec_state {
	EXEC_WAITING,
	EXEC_STARTING,
	EXEC_IDLE,
	EXEC_WRITING,
	EXEC_LOST,
	EXEC_STATE_COUNT
};
enum exec_event { EXEC_ON_INPUT, EXEC_ON_DEADLINE, EXEC_EVENT_COUNT };

struct exec_link {
	struct link_head head;
	const struct bus *bus;
	struct exec_child *child; /* NULL: WAITING for the one before to end */
	enum exec_state state;
	int64_t now_ms, deadline_ms, opened_ms;
	unsigned long long issued; /* the number of the last write */
	int64_t window_ms;         /* when the lines that are counted began */
	size_t lines, lines_max;
	size_t size;
	char got[LINE_SIZE];
};

/* The words of acknowledgements, which no point may have. */
static const char word_done[] = "done", word_failed[] = "failed";

static void job_end(struct exec_link *link, int result)
{
	link->state = EXEC_IDLE;
	link->head = (struct link_head){ LINK_IDLE, result };
	link->deadline_ms = CLOCK_NEVER;
}

static void link_lose(struct exec_link *link, int error, struct sink *sink)
{
	job_end(link, error);
	link->state = EXEC_LOST;
	link->head.state = LINK_LOST;
	sink_bad_bus(sink, link->bus, REASON_LINK);
}

static const struct point *find_point(const struct bus *bus, const char *word)
{
	for (size_t d = 0; d < bus->device_count; d++) {
		for (size_t p = 0; p < bus->devices[d]->point_count; p++) {
			const struct point *point = bus->devices[d]->points[p];

			if (strcmp(((const struct exec_point *)point->options)->word, word) == 0)
				return point;
		}
	}
	return NULL;
}

/* Cuts the first word off; what follows its blanks is returned. */
static char *next_word(char *text)
{
	text += strcspn(text, " \t");
	if (*text)
		*text++ = '\0';
	return text + strspn(text, " \t");
}

/* The program's words for why; one of ours where it uses ours. */
static enum reason bad_reason(const char *words)
{
	for (enum reason reason = REASON_GARBLED; reason <= REASON_OFFLINE; reason++)
		if (strcmp(words, reason_name(reason)) == 0)
			return reason;
	return REASON_DEVICE;
}

static bool take_reading(struct exec_link *link, const char *word, char *rest, struct sink *sink)
{
	const struct point *point = find_point(link->bus, word);
	double value;

	if (!point || !*rest)
		return false;
	if (number_parse(rest, &value)) {
		sink_value(sink, point, value);
	} else {
		const char *reason = next_word(rest);

		sink_bad(sink, point,
			strcmp(rest, "bad") == 0 ? bad_reason(reason) : REASON_GARBLED);
	}
	return true;
}

static bool take_end(struct exec_link *link, char *rest, int result)
{
	unsigned long long number;
	char *end;

	next_word(rest);
	number = strtoull(rest, &end, 10);
	if (*rest < '0' || *rest > '9' || *end || number == 0 || number > link->issued)
		return false;
	/* Others are late: their write was given up. */
	if (number == link->issued && link->state == EXEC_WRITING)
		job_end(link, result);
	return true;
}

static bool take_line(struct exec_link *link, char *line, size_t length, struct sink *sink)
{
	char *rest;

	if (strlen(line) != length)
		return false;
	while (length > 0 && strchr(" \t\r", line[length - 1]))
		line[--length] = '\0';
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return false;
	rest = next_word(line);
	if (strcmp(line, word_done) == 0)
		return take_end(link, rest, 0);
	if (strcmp(line, word_failed) == 0)
		return take_end(link, rest, -EREMOTEIO);
	return take_reading(link, line, rest, sink);
}

static bool is_flood(struct exec_link *link)
{
	if (link->now_ms - link->window_ms >= FLOOD_WINDOW_MS) {
		link->window_ms = link->now_ms;
		link->lines = 0;
	}
	return ++link->lines > link->lines_max;
}

static void take_lines(struct exec_link *link, struct sink *sink)
{
	char *line = link->got, *end;

	while ((end = memchr(line, '\n', link->size - (size_t)(line - link->got)))) {
		*end = '\0';
		if (is_flood(link) || !take_line(link, line, (size_t)(end - line), sink)) {
			link_lose(link, -EPROTO, sink);
			return;
		}
		line = end + 1;
	}
	link->size -= (size_t)(line - link->got);
	memmove(link->got, line, link->size);
	if (link->size == sizeof(link->got))
		link_lose(link, -EPROTO, sink);
}

/* One piece for each turn of the loop, so that nobody waits behind a program that is in a hurry. */
static void on_lines(struct exec_link *link, struct sink *sink)
{
	ssize_t n = read(link->child->out, link->got + link->size, sizeof(link->got) - link->size);

	if (n > 0) {
		link->size += (size_t)n;
		take_lines(link, sink);
	} else if (n == 0) {
		link_lose(link, -EPIPE, sink);
	} else if (errno != EAGAIN && errno != EINTR) {
		link_lose(link, -errno, sink);
	}
}

/* Starts the program, or waits for the one before. */
static int child_start(struct exec_link *link)
{
	const struct exec_bus *options = link->bus->options;
	int error = exec_child_start(link->bus->id, options->command, &link->child);

	if (error == -EBUSY && link->now_ms - link->opened_ms < START_WITHIN_MS) {
		if (link->now_ms - link->opened_ms >= KILL_AFTER_MS)
			exec_child_kill(link->bus->id);
		link->deadline_ms = link->now_ms + LOOK_MS;
		return 0;
	}
	link->state = EXEC_STARTING;
	link->deadline_ms = link->now_ms + START_WITHIN_MS;
	return error;
}

static void on_look(struct exec_link *link, struct sink *sink)
{
	int error = child_start(link);

	if (error)
		link_lose(link, error, sink);
}

static void on_started(struct exec_link *link, struct sink *sink)
{
	int error = exec_child_check(link->child);

	if (error)
		link_lose(link, error, sink);
	else
		job_end(link, 0);
}

static void on_start_deadline(struct exec_link *link, struct sink *sink)
{
	link_lose(link, -ETIMEDOUT, sink);
}

static void on_write_deadline(struct exec_link *link, struct sink *sink)
{
	(void)sink;
	job_end(link, -ETIMEDOUT);
}

static void ignore(struct exec_link *link, struct sink *sink)
{
	(void)link;
	(void)sink;
}

static void (*const handlers[EXEC_STATE_COUNT][EXEC_EVENT_COUNT])(
	struct exec_link *link, struct sink *sink) = {
	/*                  input       deadline */
	[EXEC_WAITING] = { ignore, on_look },
	[EXEC_STARTING] = { on_started, on_start_deadline },
	[EXEC_IDLE] = { on_lines, ignore },
	[EXEC_WRITING] = { on_lines, on_write_deadline },
	[EXEC_LOST] = { ignore, ignore },
};

/* The number of points; -ENOTUNIQ where two of them have one word. */
static int count_points(const struct bus *bus)
{
	int count = 0;

	for (size_t d = 0; d < bus->device_count; d++) {
		for (size_t p = 0; p < bus->devices[d]->point_count; p++, count++) {
			const struct point *point = bus->devices[d]->points[p];
			const struct exec_point *options = point->options;

			if (find_point(bus, options->word) != point)
				return -ENOTUNIQ;
		}
	}
	return count;
}

static int exec_open(const struct bus *bus, int64_t now_ms, void **opened)
{
	int count = count_points(bus), error;
	struct exec_link *link;

	if (count < 0)
		return count;
	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->head.state = LINK_BUSY;
	link->bus = bus;
	link->now_ms = link->opened_ms = link->window_ms = now_ms;
	link->lines_max = FLOOD_LINES + (size_t)count * FLOOD_LINES_EACH;
	error = child_start(link);
	if (error)
		free(link);
	else
		*opened = link;
	return error;
}

/* Less than PIPE_BUF goes into the pipe whole or not at all. SIGPIPE is blocked in the daemon. */
static int exec_start_write(void *opaque, const struct point *point, double value, int64_t now_ms)
{
	struct exec_link *link = opaque;
	const struct exec_point *options = point->options;
	char line[LINE_SIZE];
	int size;

	if (link->state != EXEC_IDLE)
		return -EINVAL;
	size = snprintf(
		line, sizeof(line), "write %llu %s %.15g\n", ++link->issued, options->word, value);
	if (write(link->child->in, line, (size_t)size) < 0)
		return -errno; /* a program that has ended is noticed at its output */
	link->state = EXEC_WRITING;
	link->head.state = LINK_BUSY;
	link->deadline_ms = now_ms + ((const struct exec_bus *)link->bus->options)->timeout_ms;
	return 0;
}

static void exec_wait(const void *opaque, struct link_wait *wait)
{
	const struct exec_link *link = opaque;

	*wait = (struct link_wait){ -1, EPOLLIN, link->deadline_ms };
	if (link->state == EXEC_STARTING)
		wait->fd = link->child->failure;
	else if (link->state == EXEC_IDLE || link->state == EXEC_WRITING)
		wait->fd = link->child->out;
}

static void exec_ready(void *opaque, uint32_t events, int64_t now_ms, struct sink *sink)
{
	struct exec_link *link = opaque;

	(void)events;
	link->now_ms = now_ms;
	handlers[link->state][EXEC_ON_INPUT](link, sink);
}

static void exec_deadline(void *opaque, int64_t now_ms, struct sink *sink)
{
	struct exec_link *link = opaque;

	link->now_ms = now_ms;
	if (now_ms >= link->deadline_ms)
		handlers[link->state][EXEC_ON_DEADLINE](link, sink);
}

static void exec_close(void *opaque)
{
	struct exec_link *link = opaque;

	if (link->child)
		exec_child_end(link->child);
	free(link);
}

static void check_bus(struct bus *bus, struct option_errors *errors)
{
	const struct exec_bus *options = bus->options;

	if (options->command[0][0] != '/')
		errors->add(errors, "command",
			"begins with \"%s\"; the program must be an absolute path, for nothing is "
			"searched and there is no shell",
			options->command[0]);
}

static bool is_word(const char *word)
{
	if (strlen(word) > WORD_LENGTH_MAX)
		return false;
	for (; *word; word++)
		if (*word <= ' ' || *word > '~')
			return false;
	return true;
}

static void check_point(struct point *point, struct option_errors *errors)
{
	struct exec_point *options = point->options;

	if (!options->word)
		options->word = point->id;
	if (!is_word(options->word))
		errors->add(errors, "word",
			"\"%s\" must be at most %d printable ASCII characters without blanks",
			options->word, WORD_LENGTH_MAX);
	if (strcmp(options->word, word_done) == 0 || strcmp(options->word, word_failed) == 0)
		errors->add(errors, "word",
			"cannot be \"%s\", with which a program acknowledges writes; give the "
			"point another word",
			options->word);
}

static bool overlaps(const struct point *a, const struct point *b)
{
	const struct exec_point *of_a = a->options, *of_b = b->options;

	return a->device->bus == b->device->bus && strcmp(of_a->word, of_b->word) == 0;
}

/* clang-format off */
static const struct option_spec bus_options[] = {
	{ .name = "command", .type = OPTION_TEXTS, .offset = offsetof(struct exec_bus, command),
		.required = true,
		.help = "the program as an absolute path, and its arguments; no shell reads them" },
	{ .name = "timeout", .type = OPTION_DURATION, .offset = offsetof(struct exec_bus, timeout_ms),
		.min = 10, .max = 60000, .unit = "ms", .value = "2 s",
		.help = "outputs: a write is acknowledged within this" },
	{ .name = NULL },
};

static const struct option_spec point_options[] = {
	{ .name = "word", .type = OPTION_STRING, .offset = offsetof(struct exec_point, word),
		.help = "what the program calls it; without it the point's id" },
	{ .name = NULL },
};
/* clang-format on */

static const struct adapter_event event = {
	.open = exec_open,
	.start_write = exec_start_write,
	.wait = exec_wait,
	.ready = exec_ready,
	.deadline = exec_deadline,
	.close = exec_close,
};

extern const struct adapter adapter_exec;
const struct adapter adapter_exec = {
	.name = "exec",
	.summary = "a program in any language that prints readings as lines",
	.bus_options = bus_options,
	.point_options = point_options,
	.bus_size = sizeof(struct exec_bus),
	.point_size = sizeof(struct exec_point),
	.check_bus = check_bus,
	.check_point = check_point,
	.overlap = overlaps,
	.event = &event,
};
