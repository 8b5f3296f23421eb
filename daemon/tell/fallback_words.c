#include "daemon/tell/fallback_words.h"

#include "core/words.h"

#include <stdio.h>
#include <string.h>

enum { CALLS_ROOM = 150 };

struct line {
	enum language language;
	char *text;
	size_t used, max;
	bool full;
};

/* A whole item, or dots where it has no room; with room for the dots, should the next have none. */
static void add(struct line *line, enum word_call item, const struct word_part *parts)
{
	static const char dots[] = " ...";
	char text[TROUBLE_TEXT_MAX + 1];

	if (line->full)
		return;
	word_fill(text, sizeof(text), line->language, word(line->language, WORD_CALL, item), parts);
	line->full = line->used + strlen(text) + strlen(dots) > line->max;
	line->used += (size_t)sprintf(line->text + line->used, "%s", line->full ? dots : text);
}

static void add_calls(struct line *line, const struct fallback *fallback)
{
	for (size_t i = 0; i < fallback->call_count; i++) {
		const struct fallback_call *call = &fallback->calls[i];
		const struct word_part parts[] = { { "id", { call->incident, call->incident } },
			{ "why", word_text(WORD_FALLBACK_REASON, call->reason) }, { NULL } };

		add(line, i ? WORD_CALL_MORE : WORD_CALL_FIRST, parts);
	}
}

/* What became of an output; where it is not on, why. */
static const enum word_call states[] = {
	[OUTPUT_RECORDING] = WORD_CALL_BEING_SWITCHED_ON,
	[OUTPUT_WRITING] = WORD_CALL_BEING_SWITCHED_ON,
	[OUTPUT_CONFIRMING] = WORD_CALL_BEING_SWITCHED_ON,
	[OUTPUT_CONFIRMED] = WORD_CALL_ON,
	[OUTPUT_UNPROVEN] = WORD_CALL_ON_NOT_PROVED,
	[OUTPUT_FAILED] = WORD_CALL_NOT_ON,
	[OUTPUT_REFUSED] = WORD_CALL_NOT_ON,
};

static void add_outputs(struct line *line, const struct called_output *outputs, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct called_output *output = &outputs[i];
		bool why = states[output->state] == WORD_CALL_NOT_ON && output->error;
		const struct word_part parts[] = {
			{ "id", { output->point->id, output->point->id } },
			{ "state", word_text(WORD_CALL, states[output->state]) },
			{ "why", word_text(WORD_WRITE_REFUSAL, output->error) }, { NULL }
		};

		if (!output->called)
			continue;
		if (why)
			add(line, any ? WORD_CALL_NEXT_WHY : WORD_CALL_OUTPUT_WHY, parts);
		else
			add(line, any ? WORD_CALL_NEXT : WORD_CALL_OUTPUT, parts);
		any = true;
	}
	if (!any)
		add(line, WORD_CALL_NO_OUTPUT, NULL);
}

void fallback_words(const struct fallback *fallback, const struct called_output *outputs,
	size_t count, enum language language, char out[static TROUBLE_TEXT_MAX + 1])
{
	struct line line = { language, out, .max = CALLS_ROOM };

	out[0] = '\0';
	add_calls(&line, fallback);
	line.max = TROUBLE_TEXT_MAX;
	line.full = false;
	add_outputs(&line, outputs, count);
}
