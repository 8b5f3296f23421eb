/* Is this UTF-8? Strictly: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef CONFIG_UTF8_H
#define CONFIG_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character that begins at `text`, 1 to 4; 0 where it is no UTF-8 or `size` is 0. */
size_t utf8_length(const char *text, size_t size);

/* The longest beginning of valid UTF-8 `text` of at most `max` bytes, cut between characters. */
int utf8_head(const char *text, int max);

#endif
