/* The registry of troubles that last. It knows no topic and no device, only ids and texts. */
#include "daemon/documents/trouble.h"

#include "core/log.h"
#include "core/utf8.h"
#include "core/words.h"

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
	struct trouble_list *list = calloc(1, sizeof(*list));

	if (list)
		list->events = events;
	return list;
}

void trouble_list_free(struct trouble_list *list)
{
	free(list);
}

const struct trouble *trouble_find(const struct trouble_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strncmp(list->items[i].id, id, TROUBLE_ID_MAX) == 0)
			return &list->items[i];
	return NULL;
}

static struct trouble *find(struct trouble_list *list, const char *id)
{
	return (struct trouble *)trouble_find(list, id);
}

/* The listener gets a copy, since it may begin or end another trouble. */
static void tell(struct trouble_list *list, const struct trouble *trouble, struct moment moment)
{
	const struct trouble copy = *trouble;

	list->events->trouble(list->events, &copy, moment);
}

static void add(struct trouble_list *list, const char *id, struct moment moment, const char *zh,
	const char *en)
{
	struct trouble *trouble = &list->items[list->count++];

	*trouble = (struct trouble){ .since_ms = moment.now_ms, .lasting = true };
	utf8_copy(trouble->id, sizeof(trouble->id), id);
	utf8_copy(trouble->zh, sizeof(trouble->zh), zh);
	utf8_copy(trouble->en, sizeof(trouble->en), en);
	tell(list, trouble, moment);
}

static void change(struct trouble_list *list, struct trouble *trouble, struct moment moment,
	const char *zh, const char *en)
{
	struct trouble new = *trouble;

	utf8_copy(new.zh, sizeof(new.zh), zh);
	utf8_copy(new.en, sizeof(new.en), en);
	if (strcmp(new.zh, trouble->zh) == 0 && strcmp(new.en, trouble->en) == 0)
		return;
	*trouble = new;
	tell(list, trouble, moment);
}

void trouble_begin(struct trouble_list *list, const char *id, struct moment moment, const char *zh,
	const char *en)
{
	struct trouble *trouble = find(list, id);

	if (trouble) {
		change(list, trouble, moment, zh, en);
		return;
	}
	if (list->count < TROUBLE_MAX - 1) {
		add(list, id, moment, zh, en);
		return;
	}
	/* The last place is kept for saying that there is no place. */
	log_error("trouble %s: not shown, %d last already: %s", id, TROUBLE_MAX - 1, en);
	if (list->count < TROUBLE_MAX) {
		const struct text full = word_text(WORD_DOCUMENT, WORD_DOCUMENT_TROUBLES_FULL);

		add(list, FULL_ID, moment, full.zh, full.en);
	}
}

static void remove_one(struct trouble_list *list, struct trouble *trouble, struct moment moment)
{
	struct trouble ended = *trouble;
	size_t behind = list->count - (size_t)(trouble - list->items) - 1;

	memmove(trouble, trouble + 1, behind * sizeof(*trouble));
	list->count--;
	ended.lasting = false;
	tell(list, &ended, moment);
}

void trouble_end(struct trouble_list *list, const char *id, struct moment moment)
{
	struct trouble *trouble = find(list, id);

	if (!trouble)
		return;
	remove_one(list, trouble, moment);
	/* Not at the first free place, or it would come and go with each trouble. */
	trouble = find(list, FULL_ID);
	if (trouble && list->count <= TROUBLE_MAX * 3 / 4)
		remove_one(list, trouble, moment);
}

const struct trouble *trouble_at(const struct trouble_list *list, size_t i)
{
	return i < list->count ? &list->items[i] : NULL;
}
