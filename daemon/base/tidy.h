/*
 * Memory that only a start, a reload or a burst of messages needed goes back to the system: free
 * pieces of the heap, and pages of libraries. Loop thread; takes about a millisecond and waits for
 * nothing.
 *
 * A library's code and constants are the file's, shared with whoever has it open. What is used
 * again is mapped again from the kernel's cache, or read from the disk, as if the kernel itself had
 * taken it, which it does where memory is short. The pages of facilityd itself stay.
 */
#ifndef DAEMON_BASE_TIDY_H
#define DAEMON_BASE_TIDY_H

void tidy_memory(void);

#endif
