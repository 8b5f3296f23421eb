/*
 * What this process may do, from its first connection on: read what libraries, names and
 * certificates need and change no file, by Landlock; and take only so much memory. What cannot be
 * had of this is done without. Blocks as long as its files do; once, before other threads.
 */
#ifndef LINK_PROGRAM_CONFINE_H
#define LINK_PROGRAM_CONFINE_H

#include "link/wire.h"

/* By a WIRE_CONNECT, whose files, and those beside them, may be read. */
void confine(const struct wire_frame *connect);

#endif
