/* One list of slots, in which what has expired is overwritten. */
#include "daemon/record/used.h"

#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before its row's id: no incident and nothing else that is kept begins so. */
#define ROW "used/"

enum {
	ROW_MAX = 104, /* a user's 32 bytes, and 64 of an id */
	FIRST = 64,
	/* A slot is worth its time until it expires, and this longer; a passing one so much less.
	 */
	LINGER_MS = 2 * 3600 * 1000,
	PASSING_MS = 3600 * 1000,
};

struct slot {
	char row[ROW_MAX]; /* "used/<user>/<id>" */
	int64_t until_ms;
	bool passing;
};

struct used {
	used_row *row;
	void *context;
	struct slot *slots;
	size_t count, size;
};

struct used *used_new(used_row *row, void *context)
{
	struct used *used = calloc(1, sizeof(*used));

	if (used)
		*used = (struct used){ .row = row, .context = context };
	return used;
}

void used_free(struct used *used)
{
	if (!used)
		return;
	free(used->slots);
	free(used);
}

static void put_row(const struct used *used, const struct slot *slot)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, slot->until_ms);
	if (!slot->passing)
		used->row(used->context, slot->row, text);
}

static struct slot *append(struct used *used)
{
	size_t size = used->size ? used->size * 2 : FIRST;
	struct slot *slots;

	if (used->count == used->size) {
		slots = realloc(used->slots, size * sizeof(*slots));
		if (!slots)
			return NULL;
		used->slots = slots;
		used->size = size;
	}
	return &used->slots[used->count++];
}

static int64_t worth(const struct slot *slot)
{
	return slot->until_ms - (slot->passing ? PASSING_MS : 0);
}

static void keep_cheaper(struct slot **cheapest, struct slot *slot)
{
	if (!*cheapest || worth(slot) < worth(*cheapest))
		*cheapest = slot;
}

/* For one more of this user; `name` is what his rows begin with. NULL: there is no room. */
static struct slot *room(struct used *used, const char *name, int64_t now_ms)
{
	struct slot *cheapest = NULL, *own = NULL;
	size_t owned = 0;

	for (struct slot *slot = used->slots; slot < used->slots + used->count; slot++) {
		keep_cheaper(&cheapest, slot);
		if (strncmp(slot->row, name, strlen(name)) != 0)
			continue;
		keep_cheaper(&own, slot);
		owned++;
	}
	if (owned >= USED_USER_MAX)
		cheapest = own;
	else if ((!cheapest || worth(cheapest) + LINGER_MS > now_ms) && used->count < USED_MAX)
		return append(used);
	if (!cheapest || worth(cheapest) > now_ms)
		return NULL;
	if (!cheapest->passing)
		used->row(used->context, cheapest->row, NULL);
	return cheapest;
}

int used_take(struct used *used, const char *user, const char *id, int64_t until_ms, bool passing,
	int64_t now_ms)
{
	char row[ROW_MAX];
	int length = snprintf(row, sizeof(row), ROW "%s/", user);
	struct slot *slot;

	snprintf(row + length, sizeof(row) - (size_t)length, "%s", id);
	for (size_t i = 0; i < used->count; i++)
		if (strcmp(used->slots[i].row, row) == 0)
			return -EEXIST;
	row[length] = '\0';
	slot = room(used, row, now_ms);
	if (!slot)
		return passing ? 0 : -ENOSPC;
	*slot = (struct slot){ .until_ms = until_ms, .passing = passing };
	snprintf(slot->row, sizeof(slot->row), ROW "%s/%s", user, id);
	put_row(used, slot);
	return 0;
}

void used_keep(struct used *used)
{
	for (size_t i = 0; i < used->count; i++)
		put_row(used, &used->slots[i]);
}

bool used_load(
	struct used *used, const char *row, const char *text, int64_t shift_ms, int64_t now_ms)
{
	int64_t until_ms = strtoll(text, NULL, 10) + shift_ms;
	struct slot *slot;

	if (strncmp(row, ROW, strlen(ROW)) != 0)
		return false;
	/* Whatever the clocks were before a reboot: none that was taken can count for longer. */
	if (until_ms > now_ms + USED_AHEAD_MAX_MS)
		until_ms = now_ms + USED_AHEAD_MAX_MS;
	slot = used->count < USED_MAX ? append(used) : NULL;
	if (!slot) {
		log_error("commands: no room for an id that was used before");
		return true;
	}
	*slot = (struct slot){ .until_ms = until_ms };
	snprintf(slot->row, sizeof(slot->row), "%s", row);
	return true;
}
