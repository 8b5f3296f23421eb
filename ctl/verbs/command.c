/* One command to the daemon by way of the broker, and its answer. */
#include "core/clock.h"
#include "ctl/verbs/verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ANSWER_MS = 10000, EXPIRES_MS = 30000 };

struct exchange {
	struct client_events events;
	struct client *client;
	const struct request *request;
	const struct show *show;
	const char *user;
	char nonce[40];
	bool sent;
	int status; /* -1: no answer yet */
};

static char *command_text(const struct exchange *exchange)
{
	char expires[CLOCK_TEXT_MAX], *text;
	json_t *json = request_json(exchange->request);

	json_object_set_new(json, "id", json_string(exchange->nonce));
	json_object_set_new(
		json, "expires", json_string(clock_format(clock_wall_ms() + EXPIRES_MS, expires)));
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return text;
}

static void take_answer(struct exchange *exchange, const json_t *answer)
{
	const char *id = json_string_value(json_object_get(answer, "id"));

	if (id && strcmp(id, exchange->nonce) == 0)
		exchange->status = answer_print(exchange->show, answer);
}

static void on_message(
	struct client_events *events, const char *topic, const char *payload, bool retained)
{
	struct exchange *exchange = (struct exchange *)(void *)events;
	json_t *answer = json_loads(payload, 0, NULL);

	(void)topic;
	if (answer && !retained)
		take_answer(exchange, answer);
	json_decref(answer);
}

static void new_nonce(char *text, size_t size)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint64_t)clock_now_us();
	snprintf(text, size, "ctl-%016" PRIx64, number);
}

/* Only when its answer will be heard. */
static void send_when_ready(struct exchange *exchange, const char *reply)
{
	char topic[128], *text;

	if (exchange->sent || !client_ready(exchange->client))
		return;
	exchange->sent = true;
	snprintf(topic, sizeof(topic), "cmd/%s/%s", exchange->user, exchange->request->verb);
	text = command_text(exchange);
	if (!text || client_publish(exchange->client, topic, text, reply) < 0)
		exchange->status = EXIT_REFUSED;
	free(text);
}

int verb_command(const struct client_settings *settings, const struct request *request,
	const struct show *show)
{
	struct exchange exchange = { .events = { on_message, NULL },
		.request = request,
		.show = show,
		.user = settings->user,
		.status = -1 };
	int64_t deadline_ms = clock_now_ms() + ANSWER_MS;
	char reply[128];

	exchange.client = client_open(settings, &exchange.events);
	if (!exchange.client)
		return EXIT_REFUSED;
	new_nonce(exchange.nonce, sizeof(exchange.nonce));
	snprintf(reply, sizeof(reply), "reply/%s", settings->user);
	client_subscribe(exchange.client, reply);
	while (exchange.status < 0 && clock_now_ms() < deadline_ms) {
		client_run(exchange.client, 100);
		send_when_ready(&exchange, reply);
		if (exchange.status < 0 && client_refused(exchange.client))
			exchange.status = EXIT_REFUSED;
	}
	client_close(exchange.client);
	if (exchange.status >= 0)
		return exchange.status;
	fprintf(stderr, "facilityctl: no answer within %d s: is facilityd running?\n",
		ANSWER_MS / 1000);
	return EXIT_REFUSED;
}
