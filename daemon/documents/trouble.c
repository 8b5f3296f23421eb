/* The registry of troubles that last. It knows no topic and no device, only ids and texts. */
#include "daemon/documents/trouble.h"

#include "core/log.h"
#include "core/pages.h"

#include <stdlib.h>
#include <string.h>

#define FULL_ID "troubles-full"

struct trouble_list {
	struct trouble_events *events;
	struct trouble items[TROUBLE_MAX]; /* in the order in which they began */
	size_t count;
};

struct trouble_list *trouble_list_new(struct trouble_events *events)
{
	struct trouble_list *list = pages_new(1, sizeof(*list));

	if (list)
		list->events = events;
	return list;
}

void trouble_list_free(struct trouble_list *list)
{
	pages_free(list);
}

/* Copy what fits, never half a UTF-8 character. */
static void text_copy(char *to, size_t max, const char *from)
{
	size_t length = strlen(from);

	if (length > max) {
		length = max;
		while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
			length--;
	}
	memcpy(to, from, length);
	to[length] = '\0';
}

static struct trouble *find(struct trouble_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i].id, id, TROUBLE_ID_MAX) == 0)
			return &list->items[i];
	return NULL;
}

/* The listener gets a copy, since it may begin or end another trouble. */
static void tell(struct trouble_list *list, const struct trouble *trouble)
{
	const struct trouble copy = *trouble;

	list->events->trouble(list->events, &copy);
}

static void add(
	struct trouble_list *list, const char *id, int64_t now_ms, const char *zh, const char *en)
{
	struct trouble *trouble = &list->items[list->count++];

	*trouble = (struct trouble){ .since_ms = now_ms, .lasting = true };
	text_copy(trouble->id, TROUBLE_ID_MAX, id);
	text_copy(trouble->zh, TROUBLE_TEXT_MAX, zh);
	text_copy(trouble->en, TROUBLE_TEXT_MAX, en);
	tell(list, trouble);
}

static void change(
	struct trouble_list *list, struct trouble *trouble, const char *zh, const char *en)
{
	struct trouble new = *trouble;

	text_copy(new.zh, TROUBLE_TEXT_MAX, zh);
	text_copy(new.en, TROUBLE_TEXT_MAX, en);
	if (strcmp(new.zh, trouble->zh) == 0 && strcmp(new.en, trouble->en) == 0)
		return;
	*trouble = new;
	tell(list, trouble);
}

void trouble_begin(
	struct trouble_list *list, const char *id, int64_t now_ms, const char *zh, const char *en)
{
	struct trouble *trouble = find(list, id);

	if (trouble) {
		change(list, trouble, zh, en);
		return;
	}
	if (list->count < TROUBLE_MAX - 1) {
		add(list, id, now_ms, zh, en);
		return;
	}
	/* The last place is kept for saying that there is no place. */
	log_error("trouble %s: not shown, %d last already: %s", id, TROUBLE_MAX - 1, en);
	if (list->count < TROUBLE_MAX)
		add(list, FULL_ID, now_ms, "故障过多，部分未列出，请查看系统日志",
			"too many troubles at once: some are not listed, see the system's log");
}

static void remove_one(struct trouble_list *list, struct trouble *trouble)
{
	struct trouble ended = *trouble;
	size_t behind = list->count - (size_t)(trouble - list->items) - 1;

	memmove(trouble, trouble + 1, behind * sizeof(*trouble));
	list->count--;
	ended.lasting = false;
	tell(list, &ended);
}

void trouble_end(struct trouble_list *list, const char *id, int64_t now_ms)
{
	struct trouble *trouble = find(list, id);

	(void)now_ms;
	if (!trouble)
		return;
	remove_one(list, trouble);
	/* Not at the first free place, or it would come and go with each trouble. */
	trouble = find(list, FULL_ID);
	if (trouble && list->count <= TROUBLE_MAX * 3 / 4)
		remove_one(list, trouble);
}

const struct trouble *trouble_find(const struct trouble_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i].id, id, TROUBLE_ID_MAX) == 0)
			return &list->items[i];
	return NULL;
}

const struct trouble *trouble_at(const struct trouble_list *list, size_t i)
{
	return i < list->count ? &list->items[i] : NULL;
}
