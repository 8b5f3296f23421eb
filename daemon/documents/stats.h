/* The documents of alarm hygiene and of people. As document.h. */
#ifndef DAEMON_DOCUMENTS_STATS_H
#define DAEMON_DOCUMENTS_STATS_H

#include "daemon/documents/document.h"
#include "daemon/documents/hygiene.h"

struct stats_view {
	const struct hygiene *hygiene;
	const struct engine *engine;
	int64_t standing_ms, stale_ms; /* active for longer is standing, is stale */
	struct moment clock;
	bool clock_right; /* the wall clock is known to be right: for who is on duty */
};

char *document_stats(const struct stats_view *view);
/* Its figures only, without its own time: for whether they have changed. */
char *document_stats_figures(const struct stats_view *view);

/* Names, phone and account: for the local socket only. Who has hours is neither on duty nor off by
 * a clock that is not known to be right. */
char *document_person(const struct person *person, const struct moment *clock, bool right);

#endif
