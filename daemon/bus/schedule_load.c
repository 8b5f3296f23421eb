/* Periods due and missed, in windows. Must not know of polls. */
#include "daemon/bus/schedule_load.h"

/* More at once is no load but a pause, as of a machine that slept. */
enum { PERIODS_MAX = 20 };

void schedule_load_start(struct schedule_load *load, int64_t now_ms)
{
	load->since_ms = now_ms;
	load->failed_ms = load->due = load->missed = 0;
}

void schedule_load_met(struct schedule_load *load, int64_t periods)
{
	if (periods > PERIODS_MAX)
		periods = PERIODS_MAX;
	if (periods < 1) /* asked for out of turn */
		return;
	load->due += periods;
	load->missed += periods - 1;
}

void schedule_load_failed(struct schedule_load *load, int64_t took_ms)
{
	load->failed_ms += took_ms;
}

/* Behind what failures took, as much again may be late until all have caught up. */
static bool misses(const struct schedule_load *load, int64_t percent, int64_t window_ms)
{
	int64_t excused_ms = 2 * load->failed_ms + window_ms * percent / 100;

	return load->missed * window_ms > load->due * excused_ms;
}

void schedule_load_judge(struct schedule_load *load, int64_t needed_ms, int64_t now_ms)
{
	int64_t window_ms = now_ms - load->since_ms;
	bool lasting = load->overload.lasting;

	if (window_ms < SCHEDULE_WINDOW_MS ||
		(load->due < SCHEDULE_WINDOW_DUE && window_ms < SCHEDULE_WINDOW_MAX_MS))
		return;
	if (misses(load, lasting ? SCHEDULE_MISSED_END : SCHEDULE_MISSED_BEGIN, window_ms) !=
		lasting) {
		load->overload = (struct overload){
			.lasting = !lasting,
			.needed_ms = needed_ms,
			.available_ms = 1000,
			.missed_percent = load->due ? (int)(load->missed * 100 / load->due) : 0,
		};
		load->news = true;
	}
	schedule_load_start(load, now_ms);
}
