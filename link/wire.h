/*
 * What a program and its facility-link say to each other: frames over one socket pair.
 *
 * Both ends are of one build on one machine, so a frame is a head of numbers as they lie in
 * memory, and texts behind it, each with a NUL. Bounded: a frame that is longer than
 * WIRE_FRAME_MAX is refused at both ends. One thread; never blocks.
 */
#ifndef LINK_WIRE_H
#define LINK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	WIRE_FRAME_MAX = 4 * 1024 * 1024,
	WIRE_BACKLOG_MAX = 4 * WIRE_FRAME_MAX, /* that the other end has not taken yet */
};

enum wire_kind {
	/* To the link. The first begins one attempt to connect; what else comes before is void. */
	WIRE_CONNECT,
	WIRE_SUBSCRIBE,   /* number; code: options with the QoS; topic */
	WIRE_UNSUBSCRIBE, /* topic */
	WIRE_PUBLISH,     /* number; flags; topic, payload, response topic, correlation */
	WIRE_GOOD_BYE,    /* code 0: no last will; end when it is said */
	WIRE_PING,        /* answered by the same */
	/* From it. */
	WIRE_CONNECTED,
	/* number: errno or 0; code: MQTT 5 reason or 0; flags: enum word_cause; why: its detail */
	WIRE_LOST,
	WIRE_ANSWER,  /* number of what was asked; code: MQTT 5 reason; why: its words */
	WIRE_MESSAGE, /* flags; topic, payload, response topic, correlation */
	WIRE_KIND_COUNT
};

enum wire_flag { WIRE_RETAINED = 1, WIRE_REPLAYED = 2, WIRE_JSON = 4 };

/* Which text is which. */
enum {
	WIRE_TOPIC = 0,
	WIRE_PAYLOAD,
	WIRE_RESPONSE,
	WIRE_CORRELATION,
	WIRE_WHY = 0,
	WIRE_HOST = 0, /* of WIRE_CONNECT, with number: the port; code: the keepalive in s */
	WIRE_CLIENT_ID,
	WIRE_USERNAME,
	WIRE_PASSWORD_FILE,
	WIRE_CA_FILE,
	WIRE_CERT_FILE,
	WIRE_KEY_FILE,
	WIRE_WILL_TOPIC,
	WIRE_WILL_PAYLOAD,
	WIRE_TEXT_COUNT
};

struct wire_text {
	const char *at; /* NULL: none; else a NUL stands behind the last byte */
	size_t length;
};

struct wire_frame {
	enum wire_kind kind;
	uint32_t number, code, flags;
	struct wire_text text[WIRE_TEXT_COUNT];
};

/* NULL stays NULL. */
struct wire_text wire_text(const char *text);

struct wire_buffer {
	char *bytes;
	size_t begin, end, size;
};

/* One end. Zeroed but for fd, which it does not own. */
struct wire {
	int fd;
	struct wire_buffer in, out;
};

void wire_free(struct wire *wire);

/* Behind what waits to be sent. 0; -EMSGSIZE, -ENOBUFS: the other end is behind, or -ENOMEM. */
int wire_put(struct wire *wire, const struct wire_frame *frame);
/* Send what the socket takes. 0, or -errno: the other end is lost. */
int wire_flush(struct wire *wire);
/* How much waits to be sent. */
size_t wire_backlog(const struct wire *wire);

/* Take one piece of what has come. 0; -EPIPE: the other end has gone; or another -errno. */
int wire_fill(struct wire *wire);
/*
 * The next whole frame of what has been taken: 1; 0: there is none; -EPROTO: nonsense. Its texts
 * are valid until the next call of wire_fill().
 */
int wire_take(struct wire *wire, struct wire_frame *frame);

#endif
