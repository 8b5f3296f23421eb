/* The master: the adapter's own verbs, called as the daemon calls them, and what came of it. */
#include "tests/hostile/hostile.h"

#include "adapters/adapter.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { CONNECT_MS = 1000, SILENCES = 4 };

extern const struct adapter adapter_modbus_rtu, adapter_modbus_tcp;

static void build(struct line *line)
{
	struct bench *b = &line->bench;

	bench_init(b);
	b->options.timeout_ms = TIMEOUT_MS;
	b->options.unit = UNIT;
	b->rtu = (struct modbus_rtu_bus){ .path = line->path,
		.baud = 7,
		.stop_bits = 1,
		.data_bits = 8,
		.silence_ms = SILENCE_MS };
	b->tcp = (struct modbus_tcp_bus){
		.host = "127.0.0.1", .port = line->port, .connect_timeout_ms = CONNECT_MS
	};
	b->bus.options = line->transport == RTU ? (void *)&b->rtu : (void *)&b->tcp;
	for (int i = 0; i < POINTS; i++)
		bench_add(b, MODBUS_TABLE_HOLDING, MODBUS_TYPE_U32, i * SPACING);
	if (bench_ready(b))
		give_up("the test's own points");
	for (int i = 0; i < POINTS; i++) {
		line->polls[i] = (struct poll){
			.device = &b->device, .points = b->pointers + i, .count = 1
		};
		if (modbus_plan(&line->polls[i]))
			give_up("plan");
	}
	line->tally.call_limit_ms =
		line->transport == RTU ? TIMEOUT_MS + SILENCES * SILENCE_MS : TIMEOUT_MS;
}

static void read_rtu(struct line *line, struct poll *poll)
{
	const struct adapter_blocking *verbs = adapter_modbus_rtu.blocking;
	int error;

	line->owes = false;
	if (!line->link && verbs->open(&line->bench.bus, &line->link))
		return;
	error = verbs->read(line->link, poll, &line->bench.sink);
	line->owes = error == -ETIMEDOUT;
	if (error == 0 || error == -ETIMEDOUT || error == -EBADMSG || error == -EREMOTEIO)
		return;
	verbs->close(line->link);
	line->link = NULL;
}

/* Until the job is over: what the daemon's loop does. */
static void drive(struct line *line)
{
	const struct adapter_event *verbs = adapter_modbus_tcp.event;
	struct link_wait wait;

	while (link_head(line->link)->state == LINK_BUSY) {
		struct pollfd fd = { .fd = -1 };
		int64_t left_ms;

		verbs->wait(line->link, &wait);
		left_ms = wait.deadline_ms - clock_now_ms();
		fd.fd = wait.fd;
		fd.events = (short)wait.events; /* EPOLLIN and EPOLLOUT are POLLIN and POLLOUT */
		if (left_ms > 0 && poll(&fd, 1, (int)left_ms) > 0)
			verbs->ready(line->link, (uint32_t)fd.revents, clock_now_ms(),
				&line->bench.sink);
		else if (clock_now_ms() >= wait.deadline_ms)
			verbs->deadline(line->link, clock_now_ms(), &line->bench.sink);
	}
}

static void read_tcp(struct line *line, struct poll *poll)
{
	const struct adapter_event *verbs = adapter_modbus_tcp.event;

	if (!line->link && verbs->open(&line->bench.bus, clock_now_ms(), &line->link))
		return;
	drive(line);
	if (link_head(line->link)->state == LINK_IDLE) {
		verbs->start_read(line->link, poll, clock_now_ms(), &line->bench.sink);
		drive(line);
	}
	if (link_head(line->link)->state != LINK_LOST)
		return;
	verbs->close(line->link);
	line->link = NULL;
}

/* What the poll of point i brought: a right value, a wrong one, or none. */
static void judge(struct line *line, unsigned serial, int i, unsigned *polls, bool excused)
{
	const struct reading *reading = &line->bench.last[i];
	int64_t since_ms = clock_now_ms() - line->fault_ms;

	if (reading->quality != QUALITY_GOOD) {
		line->tally.errors++;
		/* Polls that fail although the slave has answered them soundly. */
		*polls = line->misbehaving || line->fault_serial == serial ? 1 : *polls + 1;
		return;
	}
	if (reading->value != truth(serial, (unsigned)(i * SPACING)) && excused) {
		line->tally.excused++;
	} else if (reading->value != truth(serial, (unsigned)(i * SPACING))) {
		line->tally.wrong++;
		fprintf(stderr, "%s: request %u: %.0f instead of %u\n",
			fault_rows[line->fault].name, serial, reading->value,
			truth(serial, (unsigned)(i * SPACING)));
	}
	if (*polls > line->tally.polls)
		line->tally.polls = *polls;
	if (*polls && line->fault_ms && since_ms > line->tally.recovery_ms)
		line->tally.recovery_ms = since_ms;
	*polls = 0;
}

void *master_run(void *context)
{
	struct line *line = context;
	unsigned seed = line->seed + 1, polls = 0;

	build(line);
	for (unsigned serial = 1; serial <= line->count; serial++) {
		int i = rand_r(&seed) % POINTS;
		unsigned excused;
		int64_t start_ms, took_ms;

		bench_forget(&line->bench);
		start_ms = clock_now_ms();
		/* After a loss, and at an open, it is silent first. */
		line->asked_ms = start_ms + (line->owes || !line->link ? SILENCE_MS : 0);
		line->address = (unsigned)(i * SPACING);
		line->serial = serial;
		excused = line->excused;
		if (line->transport == RTU)
			read_rtu(line, &line->polls[i]);
		else
			read_tcp(line, &line->polls[i]);
		took_ms = clock_now_ms() - start_ms;
		if (took_ms > line->tally.longest_ms)
			line->tally.longest_ms = took_ms;
		line->tally.requests++;
		line->tally.faults += line->fault_serial == serial;
		judge(line, serial, i, &polls, line->excused != excused);
	}
	if (line->link && line->transport == RTU)
		adapter_modbus_rtu.blocking->close(line->link);
	else if (line->link)
		adapter_modbus_tcp.event->close(line->link);
	for (int i = 0; i < POINTS; i++)
		modbus_unplan(&line->polls[i]);
	modbus_unplan(&line->bench.poll);
	return NULL;
}
