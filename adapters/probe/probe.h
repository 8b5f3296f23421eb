/*
 * Is a server, a line or a machine there? The options of the adapter "probe" and
 * what is asked in each way. For this folder alone; loop thread; never blocks.
 */
#ifndef ADAPTERS_PROBE_PROBE_H
#define ADAPTERS_PROBE_PROBE_H

#include "adapters/adapter.h"

#include <sys/socket.h>

enum probe_ask { PROBE_TCP, PROBE_PING, PROBE_HTTP, PROBE_DNS, PROBE_ASK_COUNT };
enum probe_give { PROBE_GIVE_ANSWERS, PROBE_GIVE_SILENT, PROBE_GIVE_MS, PROBE_GIVE_STATUS };

enum { PROBE_BUFFER = 512 };

struct probe_bus {
	const char *interface; /* NULL: any */
};

struct probe_point {
	const char *host, *path, *name;
	int ask;  /* enum probe_ask */
	int give; /* enum probe_give */
	int64_t port, status_min, status_max, timeout_ms;
	/* Derived by the check: */
	struct sockaddr_storage address;
	socklen_t address_size;
};

enum probe_verdict {
	PROBE_MORE,   /* not whole yet, or of somebody else: go on waiting */
	PROBE_ANSWER, /* *status is what it said */
	PROBE_WRONG,  /* an answer, and not one of this protocol or not to this question */
};

/* A way of asking. */
struct probe_kind {
	int type;             /* of the socket */
	int protocol[2];      /* of it, by IPv4, IPv6 */
	int64_t default_port; /* 0: none */
	/*
	 * Puts the question into `buffer` of PROBE_BUFFER, which `token` marks as ours; its size.
	 * NULL: that the connection comes up is the answer.
	 */
	size_t (*question)(const struct probe_point *options, uint16_t token, uint8_t *buffer);
	enum probe_verdict (*judge)(const struct probe_point *options, uint16_t token,
		const uint8_t *got, size_t size, int *status);
};

extern const struct probe_kind probe_kinds[PROBE_ASK_COUNT];

/* "www.example.org": labels of 1 to 63 and 253 in all. */
bool probe_name_valid(const char *name);

#endif
