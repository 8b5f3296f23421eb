/*
 * What the broker says is open, after a start: judged by rules/said.h, then taken back, listed for
 * a person, or cleared. And what is open and this configuration cannot follow: it is kept as it
 * was. Must never clear what nobody has judged.
 */
#include "daemon/documents/keep.h"
#include "daemon/documents/said.h"
#include "daemon/tell/aside.h"
#include "daemon/tell/failing.h"
#include "daemon/tell/parts.h"
#include "rules/engine/keep.h"
#include "rules/said.h"

#include "core/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* While what the broker says is not judged to its end, the next start begins with this again. */
#define ROW "journal-before"

enum { ERROR_MAX = 256, LOCKS_LOST_BIT = 1, CLAIMS_LOST_BIT = 2 };

struct back {
	enum journal_fate fate;
	char journal[SAID_JOURNAL_MAX + 1]; /* whose word counts, and its last sequence */
	uint64_t last;
	bool pending;                 /* not judged yet; true from the opened record on */
	bool damaged;                 /* the journal was, or some row of it */
	bool locks_lost, claims_lost; /* their row was */
	bool heard;                   /* a broker has been asked */
	struct said_index *index;
	struct asides asides;
	long long taken, lost;
	struct reboot reboot; /* since rows of the last run */
};

struct back *back_new(void)
{
	struct back *back = calloc(1, sizeof(*back));

	if (!back)
		return NULL;
	back->fate = JOURNAL_WHOLE;
	asides_begin(&back->asides);
	return back;
}

void back_free(struct back *back)
{
	if (!back)
		return;
	asides_end(&back->asides);
	said_index_free(back->index);
	free(back);
}

static bool is_open(const struct tell *tell, const char *id)
{
	const struct incident *incident;

	/* By its whole id alone, which is asked of thousands. */
	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++)
		if (strcmp(incident->id, id) == 0)
			return true;
	return false;
}

static bool is_claimed(const struct tell *tell, const char *output)
{
	struct output_claim claim;

	for (size_t i = 0; outputs_claim(tell->plant->outputs, i, &claim); i++)
		if (strcmp(claim.output, output) == 0)
			return true;
	return false;
}

static void clear(struct tell *tell, const char *kind, const char *id)
{
	char topic[TELL_TOPIC_MAX];

	snprintf(topic, sizeof(topic), "%s/%s", kind, id);
	log_info("mqtt: clearing %s, left by an earlier run or configuration", topic);
	tell_retain(tell, topic, NULL);
}

/* Troubles ------------------------------------------------------------------ */

/* The one of a single incident that is listed or kept. */
static void tell_one(struct tell *tell, const struct aside *aside, struct moment moment)
{
	const struct said_incident said = said_incident_read(aside->text);
	const struct failing failing = {
		.kind = aside->kind == ASIDE_KEPT ? FAILING_KEPT : FAILING_FOUND,
		.id = aside->id,
		.name = { said.name[0], said.name[1] },
		.place = { said.place[0], said.place[1] },
	};

	failing_begin(tell->troubles, &failing, moment);
}

static void end_one(struct tell *tell, const struct aside *aside, struct moment moment)
{
	failing_end(tell->troubles, aside->kind == ASIDE_KEPT ? FAILING_KEPT : FAILING_FOUND,
		aside->id, moment);
}

static bool something_is_marked(const struct tell *tell)
{
	const struct incident *incident;

	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++)
		if (incident->taken_back)
			return true;
	return false;
}

static enum word_cause cause_of(const struct back *back)
{
	if (back->damaged)
		return WORD_CAUSE_THE_JOURNAL_WAS_DAMAGED_AT_THE_START;
	return back->fate == JOURNAL_LOST ? WORD_CAUSE_THE_JOURNAL_WAS_MISSING_AT_THE_START
					  : WORD_CAUSE_THE_JOURNAL_WAS_BEHIND_AT_THE_START;
}

/* That a journal is gone is told as long as this run lasts; else until everything is judged. */
void tell_sweep_back(struct tell *tell, struct moment moment)
{
	const struct back *back = tell->back;
	const struct failure why = { cause_of(back) };
	struct output_claim claim;
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	struct failing failing = { FAILING_JOURNAL_LOST, .why = { zh, en },
		.numbers = { back->taken, back->lost } };

	if (!back->damaged && back->fate != JOURNAL_LOST && back->fate != JOURNAL_BEHIND &&
		!something_is_marked(tell) && back->lost == 0) {
		failing_end(tell->troubles, FAILING_JOURNAL_LOST, NULL, moment);
		return;
	}
	for (size_t i = 0; outputs_claim(tell->plant->outputs, i, &claim); i++)
		failing.numbers[2] += claim.said;
	failure_words(&why, LANGUAGE_ZH, zh, sizeof(zh));
	failure_words(&why, LANGUAGE_EN, en, sizeof(en));
	failing_begin(tell->troubles, &failing, moment);
}

/* The start ------------------------------------------------------------------ */

bool tell_back_row(struct tell *tell, const char *id, const char *text)
{
	struct back *back = tell->back;
	char journal[SAID_JOURNAL_MAX + 1];
	uint64_t last;
	unsigned lost;
	int fate;

	if (strcmp(id, ROW) != 0)
		return false;
	if (sscanf(text, "%d %16s %" SCNu64 " %u", &fate, journal, &last, &lost) == 4 &&
		fate >= 0 && fate < JOURNAL_FATE_COUNT) {
		back->fate = (enum journal_fate)fate;
		snprintf(back->journal, sizeof(back->journal), "%s", journal);
		back->last = last;
		tell_back_row_lost(tell, lost & LOCKS_LOST_BIT, lost & CLAIMS_LOST_BIT);
		back->pending = true;
	}
	return true;
}

void tell_back_unusable(
	struct tell *tell, const char *id, const char *text, const struct reboot *reboot, bool gone)
{
	tell->back->reboot = *reboot;
	asides_put(&tell->back->asides, gone ? ASIDE_KEPT : ASIDE_UNUSABLE, id, gone ? text : NULL);
}

void tell_back_row_lost(struct tell *tell, bool locks, bool claims)
{
	tell->back->locks_lost |= locks;
	tell->back->claims_lost |= claims;
	tell->back->damaged |= locks || claims;
}

/* By what was found; unless an earlier start has not been judged to its end. */
static void find_fate(struct back *back, const struct record *record)
{
	uint64_t loaded;
	const struct journal_found *found = record_found(record, &loaded);
	const struct journal_mark *mark = &found->mark;
	bool same = strcmp(mark->id, found->id) == 0;
	enum journal_fate fate =
		journal_fate(mark->id[0], found->used, same, mark->sequence > loaded);

	back->damaged |= found->damaged;
	if (back->pending && back->fate != JOURNAL_WHOLE && fate == JOURNAL_WHOLE)
		return;
	back->fate = fate;
	snprintf(back->journal, sizeof(back->journal), "%s",
		fate == JOURNAL_LOST ? mark->id : found->id);
	back->last =
		fate == JOURNAL_LOST || (same && mark->sequence > loaded) ? mark->sequence : loaded;
}

/* Does the next start have to know, should nobody have answered by then? */
static bool is_asked_for(const struct back *back)
{
	return back->fate != JOURNAL_WHOLE || back->locks_lost || back->claims_lost;
}

void tell_back_begin(struct tell *tell, struct moment moment)
{
	struct back *back = tell->back;
	const struct incident *incident;
	const struct aside *aside;
	char row[64];

	find_fate(back, tell->record);
	back->pending = true;
	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++) {
		asides_put(&back->asides, ASIDE_CLOSED, incident->id, NULL);
		back->taken += incident->taken_back;
	}
	TAILQ_FOREACH (aside, &back->asides.list, entry)
		if (aside->kind == ASIDE_KEPT)
			tell_one(tell, aside, moment);
	tell_sweep_back(tell, moment);
	if (!is_asked_for(back))
		return;
	snprintf(row, sizeof(row), "%d %s %" PRIu64 " %d", (int)back->fate,
		back->journal[0] ? back->journal : "-", back->last,
		back->locks_lost * LOCKS_LOST_BIT + back->claims_lost * CLAIMS_LOST_BIT);
	record_row(tell->record, ROW, row);
}

/* What is said --------------------------------------------------------------- */

static struct said_from index_of(const struct back *back)
{
	return (struct said_from){ said_index_journal(back->index),
		said_index_sequence(back->index) };
}

/* Than the broker: it is none or an older one, or another run of it has told since. */
static bool knows_less(const struct back *back)
{
	return back->fate != JOURNAL_WHOLE ||
	       (strcmp(said_index_journal(back->index), back->journal) == 0 &&
		       said_index_sequence(back->index) > back->last);
}

static enum said_verdict judge(const struct back *back, const struct aside *aside)
{
	const struct said_incident said = said_incident_read(aside->text);
	/* The journal has it open: whatever is said of it is better than nothing. */
	bool unusable = asides_find(&back->asides, ASIDE_UNUSABLE, aside->id);
	const struct said_from own = { back->journal, unusable ? 0 : back->last };

	return said_verdict(
		back->fate, said_word(own, (struct said_from){ said.journal, said.sequence },
				    index_of(back), said_index_names(back->index, aside->id),
				    asides_find(&back->asides, ASIDE_CLOSED, aside->id)));
}

/* True: it is open here now, or was joined to what is. */
static bool take(struct tell *tell, struct aside *aside, const char *user, struct moment moment)
{
	struct back *back = tell->back;
	char error[ERROR_MAX];
	const char *id = NULL;
	int failure = document_take_back(tell->plant->engine, aside->text, &moment,
		tell->ports.sink, &id, error, sizeof(error));

	if (failure == -ENOENT || failure == -EINVAL) {
		log_error("incident %s: cannot be taken back for %s: %s", aside->id, user, error);
		back->lost += aside->kind != ASIDE_FOUND;
		aside->kind = ASIDE_FOUND;
		tell_one(tell, aside, moment);
		return false;
	}
	log_info("incident %s: taken back from the broker%s%s", aside->id,
		failure ? ", joined to " : "", failure ? id : "");
	if (failure)
		clear(tell, "incident", aside->id);
	back->taken++;
	asides_forget(&back->asides, aside);
	return true;
}

/* Is this incident put aside, and its topic to stay? */
static bool is_aside(const struct tell *tell, const char *id)
{
	return asides_find(&tell->back->asides, ASIDE_FOUND, id) ||
	       asides_find(&tell->back->asides, ASIDE_KEPT, id);
}

static bool say_incident(
	struct tell *tell, const char *id, const char *payload, struct moment moment)
{
	struct back *back = tell->back;
	struct aside *aside;

	if (is_open(tell, id) || is_aside(tell, id))
		return true;
	if (!back->pending)
		return false;
	if (asides_find(&back->asides, ASIDE_UNJUDGED, id) ||
		!asides_put(&back->asides, ASIDE_UNJUDGED, id, payload))
		return true;
	aside = asides_find(&back->asides, ASIDE_UNJUDGED, id);
	/* Before a rule raises another one in its place. */
	if (back->index && judge(back, aside) == SAID_TAKE)
		take(tell, aside, "facilityd", moment);
	return true;
}

/* Of whoever tells now, and of a journal that has lost them. */
static enum locks_known knows_locks(const struct tell *tell)
{
	const struct back *back = tell->back;

	if (mqtt_standing(tell->mqtt) == MQTT_STANDING_BY)
		return LOCKS_OF_ANOTHER;
	if (!back->pending)
		return LOCKS_TOLD;
	if (back->locks_lost || back->fate == JOURNAL_LOST || back->fate == JOURNAL_BEHIND)
		return LOCKS_LOST;
	return back->fate == JOURNAL_FIRST ? LOCKS_NEVER : LOCKS_KNOWN;
}

bool tell_back_said(struct tell *tell, const struct mqtt_message *message, struct moment moment)
{
	struct back *back = tell->back;
	const char *topic = message->topic;

	if (strcmp(topic, "incidents") == 0) {
		if (back->pending && !back->index)
			back->index = said_index_read(message->payload);
		return true;
	}
	if (strncmp(topic, "incident/", 9) == 0)
		return say_incident(tell, topic + 9, message->payload, moment);
	if (strcmp(topic, "locks") == 0) {
		tell_locks_said(tell, message->payload, knows_locks(tell), moment);
		return true;
	}
	if (strncmp(topic, "output/", 7) != 0)
		return true;
	if (back->pending && asides_put(&back->asides, ASIDE_OUTPUT, topic + 7, message->payload))
		return true;
	return is_claimed(tell, topic + 7);
}

/* Judged --------------------------------------------------------------------- */

/* Whose claims are taken: of everybody where the journal does not have them; else of what was
 * taken. */
struct claiming {
	struct tell *tell;
	bool all;
};

static void take_claim(void *context, const struct output_claim *claim)
{
	const struct claiming *claiming = context;
	const struct incident *incident =
		engine_find(claiming->tell->plant->engine, claim->incident);

	if (claiming->all || (incident && incident->taken_back))
		outputs_take_claim(claiming->tell->plant->outputs, claim);
}

static void judge_output(struct tell *tell, struct aside *aside, struct moment moment)
{
	struct back *back = tell->back;
	/* Also at a first start: on the list of what is held a person says what each is. */
	struct claiming claiming = { tell, back->claims_lost || knows_less(back) };

	said_output_read(aside->text, &moment, take_claim, &claiming);
	/* At a first start nothing is swept. */
	if (!is_claimed(tell, aside->id) && back->fate != JOURNAL_FIRST)
		clear(tell, "output", aside->id);
	asides_forget(&back->asides, aside);
}

static void judge_incident(struct tell *tell, struct aside *aside, struct moment moment)
{
	switch (judge(tell->back, aside)) {
	case SAID_TAKE:
		take(tell, aside, "facilityd", moment);
		break;
	case SAID_LIST:
		aside->kind = ASIDE_FOUND;
		tell_one(tell, aside, moment);
		break;
	default:
		clear(tell, "incident", aside->id);
		asides_forget(&tell->back->asides, aside);
	}
}

/* The index names it, and there is no document, here or there. */
static void count_lost(struct tell *tell)
{
	struct back *back = tell->back;
	const struct incident *incident;
	const struct aside *aside;

	for (size_t i = 0; (incident = engine_incident(tell->plant->engine, i)); i++)
		said_index_strike(back->index, incident->id);
	TAILQ_FOREACH (aside, &back->asides.list, entry) {
		said_index_strike(back->index, aside->id);
		back->lost += aside->kind == ASIDE_UNUSABLE && !is_open(tell, aside->id);
	}
	if (strcmp(said_index_journal(back->index), back->journal) == 0 &&
		said_index_sequence(back->index) >= back->last)
		back->lost += (long long)said_index_count(back->index);
}

/* What this journal has open and a newer index of it does not name. */
static void doubt(struct tell *tell, struct moment moment)
{
	struct back *back = tell->back;
	uint64_t loaded;
	const struct journal_found *found = record_found(tell->record, &loaded);
	const struct said_from own = { found->id, loaded };
	const struct aside *aside;

	TAILQ_FOREACH (aside, &back->asides.list, entry) {
		if (aside->kind != ASIDE_CLOSED || !is_open(tell, aside->id) ||
			!said_doubts(own, index_of(back), said_index_names(back->index, aside->id)))
			continue;
		engine_doubt(tell->plant->engine, aside->id, moment.now_ms, tell->ports.sink);
		back->taken++;
	}
	if (strcmp(found->id, said_index_journal(back->index)) == 0)
		record_go_beyond(tell->record, said_index_sequence(back->index));
}

static bool is_listed(const struct back *back)
{
	return asides_find(&back->asides, ASIDE_FOUND, NULL);
}

void tell_back_judge(struct tell *tell, struct moment moment)
{
	struct back *back = tell->back;
	struct aside *aside, *next;

	if (!back->pending)
		return;
	for (aside = TAILQ_FIRST(&back->asides.list); aside; aside = next) {
		next = TAILQ_NEXT(aside, entry);
		if (aside->kind == ASIDE_UNJUDGED)
			judge_incident(tell, aside, moment);
	}
	for (aside = TAILQ_FIRST(&back->asides.list); aside; aside = next) {
		next = TAILQ_NEXT(aside, entry);
		if (aside->kind == ASIDE_OUTPUT)
			judge_output(tell, aside, moment);
	}
	doubt(tell, moment);
	count_lost(tell);
	asides_forget_kinds(&back->asides, 1U << ASIDE_CLOSED | 1U << ASIDE_UNUSABLE);
	if (!is_listed(back) && is_asked_for(back))
		record_row(tell->record, ROW, NULL);
	back->pending = false;
	tell->index_due = true;
	tell_sweep_back(tell, moment);
}

/* A first run that ends early has found nothing, where a broker had nothing to say. */
void tell_back_end(struct tell *tell)
{
	const struct back *back = tell->back;
	const struct aside *aside;

	if (!back->pending || !back->heard || back->fate != JOURNAL_FIRST)
		return;
	TAILQ_FOREACH (aside, &back->asides.list, entry)
		if (aside->kind == ASIDE_UNJUDGED)
			return;
	record_row(tell->record, ROW, NULL);
}

bool tell_back_is_judged(const struct tell *tell)
{
	return !tell->back->pending;
}

bool tell_back_knows_claims(const struct tell *tell)
{
	const struct back *back = tell->back;

	return !back->pending ||
	       (!back->claims_lost && back->fate != JOURNAL_LOST && back->fate != JOURNAL_BEHIND);
}

/* Listed and kept ------------------------------------------------------------ */

const char *tell_back_kept(const struct tell *tell, size_t i)
{
	const struct aside *aside;

	TAILQ_FOREACH (aside, &tell->back->asides.list, entry)
		if (aside->kind == ASIDE_KEPT && i-- == 0)
			return aside->id;
	return NULL;
}

void tell_back_publish(struct tell *tell)
{
	const struct aside *aside;
	char topic[TELL_TOPIC_MAX];
	char *document;

	tell->back->heard = true;
	TAILQ_FOREACH (aside, &tell->back->asides.list, entry) {
		document = aside->kind == ASIDE_KEPT ? document_public(aside->text) : NULL;
		if (!document)
			continue;
		snprintf(topic, sizeof(topic), "incident/%s", aside->id);
		tell_retain(tell, topic, document);
	}
}

void tell_back_keep(struct tell *tell)
{
	const struct aside *aside;

	TAILQ_FOREACH (aside, &tell->back->asides.list, entry)
		if (aside->kind == ASIDE_KEPT)
			record_row(tell->record, aside->id, aside->text);
}

void tell_back_retry(struct tell *tell, struct moment moment)
{
	const struct plant *plant = tell->plant;
	struct aside *aside, *next;
	char error[ERROR_MAX];

	for (aside = TAILQ_FIRST(&tell->back->asides.list); aside; aside = next) {
		next = TAILQ_NEXT(aside, entry);
		if (aside->kind != ASIDE_KEPT ||
			document_restore(plant->engine, aside->text, &tell->back->reboot, error,
				sizeof(error)) < 0)
			continue;
		log_info("incident %s: goes on: the configuration has it again", aside->id);
		outputs_resume(plant->outputs, engine_find(plant->engine, aside->id));
		end_one(tell, aside, moment);
		asides_forget(&tell->back->asides, aside);
	}
}

static void drop(struct tell *tell, struct aside *aside)
{
	if (aside->kind == ASIDE_KEPT)
		record_row(tell->record, aside->id, NULL);
	clear(tell, "incident", aside->id);
	asides_forget(&tell->back->asides, aside);
	tell->index_due = true;
}

const char *tell_aside(void *context, const struct order *order, struct moment moment)
{
	struct tell *tell = context;
	struct back *back = tell->back;
	struct aside *aside, was;

	if (order->kind == ORDER_CLOCK_OK) {
		tell_clock_ok(tell, moment);
		return NULL;
	}
	aside = asides_find(&back->asides, ASIDE_FOUND, order->incident);
	if (!aside && order->kind == ORDER_DISCARD)
		aside = asides_find(&back->asides, ASIDE_KEPT, order->incident);
	if (!aside)
		return engine_result_text(ENGINE_NO_INCIDENT);
	was = *aside;
	if (order->kind == ORDER_DISCARD)
		drop(tell, aside);
	else if (!take(tell, aside, order->user, moment))
		return word_refusal(
			WORD_REFUSAL_THIS_DOCUMENT_CANNOT_BE_TAKEN_BACK_SEE_THE_SYSTEM_S_LOG);
	else
		engine_order(tell->plant->engine, order, moment.now_ms, tell->ports.sink, NULL);
	end_one(tell, &was, moment);
	if (!is_listed(back))
		record_row(tell->record, ROW, NULL);
	return NULL;
}
