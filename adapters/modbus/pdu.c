/*
 * Modbus protocol data units: built, and their answers checked to the last
 * byte. Pure; knows no transport.
 */
#include "adapters/modbus/pdu.h"
#include "adapters/big_endian.h"

#include <errno.h>
#include <string.h>

enum { ACKNOWLEDGED = 5, BUSY = 6, GATEWAY_PATH = 10, GATEWAY_TARGET = 11 };

size_t modbus_read_pdu(uint8_t *pdu, const struct modbus_request *request)
{
	pdu[0] = request->function;
	put_u16(pdu + 1, request->address);
	put_u16(pdu + 3, request->count);
	return 5;
}

size_t modbus_write_pdu(uint8_t *pdu, const struct modbus_point *point, const uint16_t *words)
{
	pdu[0] = point->function;
	put_u16(pdu + 1, point->address);
	switch (point->function) {
	case 5:
		put_u16(pdu + 3, words[0] ? 0xff00 : 0);
		return 5;
	case 6:
		put_u16(pdu + 3, words[0]);
		return 5;
	case 15:
		put_u16(pdu + 3, 1);
		pdu[5] = 1;
		pdu[6] = words[0] ? 1 : 0;
		return 7;
	default:
		put_u16(pdu + 3, point->words);
		pdu[5] = (uint8_t)(2 * point->words);
		for (unsigned i = 0; i < point->words; i++)
			put_u16(pdu + 6 + 2 * i, words[i]);
		return 6 + 2U * point->words;
	}
}

static size_t payload_size(unsigned function, unsigned count)
{
	return function <= 2 ? (count + 7) / 8 : 2 * count;
}

size_t modbus_reply_size(const struct modbus_request *request)
{
	return 2 + payload_size(request->function, request->count);
}

/* A byte of each bit: where pieces are cut, they begin a byte of their own. */
size_t modbus_raw_room(unsigned function, int count)
{
	return (function <= 2 ? 1U : 2U) * (size_t)count;
}

enum reason modbus_check_reply(const uint8_t *request, const uint8_t *reply, size_t length,
	const uint8_t **data, unsigned *code)
{
	if (length < 2)
		return REASON_GARBLED;
	if (reply[0] == (request[0] | 0x80)) {
		*code = reply[1];
		return length == 2 ? REASON_EXCEPTION : REASON_GARBLED;
	}
	if (reply[0] != request[0])
		return REASON_MISMATCH;
	if (request[0] >= 5) {
		/* A write is answered by its first five bytes. */
		if (length != 5)
			return REASON_GARBLED;
		return memcmp(request, reply, 5) == 0 ? REASON_NONE : REASON_MISMATCH;
	}
	if (reply[1] != payload_size(request[0], get_u16(request + 3)) || length != 2U + reply[1])
		return REASON_GARBLED;
	*data = reply + 2;
	return REASON_NONE;
}

/* The words of one point, from the payload of its request. */
static void point_words(const struct modbus_request *request, const struct modbus_point *point,
	const uint8_t *data, uint16_t *words)
{
	unsigned at = (unsigned)(point->address - request->address);

	if (request->function <= 2) {
		for (unsigned i = 0; i < point->words; i++)
			words[i] = data[(at + i) / 8] >> ((at + i) % 8) & 1;
		return;
	}
	for (unsigned i = 0; i < point->words; i++)
		words[i] = (uint16_t)get_u16(data + 2 * (at + i));
}

void modbus_answered(struct modbus_request *request, const uint8_t *data, struct sink *sink)
{
	request->refusals = 0;
	request->joined_at = 0;
	if (request->known && memcmp(request->raw, data, request->raw_size) == 0) {
		sink->unchanged(sink, request->points, request->point_count);
		return;
	}
	memcpy(request->raw, data, request->raw_size);
	request->known = true;
	for (size_t i = 0; i < request->point_count; i++) {
		uint16_t words[MODBUS_WORDS_MAX];
		struct reading reading;

		point_words(request, request->points[i]->options, data, words);
		modbus_reading(request->points[i], words, &reading);
		sink->reading(sink, &reading);
	}
}

void modbus_failed(
	struct modbus_request *request, enum reason reason, unsigned code, struct sink *sink)
{
	request->known = false;
	for (size_t i = 0; i < request->point_count; i++) {
		struct reading reading = {
			.point = request->points[i]->index,
			.quality = QUALITY_BAD,
			.reason = (uint8_t)reason,
			.detail = (uint16_t)(reason == REASON_EXCEPTION ? code : 0),
		};

		sink->reading(sink, &reading);
	}
}

/* A write that is acknowledged is under way: it needs no other. */
bool modbus_is_busy(bool reads, unsigned code)
{
	return code == BUSY || (code == ACKNOWLEDGED && reads);
}

int modbus_reason_error(enum reason reason, unsigned code)
{
	switch (reason) {
	case REASON_NONE:
		return 0;
	case REASON_TIMEOUT:
		return -ETIMEDOUT;
	case REASON_EXCEPTION:
		return code == GATEWAY_PATH || code == GATEWAY_TARGET ? -ETIMEDOUT : -EREMOTEIO;
	default:
		return -EBADMSG;
	}
}

int modbus_write_words(const struct point *point, double value, uint16_t *words)
{
	const struct modbus_point *options = point->options;

	if (!point->writable || !options->function)
		return -EINVAL;
	if (!(value >= point->min && value <= point->max))
		return -EINVAL;
	return modbus_encode(options, value, words) ? -EINVAL : 0;
}
