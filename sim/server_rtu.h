/*
 * A Modbus RTU line: a pty whose slave end stands at a path of the caller's
 * choice, and several units that hear everything on the line. As on a real
 * line, a request to nobody, or one that noise has touched, is not answered.
 * Single thread, never blocks.
 */
#ifndef SIM_SERVER_RTU_H
#define SIM_SERVER_RTU_H

#include "sim/outlet.h"
#include "sim/slave.h"
#include "sim/stream.h"

enum {
	RTU_UNIT_COUNT = 248, /* 1 to 247; 0 is for all */
	RTU_FRAME_MAX = 1 + PDU_MAX + 2,
	RTU_SILENCE_MS = 30, /* ends a frame; longer than on a wire, since a pty has no rhythm */
};

struct server_rtu {
	struct stream stream; /* first: the stream is handed back */
	struct outlet outlet; /* replies that are late */
	int line_fd;          /* the pty's slave end, held so that masters may come and go */
	char *path;           /* the symbolic link to it */
	int64_t silence_ms;   /* boot time at which the bytes held are no frame; CLOCK_NEVER */
	struct slave *units[RTU_UNIT_COUNT]; /* the caller's; NULL: not there */
};

/* 0 or -errno; -EEXIST when something that is no symbolic link stands at path. */
int server_rtu_open(struct server_rtu *server, struct loop *loop, const char *path);
void server_rtu_close(struct server_rtu *server);

/* Silences and late replies: returns when to call again; CLOCK_NEVER: only when something comes. */
int64_t server_rtu_step(struct server_rtu *server, int64_t now_ms);

uint16_t server_rtu_crc(const uint8_t *bytes, size_t size);

/*
 * The request at the start of the bytes: returns how many it used up, 0 when there is none
 * (yet). `silent`: the line has been quiet since, so no more will come.
 */
size_t server_rtu_answer(struct server_rtu *server, const uint8_t *bytes, size_t size, bool silent,
	uint8_t reply[static RTU_FRAME_MAX], size_t *reply_size);

#endif
