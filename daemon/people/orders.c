/* What an order does, as a table: to the engine, and to what was switched. */
#include "daemon/people/orders.h"

#include <errno.h>

enum { MINUTE_MS = 60 * 1000 };

static enum engine_result order_ack(const struct orders *to, const struct order *o)
{
	return engine_ack(to->engine, o->incident, o->user, to->now_ms, to->sink);
}

static enum engine_result order_step(const struct orders *to, const struct order *o)
{
	static const enum step_status statuses[ORDER_KIND_COUNT] = {
		[ORDER_ACCEPT] = STEP_ACCEPTED,
		[ORDER_DONE] = STEP_DONE,
		[ORDER_FAIL] = STEP_FAILED,
		[ORDER_SKIP] = STEP_SKIPPED,
		[ORDER_REOPEN] = STEP_OPEN,
	};

	return engine_step(to->engine, o->incident, o->step, statuses[o->kind], o->user, o->note,
		to->now_ms, to->sink);
}

static enum engine_result order_release(const struct orders *to, const struct order *o)
{
	return engine_release(to->engine, o->incident, o->step, o->user, to->now_ms, to->sink);
}

static enum engine_result order_report(const struct orders *to, const struct order *o)
{
	return engine_report(
		to->engine, o->type, o->zone, o->user, o->note, to->now_ms, to->sink, NULL);
}

static enum engine_result order_over(const struct orders *to, const struct order *o)
{
	return engine_return(to->engine, o->incident, o->user, to->now_ms, to->sink);
}

static enum engine_result order_shelve(const struct orders *to, const struct order *o)
{
	return engine_shelve(to->engine, o->incident, (int64_t)o->minutes * MINUTE_MS, o->user,
		o->note, to->now_ms, to->sink);
}

static enum engine_result order_unshelve(const struct orders *to, const struct order *o)
{
	return engine_unshelve(to->engine, o->incident, o->user, to->now_ms, to->sink);
}

static enum engine_result order_out_of_service(const struct orders *to, const struct order *o)
{
	return engine_remove(to->engine, o->type, o->zone, o->user, o->note, to->now_ms, to->sink);
}

static enum engine_result order_in_service(const struct orders *to, const struct order *o)
{
	return engine_instate(to->engine, o->incident, o->user, to->now_ms, to->sink);
}

static enum engine_result order_hand_over(const struct orders *to, const struct order *o)
{
	return engine_hand_over(
		to->engine, o->incident, o->to, o->user, o->note, to->now_ms, to->sink);
}

static enum engine_result order_drill(const struct orders *to, const struct order *o)
{
	return engine_drill(
		to->engine, o->type, o->zone, o->user, o->note, to->now_ms, to->sink, NULL);
}

static enum engine_result order_drill_end(const struct orders *to, const struct order *o)
{
	return engine_drill_end(to->engine, o->incident, o->user, o->note, to->now_ms, to->sink);
}

static const char *order_restore(const struct orders *to, const struct order *o)
{
	const struct incident *open = engine_find(to->engine, o->incident);

	if (!open)
		return engine_result_text(ENGINE_NO_INCIDENT);
	switch (actuation_restore(to->actuation, open->id, o->user, to->now_ms)) {
	case 0:
		return NULL;
	case -EBUSY:
		return "the condition is still true or not known: nothing is put back";
	case -ENOENT:
		return "this incident has switched nothing";
	default:
		return "cannot be put back now";
	}
}

const char *order_run(const struct orders *to, const struct order *order)
{
	static enum engine_result (*const orders[ORDER_KIND_COUNT])(
		const struct orders *, const struct order *) = {
		[ORDER_ACK] = order_ack,
		[ORDER_ACCEPT] = order_step,
		[ORDER_DONE] = order_step,
		[ORDER_FAIL] = order_step,
		[ORDER_SKIP] = order_step,
		[ORDER_REOPEN] = order_step,
		[ORDER_RELEASE] = order_release,
		[ORDER_REPORT] = order_report,
		[ORDER_OVER] = order_over,
		[ORDER_SHELVE] = order_shelve,
		[ORDER_UNSHELVE] = order_unshelve,
		[ORDER_OUT_OF_SERVICE] = order_out_of_service,
		[ORDER_IN_SERVICE] = order_in_service,
		[ORDER_HAND_OVER] = order_hand_over,
		[ORDER_DRILL] = order_drill,
		[ORDER_DRILL_END] = order_drill_end,
	};
	enum engine_result result;

	if (order->kind == ORDER_RESTORE)
		return order_restore(to, order);
	result = orders[order->kind](to, order);
	return result == ENGINE_OK ? NULL : engine_result_text(result);
}
