/*
 * Troubles: the monitoring system's own failings. A registry of those that last
 * now; each begins and ends once, however often it is reported.
 *
 * Loop thread only. At most TROUBLE_MAX at once; one more is logged and shown as
 * the trouble "troubles-full" instead.
 */
#ifndef DAEMON_DOCUMENTS_TROUBLE_H
#define DAEMON_DOCUMENTS_TROUBLE_H

#include "core/clock.h"
#include "core/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TROUBLE_MAX = 512, TROUBLE_ID_MAX = 104, TROUBLE_TEXT_MAX = 240 };

struct trouble {
	char id[TROUBLE_ID_MAX + 1]; /* "device.<id>", "point.<id>", "bus.<id>", "output.<id>",
					"rule.<id>.<zone>", "mqtt", ... */
	char zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];
	int64_t since_ms;
	bool lasting;
};

struct trouble_events {
	/* It began, its text changed, or (lasting false) it ended. */
	void (*trouble)(
		struct trouble_events *events, const struct trouble *trouble, struct moment moment);
};

struct trouble_list;

struct trouble_list *trouble_list_new(struct trouble_events *events);
void trouble_list_free(struct trouble_list *list);
void trouble_begin(struct trouble_list *list, const char *id, struct moment moment, const char *zh,
	const char *en);
void trouble_end(struct trouble_list *list, const char *id, struct moment moment);
const struct trouble *trouble_find(const struct trouble_list *list, const char *id);
/* Those that last, i from 0; NULL at the end. */
const struct trouble *trouble_at(const struct trouble_list *list, size_t i);

#endif
