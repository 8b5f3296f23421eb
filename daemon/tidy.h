/*
 * Memory that only a start, a reload or a burst of messages needed goes back to
 * the system. Loop thread; takes about a millisecond and waits for nothing.
 */
#ifndef DAEMON_TIDY_H
#define DAEMON_TIDY_H

void tidy_memory(void);

#endif
