/* Orders to an engine as calls, so that tests are short. Only *_test.c include it. */
#ifndef TESTS_ENGINE_ORDERS_H
#define TESTS_ENGINE_ORDERS_H

#include "rules/engine/engine.h"

/* About an incident: who, and a note. */
static inline enum engine_result order_about(struct engine *engine, enum order_kind kind,
	const char *incident, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	const struct order order = {
		.kind = kind, .user = user, .incident = incident, .note = note
	};

	return engine_order(engine, &order, now_ms, sink, NULL);
}

/* Of a type in a zone. */
static inline enum engine_result order_at(struct engine *engine, enum order_kind kind, int type,
	const char *zone, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink, const char **id)
{
	const struct order order = {
		.kind = kind, .user = user, .type = type, .zone = zone, .note = note
	};

	return engine_order(engine, &order, now_ms, sink, id);
}

static inline enum engine_result engine_ack(struct engine *engine, const char *incident,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	return order_about(engine, ORDER_ACK, incident, user, "", now_ms, sink);
}

static inline enum engine_result engine_return(struct engine *engine, const char *incident,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	return order_about(engine, ORDER_OVER, incident, user, "", now_ms, sink);
}

static inline enum engine_result engine_unshelve(struct engine *engine, const char *incident,
	const char *user, int64_t now_ms, struct engine_sink *sink)
{
	return order_about(engine, ORDER_UNSHELVE, incident, user, "", now_ms, sink);
}

static inline enum engine_result engine_drill_end(struct engine *engine, const char *incident,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink)
{
	return order_about(engine, ORDER_DRILL_END, incident, user, note, now_ms, sink);
}

static inline enum engine_result engine_report(struct engine *engine, int type, const char *zone,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink,
	const char **id)
{
	return order_at(engine, ORDER_REPORT, type, zone, user, note, now_ms, sink, id);
}

static inline enum engine_result engine_drill(struct engine *engine, int type, const char *zone,
	const char *user, const char *note, int64_t now_ms, struct engine_sink *sink,
	const char **id)
{
	return order_at(engine, ORDER_DRILL, type, zone, user, note, now_ms, sink, id);
}

static inline enum engine_result engine_step(struct engine *engine, const char *incident,
	const char *step, enum step_status status, const char *user, const char *note,
	int64_t now_ms, struct engine_sink *sink)
{
	static const enum order_kind kinds[STEP_STATUS_COUNT] = { [STEP_OPEN] = ORDER_REOPEN,
		[STEP_ACCEPTED] = ORDER_ACCEPT,
		[STEP_DONE] = ORDER_DONE,
		[STEP_FAILED] = ORDER_FAIL,
		[STEP_SKIPPED] = ORDER_SKIP,
		[STEP_DID_NOT_OCCUR] = ORDER_DID_NOT_OCCUR };
	const struct order order = { .kind = kinds[status],
		.user = user,
		.incident = incident,
		.step = step,
		.note = note };

	return engine_order(engine, &order, now_ms, sink, NULL);
}

static inline enum engine_result engine_release(struct engine *engine, const char *incident,
	const char *step, const char *user, int64_t now_ms, struct engine_sink *sink)
{
	const struct order order = {
		.kind = ORDER_RELEASE, .user = user, .incident = incident, .step = step
	};

	return engine_order(engine, &order, now_ms, sink, NULL);
}

static inline enum engine_result engine_shelve(struct engine *engine, const char *incident,
	int64_t for_ms, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	const struct order order = { .kind = ORDER_SHELVE,
		.user = user,
		.incident = incident,
		.for_ms = for_ms,
		.note = note };

	return engine_order(engine, &order, now_ms, sink, NULL);
}

static inline enum engine_result engine_hand_over(struct engine *engine, const char *incident,
	const char *to, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink)
{
	const struct order order = {
		.kind = ORDER_HAND_OVER, .user = user, .incident = incident, .to = to, .note = note
	};

	return engine_order(engine, &order, now_ms, sink, NULL);
}

#endif
