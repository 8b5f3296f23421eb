/* Memory that stays: no alert waits for a page of the program or a library to come from a disk. */
#ifndef DAEMON_BASE_MEMORY_H
#define DAEMON_BASE_MEMORY_H

/*
 * All that is mapped now is read in and kept. Call it first of all: the stack of a thread would be
 * read in whole, and so would what a heap has given back. What is mapped later is the process's
 * own, which only swapping takes away; the units forbid that (MemorySwapMax).
 *
 * 0; or -errno where the limit on locked memory (RLIMIT_MEMLOCK) is too low: nothing is kept then.
 */
int memory_keep(void);

#endif
