#include "rules/locks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum lock_state lock_next(enum lock_state state, enum lock_event event)
{
	enum { NO = LOCK_NONE, ST = LOCK_STANDS, EN = LOCK_ENDING, TO = LOCK_TOLD };
	static const unsigned char next[LOCK_STATE_COUNT][LOCK_EVENT_COUNT] = {
		/*               set warn told ends unlocked gone */
		[LOCK_NONE] =   { ST, NO, NO, NO, NO, NO },
		[LOCK_STANDS] = { ST, EN, ST, NO, NO, NO },
		[LOCK_ENDING] = { ST, EN, TO, NO, NO, NO },
		[LOCK_TOLD] =   { ST, TO, TO, NO, NO, NO },
	};

	return (enum lock_state)next[state][event];
}
/* clang-format on */

static const char *const kinds[LOCK_TYPE] = {
	[LOCK_ZONE] = "zone",
	[LOCK_DEVICE] = "device",
	[LOCK_POINT] = "point",
	[LOCK_OUTPUT] = "output",
};

bool lock_parse(const char *name, struct lock *lock)
{
	const char *colon = strchr(name, ':');
	size_t length = colon ? (size_t)(colon - name) : 0;

	for (size_t i = 0; i < LOCK_TYPE && length > 0; i++) {
		if (strlen(kinds[i]) != length || strncmp(kinds[i], name, length) != 0 ||
			!id_valid(colon + 1))
			continue;
		lock->kind = (enum lock_kind)i;
		snprintf(lock->id, sizeof(lock->id), "%s", colon + 1);
		return true;
	}
	return false;
}

const char *lock_name(const struct lock *lock, char name[static LOCK_NAME_MAX + 1])
{
	if (lock->kind == LOCK_TYPE)
		snprintf(name, LOCK_NAME_MAX + 1, "%d-%s", lock->type, lock->id);
	else
		snprintf(name, LOCK_NAME_MAX + 1, "%s:%s", kinds[lock->kind], lock->id);
	return name;
}

static const struct device *find_device(const struct site *site, const char *id)
{
	for (size_t i = 0; i < site->device_count; i++)
		if (strcmp(site->devices[i].id, id) == 0)
			return &site->devices[i];
	return NULL;
}

bool lock_fit(struct lock *lock, const struct site *site)
{
	lock->zone = NULL;
	lock->device = NULL;
	lock->point = NULL;
	switch (lock->kind) {
	case LOCK_ZONE:
	case LOCK_TYPE:
		lock->zone = site_zone(site, lock->id);
		break;
	case LOCK_DEVICE:
		lock->device = find_device(site, lock->id);
		break;
	case LOCK_OUTPUT:
	case LOCK_POINT:
		lock->point = site_point(site, lock->id);
		if (lock->point && lock->kind == LOCK_OUTPUT && !lock->point->writable)
			lock->point = NULL;
		break;
	default:
		break;
	}
	return lock->zone || lock->device || lock->point;
}

bool lock_same(const struct lock *a, const struct lock *b)
{
	return a->kind == b->kind && strcmp(a->id, b->id) == 0 && a->quiet == b->quiet &&
	       a->type == b->type && a->recurring == b->recurring && strcmp(a->by, b->by) == 0;
}

bool lock_covers(const struct lock *lock, const struct point *point)
{
	if (lock->zone)
		return zone_contains(lock->zone, point->zone);
	return lock->device ? point->device == lock->device : point == lock->point;
}

bool lock_quiets(const struct lock *lock, const struct incident_type *type)
{
	if (!lock->quiet)
		return false;
	return lock->type ? type->number == lock->type : type->severity != SEVERITY_CRITICAL;
}

bool lock_holds_raise(
	const struct lock *lock, const struct incident_type *type, const struct zone *zone)
{
	return lock->zone && lock_quiets(lock, type) && zone_contains(lock->zone, zone);
}

bool lock_hides(
	const struct lock *lock, const struct incident_type *type, const struct point *point)
{
	return !lock->zone && (type ? lock_quiets(lock, type) : lock->quiet) &&
	       lock_covers(lock, point);
}

bool lock_forbids_write(const struct lock *lock, const struct point *output,
	const struct incident_type *type, const struct zone *zone)
{
	if (lock->kind == LOCK_TYPE)
		return type && lock_holds_raise(lock, type, zone);
	return lock_covers(lock, output);
}
