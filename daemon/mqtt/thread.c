/*
 * The MQTT thread: connects, empties the outbox, reconnects. The link is its own, but that the
 * daemon's loop sends by it while the thread waits: a wake-up less before an alert is out.
 */
#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/mqtt/parts.h"

#include <mosquitto.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	WINDOW_MAX = 20, /* in flight */
	PAUSE_MIN_MS = 500,
	PAUSE_MAX_MS = 30000,
	STEADY_MS = 5000, /* a connection that held this long resets the pause */
	NAP_MS = 10,      /* per turn while connecting: a failed TLS handshake would spin */
	/*
	 * While acknowledgements come thick, so soon one after the other, the thread rests: each
	 * would cost a wake-up. Whoever sends next fetches them. Commands may come as late;
	 * somebody who waits, or so many messages in flight, end the rest.
	 */
	THICK_MS = 40,
	REST_MS = 100,
	REST_WINDOW = WINDOW_MAX / 2,
};

static struct mqtt *owner(struct mqtt_link_events *events)
{
	return OWNER_OF(events, struct mqtt, link_events);
}

/* The broker's answer, or our own refusal, for an item in flight. */
static void complete(struct mqtt *mqtt, struct outbox_item *item, int reason_code)
{
	uint64_t ticket = item->message.ticket;

	if (reason_code >= MQTT_REFUSED)
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
	int64_t now_ms = clock_now_ms();
	struct outbox_item *item;

	mqtt->thick = now_ms - mqtt->acknowledged_at_ms < THICK_MS;
	mqtt->acknowledged_at_ms = now_ms;
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

/* The thread rests, and would let an acknowledgement lie that somebody waits for. */
static bool ends_rest(struct mqtt *mqtt, uint64_t ticket)
{
	bool full;

	if (!mqtt->resting)
		return false;
	pthread_mutex_lock(&mqtt->lock);
	full = outbox_in_flight_count(mqtt->outbox) >= REST_WINDOW;
	pthread_mutex_unlock(&mqtt->lock);
	return full || ticket != 0;
}

bool mqtt_thread_try_send(struct mqtt *mqtt, uint64_t ticket)
{
	bool sent = false;

	if (pthread_mutex_trylock(&mqtt->link_lock) != 0)
		return false;
	if (mqtt->link && mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTED) {
		pump(mqtt);
		if (mqtt->resting)
			mqtt_link_run(mqtt->link, POLLIN, clock_now_ms());
		sent = mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTED &&
		       mqtt_link_poll_events(mqtt->link) == POLLIN && !ends_rest(mqtt, ticket);
	}
	pthread_mutex_unlock(&mqtt->link_lock);
	return sent;
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
	mqtt->reached = true;
	mqtt->why[0] = '\0';
	mqtt_inbox_connected(mqtt->inbox, true, "");
}

static void link_open(struct mqtt *mqtt, int64_t now_ms)
{
	/* What has worked is tried first again; what has not gives way to the other. */
	if (!mqtt->reached)
		mqtt->link_options.ipv4_only = !mqtt->link_options.ipv4_only;
	mqtt->reached = false;
	atomic_store(&mqtt->looking_up_ms, now_ms);
	mqtt->link = mqtt_link_open(&mqtt->link_options, now_ms);
	atomic_store(&mqtt->looking_up_ms, 0);
	if (!mqtt->link)
		mqtt->retry_at_ms = now_ms + PAUSE_MAX_MS;
}

/* The one place where the link's lock is let go. */
static void wait_wake(struct mqtt *mqtt, struct pollfd *link_poll, int timeout_ms)
{
	struct pollfd fds[2] = { { .fd = mqtt->wake_fd, .events = POLLIN }, *link_poll };
	uint64_t counter;
	int ready;

	pthread_mutex_unlock(&mqtt->link_lock);
	ready = poll(fds, 2, timeout_ms);
	pthread_mutex_lock(&mqtt->link_lock);
	if (ready <= 0)
		return;
	link_poll->revents = fds[1].revents;
	if (fds[0].revents && read(mqtt->wake_fd, &counter, sizeof(counter)) > 0)
		atomic_store(&mqtt->woken, false);
}

static bool may_rest(struct mqtt *mqtt)
{
	bool busy;

	if (!mqtt->thick || mqtt_link_state(mqtt->link) != MQTT_LINK_CONNECTED)
		return false;
	pthread_mutex_lock(&mqtt->lock);
	busy = outbox_awaited(mqtt->outbox) || outbox_in_flight_count(mqtt->outbox) >= REST_WINDOW;
	pthread_mutex_unlock(&mqtt->lock);
	return !busy;
}

/* Until somebody wants something of the thread, or what has come meanwhile is worth a look. */
static void rest(struct mqtt *mqtt)
{
	struct pollfd none = { .fd = -1 };

	mqtt->thick = false;
	mqtt->resting = true;
	wait_wake(mqtt, &none, REST_MS);
	mqtt->resting = false;
}

static void link_turn(struct mqtt *mqtt)
{
	struct pollfd link_poll = {
		.fd = mqtt_link_fd(mqtt->link),
		.events = mqtt_link_poll_events(mqtt->link),
	};
	bool connecting = mqtt_link_state(mqtt->link) == MQTT_LINK_CONNECTING;

	wait_wake(mqtt, &link_poll, MQTT_TURN_MS);
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

	return left_ms < 0 ? 0 : left_ms > MQTT_TURN_MS ? MQTT_TURN_MS : (int)left_ms;
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
	if (may_rest(mqtt)) {
		rest(mqtt);
		pump(mqtt);
	}
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

void *mqtt_thread_run(void *context)
{
	struct mqtt *mqtt = context;
	const uint64_t one = 1;
	int64_t now_ms = clock_now_ms();
	sigset_t all;

	sigfillset(&all); /* SIGPIPE of a TLS write too */
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	pthread_mutex_lock(&mqtt->link_lock);
	while (!is_over(mqtt, now_ms)) {
		atomic_store(&mqtt->heartbeat_ms, now_ms);
		turn(mqtt, now_ms);
		now_ms = clock_now_ms();
	}
	good_bye(mqtt);
	pthread_mutex_unlock(&mqtt->link_lock);
	if (write(mqtt->done_fd, &one, sizeof(one)) < 0) {
		/* Not possible: the counter is zero. */
	}
	return NULL;
}

void mqtt_thread_events(struct mqtt_link_events *events)
{
	*events = (struct mqtt_link_events){ on_acknowledged, on_message };
}
