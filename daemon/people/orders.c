/* What an order does: to the engine, and to what was switched. */
#include "daemon/people/orders.h"

#include <errno.h>

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
	enum engine_result result;

	if (order->kind == ORDER_RESTORE)
		return order_restore(to, order);
	result = engine_order(to->engine, order, to->now_ms, to->sink, NULL);
	return result == ENGINE_OK ? NULL : engine_result_text(result);
}
