#include "daemon/people/maintain.h"

#include "daemon/documents/json.h"
#include "daemon/documents/lock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct document_locks view_of(const struct maintenance *m)
{
	const struct config *config = m->plant->config;

	return (struct document_locks){ m->plant->engine, &config->site, &config->plan,
		&config->people, m->now };
}

/* The next run must know, whatever happens behind the answer. */
static void keep(const struct maintenance *m)
{
	char *row = document_keep_locks(m->plant->engine);

	record_row(m->record, LOCKS_ROW, row);
	free(row);
}

static const struct incident_type *type_of(const struct maintenance *m, int number)
{
	const struct plan *plan = &m->plant->config->plan;

	for (size_t i = 0; i < plan->type_count; i++)
		if (plan->types[i].number == number)
			return &plan->types[i];
	return NULL;
}

/* Setting ------------------------------------------------------------------- */

static const char *check(const struct maintenance *m, struct lock *lock, int64_t for_ms)
{
	const struct incident_type *type = lock->type ? type_of(m, lock->type) : NULL;
	struct lock fitted = *lock;

	if (lock->type && !type)
		return engine_result_text(ENGINE_NO_TYPE);
	if (!lock_fit(&fitted, &m->plant->config->site))
		return lock->kind == LOCK_TYPE
			       ? engine_result_text(ENGINE_NO_ZONE)
			       : word_refusal(
					 WORD_REFUSAL_THE_BUILDING_HAS_NOTHING_OF_THIS_KIND_AND_ID);
	if (!is_reason(lock->reason))
		return engine_result_text(ENGINE_NO_REASON);
	if (for_ms > LOCK_LONGEST_MS)
		return word_refusal(WORD_REFUSAL_A_LOCK_LASTS_AT_MOST_30_DAYS);
	if (type && type->severity == SEVERITY_CRITICAL && for_ms > LOCK_CRITICAL_LONGEST_MS)
		return word_refusal(WORD_REFUSAL_A_CRITICAL_TYPE_IS_QUIET_FOR_AT_MOST_8_HOURS);
	return NULL;
}

static const struct lock *find(const struct maintenance *m, const struct lock *lock)
{
	const struct lock *one;

	for (size_t i = 0; (one = engine_lock_at(m->plant->engine, i)); i++)
		if (lock_same(one, lock))
			return one;
	return NULL;
}

static char *covers(const struct maintenance *m, const struct lock *lock)
{
	const struct document_locks view = view_of(m);
	const struct lock *set = find(m, lock);
	char *text = set ? document_lock(&view, set) : NULL, *more = NULL;

	if (!text || asprintf(&more, "\"lock\":%s", text) < 0)
		more = NULL;
	free(text);
	return more;
}

static const char *set(
	const struct maintenance *m, struct lock *lock, const struct order *order, char **more)
{
	const char *why;

	snprintf(lock->by, sizeof(lock->by), "%s", order->user);
	snprintf(lock->reason, sizeof(lock->reason), "%s", order->note);
	why = check(m, lock, order->for_ms);
	if (why)
		return why;
	if (!engine_lock(m->plant->engine, lock, order->for_ms, m->now.now_ms, m->sink))
		return word_refusal(WORD_REFUSAL_TOO_MANY_LOCKS_STAND);
	keep(m);
	*more = covers(m, lock);
	return NULL;
}

static const char *lock(const struct maintenance *m, const struct order *order, char **more)
{
	struct lock lock = { .quiet = order->quiet, .type = order->type };

	if (!lock_parse(order->what, &lock))
		return word_refusal(
			WORD_REFUSAL_WHAT_MUST_BE_ZONE_ID_DEVICE_ID_POINT_ID_OR_OUTPUT_ID);
	if (order->type && !order->quiet)
		return word_refusal(WORD_REFUSAL_TYPE_GOES_WITH_QUIET);
	return set(m, &lock, order, more);
}

static const char *take_out(const struct maintenance *m, const struct order *order, char **more)
{
	struct lock lock = { .kind = LOCK_TYPE, .quiet = true, .type = order->type };

	snprintf(lock.id, sizeof(lock.id), "%s", order->zone);
	return set(m, &lock, order, more);
}

/* Ending -------------------------------------------------------------------- */

static bool is_meant(const struct lock *lock, const struct lock *meant)
{
	return lock->kind == meant->kind && strcmp(lock->id, meant->id) == 0 &&
	       (lock->kind != LOCK_TYPE || lock->type == meant->type);
}

/* Those that are meant, and the caller's own or not. */
static size_t collect(const struct maintenance *m, const struct lock *meant, const char *user,
	bool own, struct lock found[static LOCK_MAX])
{
	const struct lock *one;
	size_t count = 0;

	for (size_t i = 0; (one = engine_lock_at(m->plant->engine, i)); i++)
		if (is_meant(one, meant) && (strcmp(one->by, user) == 0) == own)
			found[count++] = *one;
	return count;
}

static char *still_locked(const struct maintenance *m, const struct lock *locks, size_t count)
{
	json_t *persons = json_array();
	char *text, *more = NULL;

	for (size_t i = 0; i < count; i++)
		document_append(&persons,
			document_string(people_shown(&m->plant->config->people, locks[i].by)));
	text = document_text(persons);
	if (!text || asprintf(&more, "\"still_locked_by\":%s", text) < 0)
		more = NULL;
	free(text);
	return more;
}

/* His own; another's only with a reason, and where none is his. */
static const char *end(const struct maintenance *m, const struct lock *meant,
	const struct order *order, char **more)
{
	struct lock own[LOCK_MAX], others[LOCK_MAX];
	size_t owns = collect(m, meant, order->user, true, own);
	size_t others_count = collect(m, meant, order->user, false, others);
	const struct lock *ended = owns ? own : others;
	size_t count = owns ? owns : others_count;

	if (count == 0)
		return word_refusal(WORD_REFUSAL_NO_SUCH_LOCK_STANDS);
	if (!owns && !is_reason(order->note))
		return word_refusal(WORD_REFUSAL_ANOTHER_PERSON_S_LOCK_IS_ENDED_WITH_A_REASON);
	for (size_t i = 0; i < count; i++) {
		engine_unlock(m->plant->engine, &ended[i], order->user, order->note, m->now.now_ms,
			m->sink);
		if (!owns)
			m->unlocked(m->tell, &ended[i], order->note, m->now);
	}
	keep(m);
	*more = still_locked(m, others, owns ? others_count : 0);
	return NULL;
}

static const char *unlock(const struct maintenance *m, const struct order *order, char **more)
{
	struct lock meant = { 0 };

	if (!lock_parse(order->what, &meant))
		return word_refusal(
			WORD_REFUSAL_WHAT_MUST_BE_ZONE_ID_DEVICE_ID_POINT_ID_OR_OUTPUT_ID);
	return end(m, &meant, order, more);
}

static const char *put_in(const struct maintenance *m, const struct order *order, char **more)
{
	struct lock meant = { .kind = LOCK_TYPE };
	char *rest;

	meant.type = (int)strtol(order->incident, &rest, 10);
	if (*rest != '-' || strlen(rest + 1) > ID_MAX)
		return word_refusal(WORD_REFUSAL_NO_SUCH_LOCK_STANDS);
	snprintf(meant.id, sizeof(meant.id), "%s", rest + 1);
	return end(m, &meant, order, more);
}

static const char *(*const orders[ORDER_KIND_COUNT])(
	const struct maintenance *m, const struct order *order, char **more) = {
	[ORDER_LOCK] = lock,
	[ORDER_UNLOCK] = unlock,
	[ORDER_OUT_OF_SERVICE] = take_out,
	[ORDER_IN_SERVICE] = put_in,
};

bool maintain_takes(enum order_kind kind)
{
	return orders[kind] != NULL;
}

const char *maintain_order(const struct maintenance *m, const struct order *order, char **more)
{
	*more = NULL;
	return orders[order->kind](m, order, more);
}
