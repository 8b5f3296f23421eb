/* The port to facility-link: its life, and frames both ways. See port.h. */
#include "link/port.h"

#include "link/pause.h"
#include "link/spawn.h"
#include "link/wire.h"

#include "core/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PING_MS = 3000,   /* a word at least so often */
	STEADY_MS = 5000, /* a connection that held so long begins the pauses anew */
	LOOK_MS = 10,     /* whether the process has ended, ... */
	LOOKS_MAX = 200,  /* and so often; a process in a hung disk cannot be killed */
};

enum port_state { PORT_PAUSE, PORT_TRYING, PORT_CONNECTED, PORT_ENDING };

struct port {
	struct port_settings settings;
	struct port_events *events;
	bool no_will, more; /* more: frames are here that are not heard yet */
	enum port_state state;
	struct wire wire;
	pid_t pid;                       /* 0: no process; then wire.fd is -1 */
	int64_t now_ms;                  /* of the call under way */
	int64_t said_ms;                 /* when the link had its last word from us */
	int64_t asked_ms;                /* since when it owes us one; 0: it does not */
	int64_t next_ms;                 /* PAUSE: try again; ENDING: look */
	int64_t connected_ms, outage_ms; /* since; 0: is not */
	unsigned attempts, looks;
	struct failure why; /* ENDING: what ended it; without detail: its status says so */
};

static void leave_connection(struct port *port)
{
	if (port->state == PORT_CONNECTED) {
		port->outage_ms = port->now_ms;
		if (port->now_ms - port->connected_ms >= STEADY_MS)
			port->attempts = 0;
	}
}

static void lost(
	struct port *port, const struct failure *why, int error, int code, enum pause_kind kind)
{
	uint32_t chance = 0;

	leave_connection(port);
	port->state = PORT_PAUSE;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t)port->now_ms * 2654435761u;
	port->next_ms = port->now_ms +
			pause_ms(kind, port->attempts++, port->now_ms - port->outage_ms, chance);
	port->events->lost(port->events, why, error, code);
}

static struct failure link_fails(const char *detail)
{
	struct failure why = { .cause = WORD_CAUSE_FACILITY_LINK };

	snprintf(why.detail, sizeof(why.detail), "%s", detail);
	return why;
}

/* The process has ended, or is made to; told when its status is known. */
static void end_process(struct port *port, const char *detail)
{
	leave_connection(port);
	close(port->wire.fd);
	wire_free(&port->wire);
	port->wire = (struct wire){ .fd = -1 };
	port->more = false;
	kill(port->pid, SIGKILL);
	port->why = link_fails(detail);
	port->state = PORT_ENDING;
	port->looks = 0;
	port->next_ms = port->now_ms;
}

static void describe_end(struct port *port, int status)
{
	const char *what = "ended";

	if (WIFSIGNALED(status))
		what = strsignal(WTERMSIG(status));
	else if (WEXITSTATUS(status) == LINK_EXIT_NOT_FOUND)
		what = "cannot be run: is it installed?";
	else if (WEXITSTATUS(status) == LINK_EXIT_OTHER_VERSION)
		what = "is of another version: restart this program";
	port->why = link_fails(what);
}

static void look(struct port *port)
{
	int status;

	if (port->now_ms < port->next_ms)
		return;
	if (!spawn_ended(port->pid, &status)) {
		port->next_ms = port->now_ms + LOOK_MS;
		if (++port->looks < LOOKS_MAX)
			return;
		spawn_leave(port->pid);
	}
	if (!*port->why.detail)
		describe_end(port, status);
	port->pid = 0;
	lost(port, &port->why, EPIPE, 0, PAUSE_REFUSED);
}

static int say(struct port *port, const struct wire_frame *frame)
{
	int error = wire_put(&port->wire, frame);

	if (error)
		return error;
	port->said_ms = port->now_ms;
	wire_flush(&port->wire); /* an end that is lost is found when it is read */
	return 0;
}

/* Begins an attempt; what fails here is told like one that failed. */
static void begin(struct port *port)
{
	const struct port_settings *settings = &port->settings;
	const struct wire_frame frame = {
		.kind = WIRE_CONNECT,
		.number = (uint32_t)settings->port,
		.code = (uint32_t)(settings->keepalive_ms / 1000),
		.text = {
			[WIRE_HOST] = wire_text(settings->host),
			[WIRE_CLIENT_ID] = wire_text(settings->client_id),
			[WIRE_USERNAME] = wire_text(settings->username),
			[WIRE_PASSWORD_FILE] = wire_text(settings->password_file),
			[WIRE_CA_FILE] = wire_text(settings->ca_file),
			[WIRE_CERT_FILE] = wire_text(settings->cert_file),
			[WIRE_KEY_FILE] = wire_text(settings->key_file),
			[WIRE_WILL_TOPIC] = wire_text(port->no_will ? NULL : settings->will_topic),
			[WIRE_WILL_PAYLOAD] =
				wire_text(port->no_will ? NULL : settings->will_payload),
		},
	};
	int error = 0;

	if (!port->pid) {
		error = spawn_link(&port->wire.fd, &port->pid);
		if (error)
			port->pid = 0;
	}
	if (!error)
		error = say(port, &frame);
	if (error) {
		port->why = link_fails(strerror(-error));
		lost(port, &port->why, -error, 0, PAUSE_REFUSED);
		return;
	}
	port->state = PORT_TRYING;
	port->asked_ms = port->now_ms;
}

static void take_connected(struct port *port, const struct wire_frame *frame)
{
	(void)frame;
	port->state = PORT_CONNECTED;
	port->connected_ms = port->now_ms;
	port->events->connected(port->events);
}

static void take_lost(struct port *port, const struct wire_frame *frame)
{
	const char *detail = frame->text[WIRE_WHY].at;
	struct failure why = { .cause = WORD_CAUSE_LOG };

	if (frame->flags < WORD_CAUSE_COUNT)
		why.cause = frame->flags;
	snprintf(why.detail, sizeof(why.detail), "%s", detail ? detail : "");
	lost(port, &why, (int)frame->number, (int)frame->code,
		pause_kind(frame->code, (int)frame->number));
}

static void take_answer(struct port *port, const struct wire_frame *frame)
{
	const char *words = frame->text[WIRE_WHY].at;

	port->events->answered(port->events, frame->number, (int)frame->code, words ? words : "");
}

static void take_message(struct port *port, const struct wire_frame *frame)
{
	const struct wire_text *text = frame->text;
	const struct port_message message = {
		.topic = text[WIRE_TOPIC].at,
		.payload = text[WIRE_PAYLOAD].at,
		.length = text[WIRE_PAYLOAD].length,
		.retained = frame->flags & WIRE_RETAINED,
		.response_topic = text[WIRE_RESPONSE].at,
		.correlation = text[WIRE_CORRELATION].at,
		.correlation_length = text[WIRE_CORRELATION].length,
	};

	if (message.topic && message.payload)
		port->events->message(port->events, &message);
}

/* That a PING came back is all that it says. */
static void (*const take[WIRE_KIND_COUNT])(struct port *port, const struct wire_frame *frame) = {
	[WIRE_CONNECTED] = take_connected,
	[WIRE_LOST] = take_lost,
	[WIRE_ANSWER] = take_answer,
	[WIRE_MESSAGE] = take_message,
};

/*
 * What has come, but only so much that others on the loop get their turn: behind one message there
 * may be thousands, each of which is work.
 */
static void hear(struct port *port)
{
	int error = port->more ? 0 : wire_fill(&port->wire), taken = 0;
	struct wire_frame frame;

	for (unsigned n = 0; port->state != PORT_ENDING && n < PORT_TURN_MAX &&
			     (taken = wire_take(&port->wire, &frame)) > 0;
		n++) {
		if (take[frame.kind])
			take[frame.kind](port, &frame);
		/* While it tries it owes us the outcome, and not a word only. */
		if (port->state != PORT_TRYING)
			port->asked_ms = 0;
	}
	if (port->state == PORT_ENDING)
		return;
	port->more = taken > 0;
	if (taken < 0)
		end_process(port, "talks nonsense");
	else if (error)
		end_process(port, "");
}

static int64_t patience_ms(const struct port *port)
{
	return port->state == PORT_TRYING ? PORT_CONNECT_MS : PORT_SILENCE_MS;
}

static void keep_alive(struct port *port)
{
	const struct wire_frame ping = { .kind = WIRE_PING };

	if (port->asked_ms && port->now_ms - port->asked_ms >= patience_ms(port)) {
		end_process(port, "gives no sign of life");
		return;
	}
	if (port->now_ms - port->said_ms < PING_MS || say(port, &ping) < 0)
		return;
	if (!port->asked_ms)
		port->asked_ms = port->now_ms;
}

struct port *port_open(
	const struct port_settings *settings, struct port_events *events, int64_t now_ms)
{
	struct port *port = calloc(1, sizeof(*port));

	if (!port)
		return NULL;
	port->settings = *settings;
	port->events = events;
	port->wire.fd = -1;
	port->outage_ms = port->next_ms = now_ms;
	return port;
}

void port_close(struct port *port)
{
	if (!port)
		return;
	if (port->wire.fd >= 0)
		close(port->wire.fd);
	if (port->pid)
		spawn_leave(port->pid);
	wire_free(&port->wire);
	free(port);
}

void port_wait(const struct port *port, struct port_wait *wait)
{
	int64_t silent_ms = port->asked_ms ? port->asked_ms + patience_ms(port) : CLOCK_NEVER;

	*wait = (struct port_wait){ port->wire.fd, wire_backlog(&port->wire) > 0, CLOCK_NEVER };
	if (port->state == PORT_PAUSE || port->state == PORT_ENDING)
		wait->deadline_ms = port->next_ms;
	if (port->wire.fd < 0)
		return;
	if (port->said_ms + PING_MS < wait->deadline_ms)
		wait->deadline_ms = port->said_ms + PING_MS;
	if (silent_ms < wait->deadline_ms)
		wait->deadline_ms = silent_ms;
	if (port->more) /* no descriptor says so */
		wait->deadline_ms = 0;
}

void port_ready(struct port *port, int64_t now_ms)
{
	port->now_ms = now_ms;
	if (port->wire.fd >= 0) {
		wire_flush(&port->wire);
		hear(port);
	}
	if (port->wire.fd >= 0)
		keep_alive(port);
	if (port->state == PORT_ENDING)
		look(port);
	else if (port->state == PORT_PAUSE && now_ms >= port->next_ms)
		begin(port);
}

int port_publish(struct port *port, const struct port_message *message, uint32_t number)
{
	const struct wire_frame frame = {
		.kind = WIRE_PUBLISH,
		.number = number,
		.flags = (message->retained ? WIRE_RETAINED : 0u) |
			 (message->replayed ? WIRE_REPLAYED : 0u) | (message->json ? WIRE_JSON : 0u),
		.text = {
			[WIRE_TOPIC] = wire_text(message->topic),
			[WIRE_PAYLOAD] = { message->payload, message->length },
			[WIRE_RESPONSE] = wire_text(message->response_topic),
			[WIRE_CORRELATION] = { message->correlation, message->correlation_length },
		},
	};

	return port->state == PORT_CONNECTED ? say(port, &frame) : -ENOTCONN;
}

int port_subscribe(struct port *port, const char *topic, unsigned options, uint32_t number)
{
	const struct wire_frame frame = { .kind = WIRE_SUBSCRIBE,
		.number = number,
		.code = options,
		.text = { [WIRE_TOPIC] = wire_text(topic) } };

	return port->state == PORT_CONNECTED ? say(port, &frame) : -ENOTCONN;
}

int port_unsubscribe(struct port *port, const char *topic)
{
	const struct wire_frame frame = { .kind = WIRE_UNSUBSCRIBE,
		.text = { [WIRE_TOPIC] = wire_text(topic) } };

	return port->state == PORT_CONNECTED ? say(port, &frame) : -ENOTCONN;
}

void port_set_will(struct port *port, bool with_will)
{
	port->no_will = !with_will;
}

void port_good_bye(struct port *port, bool with_will, int timeout_ms)
{
	const struct wire_frame frame = { .kind = WIRE_GOOD_BYE, .code = with_will };
	struct pollfd end = { .fd = port->wire.fd };
	struct wire_frame unheard;

	if (port->state != PORT_CONNECTED || say(port, &frame) < 0)
		return;
	for (;;) {
		end.events = (short)(POLLIN | (wire_backlog(&port->wire) ? POLLOUT : 0));
		if (poll(&end, 1, timeout_ms) <= 0 || wire_flush(&port->wire) < 0 ||
			wire_fill(&port->wire) < 0)
			return;
		while (wire_take(&port->wire, &unheard) > 0)
			;
	}
}
