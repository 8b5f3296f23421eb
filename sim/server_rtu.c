/* Modbus RTU framing on a pty. Must not know points. */
#include "sim/server_rtu.h"

#include "core/clock.h"
#include "core/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { NOISE_SIZE = 5 };

/* CRC-16 of Modbus, bit by bit: frames are short and a table would hide what it is. */
uint16_t server_rtu_crc(const uint8_t *bytes, size_t size)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
	}
	return (uint16_t)crc;
}

/* Low byte first, unlike everything else in Modbus. */
static bool crc_right(const uint8_t *frame, size_t size)
{
	return server_rtu_crc(frame, size - 2) == (frame[size - 2] | frame[size - 1] << 8);
}

/* The size of the request that begins here, CRC included; 0: cannot be told (yet). */
static size_t request_size(const uint8_t *frame, size_t size)
{
	if (size < 2)
		return 0;
	if (frame[1] >= 1 && frame[1] <= 6)
		return 8;
	if ((frame[1] == 15 || frame[1] == 16) && size >= 7)
		return 9 + (size_t)frame[6];
	return 0;
}

static size_t answer_frame(struct server_rtu *server, const uint8_t *frame, size_t size,
	uint8_t reply[static RTU_FRAME_MAX])
{
	uint8_t unit = frame[0];
	struct slave *slave = unit < RTU_UNIT_COUNT ? server->units[unit] : NULL;
	size_t pdu_size;
	uint16_t crc;

	if (!slave)
		return 0;
	pdu_size = slave_answer(slave, frame + 1, size - 3, reply + 1);
	if (pdu_size == 0)
		return 0;
	reply[0] = unit;
	crc = server_rtu_crc(reply, 1 + pdu_size);
	reply[1 + pdu_size] = (uint8_t)crc;
	reply[2 + pdu_size] = (uint8_t)(crc >> 8);
	return 3 + pdu_size;
}

/* Unit 0: everyone obeys and nobody answers. */
static void broadcast(struct server_rtu *server, const uint8_t *frame, size_t size)
{
	uint8_t reply[PDU_MAX];

	for (size_t i = 1; i < RTU_UNIT_COUNT; i++)
		if (server->units[i])
			slave_answer(server->units[i], frame + 1, size - 3, reply);
}

size_t server_rtu_answer(struct server_rtu *server, const uint8_t *bytes, size_t size, bool silent,
	uint8_t reply[static RTU_FRAME_MAX], size_t *reply_size)
{
	size_t need = request_size(bytes, size);

	*reply_size = 0;
	/* A function that we do not know ends where the line falls silent. */
	if (need == 0 && silent)
		need = size;
	if (need < 4 || need > size || need > RTU_FRAME_MAX || !crc_right(bytes, need))
		return 0;
	if (bytes[0] == 0)
		broadcast(server, bytes, need);
	else
		*reply_size = answer_frame(server, bytes, need, reply);
	return need;
}

/*
 * Not stream_write(): a wire keeps nothing for a master that is away, and an old reply that
 * waits for the next master is the worst of all answers.
 */
static void line_send(struct outlet *outlet, const uint8_t *bytes, size_t size)
{
	struct server_rtu *server = OWNER_OF(outlet, struct server_rtu, outlet);
	ssize_t n = write(server->stream.source.fd, bytes, size);

	(void)n;
}

static void put_crc(uint8_t *frame, size_t size)
{
	uint16_t crc = server_rtu_crc(frame, size - 2);

	frame[size - 2] = (uint8_t)crc;
	frame[size - 1] = (uint8_t)(crc >> 8);
}

/* A reply on its way, sound or not. */
static void line_reply(struct server_rtu *server, uint8_t *reply, size_t size)
{
	struct slave *slave = size > 0 ? server->units[reply[0]] : NULL;
	int64_t ms = slave ? slave->fault.ms : 0, now_ms = clock_now_ms();
	uint8_t noise[NOISE_SIZE];

	switch (slave ? slave_fault_use(&slave->fault) : SLAVE_SOUND) {
	case SLAVE_LATE:
		outlet_put(&server->outlet, reply, size, now_ms + ms, 0);
		return;
	case SLAVE_DRIPPED:
		outlet_put(&server->outlet, reply, size, now_ms, ms);
		return;
	case SLAVE_TRUNCATED:
		size /= 2;
		break;
	case SLAVE_NOISE:
		slave_fault_noise(noise, sizeof(noise));
		line_send(&server->outlet, noise, sizeof(noise));
		reply[size / 2] ^= 0x10;
		break;
	case SLAVE_WRONG_UNIT:
		reply[0]++;
		put_crc(reply, size);
		break;
	case SLAVE_RESET:
		return;
	default:
		break;
	}
	if (size > 0)
		line_send(&server->outlet, reply, size);
}

/* Everything up to the next silence is one damaged frame, unless a whole one begins it. */
static long line_input(struct stream *stream, const uint8_t *bytes, size_t size)
{
	struct server_rtu *server = (struct server_rtu *)stream;
	uint8_t reply[RTU_FRAME_MAX];
	size_t reply_size, used = server_rtu_answer(server, bytes, size, false, reply, &reply_size);

	line_reply(server, reply, reply_size);
	server->silence_ms = used == size ? CLOCK_NEVER : clock_now_ms() + RTU_SILENCE_MS;
	/* Babble without an end: forget all but what still tells that there is some. */
	if (used == 0 && size > STREAM_INPUT_MAX / 2)
		return (long)size - 1;
	return (long)used;
}

static void line_silent(struct server_rtu *server)
{
	struct stream *stream = &server->stream;
	uint8_t reply[RTU_FRAME_MAX];
	size_t reply_size;

	server_rtu_answer(server, stream->bytes, stream->size, true, reply, &reply_size);
	stream->size = 0;
	server->silence_ms = CLOCK_NEVER;
	line_reply(server, reply, reply_size);
}

int64_t server_rtu_step(struct server_rtu *server, int64_t now_ms)
{
	int64_t outlet_ms;

	if (now_ms >= server->silence_ms)
		line_silent(server);
	outlet_ms = outlet_step(&server->outlet, now_ms);
	return outlet_ms < server->silence_ms ? outlet_ms : server->silence_ms;
}

/* The master end cannot end while we hold the other. */
static void line_ended(struct stream *stream)
{
	((struct server_rtu *)stream)->silence_ms = CLOCK_NEVER;
}

static int pty_open(int *master_fd, int *line_fd)
{
	struct termios raw;
	char name[64];

	*line_fd = -1;
	*master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (*master_fd < 0)
		return -errno;
	if (grantpt(*master_fd) == 0 && unlockpt(*master_fd) == 0 &&
		ptsname_r(*master_fd, name, sizeof(name)) == 0)
		*line_fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*line_fd >= 0 && tcgetattr(*line_fd, &raw) == 0) {
		cfmakeraw(&raw);
		cfsetspeed(&raw, B9600);
		if (tcsetattr(*line_fd, TCSANOW, &raw) == 0)
			return 0;
	}
	return -errno;
}

/* A link that a killed simulator left behind is replaced; anything else is not ours. */
static int link_make(int line_fd, const char *path)
{
	struct stat status;
	char name[64];

	if (ttyname_r(line_fd, name, sizeof(name)) != 0)
		return -ENOTTY;
	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		unlink(path);
	return symlink(name, path) == 0 ? 0 : -errno;
}

int server_rtu_open(struct server_rtu *server, struct loop *loop, const char *path)
{
	int master_fd, error = pty_open(&master_fd, &server->line_fd);

	if (!error)
		error = link_make(server->line_fd, path);
	if (!error) {
		server->path = strdup(path);
		server->silence_ms = CLOCK_NEVER;
		server->stream.input = line_input;
		server->stream.ended = line_ended;
		server->outlet.send = line_send;
		error = server->path ? stream_open(&server->stream, loop, master_fd) : -ENOMEM;
		if (error)
			unlink(path);
	}
	if (error) {
		free(server->path);
		server->path = NULL;
		if (master_fd >= 0)
			close(master_fd);
		if (server->line_fd >= 0)
			close(server->line_fd);
	}
	return error;
}

void server_rtu_close(struct server_rtu *server)
{
	unlink(server->path);
	free(server->path);
	server->path = NULL;
	if (server->stream.source.fd >= 0)
		stream_close(&server->stream);
	close(server->line_fd);
}
