/*
 * What stands around a PDU: over TCP a header; on serial lines, and where a transparent serial
 * server carries them as they are, unit and checksum. Pure: any thread, no blocking, no allocation.
 */
#ifndef ADAPTERS_MODBUS_FRAME_H
#define ADAPTERS_MODBUS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_EXTRA = 3 }; /* unit in front of the PDU, checksum behind */

/* The seven bytes in front of a PDU over TCP. */
void frame_mbap(uint8_t *header, unsigned transaction, uint8_t unit, size_t pdu_size);

/* Put the checksum behind these bytes, unit and PDU; how many there are then. */
size_t frame_seal(uint8_t *bytes, size_t size);

/*
 * The answer to a request, unit and PDU: the first place in the bytes where a whole frame of this
 * unit and function stands, of the length that it must have, with a sound checksum. What stands in
 * front is noise. Its PDU and its length, or NULL: not (yet) there.
 */
const uint8_t *frame_find(
	const uint8_t *bytes, size_t size, const uint8_t *request, size_t *pdu_size);

/*
 * A frame names no transaction: units that did not answer in time, and may yet for silence_ms. All
 * zero but for silence_ms: none does.
 */
struct frame_debts {
	bool late[256];
	int64_t owed_ms, silence_ms;
};

/* Nothing of this unit came, or no frame; or there may be answers to somebody else. */
void frame_owe(struct frame_debts *debts, uint8_t unit, int64_t now_ms);
void frame_owe_all(struct frame_debts *debts, int64_t now_ms);

/* When the unit may be asked; where that is past, nobody owes anything any more. 0: now. */
int64_t frame_owed_ms(struct frame_debts *debts, uint8_t unit, int64_t now_ms);

#endif
