/* Alarm hygiene: counts what is raised, publishes `stats`, tells floods and chattering rules. */
#include "daemon/documents/stats.h"
#include "daemon/tell/failing.h"
#include "daemon/tell/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATS_LEAST_MS = 10 * 1000, STATS_MOST_MS = 5 * 60 * 1000, CHATTER_ID_SIZE = 100 };

struct stats_view tell_stats(const void *context, struct moment moment)
{
	const struct tell *tell = context;
	const struct daemon_settings *daemon = &tell->plant->config->daemon;

	return (struct stats_view){
		.hygiene = tell->hygiene,
		.engine = tell->plant->engine,
		.standing_ms = daemon->standing_after_ms,
		.stale_ms = daemon->stale_after_ms,
		.clock = moment,
		.clock_right = tell_clock_right(tell, moment),
	};
}

void tell_count(struct tell *tell, const struct transition *transition)
{
	const struct incident *incident = transition->incident;

	if (transition->kind != TRANSITION_RAISED && transition->kind != TRANSITION_RERAISED)
		return;
	if (!incident->drill && (incident_traits(incident->state) & INCIDENT_IS_FOLLOWED))
		hygiene_raise(tell->hygiene, incident->type->number, incident->zone->id,
			transition->at_ms);
}

void tell_load_raise(
	struct tell *tell, int number, const char *zone, int64_t wall_ms, struct moment moment)
{
	int64_t ago_ms = moment.wall_ms - wall_ms;

	/* The wall clock may have been set back since. */
	hygiene_raise(tell->hygiene, number, zone, moment.now_ms - (ago_ms > 0 ? ago_ms : 0));
}

static void sweep_flood(struct tell *tell, const struct hygiene_rates *rates, bool new_figures,
	struct moment moment)
{
	const struct failing failing = { .kind = FAILING_FLOOD,
		.numbers = { rates->last_10_min, rates->last_hour, FLOOD_BEGINS_ABOVE } };

	if (!rates->flood)
		failing_end(tell->troubles, FAILING_FLOOD, NULL, moment);
	else if (new_figures || !failing_find(tell->troubles, FAILING_FLOOD, NULL))
		failing_begin(tell->troubles, &failing, moment);
}

static void chatter_name(const struct chatter *chatter, char name[static CHATTER_ID_SIZE])
{
	snprintf(name, CHATTER_ID_SIZE, "%s.%s", chatter->rule->id, chatter->zone->id);
}

static bool chatters(const struct engine *engine, const char *trouble)
{
	char name[CHATTER_ID_SIZE], id[TROUBLE_ID_MAX + 1];
	struct chatter chatter;

	for (size_t i = 0; engine_chatter(engine, i, &chatter); i++) {
		chatter_name(&chatter, name);
		failing_id(FAILING_RULE, name, id);
		if (strcmp(trouble, id) == 0)
			return true;
	}
	return false;
}

static void begin_chatter(
	struct trouble_list *troubles, const struct chatter *chatter, struct moment moment)
{
	char name[CHATTER_ID_SIZE];
	const struct failing failing = {
		.kind = FAILING_RULE,
		.id = name,
		.name = chatter->rule->name,
		.place = chatter->zone->name,
		.numbers = { chatter->rule->chatter_max, chatter->rule->chatter_within_ms / 1000 },
	};

	chatter_name(chatter, name);
	failing_begin(troubles, &failing, moment);
}

void tell_sweep_chatter(
	struct trouble_list *troubles, const struct engine *engine, struct moment moment)
{
	const struct trouble *trouble;
	struct chatter chatter;
	char prefix[TROUBLE_ID_MAX + 1];

	failing_id(FAILING_RULE, "", prefix);
	for (size_t c = 0; engine_chatter(engine, c, &chatter); c++)
		begin_chatter(troubles, &chatter, moment);
	for (size_t i = 0; (trouble = trouble_at(troubles, i));) {
		char id[TROUBLE_ID_MAX + 1];

		snprintf(id, sizeof(id), "%s", trouble->id);
		if (strncmp(id, prefix, strlen(prefix)) == 0 && !chatters(engine, id))
			trouble_end(troubles, id, moment);
		else
			i++;
	}
}

/*
 * What it says but for its time, and with no wall time in it, which is told a millisecond
 * otherwise each time.
 */
static char *stats_figures(const struct tell *tell, struct moment moment)
{
	struct stats_view view = tell_stats(tell, (struct moment){ moment.now_ms, moment.now_ms });

	return document_stats_figures(&view);
}

static void publish(struct tell *tell, struct moment moment)
{
	struct stats_view view = tell_stats(tell, moment);
	char *document = document_stats(&view);

	if (document)
		tell_retain(tell, "stats", document);
}

void tell_sweep_stats(struct tell *tell, struct moment moment)
{
	int64_t age_ms = moment.now_ms - tell->stats_ms;
	bool first = tell->stats_ms == 0, due = first || age_ms >= STATS_LEAST_MS;
	struct hygiene_rates rates;
	char *figures;

	hygiene_rates(tell->hygiene, moment.now_ms, &rates);
	tell_sweep_chatter(tell->troubles, tell->plant->engine, moment);
	sweep_flood(tell, &rates, due, moment);
	if (!due)
		return;
	figures = stats_figures(tell, moment);
	if (!figures || (!first && age_ms < STATS_MOST_MS && strcmp(figures, tell->figures) == 0)) {
		free(figures);
		return;
	}
	publish(tell, moment);
	tell->stats_ms = moment.now_ms;
	free(tell->figures);
	tell->figures = figures;
}
