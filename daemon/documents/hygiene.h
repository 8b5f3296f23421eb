/*
 * Alarm hygiene: how often incidents are raised, and what lasts too long. The
 * measures and limits are those of EEMUA 191 and ISA-18.2 (IEC 62682): raises per
 * 10 minutes on average and at the peak, floods (begun by more than 10 raises in
 * 10 minutes, over at fewer than 5), the share of a day spent in floods, the most
 * frequent, standing and stale ones.
 *
 * Pure counting: boot time is an argument and must not go back; an earlier one
 * counts as the last one. The last HYGIENE_RAISE_MAX raises of a day are kept.
 * Nothing is allocated after hygiene_new(). Exercises are never counted.
 */
#ifndef DAEMON_DOCUMENTS_HYGIENE_H
#define DAEMON_DOCUMENTS_HYGIENE_H

#include "rules/engine/engine.h"

enum {
	HYGIENE_RAISE_MAX = 4096,
	HYGIENE_FREQUENT_MAX = 10,
	HYGIENE_WINDOW_MS = 10 * 60 * 1000,
	HYGIENE_DAY_MS = 24 * 3600 * 1000,
	FLOOD_BEGINS_ABOVE = 10,
	FLOOD_ENDS_BELOW = 5,
};

struct hygiene;

struct hygiene *hygiene_new(void);
void hygiene_free(struct hygiene *hygiene);

/* An incident of this type's number and zone was raised, or raised again. */
void hygiene_raise(struct hygiene *hygiene, int number, const char *zone, int64_t at_ms);

struct hygiene_rates {
	unsigned last_10_min, last_hour, last_day;
	double average_per_10_min; /* of the last day */
	unsigned peak_10_min;      /* the most within 10 minutes of the last day, */
	int64_t peak_ms;           /* which ended then; 0: none */
	bool flood;
	int64_t flood_since_ms;
	double flood_percent; /* of the last day */
};
void hygiene_rates(const struct hygiene *hygiene, int64_t now_ms, struct hygiene_rates *rates);

struct hygiene_frequent {
	int number;
	char zone[ID_MAX + 1];
	unsigned raises;
};
/* Of the last day, the most frequent first; how many. */
size_t hygiene_frequent(const struct hygiene *hygiene, int64_t now_ms,
	struct hygiene_frequent list[static HYGIENE_FREQUENT_MAX]);

/* Open incidents, by what they are. Those put aside are neither active nor returned here. */
struct hygiene_open {
	unsigned active, returned; /* people follow them */
	unsigned unacknowledged, shelved, suppressed, handed_over, drills;
	unsigned questions; /* that stand, in all but drills */
};
void hygiene_count(const struct engine *engine, struct hygiene_open *open);

/* Since when it is true without a break, if people follow it and it is no exercise; else 0. */
int64_t hygiene_standing_since(const struct incident *incident);

#endif
