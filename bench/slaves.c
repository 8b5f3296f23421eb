/*
 * The far side of the TCP benchmark: any number of Modbus TCP devices on one
 * port, each connection a device of its own, all with the same registers. At a
 * given rate a register of one device gets a value never seen before. A plugin of
 * the broker and a subscriber tell how long it took from the answer to them.
 *
 * slaves PORT REGISTERS CHANGES_PER_S [MQTT_PORT TOPIC ARRIVALS]
 *
 * Words: "reset", "report", "dead UNIT", "alive UNIT"; a unit is the same on every
 * connection. With TOPIC "alert" every other change is back to a quiet value, so that a rule
 * raises anew, and only alerts are looked at.
 */
#include "bench/arrivals.h"
#include "bench/units.h"

#include <mosquitto.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum {
	CONNECTIONS_MAX = 1000,
	EVENTS_MAX = 64,
	SAMPLES_MAX = 100000,
	QUIET_VALUE = 7,
	STRIDE = 37, /* has no divisor in common with the numbers of devices that are measured */
};

struct connection {
	int fd;
	uint8_t reply[TCP_REPLY_HEAD + 2 * REGISTERS_MAX];
	unsigned fresh; /* a value that no answer has carried yet; 0: none */
};

static struct connection connections[CONNECTIONS_MAX];
static size_t connection_count;
static unsigned registers;
static uint64_t requests;
static unsigned next_value = VALUE_FIRST;
static _Atomic int64_t answered_ns[VALUE_LAST + 1]; /* when the first answer carried it */
static pthread_mutex_t samples_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct arrivals *arrivals;
static bool alerts; /* are looked at, and not points */
static size_t sample_count;
static struct samples {
	const char *name;
	int64_t ns[SAMPLES_MAX];
} at_broker = { .name = "broker" }, at_subscriber = { .name = "subscriber" };

static void on_message(struct mosquitto *client, void *context, const struct mosquitto_message *m)
{
	int64_t at_ns = now_ns(), since_ns, arrived_ns;
	unsigned value = arrivals_value(m->payload, (size_t)m->payloadlen);

	(void)client;
	(void)context;
	if (!value)
		return;
	since_ns = atomic_exchange(&answered_ns[value], 0);
	arrived_ns = atomic_exchange(&arrivals->at_ns[value], 0);
	if (!since_ns)
		return;
	pthread_mutex_lock(&samples_mutex);
	if (sample_count < SAMPLES_MAX) {
		at_broker.ns[sample_count] = arrived_ns - since_ns;
		at_subscriber.ns[sample_count++] = at_ns - since_ns;
	}
	pthread_mutex_unlock(&samples_mutex);
}

static void *subscriber(void *context)
{
	struct mosquitto *client = context;

	for (;;)
		if (mosquitto_loop(client, 1000, 1) != MOSQ_ERR_SUCCESS)
			give_up("subscriber: the broker is gone");
}

static void subscribe(int port, const char *topic, const char *file)
{
	char filter[64];
	struct mosquitto *client;
	pthread_t thread;

	arrivals = arrivals_map(file);
	if (!arrivals)
		give_up("%s", file);
	alerts = strcmp(topic, "alert") == 0;
	snprintf(filter, sizeof(filter), "facility/+/%s%s", topic, alerts ? "" : "/#");
	mosquitto_lib_init();
	client = mosquitto_new(NULL, true, NULL);
	mosquitto_message_callback_set(client, on_message);
	if (mosquitto_connect(client, "127.0.0.1", port, 60) ||
		mosquitto_subscribe(client, NULL, filter, 0))
		give_up("subscriber: cannot reach the broker on port %d", port);
	pthread_create(&thread, NULL, subscriber, client);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report_samples(struct samples *samples, size_t n)
{
	int64_t *ns = samples->ns;

	qsort(ns, n, sizeof(*ns), compare);
	printf(", \"%s\": {\"median_ms\": %.4f, \"p99_ms\": %.4f, \"most_ms\": %.4f}",
		samples->name, n ? (double)ns[n / 2] / 1e6 : 0,
		n ? (double)ns[n * 99 / 100] / 1e6 : 0, n ? (double)ns[n - 1] / 1e6 : 0);
}

static void report(void)
{
	pthread_mutex_lock(&samples_mutex);
	printf("{\"requests\": %llu, \"at_ns\": %lld, \"connections\": %zu, \"samples\": %zu",
		(unsigned long long)requests, (long long)now_ns(), connection_count, sample_count);
	report_samples(&at_broker, sample_count);
	report_samples(&at_subscriber, sample_count);
	units_report();
	puts("}");
	fflush(stdout);
	pthread_mutex_unlock(&samples_mutex);
}

static void on_word(void)
{
	char word[64];
	ssize_t n = read(STDIN_FILENO, word, sizeof(word) - 1);

	if (n <= 0)
		exit(0);
	word[n] = '\0';
	units_word(word);
	report();
	/* After the report, which so is of the time until now. */
	if (strncmp(word, "reset", 5) != 0)
		return;
	units_reset();
	pthread_mutex_lock(&samples_mutex);
	sample_count = 0;
	pthread_mutex_unlock(&samples_mutex);
}

static void accept_one(int poll_fd, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
	struct connection *c = connections;
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0)
		return;
	while (c < connections + CONNECTIONS_MAX && c->fd)
		c++;
	if (c == connections + CONNECTIONS_MAX)
		give_up("more than %d connections", CONNECTIONS_MAX);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	c->reply[5] = (uint8_t)(3 + 2 * registers);
	c->reply[8] = (uint8_t)(2 * registers);
	for (unsigned i = 0; i < registers; i++)
		c->reply[TCP_REPLY_HEAD + 1 + 2 * i] = QUIET_VALUE;
	connection_count++;
	event.data.ptr = c;
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
}

static void answer(struct connection *c)
{
	uint8_t request[2 * TCP_REQUEST];
	ssize_t n = recv(c->fd, request, sizeof(request), MSG_DONTWAIT);

	if (n != TCP_REQUEST) {
		if (n < 0 && errno == EAGAIN)
			return;
		close(c->fd);
		c->fd = 0;
		connection_count--;
		return;
	}
	c->reply[0] = request[0];
	c->reply[1] = request[1];
	c->reply[6] = request[6];
	c->reply[7] = request[7];
	requests++;
	if (!unit_asked(request[6], now_ns()))
		return;
	if (c->fresh) {
		answered_ns[c->fresh] = now_ns();
		c->fresh = 0;
	}
	send(c->fd, c->reply, TCP_REPLY_HEAD + 2U * registers, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void set_register(struct connection *c, unsigned number, unsigned value)
{
	size_t at = TCP_REPLY_HEAD + 2 * (number % registers);

	c->reply[at] = (uint8_t)(value >> 8);
	c->reply[at + 1] = (uint8_t)value;
}

/* One register of the next device that has had its last one fetched. */
static void change(void)
{
	static size_t turn;
	static struct connection *loud;

	if (alerts && loud) {
		if (!loud->fresh) {
			set_register(loud, 0, QUIET_VALUE);
			loud = NULL;
		}
		return;
	}
	for (size_t i = 0; i < connection_count; i++) {
		struct connection *c = &connections[turn % connection_count];
		/* Not one after the other, which are asked in one slot. */
		turn += STRIDE;

		if (!c->fd || c->fresh)
			continue;
		c->fresh = next_value;
		set_register(c, alerts ? 0 : next_value, next_value);
		next_value = next_value == VALUE_LAST ? VALUE_FIRST : next_value + 1;
		loud = c;
		return;
	}
}

static int listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, CONNECTIONS_MAX))
		give_up("port %d", port);
	return fd;
}

static void serve(int listener, int64_t change_ns)
{
	int poll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event in = { .events = EPOLLIN, .data.fd = listener };
	struct epoll_event words = { .events = EPOLLIN, .data.fd = STDIN_FILENO };
	int64_t next_ns = now_ns();

	epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &in);
	epoll_ctl(poll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &words);
	for (;;) {
		struct epoll_event events[EVENTS_MAX];
		int n = epoll_wait(poll_fd, events, EVENTS_MAX, change_ns ? 5 : -1);
		int64_t at_ns = change_ns ? now_ns() : 0;

		for (; change_ns && next_ns <= at_ns; next_ns += change_ns)
			change();
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_one(poll_fd, listener);
			else if (events[i].data.u64 == STDIN_FILENO)
				on_word();
			else
				answer(events[i].data.ptr);
		}
	}
}

int main(int argc, char **argv)
{
	int rate = argc > 3 ? atoi(argv[3]) : 0;

	if (argc < 4) {
		fputs("usage: slaves PORT REGISTERS CHANGES_PER_S [MQTT_PORT TOPIC ARRIVALS]\n",
			stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, 15);
	registers = (unsigned)atoi(argv[2]);
	if (argc > 6)
		subscribe(atoi(argv[4]), argv[5], argv[6]);
	serve(listen_on(atoi(argv[1])), rate > 0 ? 1000000000 / rate : 0);
}
