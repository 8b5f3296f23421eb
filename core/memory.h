/* Memory that stays: no alert waits for a page of the program or a library to come from a disk. */
#ifndef CORE_MEMORY_H
#define CORE_MEMORY_H

#include <stdbool.h>

/*
 * All that is mapped now is kept: read in at once, or each page from its first use, where what an
 * alert needs is used before. Call it first of all: the stack of a thread would be kept too, and
 * what a heap has given back. What is mapped later is the process's own, which only swapping takes
 * away; the units forbid that (MemorySwapMax).
 *
 * 0; or -errno where the limit on locked memory (RLIMIT_MEMLOCK) is too low: nothing is kept then.
 */
int memory_keep(bool at_once);

#endif
