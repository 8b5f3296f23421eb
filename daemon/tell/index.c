/* The index of what is open: by it readers, and the next run, know which documents are left over.
 */
#include "daemon/tell/parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	AT_ONCE_MAX = 100, /* with more open than these it waits for the sweep */
	PERIOD_MS = 1000,
	MORE_MAX = 256,
};

struct document_origin tell_origin(const struct tell *tell)
{
	return (struct document_origin){ record_journal_id(tell->record),
		record_sequence(tell->record) };
}

void tell_index(struct tell *tell, struct moment moment)
{
	const struct document_origin origin = tell_origin(tell);
	const struct engine *engine = tell->plant->engine;
	struct mqtt_publish message = { .kind = MQTT_RETAINED, .topic = "incidents" };
	const char *more[MORE_MAX];
	size_t count = 0;
	char *document;

	if (!tell_back_is_judged(tell))
		return;
	if (!tell->index_due && origin.sequence == tell->index_sequence)
		return;
	if (engine_incident(engine, AT_ONCE_MAX) && moment.now_ms - tell->index_ms < PERIOD_MS)
		return;
	while (count < MORE_MAX && (more[count] = tell_back_kept(tell, count)))
		count++;
	document = document_incidents(engine, more, count, &origin, &moment);
	if (!document)
		return;
	message.payload = document;
	message.length = strlen(document);
	record_say(tell->record, &message, moment);
	free(document);
	tell->index_due = false;
	tell->index_sequence = origin.sequence;
	tell->index_ms = moment.now_ms;
}
