#include "core/utf8.h"

#include <stdint.h>
#include <string.h>

/* By lead byte: how long, which bits of it count, and the least code point of that length. */
static const struct {
	uint8_t mask, lead;
	size_t length;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xE0, 0xC0, 2, 0x80 },
	{ 0xF0, 0xE0, 3, 0x800 },
	{ 0xF8, 0xF0, 4, 0x10000 },
};

size_t utf8_length(const char *text, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)text;

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]) && size > 0; f++) {
		uint32_t code;

		if ((bytes[0] & forms[f].mask) != forms[f].lead)
			continue;
		if (forms[f].length > size)
			return 0;
		code = bytes[0] & (uint8_t)~forms[f].mask;
		for (size_t i = 1; i < forms[f].length; i++) {
			if ((bytes[i] & 0xC0) != 0x80)
				return 0;
			code = code << 6 | (bytes[i] & 0x3F);
		}
		if (code < forms[f].least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
			return 0;
		return forms[f].length;
	}
	return 0;
}

int utf8_head(const char *text, int max)
{
	size_t length = strnlen(text, (size_t)max + 1);

	if (length > (size_t)max)
		for (length = (size_t)max; length > 0 && ((uint8_t)text[length] & 0xC0) == 0x80;)
			length--;
	return (int)length;
}

void utf8_copy(char *to, size_t size, const char *from)
{
	size_t length = from ? (size_t)utf8_head(from, (int)size - 1) : 0;

	memcpy(to, from ? from : "", length);
	to[length] = '\0';
}
