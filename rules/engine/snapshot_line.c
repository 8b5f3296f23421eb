#include "rules/engine/snapshot_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void snapshot_print(struct snapshot_out *out, const char *format, ...)
{
	va_list args;
	int used;

	if (out->full)
		return;
	va_start(args, format);
	used = vsnprintf(out->text + out->used, out->size - out->used, format, args);
	va_end(args);
	if (used < 0 || (size_t)used >= out->size - out->used)
		out->full = true;
	else
		out->used += (size_t)used;
}

/* Control bytes become a backslash and a sign from here on, none of them '?' or a backslash. */
enum { LETTER = 0x5F };

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7F;
}

void snapshot_print_text(struct snapshot_out *out, const char *key, const char *text)
{
	if (!text[0])
		return;
	snapshot_print(out, "%s ", key);
	for (; *text; text++) {
		if (*text == '\\')
			snapshot_print(out, "\\\\");
		else if (is_control(*text))
			snapshot_print(out, "\\%c", *text == 0x7F ? '?' : *text + LETTER);
		else
			snapshot_print(out, "%c", *text);
	}
	snapshot_print(out, "\n");
}

uint64_t snapshot_sum(const char *text, size_t length)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)text[i]) * 0x100000001b3;
	return sum;
}

bool snapshot_next(struct snapshot_line *rest, struct snapshot_line *line)
{
	const char *newline;

	if (rest->at == rest->end)
		return false;
	newline = memchr(rest->at, '\n', (size_t)(rest->end - rest->at));
	line->at = rest->at;
	line->end = newline ? newline : rest->end;
	rest->at = newline ? newline + 1 : rest->end;
	return true;
}

bool snapshot_word(struct snapshot_line *line, char word[static SNAPSHOT_WORD_MAX + 1])
{
	size_t left = (size_t)(line->end - line->at), length;
	const char *blank = left ? memchr(line->at, ' ', left) : NULL;

	length = blank ? (size_t)(blank - line->at) : left;
	if (length == 0 || length > SNAPSHOT_WORD_MAX)
		return false;
	memcpy(word, line->at, length);
	word[length] = '\0';
	line->at += length + (blank ? 1 : 0);
	return true;
}

bool snapshot_number(struct snapshot_line *line, int64_t *number)
{
	char word[SNAPSHOT_WORD_MAX + 1], *end;

	if (!snapshot_word(line, word) || !strchr("-0123456789", word[0]))
		return false;
	errno = 0;
	*number = strtoll(word, &end, 10);
	return !errno && end != word && !*end && *number <= SNAPSHOT_TIME_MAX &&
	       *number >= -SNAPSHOT_TIME_MAX;
}

bool snapshot_bits(struct snapshot_line *line, uint64_t *bits)
{
	char word[SNAPSHOT_WORD_MAX + 1];

	if (!snapshot_word(line, word) || strlen(word) != 16 ||
		strspn(word, "0123456789abcdef") != 16)
		return false;
	*bits = strtoull(word, NULL, 16);
	return true;
}

bool snapshot_text(struct snapshot_line *line, char *text, size_t size)
{
	size_t used = 0;

	for (; line->at < line->end; line->at++) {
		char c = *line->at;

		if (c == '\\') {
			if (++line->at == line->end)
				return false;
			c = *line->at;
			if (c == '?')
				c = 0x7F;
			else if (c > LETTER && c < LETTER + 0x20)
				c = (char)(c - LETTER);
			else if (c != '\\')
				return false;
		}
		if (used + 1 >= size)
			return false;
		text[used++] = c;
	}
	text[used] = '\0';
	return true;
}

bool snapshot_at_end(const struct snapshot_line *line)
{
	return line->at == line->end;
}
