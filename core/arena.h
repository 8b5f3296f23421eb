/*
 * A bump allocator: everything that one configuration owns, freed at once.
 *
 * Owner: whoever has the struct, zeroed at first. Not safe for two threads. Memory
 * comes zeroed and aligned for any type; a text takes its bytes and no more. Running out of memory
 * at load ends the program with a message, since nothing is running yet; never allocate from an
 * arena while polling.
 */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void arena_free(struct arena *arena);

#endif
