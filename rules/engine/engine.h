/*
 * The rule engine: readings + time + commands -> transitions of incidents.
 *
 * Pure: a function of (table, state, input, now). It reads no clock, does no
 * I/O, has no threads, and gives the same transitions for the same input, bit
 * for bit. After engine_new() it allocates nothing. `now_ms` is boot time and
 * must not go back; an earlier one counts as the last one.
 *
 * Unknown neither raises nor clears: while a condition is unknown its running
 * delay is held, and goes on from there when it is known again.
 */
#ifndef RULES_ENGINE_ENGINE_H
#define RULES_ENGINE_ENGINE_H

#include "core/order.h"
#include "rules/incident/transition.h"
#include "rules/rule.h"

/*
 * Compiles every rule for every zone that it covers. NULL and one message in
 * *error (with the rule's `where`) when a rule does not compile; the loader has
 * checked them all before. first_serial makes incident ids unique across runs. Memory that lacks
 * ends the program, as where a configuration is loaded.
 */
struct engine *engine_new(const struct site *site, const struct plan *plan,
	const struct rule *rules, size_t rule_count, uint64_t first_serial, char *error,
	size_t error_size);
void engine_free(struct engine *engine);

/*
 * confirm: from now on no action goes by itself. What is wanted or will be waits for a release,
 * also where one was given: whoever acts elsewhere may have done it. false: what comes goes by its
 * own mode again, and what waits goes on to wait.
 */
void engine_set_confirm(struct engine *engine, bool confirm);

/* use() for every expression that it evaluates, in every zone; `rule` NULL: of a step. */
typedef void engine_use(void *context, const struct rule *rule, const struct expr *expr);
void engine_walk(const struct engine *engine, engine_use *use, void *context);

/*
 * Readings that were made together, one of a point: all are taken before anything looks at one.
 * What changes with them changes together, causes before what they explain.
 */
void engine_frame(struct engine *engine, const struct reading *readings, size_t count,
	int64_t now_ms, struct engine_sink *sink);

/*
 * To be called at engine_deadline(): the next time at which a delay may end; CLOCK_NEVER: none.
 * What fell due by `now_ms` comes at the time at which it was due.
 */
void engine_tick(struct engine *engine, int64_t now_ms, struct engine_sink *sink);
int64_t engine_deadline(const struct engine *engine);

enum { SHELF_MIN_MS = 60 * 1000, SHELF_MAX_MS = 7 * 24 * 60 * SHELF_MIN_MS };

/*
 * What a person orders. `incident` is an incident's id, or "<number>-<zone>" which names the one
 * open incident of that type and zone; `user` at most USER_MAX bytes, `note` is obligatory for what
 * needs a reason. *id (may be NULL) receives the id of what was reported or is exercised.
 *
 * step: "all" is every open step that applies, and of whose fact somebody has said so. answer: to
 * one of the incident's questions; a report may bring answers too. release: an action in
 * ACTION_AWAITING becomes ACTION_WANTED, and one that has failed or is lost does so again, of
 * whatever mode; in `zone` where one is named: in a wide zone that only a person has reported one
 * must be, and whatever came of it there, later another one may be added. report: opens an incident
 * as a rule would, with a cause without rule that carries the person and the note, and stays active
 * until `over`; where one of the same type and zone is open, the report joins it. reset: ends the
 * causes that latch or are unknown, unless a rule's cause is true on good readings; one that was
 * unknown is raised again, without its delay, by the next good reading that shows it. over: ends
 * the report; with a note also what reset would. A shelf ends by itself. drill: a whole incident
 * that no reading raises and that writes nothing, at most 4 at once; `over` as any, or `drill-end`;
 * any real raise ends it. adopt: what was taken back goes on; discard: it ends. restore is the
 * actuation's: nothing for the engine to do.
 */
enum engine_result engine_order(struct engine *engine, const struct order *order, int64_t now_ms,
	struct engine_sink *sink, const char **id);
/*
 * The daemon's actuation reports how an action went. ACTION_DONE also makes the step done, by
 * "facilityd"; ACTION_LOST opens it again, unless nothing is dangerous any more.
 */
enum engine_result engine_action(struct engine *engine, const char *id, int step,
	enum action_state state, const char *user, const char *note, int64_t now_ms,
	struct engine_sink *sink);

/*
 * May an action of this incident still be carried out? TRUE: some cause's condition is true on
 * good readings now, or latches; UNKNOWN: its readings are not good; FALSE: returned.
 */
enum truth engine_still_true(const struct engine *engine, const struct incident *incident);

/* Rules that chatter, i from 0; false at the end. */
struct chatter {
	const struct rule *rule;
	const struct zone *zone;
	unsigned raises;
};
bool engine_chatter(const struct engine *engine, size_t i, struct chatter *chatter);

/* The last reading of each point, by index. */
const struct reading *engine_values(const struct engine *engine);

/* Is a rule that looks at this point pending, or its incident open? Then poll it faster. A port of
 * others: `engine` is a struct engine. */
bool engine_watches(const void *engine, const struct point *point);
/* While this number stays the same, so does what engine_watches() says of every point. */
uint64_t engine_watch_changes(const struct engine *engine);

#endif
