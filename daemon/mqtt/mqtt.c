/* The outbox, the port to facility-link, and what is listened to; see mqtt.h. */
#include "daemon/mqtt/mqtt.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/base/timer.h"
#include "daemon/mqtt/outbox.h"
#include "daemon/mqtt/talk.h"
#include "link/pause.h"
#include "link/port.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

enum {
	WINDOW_MAX = 20,        /* in flight */
	UNTAKEN_MS = 20000,     /* not taken for so long: the broker is of no use */
	SURVEY_QUIET_MS = 2000, /* the retained batch has come when nothing came for this long */
	SURVEY_MAX_MS =
		300000, /* what has not come by then is taken for none: thousands take a while */
	LATE_MS = 20,
	GOOD_BYE_MS = 500,
	TOPIC_SIZE = 512,
	PACKET_TOO_LARGE = 0x95,

};

/* Options of subscriptions, MQTT 5 section 3.8.3.1. */
enum { QOS_1 = 1, NO_LOCAL = 4, RETAIN_AS_PUBLISHED = 8 };

/* What is listened to. Numbers above all that outbox_take() gives. */
#define SUBSCRIPTION ((uint32_t)INT32_MAX)
static const struct {
	const char *topic; /* below the prefix; NULL: settings.elsewhere */
	unsigned options;
	bool surveyed; /* for what is retained only, after each connect (promise 10) */
} subscriptions[] = {
	/*
	 * Retained commands are asked for and marked as such (also those that come live), so that
	 * they can be refused aloud instead of being carried out at some later connect.
	 */
	{ "cmd/+/+", QOS_1 | NO_LOCAL | RETAIN_AS_PUBLISHED, false },
	/* Is there another? Before our own first question, which comes back behind what is there.
	 */
	{ "state", NO_LOCAL, false },
	{ "facilityd/+", QOS_1, false },
	/* Whoever has lost his own, and whoever stands by, is to have them before he writes. */
	{ "locks", NO_LOCAL, false },
	{ "incidents", NO_LOCAL, true },
	{ "incident/+", NO_LOCAL, true },
	{ "output/+", NO_LOCAL, true },
	{ "trouble/+", NO_LOCAL, true },
	{ "point/+", NO_LOCAL, true },
	{ NULL, NO_LOCAL, true },
};
enum { SUBSCRIPTION_COUNT = sizeof(subscriptions) / sizeof(subscriptions[0]) };

struct mqtt {
	struct arena arena;
	struct mqtt_settings settings; /* copied: it outlives the configuration */
	const char *prefix;
	struct mqtt_events *events;
	struct port_events port_events;
	struct port *port;
	struct outbox *outbox;
	sd_event *loop;
	sd_event_source *source; /* of watched_fd */
	int watched_fd;          /* -1: none */
	struct timer timer;
	int64_t now_ms; /* of the call under way */
	bool connected; /* the port is */
	bool told;      /* what was told of it last */
	bool outage;    /* there was one: an attempt failed, or a connection was lost */
	bool holding;   /* what is told now is to be put in order before it is sent */
	bool running;   /* on the loop, not from mqtt_publish() */
	bool stopping;
	int refusal;      /* the last, of what waits to be taken; 0: no answer at all */
	int64_t again_ms; /* when what was refused is due */
	int64_t survey_quiet_ms, survey_end_ms; /* CLOCK_NEVER: not under way */
	bool survey_due;                        /* since it connected */
	struct talk talk;
	enum mqtt_standing standing; /* as told last */
	struct failure why;          /* it is not connected; of what was told last */
};

/* Sending -------------------------------------------------------------------------- */

static void complete(struct mqtt *mqtt, struct outbox_item *item, int reason_code)
{
	uint64_t ticket = item->message.ticket;

	if (mqtt_outcome(reason_code) == MQTT_NEVER)
		log_warn(
			"mqtt: %s was refused: 0x%02X", item->message.topic, (unsigned)reason_code);
	outbox_done(mqtt->outbox, item);
	if (ticket)
		mqtt->events->delivered(mqtt->events, ticket, reason_code);
}

static int send_item(struct mqtt *mqtt, const struct outbox_item *item)
{
	struct port_message message = {
		.topic = item->message.topic,
		.payload = item->message.payload,
		.length = item->message.length,
		.retained = item->message.kind == MQTT_RETAINED,
		.replayed = item->replayed,
		.json = item->message.length > 0,
		.correlation = item->message.correlation,
		.correlation_length = item->message.correlation_length,
	};
	char *marked = NULL;
	int error;

	if (item->replayed) {
		marked = mqtt_replayed(message.payload, message.length, &message.length);
		if (!marked)
			return -ENOMEM;
		message.payload = marked;
	}
	error = port_publish(mqtt->port, &message, item->number);
	free(marked);
	return error;
}

static void pump(struct mqtt *mqtt)
{
	struct outbox_item *item;

	mqtt->again_ms = CLOCK_NEVER;
	while (mqtt->connected && !mqtt->holding && talk_tells(&mqtt->talk) &&
		outbox_in_flight_count(mqtt->outbox) < WINDOW_MAX &&
		(item = outbox_take(mqtt->outbox, mqtt->now_ms, &mqtt->again_ms))) {
		int error = send_item(mqtt, item);

		if (error == -EMSGSIZE && mqtt->running) {
			complete(mqtt, item, PACKET_TOO_LARGE);
		} else if (error) { /* the port has no room, or our caller must not be called */
			outbox_again(mqtt->outbox, item, 0);
			if (error == -EMSGSIZE)
				mqtt->again_ms = mqtt->now_ms;
			return;
		}
	}
}

/* What people and the fallback are told of the link ---------------------------------- */

/* why: of not being connected; NULL: it is. */
static void tell(struct mqtt *mqtt, const struct failure *why)
{
	bool connected = !why;

	if (mqtt->stopping ||
		(connected == mqtt->told && (connected || failure_is_same(why, &mqtt->why))))
		return;
	mqtt->told = connected;
	if (why)
		mqtt->why = *why;
	/* First all that is published anew, then what waits: so each topic is sent once. */
	mqtt->holding = true;
	mqtt->events->connected(mqtt->events, connected, why);
	mqtt->holding = false;
}

/* Does the broker take what it is given? */
static void judge(struct mqtt *mqtt)
{
	int64_t since_ms = outbox_untaken_ms(mqtt->outbox);
	struct failure why = { .cause = WORD_CAUSE_THE_BROKER_ACKNOWLEDGES_NOTHING };

	if (!mqtt->connected || !talk_tells(&mqtt->talk))
		return;
	if (since_ms && mqtt->now_ms - since_ms >= UNTAKEN_MS) {
		if (mqtt->refusal) {
			why.cause = WORD_CAUSE_THE_BROKER_REFUSES_WHAT_IS_PUBLISHED;
			snprintf(why.detail, sizeof(why.detail), "0x%02X", (unsigned)mqtt->refusal);
		}
		tell(mqtt, &why);
	} else if (!mqtt->told) {
		tell(mqtt, NULL);
	}
}

/* From the port, by run(), which then judges and sends --------------------------------- */

static struct mqtt *owner(struct port_events *events)
{
	return OWNER_OF(events, struct mqtt, port_events);
}

static const char *subscribed_topic(const struct mqtt *mqtt, size_t i, char full[TOPIC_SIZE])
{
	if (!subscriptions[i].topic)
		return mqtt->settings.elsewhere;
	snprintf(full, TOPIC_SIZE, "%s/%s", mqtt->prefix, subscriptions[i].topic);
	return full;
}

static void subscribe(struct mqtt *mqtt, bool surveyed)
{
	char full[TOPIC_SIZE];

	for (size_t i = 0; i < SUBSCRIPTION_COUNT; i++) {
		const char *topic = subscribed_topic(mqtt, i, full);

		if (topic && subscriptions[i].surveyed == surveyed)
			port_subscribe(mqtt->port, topic, subscriptions[i].options,
				SUBSCRIPTION + 1 + (uint32_t)i);
	}
}

static void survey_begin(struct mqtt *mqtt)
{
	mqtt->survey_due = false;
	subscribe(mqtt, true);
	mqtt->survey_quiet_ms = mqtt->now_ms + SURVEY_QUIET_MS;
	mqtt->survey_end_ms = mqtt->now_ms + SURVEY_MAX_MS;
}

static void on_connected(struct port_events *events)
{
	struct mqtt *mqtt = owner(events);

	mqtt->connected = mqtt->survey_due = true;
	subscribe(mqtt, false);
	if (talk_connected(&mqtt->talk, mqtt->now_ms))
		mqtt->told = false;
	if (mqtt->outage)
		outbox_mark_replayed(mqtt->outbox);
	tell(mqtt, NULL);
}

static void survey_end(struct mqtt *mqtt)
{
	char full[TOPIC_SIZE];

	mqtt->survey_quiet_ms = mqtt->survey_end_ms = CLOCK_NEVER;
	if (mqtt->stopping)
		return;
	for (size_t i = 0; i < SUBSCRIPTION_COUNT; i++) {
		const char *topic = subscribed_topic(mqtt, i, full);

		if (topic && subscriptions[i].surveyed)
			port_unsubscribe(mqtt->port, topic);
	}
	mqtt->events->retained(mqtt->events, NULL);
}

static void on_lost(struct port_events *events, const struct failure *why, int error, int code)
{
	struct mqtt *mqtt = owner(events);

	(void)error, (void)code;
	mqtt->connected = false;
	mqtt->refusal = 0;
	mqtt->survey_quiet_ms = mqtt->survey_end_ms = CLOCK_NEVER;
	outbox_lost(mqtt->outbox);
	if (talk_lost(&mqtt->talk, mqtt->now_ms))
		return;
	mqtt->outage = true;
	tell(mqtt, why);
}

static void on_answered(struct port_events *events, uint32_t number, int code, const char *words)
{
	struct mqtt *mqtt = owner(events);
	struct outbox_item *item;

	if (number > SUBSCRIPTION && code >= MQTT_REFUSED)
		log_warn("mqtt: the broker refuses a subscription: %s; check its access list",
			words);
	if (number == SUBSCRIPTION)
		talk_answered(&mqtt->talk, code, words, mqtt->now_ms);
	item = outbox_in_flight(mqtt->outbox, number);
	if (!item)
		return;
	if (mqtt_outcome(code) == MQTT_NOT_NOW) {
		if (item->refusals == 0)
			log_warn("mqtt: %s is refused for now: %s", item->message.topic, words);
		mqtt->refusal = code;
		item->refusals++;
		outbox_again(mqtt->outbox, item,
			mqtt->now_ms + pause_ms(PAUSE_REFUSED, item->refusals - 1, 0, number));
	} else {
		complete(mqtt, item, code);
	}
}

/* Of what is retained neither a clear nor what comes live; but who stands by follows locks. */
static bool is_followed(const struct mqtt *mqtt, const struct mqtt_message *message)
{
	return mqtt->talk.peer.standing == MQTT_STANDING_BY && !message->elsewhere &&
	       strcmp(message->topic, "locks") == 0;
}

static void on_message(struct port_events *events, const struct port_message *from)
{
	struct mqtt *mqtt = owner(events);
	size_t prefix = strlen(mqtt->prefix);
	struct mqtt_message message = {
		.topic = from->topic,
		.payload = from->payload,
		.length = from->length,
		.retained = from->retained,
		.response_topic = from->response_topic,
		.correlation = from->correlation,
		.correlation_length = from->correlation_length,
		.elsewhere = strncmp(from->topic, mqtt->prefix, prefix) != 0 ||
			     from->topic[prefix] != '/',
	};

	if (!message.elsewhere)
		message.topic += prefix + 1;
	if (message.retained && mqtt->survey_quiet_ms != CLOCK_NEVER)
		mqtt->survey_quiet_ms = mqtt->now_ms + SURVEY_QUIET_MS;
	if (mqtt->stopping)
		return;
	if (talk_heard(&mqtt->talk, &message, mqtt->now_ms))
		return;
	if (!message.elsewhere && strncmp(message.topic, "cmd/", 4) == 0) {
		if (mqtt->talk.peer.standing != MQTT_STANDING_BY) /* the other answers it */
			mqtt->events->command(mqtt->events, &message);
	} else if (message.length > 0 && (message.retained || is_followed(mqtt, &message))) {
		mqtt->events->retained(mqtt->events, &message);
	}
}

/* On the loop ---------------------------------------------------------------------- */

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *context);

/* What the other run has told meanwhile, or what nobody is to be told. */
static void discard(struct mqtt *mqtt)
{
	struct outbox_item *item;
	int64_t next_ms;

	while ((item = outbox_take(mqtt->outbox, INT64_MAX, &next_ms)))
		complete(mqtt, item, 0);
}

static void settle_peer(struct mqtt *mqtt)
{
	struct peer *peer = &mqtt->talk.peer;
	enum mqtt_standing before = mqtt->standing;

	if (mqtt->stopping)
		return;
	talk_settle(&mqtt->talk, mqtt->now_ms);
	if (peer->standing != before) {
		mqtt->standing = peer->standing;
		if (peer->standing == MQTT_STANDING_BY || before == MQTT_STANDING_BY)
			talk_reopen(&mqtt->talk, peer->standing != MQTT_STANDING_BY,
				mqtt->connected, mqtt->now_ms);
		mqtt->events->standing(mqtt->events, peer->standing, peer->other);
	}
	if (peer->standing == MQTT_STANDING_BY && peer->fresh)
		discard(mqtt);
	peer->fresh = false;
	if (peer->renew && mqtt->connected) {
		mqtt->told = false;
		mqtt->survey_due = true;
		tell(mqtt, NULL);
	}
	peer->renew = false;
	if (mqtt->connected && mqtt->survey_due && peer_may_sweep(peer, mqtt->now_ms))
		survey_begin(mqtt);
}

static void watch(struct mqtt *mqtt, const struct port_wait *wait)
{
	uint32_t events = EPOLLIN | (wait->write ? EPOLLOUT : 0u);

	if (wait->fd != mqtt->watched_fd) {
		mqtt->source = sd_event_source_disable_unref(mqtt->source);
		mqtt->watched_fd = -1;
		if (wait->fd >= 0 && sd_event_add_io(mqtt->loop, &mqtt->source, wait->fd, events,
					     on_ready, mqtt) >= 0)
			mqtt->watched_fd = wait->fd;
	} else if (mqtt->source) {
		sd_event_source_set_io_events(mqtt->source, events);
	}
}

/* After whatever may have changed what is waited for. */
static void arm(struct mqtt *mqtt)
{
	int64_t untaken_ms = outbox_untaken_ms(mqtt->outbox);
	struct port_wait wait;

	port_wait(mqtt->port, &wait);
	watch(mqtt, &wait);
	timer_arm(&mqtt->timer, wait.deadline_ms);
	timer_arm(&mqtt->timer, mqtt->survey_quiet_ms);
	timer_arm(&mqtt->timer, mqtt->survey_end_ms);
	timer_arm(&mqtt->timer, talk_deadline(&mqtt->talk, mqtt->connected && mqtt->survey_due));
	if (mqtt->connected)
		timer_arm(&mqtt->timer, mqtt->again_ms);
	if (mqtt->connected && mqtt->told && untaken_ms)
		timer_arm(&mqtt->timer, untaken_ms + UNTAKEN_MS);
}

static void run(struct mqtt *mqtt)
{
	mqtt->now_ms = clock_now_ms();
	mqtt->running = true;
	port_ready(mqtt->port, mqtt->now_ms);
	if (mqtt->now_ms >= mqtt->survey_quiet_ms || mqtt->now_ms >= mqtt->survey_end_ms)
		survey_end(mqtt);
	settle_peer(mqtt);
	judge(mqtt);
	pump(mqtt);
	mqtt->running = false;
}

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source, (void)fd, (void)revents;
	run(context);
	arm(context);
	return 0;
}

static void on_time(struct timer *timer)
{
	struct mqtt *mqtt = OWNER_OF(timer, struct mqtt, timer);

	run(mqtt);
	arm(mqtt);
}

/* For the daemon -------------------------------------------------------------------- */

static const char *copy(struct mqtt *mqtt, const char *text)
{
	return text ? arena_strdup(&mqtt->arena, text) : NULL;
}

static struct port *open_port(struct mqtt *mqtt, const char *will_payload)
{
	const struct mqtt_settings *settings = &mqtt->settings;
	const struct port_settings port = {
		.host = copy(mqtt, settings->host),
		.port = settings->port,
		.keepalive_ms = settings->keepalive_ms,
		.client_id = arena_printf(
			&mqtt->arena, "%s-%s", settings->client_id, mqtt->talk.peer.instance),
		.username = copy(mqtt, settings->username),
		.password_file = copy(mqtt, settings->password_file),
		.ca_file = copy(mqtt, settings->ca_file),
		.cert_file = copy(mqtt, settings->cert_file),
		.key_file = copy(mqtt, settings->key_file),
		.will_topic = arena_printf(&mqtt->arena, "%s/state", mqtt->prefix),
		.will_payload = copy(mqtt, will_payload),
	};

	return port_open(&port, &mqtt->port_events, mqtt->now_ms);
}

static void mqtt_free(struct mqtt *mqtt)
{
	sd_event_source_disable_unref(mqtt->source);
	timer_stop(&mqtt->timer);
	port_close(mqtt->port);
	outbox_free(mqtt->outbox);
	arena_free(&mqtt->arena);
	free(mqtt);
}

void mqtt_name_instance(char instance[static MQTT_INSTANCE_SIZE])
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		number = (uint64_t)clock_now_ms();
	snprintf(instance, MQTT_INSTANCE_SIZE, "%08" PRIx32, (uint32_t)(number ^ number >> 32));
}

struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *instance, const char *will_payload, sd_event *loop, struct mqtt_events *events)
{
	struct mqtt *mqtt = calloc(1, sizeof(*mqtt));

	if (!mqtt)
		return NULL;
	mqtt->settings = *settings;
	mqtt->settings.elsewhere = copy(mqtt, settings->elsewhere);
	mqtt->prefix = copy(mqtt, prefix);
	mqtt->events = events;
	mqtt->port_events = (struct port_events){ on_connected, on_lost, on_message, on_answered };
	mqtt->loop = loop;
	mqtt->watched_fd = -1;
	mqtt->now_ms = clock_now_ms();
	peer_begin(&mqtt->talk.peer, instance, mqtt->now_ms);
	mqtt->again_ms = mqtt->survey_quiet_ms = mqtt->survey_end_ms = CLOCK_NEVER;
	mqtt->outbox = outbox_new((size_t)settings->outbox_max);
	mqtt->port = open_port(mqtt, will_payload);
	mqtt->talk.port = mqtt->port;
	mqtt->talk.number = SUBSCRIPTION;
	mqtt->talk.topic = arena_printf(&mqtt->arena, "%s/facilityd/%s", prefix, instance);
	if (!mqtt->outbox || !mqtt->port || timer_start(&mqtt->timer, loop, LATE_MS, on_time)) {
		mqtt_free(mqtt);
		return NULL;
	}
	arm(mqtt);
	return mqtt;
}

/* Without the loop, as long as there are such of the outbox. */
static void turn_until(
	struct mqtt *mqtt, int64_t end_ms, size_t (*count)(const struct outbox *outbox))
{
	run(mqtt);
	while (talk_tells(&mqtt->talk) && count(mqtt->outbox) > 0 && mqtt->now_ms < end_ms) {
		struct port_wait wait;
		struct pollfd fd;
		int64_t left_ms;

		port_wait(mqtt->port, &wait);
		fd = (struct pollfd){ wait.fd, (short)(POLLIN | (wait.write ? POLLOUT : 0)), 0 };
		left_ms = (wait.deadline_ms < end_ms ? wait.deadline_ms : end_ms) - mqtt->now_ms;
		poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);
		run(mqtt);
	}
}

void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms)
{
	int64_t end_ms = clock_now_ms() + timeout_ms;
	bool with_will;

	mqtt->stopping = true;
	turn_until(mqtt, end_ms, outbox_count);
	/* The next run would tell anew what this one has sent and not heard of. */
	mqtt->holding = true;
	turn_until(mqtt, end_ms + timeout_ms, outbox_in_flight_count);
	/* Where the last words did not get through, the will must say that we are gone. */
	with_will = talk_tells(&mqtt->talk) && outbox_count(mqtt->outbox) > 0;
	if (with_will)
		log_warn(
			"mqtt: ended with %zu messages of which the broker has not said that it has them",
			outbox_count(mqtt->outbox));
	port_good_bye(mqtt->port, with_will, GOOD_BYE_MS);
	mqtt_free(mqtt);
}

int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish)
{
	char topic[TOPIC_SIZE];
	struct mqtt_publish message = *publish;
	int result;

	if (mqtt->standing == MQTT_STANDING_BY && publish->kind == MQTT_RETAINED)
		return 0;
	snprintf(topic, sizeof(topic), "%s/%s", mqtt->prefix, publish->topic ? publish->topic : "");
	message.topic = publish->full_topic ? publish->full_topic : topic;
	result = outbox_put(mqtt->outbox, &message);
	mqtt->now_ms = clock_now_ms();
	pump(mqtt);
	arm(mqtt);
	return result;
}

const char *mqtt_instance(const struct mqtt *mqtt)
{
	return mqtt->talk.peer.instance;
}

enum mqtt_standing mqtt_standing(const struct mqtt *mqtt)
{
	return mqtt->standing;
}

uint64_t mqtt_dropped(const struct mqtt *mqtt)
{
	return outbox_dropped(mqtt->outbox);
}

int mqtt_take_over(struct mqtt *mqtt)
{
	int error = peer_take_over(&mqtt->talk.peer, clock_now_ms());

	/* What follows is told from the loop. */
	if (!error)
		timer_arm(&mqtt->timer, 0);
	return error;
}
