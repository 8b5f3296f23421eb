/*
 * Another configuration while running. All that can fail comes first, then the
 * buses, then the swap, so that a refused one has changed nothing.
 */
#include "config/fixed.h"
#include "core/log.h"
#include "daemon/hub/parts.h"
#include "daemon/tell/failing.h"
#include "rules/engine/keep.h"

#include <errno.h>
#include <stdio.h>

enum { ERROR_MAX = 400 };

/* All that a reload makes anew. */
struct successor {
	struct engine *engine;
	struct actuation *actuation;
	struct published *published;
};

static void successor_free(struct successor *next)
{
	if (next->actuation)
		actuation_free(next->actuation);
	if (next->engine)
		engine_free(next->engine);
	tell_published_free(next->published);
}

static int refuse(struct hub_refusal *why, int error, const char *en)
{
	const struct text words = cause_words(en);

	snprintf(why->zh, sizeof(why->zh), "%s", words.zh);
	snprintf(why->en, sizeof(why->en), "%s", words.en);
	return error;
}

static int prepare(struct hub *hub, const struct config *config, struct successor *next,
	struct hub_refusal *why)
{
	const struct actuation_ports ports = hub_actuation_ports(hub);
	char error[ERROR_MAX] = "";

	if (config_needs_restart(hub->plant.config, config, error, sizeof(error))) {
		const struct word_part names[] = { { "names", { error, error } }, { NULL } };

		word_fill(why->zh, sizeof(why->zh), LANGUAGE_ZH,
			word(LANGUAGE_ZH, WORD_CAUSE, WORD_CAUSE_RESTART), names);
		word_fill(why->en, sizeof(why->en), LANGUAGE_EN,
			word(LANGUAGE_EN, WORD_CAUSE, WORD_CAUSE_RESTART), names);
		return -EPERM;
	}
	next->engine = engine_new(&config->site, &config->plan, config->rules, config->rule_count,
		engine_serial(hub->plant.engine), error, sizeof(error));
	if (!next->engine ||
		engine_adopt(next->engine, hub->plant.engine, error, sizeof(error)) < 0)
		return refuse(why, -EINVAL, error);
	next->actuation = actuation_new(
		&config->site, &config->plan, next->engine, config->daemon.actions_armed, &ports);
	next->published = tell_prepare(hub->tell, &config->site);
	if (!next->actuation || !next->published)
		return refuse(why, -ENOMEM, "out of memory");
	return 0;
}

static int change_buses(struct hub *hub, const struct config *config, struct hub_refusal *why)
{
	int64_t begin_ms = clock_now_ms();
	int error = bus_set_succeed(&hub->buses, &config->site, hub->event, &hub->bus_events);

	log_info("reload: the buses were changed in %lld ms",
		(long long)(clock_now_ms() - begin_ms));
	return error ? refuse(why, error, "the buses cannot be started") : 0;
}

static void swap(struct hub *hub, const struct config *config, struct successor *next)
{
	struct successor old = { hub->plant.engine, hub->plant.actuation, NULL };
	const struct site *site = &hub->plant.config->site;

	actuation_adopt(next->actuation, old.actuation, hub->now.now_ms);
	hub->plant = (struct plant){ config, next->engine, next->actuation };
	outlook_adopt(hub->outlook);
	tell_adopt(hub->tell, site, next->published, hub->now);
	record_set_within(hub->record, config->daemon.record_within_ms);
	successor_free(&old);
}

/* As a command of whoever sent the signal, which nobody knows. */
static void keep_outcome(struct hub *hub, const char *why)
{
	char line[ERROR_MAX];

	snprintf(line, sizeof(line), "reload: %s%s", why ? "refused: " : "done", why ? why : "");
	record_command(hub->record, "signal", line, hub->now);
}

int hub_reload(struct hub *hub, const struct config *config, struct hub_refusal *why)
{
	struct successor next = { 0 };
	int failure;

	hub_begin(hub);
	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	hub_settle(hub);
	failure = prepare(hub, config, &next, why);
	if (!failure)
		failure = change_buses(hub, config, why);
	if (failure) {
		successor_free(&next);
		hub_reload_refused(hub, why);
		return failure;
	}
	swap(hub, config, &next);
	tell_config(hub->tell, NULL, hub->now);
	/* As it is now, also on disk: what is gone would else come back at the next start. */
	hub_keep_all(hub);
	hub_begin(hub);
	engine_tick(hub->plant.engine, hub->now.now_ms, &hub->engine_sink);
	tell_all(hub->tell, hub->now);
	keep_outcome(hub, NULL);
	hub_settle(hub);
	return 0;
}

void hub_reload_refused(struct hub *hub, const struct hub_refusal *why)
{
	const struct text words = { why->zh, why->en };

	hub_begin(hub);
	tell_config(hub->tell, &words, hub->now);
	keep_outcome(hub, why->en);
	hub_settle(hub);
}
