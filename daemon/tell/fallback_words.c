#include "daemon/tell/fallback_words.h"

#include "core/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { CALLS_ROOM = 150 };

struct line {
	char *text;
	size_t used, max;
	bool full;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
	static const char dots[] = " ...";
	char item[TROUBLE_TEXT_MAX + 1];
	va_list args;
	int length;

	if (line->full)
		return;
	va_start(args, format);
	length = vsnprintf(item, sizeof(item), format, args);
	va_end(args);
	/* With room for the dots, should the next one have none. */
	line->full = length < 0 || line->used + (size_t)length + strlen(dots) > line->max;
	line->used += (size_t)sprintf(line->text + line->used, "%s", line->full ? dots : item);
}

static void add_calls(const struct fallback *fallback, struct line *zh, struct line *en)
{
	add(zh, "无人应答：");
	add(en, "nobody answers ");
	for (size_t i = 0; i < fallback->call_count; i++) {
		const struct fallback_call *call = &fallback->calls[i];
		struct text why = word_text_of(WORD_CALL, fallback_reason_name(call->reason));

		add(zh, "%s%s（%s）", i ? "、" : "", call->incident, why.zh);
		add(en, "%s%s (%s)", i ? ", " : "", call->incident, why.en);
	}
}

static const struct {
	struct text words;
	bool why;
} states[] = {
	[OUTPUT_RECORDING] = { { "正在接通", "being switched on" }, false },
	[OUTPUT_WRITING] = { { "正在接通", "being switched on" }, false },
	[OUTPUT_CONFIRMING] = { { "正在接通", "being switched on" }, false },
	[OUTPUT_CONFIRMED] = { { "已接通", "on" }, false },
	[OUTPUT_UNPROVEN] = { { "已接通但未证实", "on, not proved" }, false },
	[OUTPUT_FAILED] = { { "未接通", "not on" }, true },
	[OUTPUT_REFUSED] = { { "未接通", "not on" }, true },
};

static void add_outputs(
	const struct called_output *outputs, size_t count, struct line *zh, struct line *en)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		const struct called_output *output = &outputs[i];
		struct text words = states[output->state].words;
		bool why = states[output->state].why && *output->error;

		if (!output->called)
			continue;
		add(zh, "%s%s %s%s%s%s", any ? "，" : "；", output->point->id, words.zh,
			why ? "（" : "",
			why ? word_of(LANGUAGE_ZH, WORD_WRITE_REFUSAL, output->error) : "",
			why ? "）" : "");
		add(en, "%s%s %s%s%s", any ? ", " : "; ", output->point->id, words.en,
			why ? ": " : "", why ? output->error : "");
		any = true;
	}
	if (!any) {
		add(zh, "；没有可接通的输出");
		add(en, "; there is no output to switch on");
	}
}

void fallback_words(const struct fallback *fallback, const struct called_output *outputs,
	size_t count, char zh[static TROUBLE_TEXT_MAX + 1], char en[static TROUBLE_TEXT_MAX + 1])
{
	struct line chinese = { .text = zh, .max = CALLS_ROOM };
	struct line english = { .text = en, .max = CALLS_ROOM };

	add_calls(fallback, &chinese, &english);
	chinese.max = english.max = TROUBLE_TEXT_MAX;
	chinese.full = english.full = false;
	add_outputs(outputs, count, &chinese, &english);
}
