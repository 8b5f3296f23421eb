#include "daemon/base/tidy.h"

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Were its read-only parts written when it was loaded? Then they are not the file's any more. No
 * library is built so on the architectures that Debian has today.
 */
static bool has_text_relocations(const struct dl_phdr_info *info)
{
	const ElfW(Phdr) *header = info->dlpi_phdr;
	const ElfW(Dyn) *entry = NULL;

	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (header[i].p_type == PT_DYNAMIC)
			entry = (const void *)(info->dlpi_addr + header[i].p_vaddr);
	for (; entry && entry->d_tag != DT_NULL; entry++)
		if (entry->d_tag == DT_TEXTREL ||
			(entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL))
			return true;
	return false;
}

/* Segments that may not be written: never the data, nor the relocated constants behind it. */
static int drop_library(struct dl_phdr_info *info, size_t size, void *context)
{
	const uintptr_t page = *(const uintptr_t *)context;

	(void)size;
	/* facilityd itself has no name, what the kernel maps no path. */
	if (!strchr(info->dlpi_name, '/') || has_text_relocations(info))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + segment->p_vaddr;
		uintptr_t end = start + segment->p_memsz;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		start -= start % page;
		madvise((void *)start, end - start, MADV_DONTNEED);
	}
	return 0;
}

void tidy_memory(void)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	malloc_trim(0);
	dl_iterate_phdr(drop_library, &page);
}
