/*
 * What facility-link gives up before it talks to anybody: it opens nothing for writing, reads
 * what look-ups and TLS need and no more (Landlock, where the kernel has it), writes no core, and
 * has little memory, so that no broker can make it take the machine's.
 */
#ifndef LINK_PROGRAM_CONFINE_H
#define LINK_PROGRAM_CONFINE_H

#include "link/wire.h"

/* `connect` names the files that it reads: the folders of these stay readable. Once. */
void confine(const struct wire_frame *connect);

#endif
