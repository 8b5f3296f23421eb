/* Locks: what stands is retained, kept, and their setters told before they end. */
#include "daemon/documents/lock.h"
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
		&config->people, moment };
}

void tell_locks(struct tell *tell, struct moment moment)
{
	const struct document_locks view = view_of(tell, moment);
	char *document = document_locks(&view);

	if (document)
		tell_retain(tell, "locks", document);
}

void tell_keep_locks(struct tell *tell, struct moment moment)
{
	char *row = document_keep_locks(tell->plant->engine, &moment);

	/* Nothing is there to be dropped where nothing was kept. */
	if (row || tell->locks_kept_ms)
		record_row(tell->record, LOCKS_ROW, row);
	tell->locks_kept_ms = row ? moment.now_ms : 0;
	free(row);
}

static void tell_setter(struct tell *tell, const struct lock *lock, struct moment moment)
{
	const struct document_locks view = view_of(tell, moment);
	const struct text what = word_text(WORD_LOCK, WORD_LOCK_ENDS_SOON);
	struct mqtt_publish message = { .kind = MQTT_STREAM };
	char topic[TELL_TOPIC_MAX], *document = document_lock_told(&view, lock, &what);

	snprintf(topic, sizeof(topic), "reply/%s", lock->by);
	message.topic = topic;
	message.payload = document;
	message.length = document ? strlen(document) : 0;
	if (document)
		record_reply(tell->record, &message, moment);
	free(document);
	engine_lock_told(tell->plant->engine, lock);
}

void tell_sweep_locks(struct tell *tell, struct moment moment)
{
	struct engine *engine = tell->plant->engine;
	bool is_right = clock_is_right();
	const struct lock *lock;

	for (size_t i = 0; (lock = engine_lock_at(engine, i)); i++) {
		if (lock->state == LOCK_ENDING)
			tell_setter(tell, lock, moment);
		if (is_right)
			engine_lock_clock(engine, lock, &moment);
	}
	if (engine_lock_changes(engine) != tell->lock_changes) {
		tell->lock_changes = engine_lock_changes(engine);
		tell_locks(tell, moment);
		tell_keep_locks(tell, moment);
	} else if (engine_lock_at(engine, 0) && moment.now_ms - tell->locks_kept_ms >= KEEP_MS) {
		tell_keep_locks(tell, moment);
	}
}
