/*
 * Queries of the local socket: what is now, as the same documents that MQTT
 * retains. Loop thread; no I/O; changes nothing.
 */
#ifndef DAEMON_PEOPLE_QUERY_H
#define DAEMON_PEOPLE_QUERY_H

#include "daemon/documents/document.h"
#include "daemon/documents/stats.h"

enum { QUERY_SIZE_MAX = 1024 * 1024 };

enum query_kind {
	QUERY_STATE, /* one document */
	QUERY_INCIDENTS,
	QUERY_POINTS,
	QUERY_TROUBLES,
	QUERY_STATS, /* one document */
	QUERY_PEOPLE,
	QUERY_OUTPUTS,
	QUERY_LOCKS,
	QUERY_KIND_COUNT
};

/* What is asked. All are the hub's. */
struct query_view {
	const struct site *site;
	const struct engine *engine;
	const struct outputs *outputs;
	const struct trouble_list *troubles;
	const struct people *people;
	const struct plan *plan;
	struct stats_view stats;
	struct moment clock;
	struct document_origin origin; /* of incidents */
	bool stands_by;                /* another run of this site tells */
	void *context;
	/* As bus_set_reading(). */
	const struct reading *(*reading)(void *context, const struct point *point);
};

struct query_result {
	char *text; /* a JSON array, malloc'ed, NUL-terminated; NULL: out of memory */
	size_t length;
	bool more; /* it would have been longer than QUERY_SIZE_MAX and ends before that */
};

/*
 * `match` ("": everything) chooses points: those in or below the zone of this id; where there is no
 * such zone, those whose id, zone, class or name contains it. And people: those with the role of
 * this id; where there is no such role, those whose id or name contains it.
 */
struct query_result query_run(
	const struct query_view *view, enum query_kind kind, const char *match);

#endif
