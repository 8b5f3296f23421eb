/*
 * Duty hours as people write them: "Mon-Fri 08:30-17:00", "Sat,Sun 20:00-08:00".
 * Days are Mon Tue Wed Thu Fri Sat Sun, single, in ranges (which may go over
 * Sunday) or with commas; hours are 00:00 to 24:00, and an end that is not later
 * than the beginning is that of the next day. Pure.
 */
#ifndef CONFIG_DUTY_H
#define CONFIG_DUTY_H

#include "core/people.h"

enum { DUTY_ERROR_SIZE = 160 };

struct duty_list {
	struct duty spans[DUTY_MAX];
	size_t count;
};

/* Adds what the text says; false: `error` says why not, and nothing was added. */
bool duty_parse(const char *text, struct duty_list *list, char error[static DUTY_ERROR_SIZE]);

/* In order, with time between them. */
void duty_tidy(struct duty_list *list);

/* "Mon 08:30"; WEEK_MIN is "Sun 24:00". */
enum { DUTY_TEXT_SIZE = 12 };
const char *duty_text(int minute, char text[static DUTY_TEXT_SIZE]);

#endif
