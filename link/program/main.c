/*
 * facility-link: the process that talks to a broker for facilityd; see link/port.h, which starts
 * it. Its standard input is the socket to it; it ends with that, without a DISCONNECT, so that the
 * last will goes out.
 */
#include "core/clock.h"
#include "core/memory.h"
#include "link/port.h"
#include "link/program/client.h"
#include "link/program/confine.h"
#include "link/spawn.h"
#include "link/wire.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	TURN_MS = 500, /* the longest wait: keepalives and deadlines are looked after */
	NAP_MS = 10,
	BACKLOG_MAX = 1024 * 1024, /* that our user has not taken: the broker is not read then */
};

struct link {
	struct wire wire;
	struct client *client; /* NULL: not connected, and what is asked is void */
	bool confined, ended;
	int64_t heard_ms;
};

static void obey_connect(struct link *link, const struct wire_frame *frame)
{
	if (!link->confined)
		confine(frame);
	link->confined = true;
	if (!link->client)
		link->client = client_new(frame, &link->wire);
}

static void obey_ask(struct link *link, const struct wire_frame *frame)
{
	if (link->client)
		client_ask(link->client, frame);
}

static void obey_good_bye(struct link *link, const struct wire_frame *frame)
{
	if (link->client)
		client_good_bye(link->client, frame->code != 0);
	link->ended = true;
}

static void obey_ping(struct link *link, const struct wire_frame *frame)
{
	link->ended = wire_put(&link->wire, frame) < 0;
}

static void (*const obey[WIRE_KIND_COUNT])(struct link *link, const struct wire_frame *frame) = {
	[WIRE_CONNECT] = obey_connect,
	[WIRE_SUBSCRIBE] = obey_ask,
	[WIRE_UNSUBSCRIBE] = obey_ask,
	[WIRE_PUBLISH] = obey_ask,
	[WIRE_GOOD_BYE] = obey_good_bye,
	[WIRE_PING] = obey_ping,
};

static void listen_to_user(struct link *link)
{
	struct wire_frame frame;
	int taken = 0;

	if (wire_fill(&link->wire) < 0)
		link->ended = true;
	while (!link->ended && (taken = wire_take(&link->wire, &frame)) > 0) {
		link->heard_ms = clock_now_ms();
		if (obey[frame.kind])
			obey[frame.kind](link, &frame);
	}
	if (taken < 0)
		link->ended = true;
}

static void turn(struct link *link)
{
	struct pollfd fds[2] = { { .fd = link->wire.fd, .events = POLLIN }, { .fd = -1 } };
	bool full = wire_backlog(&link->wire) > BACKLOG_MAX, is_new = false, write = false;

	if (link->client) {
		fds[1].fd = client_fd(link->client, &write);
		fds[1].events = (short)((full ? 0 : POLLIN) | (write ? POLLOUT : 0));
		is_new = client_is_new(link->client);
	}
	if (wire_backlog(&link->wire))
		fds[0].events |= POLLOUT;
	poll(fds, 2, TURN_MS);
	if (link->client)
		client_run(link->client, fds[1].revents & (POLLIN | POLLHUP | POLLERR),
			fds[1].revents & POLLOUT);
	listen_to_user(link);
	if (link->client && client_fd(link->client, &write) < 0) {
		client_free(link->client);
		link->client = NULL;
	}
	if (wire_flush(&link->wire) < 0)
		link->ended = true;
	if (is_new)
		poll(NULL, 0, NAP_MS);
}

int main(int argc, char **argv)
{
	struct link link = { .wire.fd = STDIN_FILENO, .heard_ms = clock_now_ms() };

	if (argc != 2) {
		fputs("facility-link is started by facilityd\n", stderr);
		return EXIT_FAILURE;
	}
	if (strcmp(argv[1], FACILITYD_VERSION) != 0)
		return LINK_EXIT_OTHER_VERSION;
	/* Whoever stops a service or a terminal's programs means our user, who says good-bye. */
	for (size_t i = 0; i < 4; i++)
		signal((int[]){ SIGTERM, SIGINT, SIGHUP, SIGPIPE }[i], SIG_IGN);
	/* What a connection uses is what an alert needs. Refused: whoever started us says so. */
	memory_keep(false);
	while (!link.ended && clock_now_ms() - link.heard_ms < PORT_SILENCE_MS)
		turn(&link);
	return EXIT_SUCCESS;
}
