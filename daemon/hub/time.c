/* When the hub acts: after each event, at the earliest deadline of its parts, and each second. */
#include "core/clock.h"
#include "core/log.h"
#include "core/owner.h"
#include "daemon/base/wall.h"
#include "daemon/hub/parts.h"

enum {
	SWEEP_MS = 750,      /* how often it is looked whether something is due, */
	SWEEP_LATE_MS = 250, /* and how much later that may be */
};

void facility_begin_event(struct facility *facility)
{
	int64_t offset_ms = wall_offset_ms(facility->wall_offset_ms, clock_wall_offset_ms());

	if (offset_ms != facility->wall_offset_ms && facility->wall_offset_ms)
		log_info("wall clock: set by %+lld ms",
			(long long)(offset_ms - facility->wall_offset_ms));
	facility->wall_offset_ms = offset_ms;
	facility->now.now_ms = clock_now_ms();
	facility->now.wall_ms = facility->now.now_ms + offset_ms;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void arm_timer(struct facility *facility)
{
	int64_t next_ms = engine_deadline(facility->engine);

	next_ms = least(next_ms, actuation_deadline(facility->actuation));
	next_ms = least(next_ms, intents_deadline(facility->intents));
	next_ms = least(next_ms, record_deadline(facility->record));
	next_ms = least(next_ms, facility_fallback_deadline(facility));
	timer_arm(&facility->timer, next_ms);
}

void facility_settle(struct facility *facility)
{
	facility_judge_fallback(facility);
	actuation_run(facility->actuation, facility->now.now_ms);
	facility_tell_fallback(facility);
	record_settle(facility->record, facility->now);
	facility_watch(facility);
	arm_timer(facility);
}

static void on_timer(struct timer *timer)
{
	struct facility *facility = OWNER_OF(timer, struct facility, timer);

	facility_begin_event(facility);
	engine_tick(facility->engine, facility->now.now_ms, &facility->engine_sink);
	record_expire(facility->record, facility->now);
	intents_expire(facility->intents, facility->now.now_ms);
	facility_settle(facility);
}

static void on_sweep(struct timer *sweep)
{
	struct facility *facility = OWNER_OF(sweep, struct facility, sweep);

	facility_begin_event(facility);
	facility_publish_heartbeats(facility);
	facility_trouble_sweep(facility);
	facility_keep_lost(facility);
	record_sweep(facility->record, facility->now);
	facility_trouble_journal(facility, journal_trouble(record_journal(facility->record)));
	facility_sweep_stats(facility);
	timer_arm(sweep, facility->now.now_ms + SWEEP_MS);
	facility_settle(facility);
}

bool facility_start_timers(struct facility *facility)
{
	if (timer_start(&facility->timer, facility->event, 0, on_timer) ||
		timer_start(&facility->sweep, facility->event, SWEEP_LATE_MS, on_sweep))
		return false;
	timer_arm(&facility->sweep, facility->now.now_ms + SWEEP_MS);
	return true;
}

void facility_stop_timers(struct facility *facility)
{
	timer_stop(&facility->timer);
	timer_stop(&facility->sweep);
}
