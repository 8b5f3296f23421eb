/*
 * Probes against servers that the test itself plays, on loopback. Include cmocka first.
 */
#ifndef TESTS_PROBE_BENCH_H
#define TESTS_PROBE_BENCH_H

#include "adapters/probe/probe.h"
#include "tests/adapter_bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

extern const struct adapter adapter_probe;

enum { TURN_MS = 2000 };

static struct adapter_bench b;
static struct probe_bus bus_options;
static struct probe_point options[BENCH_POINT_MAX];
static int listener, peer; /* the server's side; peer: what it accepted */

static inline int server(int type, int *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static inline int closed_port(int type)
{
	int port, fd = server(type, &port);

	close(fd);
	return port;
}

static inline struct probe_point *add(int ask, int give, int port)
{
	struct probe_point *o = &options[b.poll.count];

	*o = (struct probe_point){ .host = "127.0.0.1",
		.ask = ask,
		.give = give,
		.port = port,
		.status_min = 200,
		.status_max = 399,
		.name = ask == PROBE_DNS ? "www.example.org" : NULL,
		.timeout_ms = 500 };
	bench_add(&b, "p", give < PROBE_GIVE_MS ? POINT_STATE : POINT_NUMBER, o);
	return o;
}

static inline int set_up(void **state)
{
	(void)state;
	bus_options = (struct probe_bus){ NULL };
	bench_init(&b, &adapter_probe, &bus_options, NULL);
	listener = peer = -1;
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	if (b.link)
		b.adapter->event->close(b.link);
	if (listener >= 0)
		close(listener);
	if (peer >= 0)
		close(peer);
	return 0;
}

static inline enum link_state state_of(void)
{
	return link_head(b.link)->state;
}

static inline void start(void)
{
	bench_check(&b);
	assert_string_equal(b.told, "");
	if (!b.link)
		assert_int_equal(b.adapter->event->open(&b.bus, b.now_ms, &b.link), 0);
	bench_forget(&b);
	assert_int_equal(b.adapter->event->start_read(b.link, &b.poll, b.now_ms, &b.sink), 0);
}

static inline void finish(void)
{
	while (state_of() == LINK_BUSY && bench_turn(&b, 300))
		;
	if (state_of() == LINK_BUSY)
		bench_deadline(&b);
	assert_int_equal(state_of(), LINK_IDLE);
	assert_int_equal(link_head(b.link)->result, 0);
	for (size_t i = 0; i < b.poll.count; i++)
		assert_int_equal(b.readings[i], 1);
}

#endif
