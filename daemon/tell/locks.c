/* Locks: what stands is retained, kept, and their setters told before they end. */
#include "daemon/documents/duty.h"
#include "daemon/documents/lock.h"
#include "daemon/documents/said.h"
#include "daemon/tell/failing.h"
#include "daemon/tell/parts.h"

#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEEP_MS = 60 * 1000 }; /* what is left is never older than this in the journal */

static struct document_locks view_of(const struct tell *tell, struct moment moment)
{
	const struct config *config = tell->plant->config;

	return (struct document_locks){ tell->plant->engine, &config->site, &config->plan,
		&config->people, moment, mqtt_instance(tell->mqtt) };
}

void tell_locks(struct tell *tell, struct moment moment)
{
	const struct document_locks view = view_of(tell, moment);
	char *document = document_locks(&view);

	if (document)
		tell_retain(tell, "locks", document);
}

void tell_keep_locks(struct tell *tell)
{
	char *row = document_keep_locks(tell->plant->engine);

	/* Nothing is there to be dropped where nothing was kept. */
	if (row || tell->locks_kept)
		record_row(tell->record, LOCKS_ROW, row);
	tell->locks_kept = row != NULL;
	free(row);
}

/* What is left of a deadline is counted from the last commit on. */
static bool has_deadlines(const struct tell *tell)
{
	const struct plant *plant = tell->plant;
	struct output_claim claim;

	return engine_lock_at(plant->engine, 0) || engine_incident(plant->engine, 0) ||
	       outputs_claim(plant->outputs, 0, &claim);
}

/* What the broker says ------------------------------------------------------- */

/* For whatever person: a topic does not say which account he has. */
static bool locks_alike(const struct lock *a, const struct lock *b)
{
	return a->kind == b->kind && strcmp(a->id, b->id) == 0 && a->quiet == b->quiet &&
	       a->type == b->type;
}

static bool find_known(const struct tell *tell, const struct lock *said)
{
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(tell->plant->engine, i)); i++)
		if (locks_alike(lock, said))
			return true;
	return false;
}

struct locks_said {
	struct tell *tell;
	enum locks_known known;
	struct moment moment;
	struct lock said[LOCK_MAX];
	size_t count;
};

static bool is_past(const struct locks_said *said, const struct lock *lock)
{
	int64_t wall_ms = lock->owed_ms + lock->until_ms;

	return tell_clock_right(said->tell, said->moment) && wall_ms <= said->moment.wall_ms;
}

/* It holds writes back, which is the safe side; what only keeps from seeing is not. */
static void take_lock(void *context, const struct lock *of)
{
	struct locks_said *said = context;
	struct engine *engine = said->tell->plant->engine;
	struct lock lock = *of;
	char name[LOCK_NAME_MAX + 1];

	if (said->known == LOCKS_NEVER && lock.quiet) {
		lock.quiet = false;
		lock.type = lock.kind == LOCK_TYPE ? lock.type : 0;
	}
	if (said->count < LOCK_MAX)
		said->said[said->count++] = lock;
	if (find_known(said->tell, &lock) || is_past(said, &lock) ||
		(said->known == LOCKS_NEVER && lock.kind == LOCK_TYPE))
		return;
	if (engine_take_lock(engine, &lock, said->moment.now_ms, said->tell->ports.sink))
		log_info("lock %s: taken back from the broker", lock_name(&lock, name));
	else
		log_error("lock %s: the broker says that it stands, and it cannot be taken back",
			lock_name(&lock, name));
}

static bool is_said(const struct locks_said *said, const struct lock *lock)
{
	for (size_t i = 0; i < said->count; i++)
		if (locks_alike(&said->said[i], lock))
			return true;
	return false;
}

/* Who tells has ended them. */
static void end_unsaid(const struct locks_said *said)
{
	struct engine *engine = said->tell->plant->engine;
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(engine, i));) {
		const struct lock ended = *lock;

		if (ended.taken_back && !is_said(said, &ended))
			engine_unlock(engine, &ended, "facilityd", "", said->moment.now_ms,
				said->tell->ports.sink);
		else
			i++;
	}
}

void tell_locks_said(
	struct tell *tell, const char *text, enum locks_known known, struct moment moment)
{
	struct locks_said said = { tell, known, moment };
	char instance[MQTT_INSTANCE_SIZE];

	if (known == LOCKS_KNOWN)
		return;
	/* Our own come back where the broker has kept them, and another's where it told meanwhile.
	 */
	if (known == LOCKS_TOLD && (!said_instance(text, instance, sizeof(instance)) ||
					   strcmp(instance, mqtt_instance(tell->mqtt)) == 0))
		return;
	said_locks_read(text, &moment, take_lock, &said);
	if (known == LOCKS_OF_ANOTHER)
		end_unsaid(&said);
}

/* That some stand by the broker's word alone. */
static void tell_taken_back(struct tell *tell, struct moment moment)
{
	struct failing failing = { FAILING_LOCKS };
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(tell->plant->engine, i)); i++)
		failing.numbers[0] += lock->taken_back;
	if (failing.numbers[0] > 0)
		failing_begin(tell->troubles, &failing, moment);
	else
		failing_end(tell->troubles, FAILING_LOCKS, NULL, moment);
}

/* What becomes of a lock, as its setter is told. */
struct news {
	const struct lock *lock;
	struct text what;
	enum word_note note;
	const char *reason; /* in the note */
	struct moment moment;
};

/* As notes carry it: the id, filled in; surfaces say it in their language. */
static void fill_note(const struct news *news, char note[static NOTE_MAX + 1])
{
	char name[LOCK_NAME_MAX + 1];
	const struct word_part parts[] = { { "lock", { name, name } },
		{ "reason", { news->reason, news->reason } }, { NULL } };

	lock_name(news->lock, name);
	word_fill(note, NOTE_MAX + 1, LANGUAGE_EN, word_id(WORD_NOTE, news->note), parts);
}

static void tell_role(struct tell *tell, const struct role *role, const struct news *news)
{
	char note[NOTE_MAX + 1];

	fill_note(news, note);
	tell_notice(tell,
		(struct document_notice){
			.event = transition_name(TRANSITION_LOCK), .role = role, .note = note },
		"", news->moment);
}

static void tell_reply(struct tell *tell, const struct news *news)
{
	const struct document_locks view = view_of(tell, news->moment);
	struct mqtt_publish message = { .kind = MQTT_STREAM };
	char topic[TELL_TOPIC_MAX], *document = document_lock_told(&view, news->lock, &news->what);

	if (!document)
		return;
	snprintf(topic, sizeof(topic), "reply/%s", news->lock->by);
	message.topic = topic;
	message.payload = document;
	message.length = strlen(document);
	record_reply(tell->record, &message, news->moment);
	free(document);
}

/* Where he is asked, and where his roles are. */
static void tell_setter(struct tell *tell, const struct news *news)
{
	const struct config *config = tell->plant->config;
	const struct role *roles[ACCOUNT_ROLE_MAX];
	size_t count = people_roles(&config->people, news->lock->by, roles);

	tell_reply(tell, news);
	for (size_t i = 0; i < count; i++)
		tell_role(tell, roles[i], news);
}

/* Of the configuration's it is a role. */
static void tell_its_role(struct tell *tell, const struct news *news)
{
	const struct plan *plan = &tell->plant->config->plan;

	for (size_t i = 0; i < plan->role_count; i++)
		if (strcmp(plan->roles[i].id, news->lock->by) == 0)
			tell_role(tell, &plan->roles[i], news);
}

static void tell_ending(struct tell *tell, const struct lock *lock, struct moment moment)
{
	const struct news news = { lock, word_text(WORD_LOCK, WORD_LOCK_ENDS_SOON),
		WORD_NOTE_THE_LOCK_LOCK_ENDS_SOON, lock->reason, moment };

	tell_setter(tell, &news);
	engine_lock_told(tell->plant->engine, lock);
}

void tell_unlocked(void *context, const struct lock *lock, const char *reason, struct moment moment)
{
	const struct text words = word_text(WORD_LOCK, WORD_LOCK_ENDED_BY_ANOTHER);
	const struct word_part parts[] = { { "reason", { reason, reason } }, { NULL } };
	char zh[NOTE_MAX + 80], en[NOTE_MAX + 80];
	const struct news news = { lock, { zh, en }, WORD_NOTE_LOCK_IS_NO_LONGER_LOCKED_REASON,
		reason, moment };

	word_fill(zh, sizeof(zh), LANGUAGE_ZH, words.zh, parts);
	word_fill(en, sizeof(en), LANGUAGE_EN, words.en, parts);
	if (lock->recurring)
		tell_its_role(context, &news);
	else
		tell_setter(context, &news);
}

/* Locks of the configuration ------------------------------------------------- */

/* When the span ends that holds this minute of the week; 0: none does. */
static int end_of_span(const struct recurring_lock *recurring, int minute)
{
	for (size_t i = 0; i < recurring->span_count; i++)
		if (minute >= recurring->spans[i].begin_min && minute < recurring->spans[i].end_min)
			return duty_end(recurring->spans, recurring->span_count, i);
	return 0;
}

static struct lock lock_of(const struct recurring_lock *recurring)
{
	struct lock lock = { .quiet = recurring->quiet,
		.type = recurring->type ? recurring->type->number : 0,
		.recurring = true };

	lock_parse(recurring->what, &lock);
	snprintf(lock.by, sizeof(lock.by), "%s", recurring->role->id);
	snprintf(lock.reason, sizeof(lock.reason), "%s", recurring->reason);
	return lock;
}

static const struct lock *find(const struct tell *tell, const struct lock *wanted)
{
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(tell->plant->engine, i)); i++)
		if (lock_same(lock, wanted))
			return lock;
	return NULL;
}

/* *begun: it was set in these hours; what a person then ends stays ended until the next. */
static void follow_hours(struct tell *tell, const struct recurring_lock *recurring, bool *begun,
	struct moment moment)
{
	int minute = duty_minute(moment.wall_ms), end = end_of_span(recurring, minute);
	const struct lock wanted = lock_of(recurring), *stands = find(tell, &wanted);
	const struct news begins = { .lock = &wanted,
		.note = WORD_NOTE_LOCK_IS_LOCKED_REASON,
		.reason = wanted.reason,
		.moment = moment };
	struct engine_sink *sink = tell->ports.sink;

	if (!end) {
		*begun = false;
		if (stands)
			engine_unlock(
				tell->plant->engine, &wanted, "facilityd", "", moment.now_ms, sink);
		return;
	}
	if (stands || *begun) {
		*begun = true;
		return;
	}
	*begun = engine_lock(tell->plant->engine, &wanted,
		(end - minute) * INT64_C(60000) - moment.wall_ms % 60000, moment.now_ms, sink);
	if (*begun)
		tell_role(tell, recurring->role, &begins);
}

static void follow_clock(struct tell *tell, struct moment moment)
{
	const struct config *config = tell->plant->config;

	for (size_t i = 0; i < config->lock_count && i < LOCK_MAX; i++)
		follow_hours(tell, &config->locks[i], &tell->lock_begun[i], moment);
}

void tell_sweep_locks(struct tell *tell, struct moment moment)
{
	struct engine *engine = tell->plant->engine;
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(engine, i)); i++)
		if (lock->state == LOCK_ENDING)
			tell_ending(tell, lock, moment);
	if (tell_clock_right(tell, moment))
		follow_clock(tell, moment);
	if (engine_lock_changes(engine) != tell->lock_changes) {
		tell->lock_changes = engine_lock_changes(engine);
		tell_taken_back(tell, moment);
		tell_locks(tell, moment);
		tell_keep_locks(tell);
	}
	if (moment.now_ms - tell->ends_kept_ms >= KEEP_MS) {
		tell->ends_kept_ms = moment.now_ms;
		if (has_deadlines(tell))
			outputs_keep(tell->plant->outputs);
	}
}
