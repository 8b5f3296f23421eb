/*
 * 16-bit numbers as networks send them, high byte first (Modbus Application Protocol V1.1b3,
 * 4.2; RFC 791, appendix B). `at`: two bytes, of any alignment. Any thread; cannot fail.
 */
#ifndef ADAPTERS_BIG_ENDIAN_H
#define ADAPTERS_BIG_ENDIAN_H

#include <stdint.h>

static inline void put_u16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline unsigned get_u16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

#endif
