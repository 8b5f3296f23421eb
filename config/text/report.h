/*
 * Where a message of the loader points, and how it is printed.
 *
 * A place is a file as its user named it and a line in it. Any error makes the
 * whole configuration refused; a warning does not.
 */
#ifndef CONFIG_REPORT_H
#define CONFIG_REPORT_H

#include <stdarg.h>
#include <stdio.h>

/* Where errors and warnings go, and how many there were. */
struct config_report {
	FILE *out;
	unsigned errors, warnings;
};

struct place {
	const char *file; /* NULL: the message says where by itself */
	unsigned line;    /* 0: the file as a whole */
};

/* "file:line: message"; one line, newline added. */
void report_error(struct config_report *report, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_error_v(struct config_report *report, struct place place, const char *format,
	va_list args) __attribute__((format(printf, 3, 0)));

/* "file:line: warning: message" */
void report_warning(struct config_report *report, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "file:line: note: message": worth knowing, and counted as nothing. */
void report_note(struct config_report *report, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
