/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF; and cutting
 * a text without cutting a character in two.
 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stddef.h>

/* Bytes of the character that begins at `text`, 1 to 4; 0 where it is no UTF-8 or `size` is 0. */
size_t utf8_length(const char *text, size_t size);

/* The longest beginning of `text` of at most `max` bytes that ends between characters. */
int utf8_head(const char *text, int max);

/* Copies what fits into `size` bytes with the ending NUL, whole characters only; NULL is "". */
void utf8_copy(char *to, size_t size, const char *from);

#endif
