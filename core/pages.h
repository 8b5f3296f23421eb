/*
 * Memory for what is large, mostly empty, and stays: whole pages, zeroed, apart from the heap. A
 * page that is never touched takes no memory; calloc() may fill a hole in the heap instead, which
 * it has to write zeros to. Any thread.
 */
#ifndef CORE_PAGES_H
#define CORE_PAGES_H

#include <stddef.h>

/* `count` times `size` bytes, aligned for any type. NULL: out of memory. */
void *pages_new(size_t count, size_t size) __attribute__((malloc));
void pages_free(void *memory); /* NULL: nothing */

#endif
