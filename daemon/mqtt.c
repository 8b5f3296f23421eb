/* The MQTT thread: connects, empties the outbox, reconnects. See mqtt.h. */
#include "daemon/mqtt.h"

#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/mqtt_inbox.h"
#include "daemon/mqtt_link.h"
#include "daemon/outbox.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	WINDOW_MAX = 20, /* in flight */
	PAUSE_MIN_MS = 500,
	PAUSE_MAX_MS = 30000,
	STEADY_MS = 5000,    /* a connection that held this long resets the pause */
	TURN_MS = 1000,      /* the longest wait of the thread: its heartbeat's period */
	NAP_MS = 10,         /* per turn while connecting: a failed TLS handshake would spin */
	LOOK_UP_MS = 300000, /* a name look-up longer than this is a hang */
	STOP_GRACE_MS = 500,
	TOPIC_SIZE = 512,
};

struct mqtt {
	struct arena arena;
	struct mqtt_settings settings; /* copied: the thread may outlive the configuration */
	struct mqtt_link_options link_options;
	struct mqtt_link_events link_events;
	struct mqtt_inbox *inbox;
	pthread_t thread;
	int wake_fd, done_fd;
	atomic_bool woken;
	atomic_int_least64_t heartbeat_ms;
	atomic_int_least64_t looking_up_ms; /* since; 0: not looking a name up */
	atomic_int_least64_t stop_at_ms;    /* CLOCK_NEVER: run */

	pthread_mutex_t lock; /* guards what follows, up to the blank line */
	struct outbox *outbox;
	bool connected;
	uint64_t published, acknowledged;

	/* The thread's own. */
	struct mqtt_link *link;
	unsigned attempts;
	bool outage; /* an attempt failed or a connection was lost since the last connect */
	int64_t retry_at_ms, connected_at_ms;
	char why[160];
};

static struct mqtt *owner(struct mqtt_link_events *events)
{
	return (struct mqtt *)((char *)events - offsetof(struct mqtt, link_events));
}

/* The broker's answer, or our own refusal, for an item in flight. */
static void complete(struct mqtt *mqtt, struct outbox_item *item, int reason_code)
{
	uint64_t ticket = item->message.ticket;

	if (reason_code >= 0x80)
		log_warn("mqtt: %s was refused: %s (0x%02X)", item->message.topic,
			mosquitto_reason_string(reason_code), (unsigned)reason_code);
	pthread_mutex_lock(&mqtt->lock);
	outbox_done(mqtt->outbox, item);
	mqtt->acknowledged++;
	pthread_mutex_unlock(&mqtt->lock);
	if (ticket)
		mqtt_inbox_delivered(mqtt->inbox, ticket, reason_code);
}

static void on_acknowledged(struct mqtt_link_events *events, int mid, int reason_code)
{
	struct mqtt *mqtt = owner(events);
	struct outbox_item *item;

	pthread_mutex_lock(&mqtt->lock);
	item = outbox_in_flight(mqtt->outbox, mid);
	pthread_mutex_unlock(&mqtt->lock);
	if (item)
		complete(mqtt, item, reason_code);
}

static void on_message(struct mqtt_link_events *events, const struct mqtt_message *message)
{
	mqtt_inbox_message(owner(events)->inbox, message);
}

static struct outbox_item *take(struct mqtt *mqtt)
{
	struct outbox_item *item = NULL;

	pthread_mutex_lock(&mqtt->lock);
	if (outbox_in_flight_count(mqtt->outbox) < WINDOW_MAX)
		item = outbox_take(mqtt->outbox);
	pthread_mutex_unlock(&mqtt->lock);
	return item;
}

static void pump(struct mqtt *mqtt)
{
	struct outbox_item *item;

	while ((item = take(mqtt))) {
		int rc = mqtt_link_publish(mqtt->link, &item->message, item->replayed, &item->mid);

		if (rc > 0) {
			complete(mqtt, item, rc);
			continue;
		}
		pthread_mutex_lock(&mqtt->lock);
		if (rc < 0)
			outbox_untake(mqtt->outbox, item);
		else
			mqtt->published++;
		pthread_mutex_unlock(&mqtt->lock);
		if (rc < 0)
			return;
	}
}

/* 0.5 s doubling to 30 s, half of it by chance, so that many sites do not come back at once. */
static int64_t pause_ms(unsigned attempts)
{
	int64_t limit_ms = attempts > 6 ? PAUSE_MAX_MS : (int64_t)PAUSE_MIN_MS << attempts;
	uint32_t chance = 0;

	if (limit_ms > PAUSE_MAX_MS)
		limit_ms = PAUSE_MAX_MS;
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0)
		chance = (uint32_t)clock_now_us();
	return limit_ms / 2 + chance % (limit_ms / 2 + 1);
}

static void link_lost(struct mqtt *mqtt, int64_t now_ms)
{
	const char *why = mqtt_link_why(mqtt->link);
	bool was_connected;

	pthread_mutex_lock(&mqtt->lock);
	was_connected = mqtt->connected;
	mqtt->connected = false;
	outbox_lost(mqtt->outbox);
	pthread_mutex_unlock(&mqtt->lock);
	mqtt->outage = true;
	if (was_connected && now_ms - mqtt->connected_at_ms >= STEADY_MS)
		mqtt->attempts = 0;
	if (was_connected || strcmp(why, mqtt->why) != 0)
		mqtt_inbox_connected(mqtt->inbox, false, why);
	snprintf(mqtt->why, sizeof(mqtt->why), "%s", why);
	mqtt->retry_at_ms = now_ms + pause_ms(mqtt->attempts++);
	mqtt_link_free(mqtt->link);
	mqtt->link = NULL;
}

static void link_connected(struct mqtt *mqtt, int64_t now_ms)
{
	pthread_mutex_lock(&mqtt->lock);
	mqtt->connected = true;
	if (mqtt->outage)
		outbox_mark_replayed(mqtt->outbox);
	pthread_mutex_unlock(&mqtt->lock);
	mqtt->outage = false;
	mqtt->connected_at_ms = now_ms;
	mqtt->why[0] = '\0';
	mqtt_inbox_connected(mqtt->inbox, true, "");
}

static void link_open(struct mqtt *mqtt, int64_t now_ms)
{
	atomic_store(&mqtt->looking_up_ms, now_ms);
	mqtt->link = mqtt_link_open(&mqtt->link_options, now_ms);
	atomic_store(&mqtt->looking_up_ms, 0);
	if (!mqtt->link)
		mqtt->retry_at_ms = now_ms + PAUSE_MAX_MS;
}

static void wait_wake(struct mqtt *mqtt, struct pollfd *link_poll, int timeout_ms)
{
	struct pollfd fds[2] = {
		{.fd = mqtt->wake_fd, .events = POLLIN},
                *link_poll
	};
	uint64_t counter;

	if (poll(fds, 2, timeout_ms) <= 0)
		return;
	link_poll->revents = fds[1].revents;
	if (fds[0].revents && read(mqtt->wake_fd, &counter, sizeof(counter)) > 0)
		atomic_store(&mqtt->woken, false);
}

static void link_turn(struct mqtt *mqtt)
{
	struct pollfd link_poll = {
		.fd = mqtt_link_fd(mqtt->link),
		.events = mqtt_link_poll_events(mqtt->link),
	};
	bool connecting = mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTING;

	wait_wake(mqtt, &link_poll, TURN_MS);
	mqtt_link_run(mqtt->link, link_poll.revents, clock_now_ms());
	if (!connecting)
		return;
	if (mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTED)
		link_connected(mqtt, clock_now_ms());
	else
		poll(NULL, 0, NAP_MS);
}

static bool is_over(struct mqtt *mqtt, int64_t now_ms)
{
	int64_t stop_at_ms = atomic_load(&mqtt->stop_at_ms);
	bool empty;

	if (stop_at_ms == CLOCK_NEVER)
		return false;
	pthread_mutex_lock(&mqtt->lock);
	empty = outbox_count(mqtt->outbox) == 0;
	pthread_mutex_unlock(&mqtt->lock);
	return empty || now_ms >= stop_at_ms;
}

static int timeout_until(int64_t at_ms, int64_t now_ms)
{
	int64_t left_ms = at_ms - now_ms;

	return left_ms < 0 ? 0 : left_ms > TURN_MS ? TURN_MS : (int)left_ms;
}

static void turn(struct mqtt *mqtt, int64_t now_ms)
{
	struct pollfd none = { .fd = -1 };

	if (!mqtt->link) {
		if (now_ms >= mqtt->retry_at_ms)
			link_open(mqtt, now_ms);
		else
			wait_wake(mqtt, &none, timeout_until(mqtt->retry_at_ms, now_ms));
		return;
	}
	if (mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTED)
		pump(mqtt);
	if (mqtt_link_state(mqtt->link) != MQTT_LINK_LOST)
		link_turn(mqtt);
	if (mqtt_link_state(mqtt->link) == MQTT_LINK_LOST)
		link_lost(mqtt, clock_now_ms());
}

static void good_bye(struct mqtt *mqtt)
{
	bool with_will;

	if (!mqtt->link)
		return;
	pthread_mutex_lock(&mqtt->lock);
	/* The last words did not get through: the will must say that we are gone. */
	with_will = outbox_count(mqtt->outbox) > 0;
	pthread_mutex_unlock(&mqtt->lock);
	mqtt_link_disconnect(mqtt->link, with_will);
	mqtt_link_free(mqtt->link);
	mqtt->link = NULL;
}

static void *run(void *context)
{
	struct mqtt *mqtt = context;
	const uint64_t one = 1;
	int64_t now_ms = clock_now_ms();
	sigset_t all;

	sigfillset(&all); /* SIGPIPE of a TLS write too */
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!is_over(mqtt, now_ms)) {
		atomic_store(&mqtt->heartbeat_ms, now_ms);
		turn(mqtt, now_ms);
		now_ms = clock_now_ms();
	}
	good_bye(mqtt);
	if (write(mqtt->done_fd, &one, sizeof(one)) < 0) {
		/* Not possible: the counter is zero. */
	}
	return NULL;
}

static const char *copy(struct mqtt *mqtt, const char *text)
{
	return text ? arena_strdup(&mqtt->arena, text) : NULL;
}

static void copy_settings(struct mqtt *mqtt, const struct mqtt_settings *settings,
	const char *prefix, const char *will_payload)
{
	struct mqtt_settings *own = &mqtt->settings;

	*own = *settings;
	own->host = copy(mqtt, settings->host);
	own->client_id = copy(mqtt, settings->client_id);
	own->username = copy(mqtt, settings->username);
	own->password_file = copy(mqtt, settings->password_file);
	own->ca_file = copy(mqtt, settings->ca_file);
	own->cert_file = copy(mqtt, settings->cert_file);
	own->key_file = copy(mqtt, settings->key_file);
	mqtt->link_events = (struct mqtt_link_events){ on_acknowledged, on_message };
	mqtt->link_options = (struct mqtt_link_options){ own, copy(mqtt, prefix),
		copy(mqtt, will_payload), &mqtt->link_events };
}

static void mqtt_free(struct mqtt *mqtt)
{
	mqtt_inbox_free(mqtt->inbox);
	outbox_free(mqtt->outbox);
	if (mqtt->wake_fd >= 0)
		close(mqtt->wake_fd);
	if (mqtt->done_fd >= 0)
		close(mqtt->done_fd);
	pthread_mutex_destroy(&mqtt->lock);
	arena_free(&mqtt->arena);
	free(mqtt);
}

struct mqtt *mqtt_start(const struct mqtt_settings *settings, const char *prefix,
	const char *will_payload, sd_event *loop, struct mqtt_events *events)
{
	struct mqtt *mqtt = calloc(1, sizeof(*mqtt));

	if (!mqtt)
		return NULL;
	copy_settings(mqtt, settings, prefix, will_payload);
	pthread_mutex_init(&mqtt->lock, NULL);
	atomic_store(&mqtt->heartbeat_ms, clock_now_ms());
	atomic_store(&mqtt->stop_at_ms, CLOCK_NEVER);
	mqtt->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mqtt->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mqtt->outbox = outbox_new((size_t)settings->outbox_max);
	mqtt->inbox = mqtt_inbox_new(loop, events);
	mosquitto_lib_init();
	if (mqtt->wake_fd < 0 || mqtt->done_fd < 0 || !mqtt->outbox || !mqtt->inbox ||
		pthread_create(&mqtt->thread, NULL, run, mqtt) != 0) {
		mosquitto_lib_cleanup();
		mqtt_free(mqtt);
		return NULL;
	}
	return mqtt;
}

static void wake(struct mqtt *mqtt)
{
	const uint64_t one = 1;

	if (!atomic_exchange(&mqtt->woken, true) && write(mqtt->wake_fd, &one, sizeof(one)) < 0) {
		/* The counter is full: the thread is woken already. */
	}
}

void mqtt_stop(struct mqtt *mqtt, int64_t timeout_ms)
{
	struct pollfd done = { .fd = mqtt->done_fd, .events = POLLIN };

	atomic_store(&mqtt->stop_at_ms, clock_now_ms() + timeout_ms);
	wake(mqtt);
	if (poll(&done, 1, (int)timeout_ms + STOP_GRACE_MS + TURN_MS) <= 0) {
		/* It hangs in a name look-up; what it uses stays until the process ends. */
		log_warn("mqtt: the thread does not end in time: left behind");
		pthread_detach(mqtt->thread);
		return;
	}
	pthread_join(mqtt->thread, NULL);
	mosquitto_lib_cleanup();
	mqtt_free(mqtt);
}

int mqtt_publish(struct mqtt *mqtt, const struct mqtt_publish *publish)
{
	char topic[TOPIC_SIZE];
	struct outbox_message message = {
		.retained = publish->kind == MQTT_RETAINED,
		.topic = publish->full_topic ? publish->full_topic : topic,
		.payload = publish->payload,
		.length = publish->length,
		.ticket = publish->ticket,
		.correlation = publish->correlation,
		.correlation_length = publish->correlation ? publish->correlation_length : 0,
	};
	uint64_t dropped_before, dropped;
	int result;

	snprintf(topic, sizeof(topic), "%s/%s", mqtt->link_options.prefix,
		publish->topic ? publish->topic : "");
	pthread_mutex_lock(&mqtt->lock);
	dropped_before = outbox_dropped(mqtt->outbox);
	result = outbox_put(mqtt->outbox, &message);
	dropped = outbox_dropped(mqtt->outbox);
	pthread_mutex_unlock(&mqtt->lock);
	if (dropped != dropped_before)
		mqtt_inbox_dropped(mqtt->inbox, dropped);
	wake(mqtt);
	return result;
}

void mqtt_stats(const struct mqtt *mqtt, struct mqtt_stats *stats)
{
	struct mqtt *guarded = (struct mqtt *)mqtt; /* the lock is no part of what is const */

	pthread_mutex_lock(&guarded->lock);
	*stats = (struct mqtt_stats){
		.connected = mqtt->connected,
		.waiting = outbox_count(mqtt->outbox),
		.published = mqtt->published,
		.acknowledged = mqtt->acknowledged,
		.dropped = outbox_dropped(mqtt->outbox),
	};
	pthread_mutex_unlock(&guarded->lock);
}

int64_t mqtt_heartbeat_ms(const struct mqtt *mqtt)
{
	int64_t since_ms = atomic_load(&mqtt->looking_up_ms), now_ms = clock_now_ms();

	if (since_ms && now_ms - since_ms < LOOK_UP_MS)
		return now_ms;
	return atomic_load(&mqtt->heartbeat_ms);
}
