/* The daemon's side of MQTT: start, stop, publish. See mqtt.h; the thread is in mqtt_thread.c. */
#include "daemon/mqtt/mqtt.h"

#include "core/clock.h"
#include "core/log.h"
#include "daemon/mqtt/parts.h"

#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	LOOK_UP_MS = 300000, /* a name look-up longer than this is a hang */
	STOP_GRACE_MS = 500,
	TOPIC_SIZE = 512,
};

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
	own->elsewhere = copy(mqtt, settings->elsewhere);
	mqtt_thread_events(&mqtt->link_events);
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
	pthread_mutex_destroy(&mqtt->link_lock);
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
	pthread_mutex_init(&mqtt->link_lock, NULL);
	atomic_store(&mqtt->heartbeat_ms, clock_now_ms());
	atomic_store(&mqtt->stop_at_ms, CLOCK_NEVER);
	mqtt->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mqtt->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	mqtt->outbox = outbox_new((size_t)settings->outbox_max);
	mqtt->inbox = mqtt_inbox_new(loop, events);
	mosquitto_lib_init();
	if (mqtt->wake_fd < 0 || mqtt->done_fd < 0 || !mqtt->outbox || !mqtt->inbox ||
		pthread_create(&mqtt->thread, NULL, mqtt_thread_run, mqtt) != 0) {
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
	if (poll(&done, 1, (int)timeout_ms + STOP_GRACE_MS + MQTT_TURN_MS) <= 0) {
		/* It hangs in a name look-up; what it uses stays until the process ends. */
		log_warn("mqtt: the thread does not end in time: left behind");
		pthread_detach(mqtt->thread);
		return;
	}
	pthread_join(mqtt->thread, NULL);
	mqtt_inbox_end(mqtt->inbox);
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
	if (!mqtt_thread_try_send(mqtt, publish->ticket))
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
