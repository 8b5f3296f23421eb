/* Is this UTF-8? Strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that begins at `text`, 1 to 4; 0 where it is no UTF-8 or `size` is 0. */
size_t utf8_length(const char *text, size_t size);

/* The longest beginning of valid UTF-8 `text` of at most `max` bytes, cut between characters. */
int utf8_head(const char *text, int max);

/*
 * Copies `from` (NULL is empty) and ends it; what does not fit in `size` bytes is cut behind a
 * whole character, so that what was UTF-8 stays it. What was none is copied as it is.
 */
void utf8_copy(char *to, size_t size, const char *from);

#endif
