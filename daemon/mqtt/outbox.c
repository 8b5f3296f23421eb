/* The outbox: a list in sending order, and a hash of the retained topics that wait in it. */
#include "daemon/mqtt/outbox.h"

#include "core/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKET_COUNT = 2048 };

struct outbox {
	struct outbox_item *first, *last;
	struct outbox_item *buckets[BUCKET_COUNT];
	size_t stream_max;
	size_t count, streams, clears, in_flight;
	uint32_t number; /* the last that was given */
	uint64_t dropped;
};

struct outbox *outbox_new(size_t stream_max)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (outbox)
		outbox->stream_max = stream_max ? stream_max : 1;
	return outbox;
}

void outbox_free(struct outbox *outbox)
{
	if (!outbox)
		return;
	for (struct outbox_item *item = outbox->first, *next; item; item = next) {
		next = item->next;
		free(item);
	}
	free(outbox);
}

/* FNV-1a */
static struct outbox_item **bucket_of(struct outbox *outbox, const char *topic)
{
	uint32_t hash = 2166136261u;

	for (; *topic; topic++)
		hash = (hash ^ (unsigned char)*topic) * 16777619u;
	return &outbox->buckets[hash % BUCKET_COUNT];
}

static struct outbox_item *index_find(struct outbox *outbox, const char *topic)
{
	struct outbox_item *item = *bucket_of(outbox, topic);

	while (item && strcmp(item->message.topic, topic) != 0)
		item = item->bucket_next;
	return item;
}

static void index_add(struct outbox *outbox, struct outbox_item *item)
{
	struct outbox_item **bucket = bucket_of(outbox, item->message.topic);

	item->bucket_next = *bucket;
	*bucket = item;
}

/* One that is not in it: nothing. */
static void index_remove(struct outbox *outbox, struct outbox_item *item)
{
	struct outbox_item **at = bucket_of(outbox, item->message.topic);

	while (*at && *at != item)
		at = &(*at)->bucket_next;
	if (*at)
		*at = item->bucket_next;
}

static bool is_retained(const struct outbox_item *item)
{
	return item->message.kind == MQTT_RETAINED;
}

static bool is_clear(const struct outbox_item *item)
{
	return is_retained(item) && item->message.length == 0;
}

static void count_item(struct outbox *outbox, const struct outbox_item *item, bool add)
{
	size_t one = add ? 1 : (size_t)-1;

	outbox->count += one;
	if (!is_retained(item))
		outbox->streams += one;
	else if (is_clear(item))
		outbox->clears += one;
}

/* Put `item` before `next`; NULL: at the end. */
static void list_insert(struct outbox *outbox, struct outbox_item *item, struct outbox_item *next)
{
	item->next = next;
	item->previous = next ? next->previous : outbox->last;
	*(item->previous ? &item->previous->next : &outbox->first) = item;
	*(next ? &next->previous : &outbox->last) = item;
	count_item(outbox, item, true);
}

static void list_remove(struct outbox *outbox, struct outbox_item *item)
{
	*(item->previous ? &item->previous->next : &outbox->first) = item->next;
	*(item->next ? &item->next->previous : &outbox->last) = item->previous;
	count_item(outbox, item, false);
}

static void item_discard(struct outbox *outbox, struct outbox_item *item)
{
	index_remove(outbox, item);
	if (item->number)
		outbox->in_flight--;
	list_remove(outbox, item);
	free(item);
}

static struct outbox_item *item_new(const struct mqtt_publish *message)
{
	struct outbox_item *item = malloc(sizeof(*item) + mqtt_texts_size(message));

	if (item)
		*item = (struct outbox_item){ .message = mqtt_copy(message, item->texts) };
	return item;
}

static void drop_oldest(struct outbox *outbox, bool clear)
{
	struct outbox_item *item = outbox->first;

	while (item && (item->number || (clear ? !is_clear(item) : is_retained(item))))
		item = item->next;
	if (!item)
		return;
	if (!clear)
		outbox->dropped++;
	item_discard(outbox, item);
}

/* The older message of its topic that waits gives way; what follows it in the list. */
static struct outbox_item *replace(struct outbox *outbox, struct outbox_item *item)
{
	struct outbox_item *old = index_find(outbox, item->message.topic), *place = NULL;

	if (old) {
		place = old->next;
		item->sent_ms = old->sent_ms; /* a topic that is refused stays so */
		item->due_ms = old->due_ms;
		item->refusals = old->refusals;
		item_discard(outbox, old);
	}
	index_add(outbox, item);
	return place;
}

int outbox_put(struct outbox *outbox, const struct mqtt_publish *message)
{
	struct outbox_item *item = item_new(message);

	if (!item)
		return -ENOMEM;
	list_insert(outbox, item, message->kind == MQTT_RETAINED ? replace(outbox, item) : NULL);
	if (outbox->streams > outbox->stream_max)
		drop_oldest(outbox, false);
	if (outbox->clears > outbox->stream_max)
		drop_oldest(outbox, true);
	return 0;
}

struct outbox_item *outbox_take(struct outbox *outbox, int64_t now_ms, int64_t *next_ms)
{
	struct outbox_item *item = outbox->first;

	*next_ms = CLOCK_NEVER;
	for (; item && (item->number || item->due_ms > now_ms); item = item->next)
		if (!item->number && item->due_ms < *next_ms)
			*next_ms = item->due_ms;
	if (!item)
		return NULL;
	if (is_retained(item))
		index_remove(outbox, item);
	outbox->number = outbox->number % INT32_MAX + 1;
	outbox->in_flight++;
	item->number = outbox->number;
	if (!item->sent_ms)
		item->sent_ms = now_ms;
	return item;
}

void outbox_again(struct outbox *outbox, struct outbox_item *item, int64_t due_ms)
{
	/* A newer message of its topic has overtaken it. */
	if (is_retained(item) && index_find(outbox, item->message.topic)) {
		item_discard(outbox, item);
		return;
	}
	item->number = 0;
	item->due_ms = due_ms;
	outbox->in_flight--;
	if (is_retained(item))
		index_add(outbox, item);
}

struct outbox_item *outbox_in_flight(struct outbox *outbox, uint32_t number)
{
	for (struct outbox_item *item = outbox->first; item; item = item->next)
		if (item->number == number)
			return item;
	return NULL;
}

void outbox_done(struct outbox *outbox, struct outbox_item *item)
{
	item_discard(outbox, item);
}

/* From the last to the first, so that of two in flight with one topic the newer stays. */
void outbox_lost(struct outbox *outbox)
{
	for (struct outbox_item *item = outbox->last, *previous; item; item = previous) {
		previous = item->previous;
		item->sent_ms = item->due_ms = 0;
		item->refusals = 0;
		if (item->number)
			outbox_again(outbox, item, 0);
	}
}

void outbox_mark_replayed(struct outbox *outbox)
{
	for (struct outbox_item *item = outbox->first; item; item = item->next)
		if (!is_retained(item))
			item->replayed = true;
}

size_t outbox_count(const struct outbox *outbox)
{
	return outbox->count;
}

size_t outbox_in_flight_count(const struct outbox *outbox)
{
	return outbox->in_flight;
}

int64_t outbox_untaken_ms(const struct outbox *outbox)
{
	return outbox->first ? outbox->first->sent_ms : 0;
}

uint64_t outbox_dropped(const struct outbox *outbox)
{
	return outbox->dropped;
}
