/* The queue from the MQTT thread to the daemon's loop. */
#include "daemon/mqtt/inbox.h"

#include "core/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum entry_kind { ENTRY_CONNECTED, ENTRY_COMMAND, ENTRY_RETAINED, ENTRY_DELIVERED };

struct entry {
	struct entry *next;
	enum entry_kind kind;
	struct mqtt_message message; /* COMMAND, RETAINED; points into this allocation */
	uint64_t ticket;             /* DELIVERED */
	int reason_code;
	bool connected; /* CONNECTED; why is in text */
	char text[];
};

struct mqtt_inbox {
	struct mqtt_events *events;
	sd_event_source *source;
	int wake_fd;
	pthread_mutex_t lock;
	struct entry *first, **end;
	size_t messages, bytes; /* that wait */
	bool overflowing;       /* logged once, until the loop has caught up */
	uint64_t dropped, dropped_told;
};

static void wake(struct mqtt_inbox *inbox)
{
	const uint64_t one = 1;

	if (write(inbox->wake_fd, &one, sizeof(one)) < 0) {
		/* The counter is full: the loop is woken already. */
	}
}

static struct entry *entry_new(enum entry_kind kind, size_t text_size)
{
	struct entry *entry = calloc(1, sizeof(*entry) + text_size);

	if (entry)
		entry->kind = kind;
	else
		log_error("mqtt: out of memory: an event is lost");
	return entry;
}

static void append(struct mqtt_inbox *inbox, struct entry *entry)
{
	if (!entry)
		return;
	pthread_mutex_lock(&inbox->lock);
	*inbox->end = entry;
	inbox->end = &entry->next;
	pthread_mutex_unlock(&inbox->lock);
	wake(inbox);
}

void mqtt_inbox_connected(struct mqtt_inbox *inbox, bool connected, const char *why)
{
	struct entry *entry = entry_new(ENTRY_CONNECTED, strlen(why) + 1);

	if (entry) {
		entry->connected = connected;
		strcpy(entry->text, why);
	}
	append(inbox, entry);
}

void mqtt_inbox_delivered(struct mqtt_inbox *inbox, uint64_t ticket, int reason_code)
{
	struct entry *entry = entry_new(ENTRY_DELIVERED, 0);

	if (entry) {
		entry->ticket = ticket;
		entry->reason_code = reason_code;
	}
	append(inbox, entry);
}

/* Copy `size` bytes to *at with a NUL behind them, and go on. */
static const char *put(char **at, const void *from, size_t size)
{
	char *copy = *at;

	if (size)
		memcpy(copy, from, size);
	copy[size] = '\0';
	*at += size + 1;
	return copy;
}

static struct entry *message_entry(enum entry_kind kind, const struct mqtt_message *message)
{
	size_t topic = strlen(message->topic);
	size_t response = message->response_topic ? strlen(message->response_topic) : 0;
	struct entry *entry = entry_new(
		kind, topic + message->length + response + message->correlation_length + 4);
	char *at;

	if (!entry)
		return NULL;
	at = entry->text;
	entry->message = *message;
	entry->message.topic = put(&at, message->topic, topic);
	entry->message.payload = put(&at, message->payload, message->length);
	if (message->response_topic)
		entry->message.response_topic = put(&at, message->response_topic, response);
	if (message->correlation)
		entry->message.correlation =
			put(&at, message->correlation, message->correlation_length);
	return entry;
}

static bool reserve(struct mqtt_inbox *inbox, size_t bytes)
{
	bool room, first;

	pthread_mutex_lock(&inbox->lock);
	room = inbox->messages < MQTT_INBOX_MAX && inbox->bytes + bytes <= MQTT_INBOX_BYTES;
	first = !room && !inbox->overflowing;
	if (room) {
		inbox->messages++;
		inbox->bytes += bytes;
	} else {
		inbox->overflowing = true;
	}
	pthread_mutex_unlock(&inbox->lock);
	if (first)
		log_error("mqtt: too many messages wait for the loop: further ones are dropped");
	return room;
}

void mqtt_inbox_message(struct mqtt_inbox *inbox, const struct mqtt_message *message)
{
	bool command = !message->elsewhere && strncmp(message->topic, "cmd/", 4) == 0;
	struct mqtt_message topic_only = { .topic = message->topic, .payload = "" };

	/* A clear, or a live message during the survey: nothing is retained. */
	if (!command && (!message->retained || message->length == 0))
		return;
	if (!reserve(inbox, message->length))
		return;
	append(inbox, message_entry(command ? ENTRY_COMMAND : ENTRY_RETAINED,
			      command || message->elsewhere ? message : &topic_only));
}

void mqtt_inbox_dropped(struct mqtt_inbox *inbox, uint64_t count)
{
	pthread_mutex_lock(&inbox->lock);
	inbox->dropped = count;
	pthread_mutex_unlock(&inbox->lock);
	wake(inbox);
}

static void tell(struct mqtt_inbox *inbox, const struct entry *entry)
{
	struct mqtt_events *events = inbox->events;

	switch (entry->kind) {
	case ENTRY_CONNECTED:
		events->connected(events, entry->connected, entry->text);
		break;
	case ENTRY_COMMAND:
		events->command(events, &entry->message);
		break;
	case ENTRY_RETAINED:
		events->retained(events, &entry->message);
		break;
	case ENTRY_DELIVERED:
		events->delivered(events, entry->ticket, entry->reason_code);
		break;
	}
}

static struct entry *take_all(struct mqtt_inbox *inbox, uint64_t *dropped)
{
	struct entry *entry;

	pthread_mutex_lock(&inbox->lock);
	entry = inbox->first;
	inbox->first = NULL;
	inbox->end = &inbox->first;
	inbox->messages = inbox->bytes = 0;
	inbox->overflowing = false;
	*dropped = inbox->dropped;
	pthread_mutex_unlock(&inbox->lock);
	return entry;
}

static int dispatch(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	struct mqtt_inbox *inbox = context;
	struct entry *entry, *next;
	uint64_t dropped, counter;

	(void)source, (void)revents;
	if (read(fd, &counter, sizeof(counter)) < 0)
		return 0;
	for (entry = take_all(inbox, &dropped); entry; entry = next) {
		next = entry->next;
		tell(inbox, entry);
		free(entry);
	}
	if (dropped != inbox->dropped_told) {
		inbox->dropped_told = dropped;
		inbox->events->dropped(inbox->events, dropped);
	}
	return 0;
}

struct mqtt_inbox *mqtt_inbox_new(sd_event *loop, struct mqtt_events *events)
{
	struct mqtt_inbox *inbox = calloc(1, sizeof(*inbox));

	if (!inbox)
		return NULL;
	inbox->events = events;
	inbox->end = &inbox->first;
	pthread_mutex_init(&inbox->lock, NULL);
	inbox->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (inbox->wake_fd < 0 || sd_event_add_io(loop, &inbox->source, inbox->wake_fd, EPOLLIN,
					  dispatch, inbox) < 0) {
		mqtt_inbox_free(inbox);
		return NULL;
	}
	return inbox;
}

void mqtt_inbox_end(struct mqtt_inbox *inbox)
{
	uint64_t dropped;

	for (struct entry *entry = take_all(inbox, &dropped), *next; entry; entry = next) {
		next = entry->next;
		if (entry->kind == ENTRY_DELIVERED)
			tell(inbox, entry);
		free(entry);
	}
}

void mqtt_inbox_free(struct mqtt_inbox *inbox)
{
	uint64_t dropped;

	if (!inbox)
		return;
	sd_event_source_unref(inbox->source);
	for (struct entry *entry = take_all(inbox, &dropped), *next; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	if (inbox->wake_fd >= 0)
		close(inbox->wake_fd);
	pthread_mutex_destroy(&inbox->lock);
	free(inbox);
}
