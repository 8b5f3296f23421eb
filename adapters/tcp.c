/* See tcp.h. */
#include "adapters/tcp.h"

#include <string.h>
#include <sys/socket.h>

/*
 * Where nobody listens on a port of the range that the kernel gives to clients, a socket can
 * connect to itself. It would read its own requests as answers, and every write would be
 * acknowledged.
 */
bool tcp_is_own_peer(int fd)
{
	struct sockaddr_storage own, peer;
	socklen_t own_size = sizeof(own), peer_size = sizeof(peer);

	memset(&own, 0, sizeof(own));
	memset(&peer, 0, sizeof(peer));
	return getsockname(fd, (struct sockaddr *)&own, &own_size) == 0 &&
	       getpeername(fd, (struct sockaddr *)&peer, &peer_size) == 0 &&
	       memcmp(&own, &peer, sizeof(own)) == 0;
}
