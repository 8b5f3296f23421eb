/*
 * An open incident as the journal keeps it: the document that the topic carries,
 * with a member `private` for what no topic carries (what was told, running
 * delays, reminders, the clocks by which its times were written, and a sum).
 *
 * Reading believes nothing: whatever the text says, what it becomes is an
 * incident that could have been, or an error. Loop thread; no I/O.
 */
#ifndef DAEMON_DOCUMENTS_KEEP_H
#define DAEMON_DOCUMENTS_KEEP_H

#include "core/until.h"
#include "daemon/documents/document.h"

/* As those of document.h: malloc'ed, or NULL when memory ran out. */
char *document_keep(const struct incident *incident, const struct document_origin *origin,
	const struct engine *engine, const struct outputs *outputs, const struct site *site,
	const struct moment *clock);

/*
 * Gives the incident to the engine, before its first reading. 0, or -EINVAL and *error (what,
 * why) when the text cannot be used; the engine is then as before.
 */
int document_restore(struct engine *engine, const char *text, const struct reboot *reboot,
	char *error, size_t error_size);

/*
 * Takes back what a topic carries, or a row, as engine_take_back() has it; that loses what is
 * private. Its wall times become boot times by `clock`.
 */
int document_take_back(struct engine *engine, const char *text, const struct moment *clock,
	struct engine_sink *sink, const char **id, char *error, size_t error_size);
/* A row as its topic has it, without what is private. NULL: out of memory, or it is no document. */
char *document_public(const char *text);

#endif
