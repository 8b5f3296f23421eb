/*
 * Alarm hygiene: counts what is raised, publishes `stats`, and tells floods and
 * rules that chatter as troubles while they last.
 */
#include "daemon/documents/stats.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/hub/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATS_LEAST_MS = 10 * 1000, STATS_MOST_MS = 5 * 60 * 1000 };

static const char flood_id[] = "flood", rule_prefix[] = "rule.";

struct stats_view facility_stats_view(const struct facility *facility)
{
	return (struct stats_view){
		.hygiene = facility->hygiene,
		.engine = facility->engine,
		.standing_ms = facility->config->daemon.standing_after_ms,
		.stale_ms = facility->config->daemon.stale_after_ms,
		.clock = facility->now,
	};
}

void facility_count_transition(struct facility *facility, const struct transition *transition)
{
	const struct incident *incident = transition->incident;

	if (transition->kind != TRANSITION_RAISED && transition->kind != TRANSITION_RERAISED)
		return;
	if (!incident->drill && (incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		hygiene_raise(facility->hygiene, incident->type->number, incident->zone->id,
			transition->at_ms);
}

static void trouble_flood(
	struct facility *facility, const struct hygiene_rates *rates, bool new_figures)
{
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	bool lasts = trouble_find(facility->troubles, flood_id) != NULL;

	if (!rates->flood) {
		if (lasts)
			log_info("flood: over, fewer than %d raises in 10 minutes",
				FLOOD_ENDS_BELOW);
		trouble_end(facility->troubles, flood_id, facility->now.now_ms);
		return;
	}
	if (lasts && !new_figures)
		return;
	if (!lasts)
		log_warn("flood: %u raises in 10 minutes, more than %d", rates->last_10_min,
			FLOOD_BEGINS_ABOVE);
	snprintf(zh, sizeof(zh),
		"告警泛滥：最近 10 分钟 %u 起，最近 1 小时 %u 起，超过每 10 分钟 %d 起的限度",
		rates->last_10_min, rates->last_hour, FLOOD_BEGINS_ABOVE);
	snprintf(en, sizeof(en),
		"a flood: %u incidents were raised in the last 10 minutes, %u in the last hour; "
		"nobody can follow more than %d in 10 minutes",
		rates->last_10_min, rates->last_hour, FLOOD_BEGINS_ABOVE);
	trouble_begin(facility->troubles, flood_id, facility->now.now_ms, zh, en);
}

static void chatter_id(const struct chatter *chatter, char id[static TROUBLE_ID_MAX + 1])
{
	snprintf(id, TROUBLE_ID_MAX + 1, "%s%s.%s", rule_prefix, chatter->rule->id,
		chatter->zone->id);
}

static bool chatters(const struct facility *facility, const char *id)
{
	char other[TROUBLE_ID_MAX + 1];
	struct chatter chatter;

	for (size_t i = 0; engine_chatter(facility->engine, i, &chatter); i++) {
		chatter_id(&chatter, other);
		if (strcmp(id, other) == 0)
			return true;
	}
	return false;
}

static void begin_chatter(struct facility *facility, const struct chatter *chatter)
{
	const struct rule *rule = chatter->rule;
	const struct zone *zone = chatter->zone;
	char id[TROUBLE_ID_MAX + 1], zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

	chatter_id(chatter, id);
	if (trouble_find(facility->troubles, id))
		return;
	log_warn("rule %s: chatters in %s, more than %lld raises in %lld s", rule->id, zone->id,
		(long long)rule->chatter_max, (long long)rule->chatter_within_ms / 1000);
	snprintf(zh, sizeof(zh),
		"规则“%s”在%s反复触发（%lld 秒内超过 %lld 次），请检查传感器和限值", rule->name.zh,
		zone->name.zh, (long long)rule->chatter_within_ms / 1000,
		(long long)rule->chatter_max);
	snprintf(en, sizeof(en),
		"rule \"%s\" chatters in %s (more than %lld times in %lld s): look at its sensors "
		"and "
		"limits",
		rule->name.en, zone->name.en, (long long)rule->chatter_max,
		(long long)rule->chatter_within_ms / 1000);
	trouble_begin(facility->troubles, id, facility->now.now_ms, zh, en);
}

static void trouble_chatter(struct facility *facility)
{
	const struct trouble *trouble;
	struct chatter chatter;
	size_t i = 0;

	for (size_t c = 0; engine_chatter(facility->engine, c, &chatter); c++)
		begin_chatter(facility, &chatter);
	while ((trouble = trouble_at(facility->troubles, i))) {
		char id[TROUBLE_ID_MAX + 1];

		snprintf(id, sizeof(id), "%s", trouble->id);
		if (strncmp(id, rule_prefix, strlen(rule_prefix)) == 0 && !chatters(facility, id)) {
			log_info("%s: chatters no more", id);
			trouble_end(facility->troubles, id, facility->now.now_ms);
			continue;
		}
		i++;
	}
}

/*
 * What it says but for its time, and with no wall time in it, which is told a millisecond
 * otherwise each time.
 */
static char *stats_figures(const struct facility *facility)
{
	struct stats_view view = facility_stats_view(facility);
	size_t length;
	char *text, *open;

	view.clock = (struct moment){ facility->now.now_ms, facility->now.now_ms };
	text = document_stats(&view, &length);
	open = text ? strstr(text, "\"open\"") : NULL;
	if (open)
		memmove(text, open, strlen(open) + 1);
	return text;
}

/* Nothing is open, and nothing was raised for a day: no figure can change by itself. */
static bool is_quiet(const struct facility *facility, const struct hygiene_rates *rates)
{
	struct chatter chatter;

	return rates->last_day == 0 && rates->flood_percent <= 0 &&
	       !engine_incident(facility->engine, 0) &&
	       !engine_chatter(facility->engine, 0, &chatter);
}

void facility_sweep_stats(struct facility *facility)
{
	int64_t age_ms = facility->now.now_ms - facility->stats_ms;
	bool due = facility->stats_ms == 0 || age_ms >= STATS_LEAST_MS;
	bool was_quiet = facility->stats_ms && facility->stats_quiet;
	struct hygiene_rates rates;
	char *figures;

	hygiene_rates(facility->hygiene, facility->now.now_ms, &rates);
	trouble_chatter(facility);
	trouble_flood(facility, &rates, due);
	if (!due)
		return;
	facility->stats_quiet = is_quiet(facility, &rates);
	if (was_quiet && facility->stats_quiet && age_ms < STATS_MOST_MS)
		return;
	figures = stats_figures(facility);
	if (figures && (facility->stats_ms == 0 || age_ms >= STATS_MOST_MS ||
			       strcmp(figures, facility->stats) != 0)) {
		facility_publish_stats(facility);
		facility->stats_ms = facility->now.now_ms;
		free(facility->stats);
		facility->stats = figures;
		return;
	}
	free(figures);
}

void facility_load_raise(void *context, int number, const char *zone, int64_t wall_ms)
{
	struct facility *facility = context;
	int64_t ago_ms = clock_wall_ms() - wall_ms;

	/* The wall clock may have been set back since. */
	hygiene_raise(
		facility->hygiene, number, zone, facility->now.now_ms - (ago_ms > 0 ? ago_ms : 0));
}
