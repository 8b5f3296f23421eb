/*
 * The floor of the benchmark: the least that a program could do to ask the same
 * questions. TCP: send and recv with epoll, paced in the same slots; RTU:
 * libmodbus with the standard's gap. Nothing is decoded or kept; TCP: a register
 * that has changed is told to the broker, in the same thread.
 *
 * bare tcp PORT DEVICES REGISTERS PERIOD_MS SECONDS MQTT_PORT    (period 0: flat out)
 * bare rtu PATH BAUD UNITS REGISTERS SECONDS
 */
#include "bench/measure.h"

#include <modbus.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { TEXT_WIDTH = 180, PAYLOAD_SIZE = 256 };
enum { DEVICES_MAX = 1000, EVENTS_MAX = 64, SLOT_MS = 10, SLOT_DEVICES = 8 };

static struct device {
	int fd;
	uint8_t request[TCP_REQUEST];
	uint8_t words[2 * REGISTERS_MAX]; /* of the last answer */
	bool known, asked; /* asked: no answer yet, which is late on a loaded machine */
	int64_t due_ns;
} devices[DEVICES_MAX];
static struct mosquitto *broker;
static uint64_t requests;

static void report(int64_t since_ns, int64_t processor_since_ns)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"requests\": %llu, \"seconds\": %.4f, \"processor_ns\": %lld, "
	       "\"wakeups\": %ld}\n",
		(unsigned long long)requests, (double)(now_ns() - since_ns) / 1e9,
		(long long)(processor_ns() - processor_since_ns), usage.ru_nvcsw);
}

static void ask(struct device *device)
{
	device->request[1]++;
	device->asked = true;
	send(device->fd, device->request, TCP_REQUEST, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void connect_one(struct device *device, int port, unsigned count, int poll_fd)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = device };
	int on = 1;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	device->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(device->fd, (struct sockaddr *)&address, sizeof(address)))
		give_up("port %d", port);
	setsockopt(device->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	memcpy(device->request, (const uint8_t[]){ 0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 0 },
		TCP_REQUEST);
	device->request[11] = (uint8_t)count;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, device->fd, &event);
}

/* Requests that are due; how long until the next. */
static int send_due(size_t count, int64_t period_ns)
{
	int64_t at_ns = now_ns(), next_ns = at_ns + period_ns;

	for (size_t i = 0; i < count; i++) {
		if (devices[i].due_ns <= at_ns) {
			if (!devices[i].asked)
				ask(&devices[i]);
			devices[i].due_ns += period_ns;
		}
		if (devices[i].due_ns < next_ns)
			next_ns = devices[i].due_ns;
	}
	return (int)((next_ns - at_ns + 999999) / 1000000);
}

/* A message of the length of facilityd's, on a topic of its own for each point. */
static void tell(struct device *device, const uint8_t *words, size_t size)
{
	for (size_t i = 0; device->known && i < size; i += 2) {
		char topic[64], payload[PAYLOAD_SIZE];
		int length;

		if (memcmp(device->words + i, words + i, 2) == 0)
			continue;
		snprintf(topic, sizeof(topic), "facility/bare/point/d%zu-r%zu",
			(size_t)(device - devices), i / 2);
		length = snprintf(payload, sizeof(payload), "{\"value\":%d,\"text\":\"%*s\"}",
			words[i] << 8 | words[i + 1], TEXT_WIDTH, "");
		mosquitto_publish(broker, NULL, topic, length, payload, 1, true);
	}
	memcpy(device->words, words, size);
	device->known = true;
}

static void take(struct device *device, size_t reply_size, bool flat)
{
	uint8_t reply[TCP_REPLY_HEAD + 2 * REGISTERS_MAX];
	ssize_t n = recv(device->fd, reply, sizeof(reply), MSG_DONTWAIT);

	if (n != (ssize_t)reply_size || reply[1] != device->request[1])
		give_up("an answer of %zd bytes", n);
	requests++;
	device->asked = false;
	if (memcmp(device->words, reply + TCP_REPLY_HEAD, reply_size - TCP_REPLY_HEAD) != 0)
		tell(device, reply + TCP_REPLY_HEAD, reply_size - TCP_REPLY_HEAD);
	if (flat)
		ask(device);
}

/* The broker's acknowledgements come with the answers. */
static void reach_broker(int port, int poll_fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	mosquitto_lib_init();
	broker = mosquitto_new(NULL, true, NULL);
	if (mosquitto_connect(broker, "127.0.0.1", port, 3600))
		give_up("broker on port %d", port);
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, mosquitto_socket(broker), &event);
}

static void run_tcp(char **argv)
{
	size_t count = (size_t)atoi(argv[1]);
	unsigned registers = (unsigned)atoi(argv[2]);
	int64_t period_ns = (int64_t)atoi(argv[3]) * 1000000, end_ns, since_ns, used_ns;
	int poll_fd = epoll_create1(EPOLL_CLOEXEC), wait_ms = -1;

	reach_broker(atoi(argv[5]), poll_fd);
	for (size_t i = 0; i < count; i++)
		connect_one(&devices[i], atoi(argv[0]), registers, poll_fd);
	since_ns = now_ns();
	used_ns = processor_ns();
	end_ns = since_ns + (int64_t)atoi(argv[4]) * 1000000000;
	for (size_t i = 0; i < count; i++) {
		devices[i].due_ns = since_ns;
		if (period_ns) /* as facilityd's */
			devices[i].due_ns +=
				(int64_t)(i / SLOT_DEVICES) * SLOT_MS * 1000000 % period_ns;
		else
			ask(&devices[i]);
	}
	while (now_ns() < end_ns) {
		struct epoll_event events[EVENTS_MAX];
		int n;

		if (period_ns)
			wait_ms = send_due(count, period_ns);
		n = epoll_wait(poll_fd, events, EVENTS_MAX, wait_ms);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				take(events[i].data.ptr, TCP_REPLY_HEAD + 2U * registers,
					period_ns == 0);
			else
				mosquitto_loop_read(broker, 1);
		}
	}
	report(since_ns, used_ns);
}

static void run_rtu(char **argv)
{
	int baud = atoi(argv[1]), units = atoi(argv[2]), registers = atoi(argv[3]);
	modbus_t *line = modbus_new_rtu(argv[0], baud, 'N', 8, 1);
	uint16_t words[REGISTERS_MAX];
	int64_t since_ns, used_ns, end_ns;

	modbus_set_response_timeout(line, 1, 0);
	if (!line || modbus_connect(line))
		give_up("%s", argv[0]);
	since_ns = now_ns();
	used_ns = processor_ns();
	end_ns = since_ns + (int64_t)atoi(argv[4]) * 1000000000;
	for (int unit = 1; now_ns() < end_ns; unit = unit % units + 1) {
		struct timespec gap = { .tv_nsec = (long)gap_ns(baud) };

		modbus_set_slave(line, unit);
		nanosleep(&gap, NULL);
		if (modbus_read_registers(line, 0, registers, words) == registers)
			requests++;
	}
	report(since_ns, used_ns);
	modbus_close(line);
	modbus_free(line);
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, 15);
	if (argc == 8 && strcmp(argv[1], "tcp") == 0)
		run_tcp(argv + 2);
	else if (argc == 7 && strcmp(argv[1], "rtu") == 0)
		run_rtu(argv + 2);
	else
		give_up("usage: bare tcp PORT DEVICES REGISTERS PERIOD_MS SECONDS MQTT_PORT | "
			"bare rtu PATH BAUD UNITS REGISTERS SECONDS");
	return 0;
}
