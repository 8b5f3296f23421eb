#include "daemon/documents/lock.h"

#include "core/log.h"
#include "core/words.h"
#include "daemon/documents/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED_MAX = 100 }; /* of what it covers; more are only counted */

/* What it covers ------------------------------------------------------------ */

/* How many, and the first of them by name. */
static json_t *listed(json_t *ids, size_t count)
{
	json_t *object = json_object();

	document_add(&object, "count", json_integer((json_int_t)count));
	document_add(&object, "ids", ids);
	return object;
}

/* A type's own actions are all that its lock holds back. */
static bool is_of_type(
	const struct document_locks *view, const struct lock *lock, const struct point *output)
{
	for (size_t i = 0; i < view->plan->type_count; i++) {
		const struct incident_type *type = &view->plan->types[i];

		for (size_t k = 0; type->number == lock->type && k < type->step_count; k++)
			if (type->steps[k].action && type->steps[k].action->class == output->class)
				return true;
	}
	return false;
}

static json_t *points_json(const struct document_locks *view, const struct lock *lock, bool outputs)
{
	json_t *ids = json_array();
	size_t count = 0;

	for (size_t i = 0; i < view->site->point_count; i++) {
		const struct point *point = &view->site->points[i];

		if (point->writable != outputs || !lock_covers(lock, point) ||
			(lock->kind == LOCK_TYPE && outputs && !is_of_type(view, lock, point)))
			continue;
		if (count++ < NAMED_MAX)
			document_append(&ids, document_string(point->id));
	}
	return listed(ids, count);
}

/* Of a device or a point: has it a rule that reads what is locked? */
static bool is_concerned(const struct document_locks *view, const struct lock *lock,
	const struct incident_type *type)
{
	struct locked_rule found;

	if (lock->zone)
		return true;
	for (size_t i = 0; engine_lock_rule(view->engine, lock, &i, &found);)
		if (found.rule->type == type)
			return true;
	return false;
}

static json_t *types_json(const struct document_locks *view, const struct lock *lock)
{
	json_t *array = json_array();

	for (size_t i = 0; i < view->plan->type_count; i++) {
		const struct incident_type *type = &view->plan->types[i];
		json_t *object;

		if (!lock_quiets(lock, type) || !is_concerned(view, lock, type))
			continue;
		object = json_object();
		document_add(&object, "type", json_integer(type->number));
		document_add(&object, "name", document_names(&type->name));
		document_append(&array, object);
	}
	return array;
}

/* Rules that raise nothing, or do not see, because of it: that is no failure of theirs. */
static json_t *blind_json(const struct document_locks *view, const struct lock *lock)
{
	json_t *ids = json_array();
	struct locked_rule found;
	char text[2 * ID_MAX + 4];
	size_t count = 0;

	for (size_t i = 0; engine_lock_rule(view->engine, lock, &i, &found);) {
		snprintf(text, sizeof(text), "%s %s", found.rule->id, found.zone->id);
		if (count++ < NAMED_MAX)
			document_append(&ids, document_string(text));
	}
	return listed(ids, count);
}

static json_t *lock_json(const struct document_locks *view, const struct lock *lock)
{
	char name[LOCK_NAME_MAX + 1];
	json_t *object = json_object(), *covers = json_object();

	document_add(&covers, "outputs", points_json(view, lock, true));
	document_add(&covers, "points", points_json(view, lock, false));
	document_add(&covers, "types", types_json(view, lock));
	document_add(&covers, "blind", blind_json(view, lock));
	document_add(&object, "lock", document_string(lock_name(lock, name)));
	document_add(&object, "quiet", json_boolean(lock->quiet));
	document_add(&object, "type", lock->type ? json_integer(lock->type) : json_null());
	document_add(&object, "recurring", json_boolean(lock->recurring));
	document_add(&object, "taken_back", json_boolean(lock->taken_back));
	document_add(&object, "by", document_string(people_shown(view->people, lock->by)));
	document_add(&object, "reason", document_string(lock->reason));
	document_add(&object, "since", document_time(lock->since_ms, &view->clock));
	document_add(&object, "until", document_time(lock->until_ms, &view->clock));
	document_add(&object, "covers", covers);
	return object;
}

char *document_lock(const struct document_locks *view, const struct lock *lock)
{
	return document_text(lock_json(view, lock));
}

char *document_lock_told(
	const struct document_locks *view, const struct lock *lock, const struct text *what)
{
	json_t *object = json_object();

	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "id", json_null());
	document_add(&object, "ok", json_true());
	document_add(&object, "error", json_null());
	document_add(&object, "time", document_time(view->clock.now_ms, &view->clock));
	document_add(&object, "told", document_names(what));
	document_add(&object, "lock", lock_json(view, lock));
	return document_text(object);
}

char *document_locks(const struct document_locks *view)
{
	json_t *object = json_object(), *array = json_array();
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(view->engine, i)); i++)
		document_append(&array, lock_json(view, lock));
	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	if (view->instance)
		document_add(&object, "instance", document_string(view->instance));
	document_add(&object, "locks", array);
	return document_text(object);
}

/* The row ------------------------------------------------------------------- */

static json_t *kept_json(const struct lock *lock)
{
	return json_pack("{s:i, s:s, s:b, s:i, s:b, s:b, s:s, s:s, s:i, s:I, s:I, s:I}", "kind",
		(int)lock->kind, "id", lock->id, "quiet", lock->quiet, "type", lock->type,
		"recurring", lock->recurring, "taken_back", lock->taken_back, "by", lock->by,
		"reason", lock->reason, "state", (int)lock->state, "since_ms",
		(json_int_t)lock->since_ms, "until_ms", (json_int_t)lock->until_ms, "owed_ms",
		(json_int_t)lock->owed_ms);
}

char *document_keep_locks(const struct engine *engine)
{
	json_t *object = json_object(), *array = json_array();
	const struct lock *lock;
	size_t count = 0;

	for (; (lock = engine_lock_at(engine, count)); count++)
		document_append(&array, kept_json(lock));
	document_add(&object, "v", json_integer(DOCUMENT_VERSION));
	document_add(&object, "locks", array);
	if (count > 0)
		return document_text(object);
	json_decref(object);
	return NULL;
}

static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text);
}

/* now_ms: no lock of the last run may be left for longer than one lasts. */
static bool take_lock(json_t *json, struct lock *lock, const struct reboot *reboot, int64_t now_ms)
{
	const char *id, *by, *reason;
	int kind, quiet, recurring, taken_back, state;
	json_int_t since_ms, until_ms, owed_ms;

	*lock = (struct lock){ 0 };
	if (json_unpack(json, "{s:i, s:s, s:b, s:i, s:b, s:b, s:s, s:s, s:i, s:I, s:I, s:I}",
		    "kind", &kind, "id", &id, "quiet", &quiet, "type", &lock->type, "recurring",
		    &recurring, "taken_back", &taken_back, "by", &by, "reason", &reason, "state",
		    &state, "since_ms", &since_ms, "until_ms", &until_ms, "owed_ms",
		    &owed_ms) < 0 ||
		kind < 0 || kind >= LOCK_KIND_COUNT || state <= LOCK_NONE ||
		state >= LOCK_STATE_COUNT)
		return false;
	lock->kind = (enum lock_kind)kind;
	lock->state = (enum lock_state)state;
	lock->quiet = quiet;
	lock->recurring = recurring;
	lock->taken_back = taken_back;
	copy(lock->id, sizeof(lock->id), id);
	copy(lock->by, sizeof(lock->by), by);
	copy(lock->reason, sizeof(lock->reason), reason);
	lock->since_ms = since_ms + reboot->shift_ms;
	lock->until_ms = until_ms;
	lock->owed_ms = owed_ms;
	until_reboot(&lock->until_ms, &lock->owed_ms, reboot);
	return lock->until_ms - now_ms <= LOCK_LONGEST_MS;
}

bool document_restore_locks(
	struct engine *engine, const char *text, const struct reboot *reboot, int64_t now_ms)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL), *one;
	char name[LOCK_NAME_MAX + 1];
	bool understood = json != NULL;
	size_t i;

	json_array_foreach (json_object_get(json, "locks"), i, one) {
		struct lock lock;

		if (!take_lock(one, &lock, reboot, now_ms))
			understood = false;
		else if (!engine_restore_lock(engine, &lock))
			log_error("lock %s: the building does not have it any more: it ends",
				lock_name(&lock, name));
	}
	json_decref(json);
	if (!understood)
		log_error("locks: not all of the last run are understood");
	return understood;
}
