/*
 * The daemon's JSON documents as people read them: one alert, one trouble, one
 * line of an open incident; in Chinese or English, with colour on a terminal.
 *
 * Prints to `out`; no network, no clock. Documents that are not as docs/mqtt.md
 * says are shown as far as they can be.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "core/words.h"

#include <stdbool.h>
#include <stdio.h>

/* What facilityctl ends with; 0: done. */
enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct show {
	FILE *out;
	enum language language;
	bool colour;
	bool both; /* no language was asked for: what can be in both languages may be */
};

/* From the environment as setlocale(3) ranks it: LC_ALL, LC_MESSAGES, LANG. */
enum language show_locale_language(void);
/* A word of group [ctl]. */
const char *show_word(const struct show *show, enum word_ctl word);

void show_alert(const struct show *show, const char *payload);
void show_trouble(const struct show *show, const char *id, const char *payload);
void show_state(const struct show *show, const char *payload);
/* A retained incident: one line, for what was open before. */
void show_incident(const struct show *show, const char *payload);

#endif
