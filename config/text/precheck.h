/*
 * Looks over the text of one file before libconfig sees it, because libconfig
 * wraps large integers, swallows the rest of a file after an unterminated
 * comment, ends the process on @include of a folder, and compares every setting
 * of a group with every other.
 *
 * Pure: text in, calls out; it opens no file. Everything wrong is reported, not
 * only the first thing. Text between includes is handed on unchanged, so that
 * lines keep their numbers.
 */
#ifndef CONFIG_PRECHECK_H
#define CONFIG_PRECHECK_H

#include <stddef.h>

/* All three are called in the order of the text; what they get is valid in the call only. */
struct precheck_sink {
	void (*error)(struct precheck_sink *sink, unsigned line, const char *message);
	void (*text)(struct precheck_sink *sink, const char *text, size_t length);
	void (*include)(struct precheck_sink *sink, unsigned line, const char *path);
};

void precheck_text(const char *text, size_t length, struct precheck_sink *sink);

#endif
