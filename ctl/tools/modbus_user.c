/*
 * Who on this machine talks over a bus already. A serial line says it by its
 * lock, when it is opened; a TCP connection stands in the kernel's list.
 */
#include "ctl/tools/modbus_link.h"

#include "adapters/adapter.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { STATE_ESTABLISHED = 1, STATE_CONNECTING = 2, LINE_SIZE = 512, ADDRESS_SIZE = 33 };

/* The address as /proc/net writes it: 32 bit words in the machine's order, in hexadecimal. */
static bool kernel_address(const char *host, char text[static ADDRESS_SIZE], const char **list)
{
	uint32_t words[4];
	int family = inet_pton(AF_INET, host, words) == 1    ? AF_INET
		     : inet_pton(AF_INET6, host, words) == 1 ? AF_INET6
							     : AF_UNSPEC;

	if (family == AF_UNSPEC)
		return false;
	*list = family == AF_INET ? "/proc/net/tcp" : "/proc/net/tcp6";
	for (size_t i = 0; i < (family == AF_INET ? 1 : 4); i++)
		snprintf(text + 8 * i, ADDRESS_SIZE - 8 * i, "%08X", words[i]);
	return true;
}

static bool is_connected_to(const char *host, unsigned port)
{
	char wanted[ADDRESS_SIZE], remote[ADDRESS_SIZE], line[LINE_SIZE];
	unsigned remote_port, state;
	bool found = false;
	const char *list;
	FILE *file;

	if (!kernel_address(host, wanted, &list))
		return false;
	file = fopen(list, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*s %*[0-9A-F]:%*x %32[0-9A-F]:%x %x", remote, &remote_port,
				&state) == 3 &&
			(state == STATE_ESTABLISHED || state == STATE_CONNECTING) &&
			remote_port == port && strcmp(remote, wanted) == 0;
	if (file)
		fclose(file);
	return found;
}

const char *modbus_link_user(const struct bus *bus)
{
	const struct modbus_tcp_bus *options = bus->options;

	if (strcmp(bus->adapter->name, "modbus-tcp") == 0 &&
		is_connected_to(options->host, (unsigned)options->port))
		return "a program on this machine is connected to it";
	return NULL;
}
