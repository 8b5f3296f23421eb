#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024 };

/* Structs fill it from its beginning, texts, which need no alignment, from its end. */
struct arena_block {
	struct arena_block *next;
	size_t used, size; /* what is free lies between */
	_Alignas(max_align_t) unsigned char data[];
};

static struct arena_block *block_new(size_t size)
{
	struct arena_block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		fputs("out of memory while loading\n", stderr);
		abort();
	}
	block->size = size;
	return block;
}

static struct arena_block *block_for(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;

	if (block && block->size - block->used >= size)
		return block;
	block = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE);
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *block;
	void *result;

	size = (size + align - 1) / align * align;
	block = block_for(arena, size);
	result = block->data + block->used;
	block->used += size;
	return result;
}

static char *text_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = block_for(arena, size);

	block->size -= size;
	return (char *)block->data + block->size;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(text_alloc(arena, size), text, size);
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	int length;
	char *result;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0)
		return arena_strdup(arena, "");
	result = text_alloc(arena, (size_t)length + 1);
	va_start(args, format);
	vsnprintf(result, (size_t)length + 1, format, args);
	va_end(args);
	return result;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
