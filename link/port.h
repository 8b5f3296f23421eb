/*
 * The way to a broker: a process of its own, facility-link, is the only one that knows
 * libmosquitto, which can end the process that it is in, look names up for a minute and hang.
 * The port starts it, has it connect, starts it anew when it has died or gives no sign of life,
 * and tries again after a pause (link/pause.h) for as long as the port is open.
 *
 * The process has one socket to us and no other descriptor of ours. It ends with us, without a
 * DISCONNECT, so that the broker publishes the last will; it also ends after PORT_SILENCE_MS in
 * which we say nothing. What is in flight is the user's to know: with `lost`, all that was not
 * answered is.
 *
 * Owner: whoever opens it. One thread, which must be the program's first, since the process ends
 * with the thread that started it. Never blocks: nothing of a disk, of a name or of the broker is
 * waited for. Time is boot time, an argument.
 */
#ifndef LINK_PORT_H
#define LINK_PORT_H

#include "core/words.h" /* struct failure */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PORT_SILENCE_MS = 10000,   /* without a word, either side holds the other for hung */
	PORT_CONNECT_MS = 80000,   /* without an outcome of its attempt: it may look a name up */
	PORT_PACKET_MAX = 1 << 20, /* of a message from the broker, which drops a longer one */
	PORT_TURN_MAX = 8,         /* that one call of port_ready() hears */
};

struct port;

struct port_settings { /* copied */
	const char *host;
	int64_t port, keepalive_ms;
	const char *client_id;                 /* NULL: the broker gives one */
	const char *username, *password_file;  /* NULL: anonymous; the file's first line */
	const char *ca_file;                   /* NULL: no TLS */
	const char *cert_file, *key_file;      /* NULL: none of our own */
	const char *will_topic, *will_payload; /* NULL: no last will; else QoS 1 and retained */
};

struct port_message {
	const char *topic, *payload; /* NUL after the last byte; valid during the call */
	size_t length;
	bool retained;
	bool replayed, json;        /* user property and content type; when published */
	const char *response_topic; /* NULL: none */
	const void *correlation;    /* NULL: none */
	size_t correlation_length;
};

/* Called from within port_ready() only; may call the port back, but not close it. */
struct port_events {
	/* Nothing is subscribed yet. */
	void (*connected)(struct port_events *events);
	/*
	 * Not connected: told of each attempt that fails, and at the end of a connection. `error`
	 * is a number of errno, or 0; `code` the broker's reason of MQTT 5, or 0.
	 */
	void (*lost)(struct port_events *events, const struct failure *why, int error, int code);
	void (*message)(struct port_events *events, const struct port_message *message);
	/*
	 * The broker's answer, MQTT 5 reason code, to what was published or subscribed with this
	 * number; `words` of it for people where it is a refusal.
	 */
	void (*answered)(struct port_events *events, uint32_t number, int code, const char *words);
};

/* NULL: out of memory. What else fails is told as lost. */
struct port *port_open(
	const struct port_settings *settings, struct port_events *events, int64_t now_ms);
/* The connection ends without a DISCONNECT. */
void port_close(struct port *port);

struct port_wait {
	int fd;              /* -1: none */
	bool write;          /* wait for room to write too, not for reading only */
	int64_t deadline_ms; /* call port_ready() then at the latest; 0: at once */
};
void port_wait(const struct port *port, struct port_wait *wait);
/* Do what is to be done: after what port_wait() asked for, and at any other time. */
void port_ready(struct port *port, int64_t now_ms);

/* `number` is given back with the answer. 0; -EMSGSIZE: too long; another -errno: not now. */
int port_publish(struct port *port, const struct port_message *message, uint32_t number);
/* `options` of MQTT 5 with the QoS. */
int port_subscribe(struct port *port, const char *topic, unsigned options, uint32_t number);
int port_unsubscribe(struct port *port, const char *topic);

/* Of connections to come: with the last will of the settings (true at first), or without. */
void port_set_will(struct port *port, bool with_will);

/* Say DISCONNECT, which keeps the last will in or lets it out, and wait for the end a moment. */
void port_good_bye(struct port *port, bool with_will, int timeout_ms);

#endif
