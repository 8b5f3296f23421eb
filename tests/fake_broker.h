/*
 * For tests: a broker that the test plays, packet by packet, on a free loopback port; and where
 * facility-link lies in a build tree. Each function fails the running test when it cannot do what
 * it says, within 5 s. Include cmocka and broker.h first.
 */
#ifndef TESTS_FAKE_BROKER_H
#define TESTS_FAKE_BROKER_H

#include "tests/broker.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

enum { FAKE_BODY_MAX = 65536 };
enum { MQTT_CONNECT = 1, MQTT_PUBLISH_PACKET = 3, MQTT_SUBSCRIBE = 8, MQTT_UNSUBSCRIBE = 10 };

struct fake_broker {
	int listener, client; /* -1: none */
	int port;
	int type; /* of the packet that was read last, and what it says */
	uint8_t flags, body[FAKE_BODY_MAX];
	size_t length;
};

/* In some folder above the test. */
static inline void use_built_link(void)
{
	char path[512], candidate[600];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	assert_true(length > 0);
	path[length] = '\0';
	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		snprintf(candidate, sizeof(candidate), "%s/facility-link", path);
		if (access(candidate, X_OK) == 0) {
			setenv("FACILITYD_LINK", candidate, 1);
			return;
		}
	}
	fail_msg("facility-link is not built");
}

static inline void fake_listen(struct fake_broker *fake, int port)
{
	fake->client = -1;
	fake->listener = loopback_socket(port);
	fake->port = loopback_port(fake->listener);
	assert_int_equal(listen(fake->listener, 8), 0);
}

static inline void fake_hang_up(struct fake_broker *fake)
{
	if (fake->client >= 0)
		close(fake->client);
	fake->client = -1;
}

static inline void fake_end(struct fake_broker *fake)
{
	fake_hang_up(fake);
	if (fake->listener >= 0)
		close(fake->listener);
	fake->listener = -1;
}

static inline void fake_send(struct fake_broker *fake, const void *bytes, size_t size)
{
	assert_int_equal(send(fake->client, bytes, size, MSG_NOSIGNAL), size);
}

/* Read one packet; false: the other side has closed, or nothing came in time. */
static inline bool fake_read(struct fake_broker *fake)
{
	uint8_t byte;
	size_t shift = 0;

	if (recv(fake->client, &byte, 1, MSG_WAITALL) != 1)
		return false;
	fake->type = byte >> 4;
	fake->flags = byte & 15;
	fake->length = 0;
	do {
		if (recv(fake->client, &byte, 1, MSG_WAITALL) != 1)
			return false;
		fake->length |= (size_t)(byte & 127) << shift;
		shift += 7;
	} while (byte & 128);
	assert_true(fake->length <= sizeof(fake->body));
	return fake->length == 0 ||
	       recv(fake->client, fake->body, fake->length, MSG_WAITALL) == (ssize_t)fake->length;
}

/* Read packets up to one of this type. */
static inline void fake_expect(struct fake_broker *fake, int type)
{
	while (fake_read(fake))
		if (fake->type == type)
			return;
	fail_msg("packet of type %d did not come", type);
}

/* Does somebody connect? */
static inline bool fake_waits(const struct fake_broker *fake)
{
	return poll(&(struct pollfd){ .fd = fake->listener, .events = POLLIN }, 1, 0) == 1;
}

/* Has the one that was let in ended the connection? */
static inline bool fake_is_left(const struct fake_broker *fake)
{
	struct pollfd client = { .fd = fake->client, .events = POLLRDHUP };

	return poll(&client, 1, 0) == 1;
}

/* Take the next connection, and its CONNECT. */
static inline void fake_accept(struct fake_broker *fake)
{
	const struct timeval within = { .tv_sec = 5 };
	struct pollfd come = { .fd = fake->listener, .events = POLLIN };

	fake_hang_up(fake);
	assert_int_equal(poll(&come, 1, 15000), 1);
	fake->client = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fake->client >= 0);
	setsockopt(fake->client, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within));
	fake_expect(fake, MQTT_CONNECT);
}

static inline void fake_let_in(struct fake_broker *fake)
{
	fake_accept(fake);
	fake_send(fake, "\x20\x03\x00\x00\x00", 5);
}

/* The packet id of what was read last, a PUBLISH of QoS 1 or a SUBSCRIBE. */
static inline const uint8_t *fake_id(const struct fake_broker *fake)
{
	size_t topic = (size_t)fake->body[0] << 8 | fake->body[1];

	return fake->type == MQTT_PUBLISH_PACKET ? fake->body + 2 + topic : fake->body;
}

/* Answer what was read last: PUBACK or SUBACK with this reason. */
static inline void fake_answer(struct fake_broker *fake, int reason)
{
	const uint8_t *id = fake_id(fake);
	const uint8_t puback[] = { 0x40, 4, id[0], id[1], (uint8_t)reason, 0 };
	const uint8_t suback[] = { 0x90, 4, id[0], id[1], 0, (uint8_t)reason };
	const uint8_t unsuback[] = { 0xb0, 4, id[0], id[1], 0, (uint8_t)reason };

	if (fake->type == MQTT_PUBLISH_PACKET)
		fake_send(fake, puback, sizeof(puback));
	else
		fake_send(fake, fake->type == MQTT_SUBSCRIBE ? suback : unsuback, 6);
}

/*
 * The packets that end whatever process Debian 12's libmosquitto is in: a property that it does
 * not know, in each packet that a broker may send with properties.
 */
static const struct {
	const char *name;
	const char *bytes;
	size_t size;
} strange_packets[] = {
	{ "CONNACK", "\x20\x05\x00\x00\x02\x7f\x01", 7 },
	{ "SUBACK", "\x90\x06\x00\x01\x02\x7f\x01\x01", 8 },
	{ "PUBACK", "\x40\x06\x00\x01\x00\x02\x7f\x01", 8 },
	{ "PUBLISH", "\x30\x09\x00\x03z/a\x02\x7f\x01x", 11 },
	{ "DISCONNECT", "\xe0\x04\x8b\x02\x7f\x01", 6 },
	{ "AUTH", "\xf0\x04\x18\x02\x7f\x01", 6 },
};
enum { STRANGE_COUNT = sizeof(strange_packets) / sizeof(strange_packets[0]) };

#endif
