/*
 * A person's connection to the broker, by a facility-link: one thread, blocking.
 *
 * Owner: whoever calls client_open(). Failures are told on standard error with
 * what to do. Not for the daemon.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client_settings {
	const char *host;
	int port;
	const char *site;
	const char *user; /* names the command topics; the login where there is a password */
	const char *password_file; /* NULL: no login */
	const char *ca_file;       /* NULL: no TLS */
};

struct client_events {
	/* `topic` is below facility/<site>/; payload is NUL-terminated. */
	void (*message)(struct client_events *events, const char *topic, const char *payload,
		bool retained);
	void (*connected)(struct client_events *events, bool connected);
};

struct client;

struct client *client_open(const struct client_settings *settings, struct client_events *events);
void client_close(struct client *client);

/* Subscribed again after each reconnect. At most 8; topics below facility/<site>/. */
void client_subscribe(struct client *client, const char *topic);

/* Connected, and what was subscribed is heard from now on. */
bool client_ready(const struct client *client);
/* The broker has refused the login, a subscription or a message: told on standard error. */
bool client_refused(const struct client *client);

/* Waits at most timeout_ms for something to happen, and lets the events be called. */
void client_run(struct client *client, int timeout_ms);

/* QoS 1, with the answer's topic as response topic. 0, or -1 after a message. */
int client_publish(
	struct client *client, const char *topic, const char *payload, const char *response_topic);

#endif
