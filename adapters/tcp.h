/* What every driver that connects over TCP must know. Any thread; does not block. */
#ifndef ADAPTERS_TCP_H
#define ADAPTERS_TCP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* An IPv4 or IPv6 address and a port, as the system has them; its size, 0: `host` is none. */
socklen_t tcp_address(const char *host, int64_t port, struct sockaddr_storage *address);

/* Has this connected socket connected to itself? Then nobody is there. */
bool tcp_is_own_peer(int fd);

/*
 * Begin to connect: the descriptor of a socket that does not block, or -errno (-EINVAL: `host` is
 * no address). A peer that is gone is noticed within some 10 s, also while nothing is sent.
 */
int tcp_connect(const char *host, int64_t port);

#endif
