/* See frame.h. */
#include "adapters/modbus/frame.h"
#include "adapters/big_endian.h"

#include <string.h>

enum { POLYNOMIAL = 0xa001, EXCEPTION_SIZE = 2, WRITE_SIZE = 5 };

void frame_mbap(uint8_t *header, unsigned transaction, uint8_t unit, size_t pdu_size)
{
	put_u16(header, transaction);
	put_u16(header + 2, 0);
	put_u16(header + 4, (unsigned)pdu_size + 1);
	header[6] = unit;
}

static unsigned checksum(const uint8_t *bytes, size_t size)
{
	unsigned crc = 0xffff;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
	}
	return crc;
}

/* Low byte first, unlike all else in Modbus. */
size_t frame_seal(uint8_t *bytes, size_t size)
{
	unsigned crc = checksum(bytes, size);

	bytes[size] = (uint8_t)crc;
	bytes[size + 1] = (uint8_t)(crc >> 8);
	return size + 2;
}

/* How long the PDU of the answer is where it has this function. */
static size_t answer_size(const uint8_t *request, unsigned function)
{
	unsigned count = get_u16(request + 4);

	if (function & 0x80)
		return EXCEPTION_SIZE;
	if (function >= 5)
		return WRITE_SIZE;
	return 2 + (function <= 2 ? (count + 7) / 8 : 2 * count);
}

const uint8_t *frame_find(
	const uint8_t *bytes, size_t size, const uint8_t *request, size_t *pdu_size)
{
	for (size_t at = 0; at + EXCEPTION_SIZE + FRAME_EXTRA <= size; at++) {
		const uint8_t *frame = bytes + at;
		size_t sealed;

		if (frame[0] != request[0] || (frame[1] & 0x7f) != request[1])
			continue;
		*pdu_size = answer_size(request, frame[1]);
		sealed = 1 + *pdu_size;
		if (at + sealed + 2 <= size &&
			checksum(frame, sealed) ==
				((unsigned)frame[sealed + 1] << 8 | frame[sealed]))
			return frame + 1;
	}
	return NULL;
}

void frame_owe(struct frame_debts *debts, uint8_t unit, int64_t now_ms)
{
	debts->late[unit] = true;
	debts->owed_ms = now_ms + debts->silence_ms;
}

void frame_owe_all(struct frame_debts *debts, int64_t now_ms)
{
	memset(debts->late, true, sizeof(debts->late));
	debts->owed_ms = now_ms + debts->silence_ms;
}

int64_t frame_owed_ms(struct frame_debts *debts, uint8_t unit, int64_t now_ms)
{
	if (!debts->late[unit])
		return 0;
	if (debts->owed_ms > now_ms)
		return debts->owed_ms;
	memset(debts->late, false, sizeof(debts->late));
	return 0;
}
