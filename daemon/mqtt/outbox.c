/* The outbox: a list in sending order, and a hash of the retained topics that wait in it. */
#include "daemon/mqtt/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKET_COUNT = 2048 };

struct outbox {
	struct outbox_item *first, *last;
	struct outbox_item *waiting; /* the first that is not in flight */
	struct outbox_item *buckets[BUCKET_COUNT];
	size_t stream_max;
	size_t count, streams, clears, in_flight;
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

static void index_remove(struct outbox *outbox, struct outbox_item *item)
{
	struct outbox_item **at = bucket_of(outbox, item->message.topic);

	while (*at && *at != item)
		at = &(*at)->bucket_next;
	if (*at)
		*at = item->bucket_next;
	item->bucket_next = NULL;
}

static bool is_clear(const struct outbox_item *item)
{
	return item->message.retained && item->message.length == 0;
}

static void count_item(struct outbox *outbox, const struct outbox_item *item, bool add)
{
	size_t one = add ? 1 : (size_t)-1;

	outbox->count += one;
	if (!item->message.retained)
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
	if (outbox->waiting == next && !item->in_flight)
		outbox->waiting = item;
	count_item(outbox, item, true);
}

static void list_remove(struct outbox *outbox, struct outbox_item *item)
{
	*(item->previous ? &item->previous->next : &outbox->first) = item->next;
	*(item->next ? &item->next->previous : &outbox->last) = item->previous;
	if (outbox->waiting == item)
		outbox->waiting = item->next;
	count_item(outbox, item, false);
}

static void item_discard(struct outbox *outbox, struct outbox_item *item)
{
	if (item->message.retained && !item->in_flight)
		index_remove(outbox, item);
	if (item->in_flight)
		outbox->in_flight--;
	list_remove(outbox, item);
	free(item);
}

/* One allocation: the item, then topic, payload and correlation, each with a NUL behind it. */
static struct outbox_item *item_new(const struct outbox_message *message)
{
	size_t topic = strlen(message->topic) + 1, payload = message->length + 1;
	struct outbox_item *item =
		malloc(sizeof(*item) + topic + payload + message->correlation_length);
	char *text;

	if (!item)
		return NULL;
	*item = (struct outbox_item){ .message = *message };
	text = (char *)(item + 1);
	item->message.topic = memcpy(text, message->topic, topic);
	text += topic;
	if (message->length)
		memcpy(text, message->payload, message->length);
	text[message->length] = '\0';
	item->message.payload = text;
	if (message->correlation && message->correlation_length)
		item->message.correlation =
			memcpy(text + payload, message->correlation, message->correlation_length);
	return item;
}

static void drop_oldest(struct outbox *outbox, bool clear)
{
	struct outbox_item *item = outbox->waiting;

	while (item && (clear ? !is_clear(item) : item->message.retained))
		item = item->next;
	if (!item)
		return;
	if (!clear)
		outbox->dropped++;
	item_discard(outbox, item);
}

int outbox_put(struct outbox *outbox, const struct outbox_message *message)
{
	struct outbox_item *item = item_new(message), *old, *place = NULL;

	if (!item)
		return -ENOMEM;
	if (message->retained) {
		old = index_find(outbox, message->topic);
		if (old) {
			place = old->next;
			item_discard(outbox, old);
		}
		index_add(outbox, item);
	}
	list_insert(outbox, item, place);
	if (outbox->streams > outbox->stream_max)
		drop_oldest(outbox, false);
	if (outbox->clears > outbox->stream_max)
		drop_oldest(outbox, true);
	return 0;
}

struct outbox_item *outbox_take(struct outbox *outbox)
{
	struct outbox_item *item = outbox->waiting;

	if (!item)
		return NULL;
	if (item->message.retained)
		index_remove(outbox, item);
	item->in_flight = true;
	item->mid = 0;
	outbox->in_flight++;
	outbox->waiting = item->next;
	return item;
}

/* It waits again; one that a newer message of its topic has overtaken meanwhile is dropped. */
static void wait_again(struct outbox *outbox, struct outbox_item *item)
{
	if (item->message.retained && index_find(outbox, item->message.topic)) {
		item_discard(outbox, item);
		return;
	}
	item->in_flight = false;
	outbox->in_flight--;
	outbox->waiting = item;
	if (item->message.retained)
		index_add(outbox, item);
}

void outbox_untake(struct outbox *outbox, struct outbox_item *item)
{
	wait_again(outbox, item);
}

struct outbox_item *outbox_in_flight(struct outbox *outbox, int mid)
{
	for (struct outbox_item *item = outbox->first; item && item->in_flight; item = item->next)
		if (item->mid == mid)
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
	struct outbox_item *item = outbox->waiting ? outbox->waiting->previous : outbox->last;

	while (item) {
		struct outbox_item *previous = item->previous;

		wait_again(outbox, item);
		item = previous;
	}
}

/*
 * A text within the payload cannot be taken for the member: its quotes are escaped. The length
 * stays the same, a blank after "true" being valid JSON.
 */
static void mark(struct outbox_item *item)
{
	static const char no[] = "\"replayed\":false", yes[] = "\"replayed\":true ";
	char *at = memmem(item->message.payload, item->message.length, no, sizeof(no) - 1);

	item->replayed = true;
	if (at)
		memcpy(at, yes, sizeof(yes) - 1);
}

void outbox_mark_replayed(struct outbox *outbox)
{
	for (struct outbox_item *item = outbox->waiting; item; item = item->next)
		if (!item->message.retained && !item->replayed)
			mark(item);
}

size_t outbox_count(const struct outbox *outbox)
{
	return outbox->count;
}

bool outbox_awaited(const struct outbox *outbox)
{
	for (const struct outbox_item *item = outbox->first; item && item->in_flight;
		item = item->next)
		if (item->message.ticket)
			return true;
	return false;
}

size_t outbox_in_flight_count(const struct outbox *outbox)
{
	return outbox->in_flight;
}

uint64_t outbox_dropped(const struct outbox *outbox)
{
	return outbox->dropped;
}
