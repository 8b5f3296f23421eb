/* When the hub acts: after each event, at the earliest deadline of its parts, and each second. */
#include "core/owner.h"
#include "daemon/base/wall.h"
#include "daemon/hub/parts.h"

enum {
	SWEEP_MS = 750,      /* how often it is looked whether something is due, */
	SWEEP_LATE_MS = 250, /* and how much later that may be */
};

struct hub *hub_begin(struct hub *hub)
{
	hub->now = wall_moment(&hub->wall_offset_ms);
	return hub;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool watches(const void *engine, const struct point *point)
{
	return engine_watches(engine, point);
}

void hub_settle(struct hub *hub)
{
	int64_t next_ms;

	outlook_judge(hub->outlook, hub->now.now_ms);
	actuation_run(hub->plant.actuation, hub->now.now_ms);
	outlook_tell(hub->outlook);
	record_settle(hub->record, hub->now);
	if (hub->buses)
		bus_set_look(hub->buses, engine_watch_changes(hub->plant.engine), watches,
			hub->plant.engine);
	next_ms =
		least(engine_deadline(hub->plant.engine), actuation_deadline(hub->plant.actuation));
	next_ms = least(next_ms, intents_deadline(hub->intents));
	next_ms = least(next_ms, record_deadline(hub->record));
	timer_arm(&hub->timer, least(next_ms, outlook_deadline(hub->outlook)));
}

static void on_timer(struct timer *timer)
{
	struct hub *hub = hub_begin(OWNER_OF(timer, struct hub, timer));

	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	record_expire(hub->record, hub->now);
	intents_expire(hub->intents, hub->now.now_ms);
	hub_settle(hub);
}

static void on_sweep(struct timer *sweep)
{
	struct hub *hub = hub_begin(OWNER_OF(sweep, struct hub, sweep));

	tell_sweep(hub->tell, hub->now);
	tell_journal(hub->tell, journal_trouble(record_journal(hub->record)), hub->now);
	if (record_take_rows_lost(hub->record))
		hub_keep_all(hub);
	record_sweep(hub->record, hub->now);
	timer_arm(sweep, hub->now.now_ms + SWEEP_MS);
	hub_settle(hub);
}

bool hub_start_timers(struct hub *hub)
{
	if (timer_start(&hub->timer, hub->event, 0, on_timer) ||
		timer_start(&hub->sweep, hub->event, SWEEP_LATE_MS, on_sweep))
		return false;
	timer_arm(&hub->sweep, hub->now.now_ms + SWEEP_MS);
	return true;
}

void hub_stop_timers(struct hub *hub)
{
	timer_stop(&hub->timer);
	timer_stop(&hub->sweep);
}
