#include "core/pages.h"

#include "core/owner.h"

#include <stdint.h>
#include <sys/mman.h>

/* Stands before what the caller gets. */
struct pages {
	size_t size; /* with this head */
	_Alignas(max_align_t) unsigned char data[];
};

void *pages_new(size_t count, size_t size)
{
	struct pages *pages;

	if (size && count > (SIZE_MAX - sizeof(*pages)) / size)
		return NULL;
	size = sizeof(*pages) + count * size;
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	pages->size = size;
	return pages->data;
}

void pages_free(void *memory)
{
	struct pages *pages;

	if (!memory)
		return;
	pages = OWNER_OF(memory, struct pages, data);
	munmap(pages, pages->size);
}
