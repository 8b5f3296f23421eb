/*
 * The fallback's trouble in words: who calls, why, and what became of the outputs.
 * Pure.
 */
#ifndef DAEMON_TELL_FALLBACK_WORDS_H
#define DAEMON_TELL_FALLBACK_WORDS_H

#include "core/words.h"
#include "daemon/documents/trouble.h"
#include "daemon/outputs/fallback/fallback.h"
#include "daemon/outputs/outputs.h"

/* Whole items only: where one has no room, dots say that there are more. Outputs always have some.
 */
void fallback_words(const struct fallback *fallback, const struct called_output *outputs,
	size_t count, enum language language, char out[static TROUBLE_TEXT_MAX + 1]);

#endif
