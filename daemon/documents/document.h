/*
 * The JSON documents of docs/mqtt.md, built with jansson from the daemon's
 * structs. Each function returns a malloc'ed text, or NULL when memory ran
 * out; the caller frees it. Texts that are not
 * valid UTF-8 (a person's note) are mended, so that an alert is never lost.
 * Boot times become wall times by the moment `clock`. Loop thread; no I/O.
 */
#ifndef DAEMON_DOCUMENTS_DOCUMENT_H
#define DAEMON_DOCUMENTS_DOCUMENT_H

#include "core/clock.h"
#include "core/people.h"
#include "daemon/documents/trouble.h"
#include "daemon/outputs/outputs.h"
#include "rules/engine/engine.h"

/* From which journal a document comes, and how far that was: a newer one is known by it. */
struct document_origin {
	const char *journal;
	uint64_t sequence;
};

struct document_alert {
	const char *event_id; /* unique for ever: "<run>-<sequence>" */
	uint64_t sequence;
	const struct transition *transition;
	/* Of a notice: has the role somebody on duty; of whose steps it tells, if not of its own.
	 */
	enum on_duty on_duty;
	const struct role *const *absent;
	size_t absent_count;
	const char *journal; /* that has it; NULL of a notice, which does not tell it */
};

/* instance: of the run; NULL: not told. */
char *document_state(const struct site *site, const char *status /* "online", "offline" */,
	const char *version, const char *instance, const struct moment *clock);
/* What does not change between two loads of the configuration: incident types, roles, zones. */
char *document_plan(const struct plan *plan, const struct site *site);
char *document_point(
	const struct point *point, const struct reading *reading, const struct moment *clock);
char *document_incident(const struct incident *incident, const struct document_origin *origin,
	const struct outputs *outputs, const struct site *site, const struct moment *clock);
char *document_alert(const struct document_alert *alert, const struct outputs *outputs,
	const struct site *site, const struct moment *clock);
/* What `role` must do now for this incident: its open steps that apply, and the questions that it
 * is to answer. NULL: nothing. */
char *document_notify(const struct document_alert *alert, const struct role *role,
	const struct site *site, const struct moment *clock);
char *document_trouble(const struct trouble *trouble, const struct moment *clock);

/* What a role is told of an output, of no incident's steps. */
struct document_notice {
	const char *event_id;
	uint64_t sequence;
	const char *event; /* a word of [event] */
	const struct role *role;
	enum on_duty on_duty;
	const char *note, *output;       /* output NULL: of none */
	const struct incident *incident; /* NULL: of none */
};
char *document_notice(
	const struct document_notice *notice, const struct site *site, const struct moment *clock);
/* The same for the person who set it, as an answer that nobody asked for. */
char *document_told(const char *output, const struct text *what, const struct moment *clock);

/* Whose outputs, and how their read-backs are. */
struct document_outputs {
	const struct outputs *outputs;
	const struct people *people;
	const struct moment *clock;
	void *context;
	/* As bus_set_reading(). */
	const struct reading *(*reading)(void *context, const struct point *point);
};
/* An output that somebody claims; NULL: nobody does. */
char *document_output(const struct document_outputs *view, const char *output);
/* The ids of all that somebody claims. */
char *document_held(const struct outputs *outputs);

/* The index: the ids of all open incidents, and of `more`. */
char *document_incidents(const struct engine *engine, const char *const *more, size_t more_count,
	const struct document_origin *origin, const struct moment *clock);

/* The ids of those that last. */
char *document_troubles(const struct trouble_list *troubles);

#endif
