/*
 * What each kind of probe asks, and what counts as an answer to it. Pure: bytes in,
 * a verdict out; nothing that a stranger sends is trusted.
 *
 * By hand, for a status line and one question of the domain name system are forty lines each:
 * libcurl or c-ares would need as many to be driven from our loop, and bring resolvers, TLS and
 * megabytes of memory into the process that cuts circuits.
 */
#include "adapters/big_endian.h"
#include "adapters/probe/probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum {
	ICMP_ECHO = 8,
	ICMP_ECHO_REPLY = 0,
	ICMP6_ECHO = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP_HEADER = 8,
	DNS_HEADER = 12,
	DNS_TYPE_A = 1,
	DNS_CLASS_IN = 1,
	DNS_LABEL_MAX = 63,
	DNS_NAME_MAX = 253,
};

static bool is_v6(const struct probe_point *options)
{
	return options->address.ss_family == AF_INET6;
}

/* The kernel writes the identifier and the checksum, and hands us only what is to ours. */
static size_t ping_question(const struct probe_point *options, uint16_t token, uint8_t *buffer)
{
	memset(buffer, 0, ICMP_HEADER);
	buffer[0] = is_v6(options) ? ICMP6_ECHO : ICMP_ECHO;
	put_u16(buffer + 6, token);
	return ICMP_HEADER;
}

static enum probe_verdict ping_judge(const struct probe_point *options, uint16_t token,
	const uint8_t *got, size_t size, int *status)
{
	uint8_t reply = is_v6(options) ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY;

	*status = 0;
	if (size < ICMP_HEADER || got[0] != reply || get_u16(got + 6) != token)
		return PROBE_MORE;
	return PROBE_ANSWER;
}

static size_t http_question(const struct probe_point *options, uint16_t token, uint8_t *buffer)
{
	bool v6 = is_v6(options);
	int size = snprintf((char *)buffer, PROBE_BUFFER,
		"GET %s HTTP/1.1\r\nHost: %s%s%s:%d\r\nUser-Agent: facilityd\r\nAccept: */*\r\n"
		"Connection: close\r\n\r\n",
		options->path ? options->path : "/", v6 ? "[" : "", options->host, v6 ? "]" : "",
		(int)options->port);

	(void)token;
	return (size_t)size;
}

/* Of the status line only "HTTP/1.x nnn" and what ends the number; the rest is not read. */
static enum probe_verdict http_judge(const struct probe_point *options, uint16_t token,
	const uint8_t *got, size_t size, int *status)
{
	static const char form[] = "HTTP/1.d ddd";
	size_t whole = sizeof(form) - 1;

	(void)options;
	(void)token;
	for (size_t i = 0; i < size && i < whole; i++) {
		bool digit = got[i] >= '0' && got[i] <= '9';

		if (form[i] == 'd' ? !digit : got[i] != (uint8_t)form[i])
			return PROBE_WRONG;
	}
	if (size <= whole)
		return PROBE_MORE;
	if (got[whole] != ' ' && got[whole] != '\r' && got[whole] != '\n')
		return PROBE_WRONG;
	*status = (got[9] - '0') * 100 + (got[10] - '0') * 10 + (got[11] - '0');
	return PROBE_ANSWER;
}

bool probe_name_valid(const char *name)
{
	size_t length = strlen(name), label = 0;

	if (length == 0 || length > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i <= length; i++) {
		if (name[i] != '.' && name[i] != '\0') {
			label++;
			continue;
		}
		if (label == 0 || label > DNS_LABEL_MAX)
			return false;
		label = 0;
	}
	return true;
}

/* The question section: the name as counted labels, type, class. */
static size_t dns_section(const char *name, uint8_t *at)
{
	uint8_t *begin = at;

	while (*name) {
		size_t label = strcspn(name, ".");

		*at++ = (uint8_t)label;
		memcpy(at, name, label);
		at += label;
		name += label + (name[label] == '.');
	}
	*at++ = 0;
	put_u16(at, DNS_TYPE_A);
	put_u16(at + 2, DNS_CLASS_IN);
	return (size_t)(at + 4 - begin);
}

static size_t dns_question(const struct probe_point *options, uint16_t token, uint8_t *buffer)
{
	memset(buffer, 0, DNS_HEADER);
	put_u16(buffer, token);
	buffer[2] = 0x01; /* recursion desired */
	put_u16(buffer + 4, 1);
	return DNS_HEADER + dns_section(options->name, buffer + DNS_HEADER);
}

/* Only an answer that repeats our question counts; no error and one record at least is good. */
static enum probe_verdict dns_judge(const struct probe_point *options, uint16_t token,
	const uint8_t *got, size_t size, int *status)
{
	uint8_t section[PROBE_BUFFER];
	size_t section_size = dns_section(options->name, section);

	*status = 0;
	if (size < DNS_HEADER + section_size || get_u16(got) != token || !(got[2] & 0x80) ||
		get_u16(got + 4) != 1 || memcmp(got + DNS_HEADER, section, section_size) != 0)
		return PROBE_MORE;
	return (got[3] & 0x0f) == 0 && get_u16(got + 6) > 0 ? PROBE_ANSWER : PROBE_WRONG;
}

const struct probe_kind probe_kinds[PROBE_ASK_COUNT] = {
	[PROBE_TCP] = { .type = SOCK_STREAM },
	[PROBE_PING] = { .type = SOCK_DGRAM,
		.protocol = { IPPROTO_ICMP, IPPROTO_ICMPV6 },
		.question = ping_question,
		.judge = ping_judge },
	[PROBE_HTTP] = { .type = SOCK_STREAM,
		.default_port = 80,
		.question = http_question,
		.judge = http_judge },
	[PROBE_DNS] = { .type = SOCK_DGRAM,
		.default_port = 53,
		.question = dns_question,
		.judge = dns_judge },
};
