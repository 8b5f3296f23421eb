/* A client of libmosquitto; see client.h for what it must not do. */
#include "link/program/client.h"

#include "core/clock.h"
#include "link/port.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	ANSWER_WITHIN_MS = 5000, /* a CONNACK */
	PASSWORD_SIZE = 256,
	KEEPALIVE_MIN_S = 5, /* the library's */
	MID_COUNT = 65536,   /* of packets, in MQTT */
	END_MS = 200,        /* for the broker to take a good-bye */
};

enum client_state { CLIENT_CONNECTING, CLIENT_CONNECTED, CLIENT_LOST };

struct client {
	struct mosquitto *library;
	struct wire *wire;
	enum client_state state;
	int64_t deadline_ms;         /* of the CONNACK */
	uint32_t numbers[MID_COUNT]; /* of what is asked, by the library's mid; 0: nothing is */
};

static void lost(
	struct client *client, enum word_cause cause, const char *detail, int error, int code)
{
	const struct wire_frame frame = {
		.kind = WIRE_LOST,
		.number = (uint32_t)error,
		.code = (uint32_t)code,
		.flags = cause,
		.text = { [WIRE_WHY] = wire_text(detail) },
	};

	if (client->state == CLIENT_LOST)
		return;
	client->state = CLIENT_LOST;
	wire_put(client->wire, &frame);
}

/* A host or a file, `of`, is what fails. */
static void lost_of(struct client *client, const char *of, int error)
{
	static const struct {
		int error;
		enum word_cause cause;
	} table[] = {
		{ ECONNREFUSED, WORD_CAUSE_CONNECTION_REFUSED },
		{ ETIMEDOUT, WORD_CAUSE_CONNECTION_TIMED_OUT },
		{ EHOSTUNREACH, WORD_CAUSE_NO_ROUTE_TO_IT },
		{ ENETUNREACH, WORD_CAUSE_NO_ROUTE_TO_IT },
		{ ENOENT, WORD_CAUSE_NO_SUCH_FILE },
		{ EACCES, WORD_CAUSE_PERMISSION_DENIED },
	};
	char both[256];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error) {
			lost(client, table[i].cause, of, error, 0);
			return;
		}
	snprintf(both, sizeof(both), "%s: %s", of, strerror(error));
	lost(client, WORD_CAUSE_LOG, both, error, 0);
}

/* Was a call of the library successful? If not, the connection is lost. */
static bool check(struct client *client, const char *what, int rc)
{
	static const struct {
		int rc, error; /* the number of errno that says most nearly what the library means
				*/
		enum word_cause cause;
	} table[] = {
		{ MOSQ_ERR_NOMEM, ENOMEM, WORD_CAUSE_OUT_OF_MEMORY },
		{ MOSQ_ERR_PROTOCOL, EPROTO, WORD_CAUSE_THE_CONNECTION_WAS_LOST },
		{ MOSQ_ERR_MALFORMED_PACKET, EPROTO, WORD_CAUSE_THE_CONNECTION_WAS_LOST },
		{ MOSQ_ERR_TLS, EPROTO, WORD_CAUSE_NO_TLS },
		{ MOSQ_ERR_INVAL, EPROTO, WORD_CAUSE_LOG },
		{ 0, ECONNRESET, WORD_CAUSE_THE_CONNECTION_WAS_LOST },
	};
	int error = errno;
	char detail[256];
	size_t i = 0;

	if (rc == MOSQ_ERR_SUCCESS)
		return true;
	while (table[i].rc && table[i].rc != rc)
		i++;
	if (rc != MOSQ_ERR_ERRNO)
		error = table[i].error;
	snprintf(detail, sizeof(detail), "%s: %s", what,
		rc == MOSQ_ERR_ERRNO ? strerror(error) : mosquitto_strerror(rc));
	lost(client, table[i].cause, detail, error, 0);
	return false;
}

/* Setting up ----------------------------------------------------------------------- */

/* A file that cannot be read is named, which the library would not do. */
static FILE *open_file(struct client *client, const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		lost_of(client, path, errno);
	return file;
}

static bool readable(struct client *client, const char *path)
{
	FILE *file = path ? open_file(client, path) : NULL;

	if (file)
		fclose(file);
	return !path || file;
}

static bool set_tls(struct client *client, const struct wire_text *text)
{
	const char *ca = text[WIRE_CA_FILE].at, *cert = text[WIRE_CERT_FILE].at,
		   *key = text[WIRE_KEY_FILE].at;

	return !ca ||
	       (readable(client, ca) && readable(client, cert) && readable(client, key) &&
		       check(client, "TLS",
			       mosquitto_tls_set(client->library, ca, NULL, cert, key, NULL)));
}

static bool read_password(struct client *client, const char *path, char password[PASSWORD_SIZE])
{
	FILE *file = open_file(client, path);
	bool good;

	if (!file)
		return false;
	good = fgets(password, PASSWORD_SIZE, file) != NULL;
	fclose(file);
	if (!good)
		lost(client, WORD_CAUSE_NO_FIRST_LINE, path, ENOENT, 0);
	password[strcspn(password, "\r\n")] = '\0';
	return good;
}

static bool set_login(struct client *client, const struct wire_text *text)
{
	const char *path = text[WIRE_PASSWORD_FILE].at;
	char password[PASSWORD_SIZE] = "";
	bool good;

	if (!text[WIRE_USERNAME].at)
		return true;
	if (path && !read_password(client, path, password))
		return false;
	good = check(client, "login",
		mosquitto_username_pw_set(
			client->library, text[WIRE_USERNAME].at, path ? password : NULL));
	explicit_bzero(password, sizeof(password));
	return good;
}

static bool set_up(struct client *client, const struct wire_text *text)
{
	const struct wire_text *will = &text[WIRE_WILL_PAYLOAD];

	mosquitto_int_option(client->library, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(client->library, MOSQ_OPT_TCP_NODELAY, 1);
	return (!will->at || check(client, "last will",
				     mosquitto_will_set(client->library, text[WIRE_WILL_TOPIC].at,
					     (int)will->length, will->at, 1, true))) &&
	       set_tls(client, text) && set_login(client, text);
}

static void on_alarm(int number)
{
	(void)number; /* that it came ends connect() */
}

/* A look-up may have taken long before: so it comes again and again. */
static void set_alarm(int first_s)
{
	const struct itimerval timer = { .it_value.tv_sec = first_s,
		.it_interval.tv_sec = first_s ? 1 : 0 };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static bool connect_tcp(struct client *client, const struct wire_frame *connect)
{
	const struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	const char *host = connect->text[WIRE_HOST].at;
	int keepalive_s =
		(int)connect->code < KEEPALIVE_MIN_S ? KEEPALIVE_MIN_S : (int)connect->code;
	unsigned silence_ms = (unsigned)keepalive_s * 1000;
	mosquitto_property *properties = NULL;
	int rc, fd, error;

	if (!host)
		host = "";
	sigaction(SIGALRM, &action, NULL);
	mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, PORT_PACKET_MAX);
	set_alarm(CLIENT_CONNECT_S);
	rc = mosquitto_connect_bind_v5(
		client->library, host, (int)connect->number, keepalive_s, NULL, properties);
	error = errno == EINTR ? ETIMEDOUT : errno;
	set_alarm(0);
	mosquitto_property_free_all(&properties);
	if (rc == MOSQ_ERR_ERRNO)
		lost_of(client, host, error);
	else if (rc == MOSQ_ERR_EAI)
		lost(client, WORD_CAUSE_NOBODY_KNOWS_THIS_NAME, host, EHOSTUNREACH, 0);
	if (!check(client, "connect", rc))
		return false;
	/* A peer that vanished is noticed within the keepalive, not twice that. */
	fd = mosquitto_socket(client->library);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof(silence_ms));
	return true;
}

/* What the library tells: from within client_run() only. -------------------------- */

static void on_connect(struct mosquitto *library, void *context, int rc, int flags,
	const mosquitto_property *properties)
{
	struct client *client = context;
	const struct wire_frame frame = { .kind = WIRE_CONNECTED };

	(void)library, (void)flags, (void)properties;
	if (client->state != CLIENT_CONNECTING)
		return;
	if (rc != 0) {
		lost(client, WORD_CAUSE_THE_BROKER_REFUSES_THE_CONNECTION,
			mosquitto_reason_string(rc), 0, rc);
		return;
	}
	client->state = CLIENT_CONNECTED;
	wire_put(client->wire, &frame);
}

/* What ended the connection: the reason of the broker's DISCONNECT, or an error of the library. */
static void on_disconnect(
	struct mosquitto *library, void *context, int rc, const mosquitto_property *properties)
{
	struct client *client = context;

	(void)library, (void)properties;
	if (rc >= MQTT_RC_UNSPECIFIED)
		lost(client, WORD_CAUSE_THE_BROKER_ENDED_THE_CONNECTION,
			mosquitto_reason_string(rc), 0, rc);
	else if (rc == 0 || rc == MOSQ_ERR_CONN_LOST)
		lost(client, WORD_CAUSE_THE_CONNECTION_WAS_LOST, "", ECONNRESET, 0);
	else if (rc == MOSQ_ERR_KEEPALIVE) /* mosquitto_strerror() of 2.0.11 does not know it */
		lost(client, WORD_CAUSE_THE_CONNECTION_WAS_LOST, "no answer within the keepalive",
			ECONNRESET, 0);
	else
		check(client, "receive", rc);
}

static void tell_answer(struct client *client, uint32_t number, int code)
{
	struct wire_frame frame = { .kind = WIRE_ANSWER, .number = number, .code = (uint32_t)code };

	if (code >= MQTT_RC_UNSPECIFIED)
		frame.text[WIRE_WHY] = wire_text(mosquitto_reason_string(code));
	wire_put(client->wire, &frame);
}

static void answer(struct client *client, int mid, int code)
{
	uint32_t number = client->numbers[mid % MID_COUNT];

	client->numbers[mid % MID_COUNT] = 0;
	if (number)
		tell_answer(client, number, code);
}

static void on_publish(struct mosquitto *library, void *context, int mid, int code,
	const mosquitto_property *properties)
{
	(void)library, (void)properties;
	answer(context, mid, code);
}

static void on_subscribe(struct mosquitto *library, void *context, int mid, int count,
	const int *granted, const mosquitto_property *properties)
{
	(void)library, (void)properties;
	answer(context, mid, count > 0 ? granted[0] : MQTT_RC_UNSPECIFIED);
}

static void on_message(struct mosquitto *library, void *context,
	const struct mosquitto_message *message, const mosquitto_property *properties)
{
	struct client *client = context;
	char *response = NULL;
	void *correlation = NULL;
	uint16_t length = 0;
	struct wire_frame frame = {
		.kind = WIRE_MESSAGE,
		.flags = message->retain ? WIRE_RETAINED : 0,
	};

	(void)library;
	mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC, &response, false);
	mosquitto_property_read_binary(
		properties, MQTT_PROP_CORRELATION_DATA, &correlation, &length, false);
	frame.text[WIRE_TOPIC] = wire_text(message->topic);
	frame.text[WIRE_PAYLOAD] = (struct wire_text){ message->payloadlen ? message->payload : "",
		(size_t)message->payloadlen };
	frame.text[WIRE_RESPONSE] = wire_text(response);
	frame.text[WIRE_CORRELATION] = (struct wire_text){ correlation, length };
	if (wire_put(client->wire, &frame) < 0)
		lost(client, WORD_CAUSE_TOO_MUCH_AT_ONCE, "", ENOBUFS, 0);
	free(response);
	free(correlation);
}

/* For the program -------------------------------------------------------------------- */

void client_free(struct client *client)
{
	/* Told always, also of what the library has ended without a word. */
	lost(client, WORD_CAUSE_THE_CONNECTION_WAS_LOST, "", ECONNRESET, 0);
	mosquitto_destroy(client->library);
	free(client);
	mosquitto_lib_cleanup();
}

struct client *client_new(const struct wire_frame *connect, struct wire *wire)
{
	const char *id = connect->text[WIRE_CLIENT_ID].at;
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		wire_put(wire, &(struct wire_frame){ .kind = WIRE_LOST,
				       .number = ENOMEM,
				       .flags = WORD_CAUSE_OUT_OF_MEMORY });
		return NULL;
	}
	client->wire = wire;
	mosquitto_lib_init();
	client->library = mosquitto_new(id && *id ? id : NULL, true, client);
	if (!client->library) {
		check(client, "client", MOSQ_ERR_NOMEM);
	} else {
		mosquitto_connect_v5_callback_set(client->library, on_connect);
		mosquitto_disconnect_v5_callback_set(client->library, on_disconnect);
		mosquitto_publish_v5_callback_set(client->library, on_publish);
		mosquitto_subscribe_v5_callback_set(client->library, on_subscribe);
		mosquitto_message_v5_callback_set(client->library, on_message);
		if (set_up(client, connect->text) && connect_tcp(client, connect)) {
			client->deadline_ms = clock_now_ms() + ANSWER_WITHIN_MS;
			return client;
		}
	}
	client_free(client);
	return NULL;
}

int client_fd(const struct client *client, bool *write)
{
	if (client->state == CLIENT_LOST)
		return -1;
	*write = mosquitto_want_write(client->library);
	return mosquitto_socket(client->library);
}

bool client_is_new(const struct client *client)
{
	return client->state == CLIENT_CONNECTING;
}

void client_run(struct client *client, bool readable, bool writable)
{
	if (client->state != CLIENT_LOST && readable)
		check(client, "receive", mosquitto_loop_read(client->library, 1));
	if (client->state == CLIENT_CONNECTING && clock_now_ms() >= client->deadline_ms)
		lost(client, WORD_CAUSE_THE_BROKER_DOES_NOT_ANSWER, "no CONNACK within 5 s",
			ETIMEDOUT, 0);
	if (client->state != CLIENT_LOST && writable)
		check(client, "send", mosquitto_loop_write(client->library, 1));
	if (client->state != CLIENT_LOST)
		check(client, "keepalive", mosquitto_loop_misc(client->library));
}

/* Reasons that are the message's own fault; sending it again would fail for ever. */
static int own_fault(int rc)
{
	static const struct {
		int rc, code;
	} table[] = {
		{ MOSQ_ERR_OVERSIZE_PACKET, MQTT_RC_PACKET_TOO_LARGE },
		{ MOSQ_ERR_PAYLOAD_SIZE, MQTT_RC_PACKET_TOO_LARGE },
		{ MOSQ_ERR_INVAL, MQTT_RC_TOPIC_NAME_INVALID },
		{ MOSQ_ERR_MALFORMED_UTF8, MQTT_RC_TOPIC_NAME_INVALID },
		{ MOSQ_ERR_QOS_NOT_SUPPORTED, MQTT_RC_QOS_NOT_SUPPORTED },
		{ MOSQ_ERR_RETAIN_NOT_SUPPORTED, MQTT_RC_RETAIN_NOT_SUPPORTED },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].rc == rc)
			return table[i].code;
	return 0;
}

static int publish(struct client *client, const struct wire_frame *frame, int *mid)
{
	const struct wire_text *text = frame->text;
	mosquitto_property *list = NULL;
	int rc = MOSQ_ERR_SUCCESS;

	if (frame->flags & WIRE_JSON)
		rc = mosquitto_property_add_string(
			&list, MQTT_PROP_CONTENT_TYPE, "application/json");
	if (rc == MOSQ_ERR_SUCCESS && frame->flags & WIRE_REPLAYED)
		rc = mosquitto_property_add_string_pair(
			&list, MQTT_PROP_USER_PROPERTY, "replayed", "1");
	if (rc == MOSQ_ERR_SUCCESS && text[WIRE_RESPONSE].at)
		rc = mosquitto_property_add_string(
			&list, MQTT_PROP_RESPONSE_TOPIC, text[WIRE_RESPONSE].at);
	if (rc == MOSQ_ERR_SUCCESS && text[WIRE_CORRELATION].length)
		rc = mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA,
			text[WIRE_CORRELATION].at, (uint16_t)text[WIRE_CORRELATION].length);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_publish_v5(client->library, mid, text[WIRE_TOPIC].at,
			(int)text[WIRE_PAYLOAD].length, text[WIRE_PAYLOAD].at, 1,
			frame->flags & WIRE_RETAINED, list);
	mosquitto_property_free_all(&list);
	return rc;
}

void client_ask(struct client *client, const struct wire_frame *frame)
{
	const char *topic = frame->text[WIRE_TOPIC].at;
	int rc, mid = 0;

	if (client->state != CLIENT_CONNECTED || !topic)
		return;
	if (frame->kind == WIRE_UNSUBSCRIBE) {
		check(client, "unsubscribe",
			mosquitto_unsubscribe_v5(client->library, NULL, topic, NULL));
		return;
	}
	rc = frame->kind == WIRE_SUBSCRIBE
		     ? mosquitto_subscribe_v5(client->library, &mid, topic, (int)(frame->code & 3),
			       (int)(frame->code & ~3u), NULL)
		     : publish(client, frame, &mid);
	if (rc == MOSQ_ERR_SUCCESS)
		client->numbers[mid % MID_COUNT] = frame->number;
	else if (own_fault(rc))
		tell_answer(client, frame->number, own_fault(rc));
	else
		check(client, frame->kind == WIRE_SUBSCRIBE ? "subscribe" : "publish", rc);
}

/* The socket stays open until the broker has ended the connection, and what it still says is read.
 */
static void wait_for_end(int fd)
{
	char unheard[4096];
	struct pollfd end = { .fd = fd, .events = POLLIN };

	shutdown(fd, SHUT_WR);
	while (poll(&end, 1, END_MS) > 0 && recv(fd, unheard, sizeof(unheard), 0) > 0)
		;
	close(fd);
}

/*
 * The library closes the socket with its good-bye. Where the broker then still has something to
 * say it is told of a reset, and never reads the good-bye: the will would go out. So there is
 * a second descriptor of the socket.
 */
void client_good_bye(struct client *client, bool with_will)
{
	int fd = client->state == CLIENT_CONNECTED ? dup(mosquitto_socket(client->library)) : -1;

	if (client->state == CLIENT_CONNECTED)
		mosquitto_disconnect_v5(
			client->library, with_will ? MQTT_RC_DISCONNECT_WITH_WILL_MSG : 0, NULL);
	if (fd >= 0)
		wait_for_end(fd);
	client->state = CLIENT_LOST;
}
