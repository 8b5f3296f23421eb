/* What every driver that connects over TCP must know. Any thread; does not block. */
#ifndef ADAPTERS_TCP_H
#define ADAPTERS_TCP_H

#include <stdbool.h>

/* Has this connected socket connected to itself? Then nobody is there. */
bool tcp_is_own_peer(int fd);

#endif
