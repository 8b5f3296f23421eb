/* The table of words: see words.h. The rows are made of core/words/<language>.conf. */
#include "core/words.h"

#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

struct row {
	const char *id, *texts[LANGUAGE_COUNT];
};

struct group {
	const char *name;
	const struct row *rows;
	size_t count;
};

#include "core/words_rows.h"

const char *word(enum language language, enum word_group group, size_t i)
{
	return groups[group].rows[i].texts[language];
}

struct text word_text(enum word_group group, size_t i)
{
	return (struct text){ word(LANGUAGE_ZH, group, i), word(LANGUAGE_EN, group, i) };
}

const char *word_id(enum word_group group, size_t i)
{
	return groups[group].rows[i].id;
}

const char *word_refusal(enum word_refusal why)
{
	return word_id(WORD_REFUSAL, why);
}

int word_find(enum word_group group, const char *id)
{
	for (size_t i = 0; i < groups[group].count; i++)
		if (strcmp(groups[group].rows[i].id, id) == 0)
			return (int)i;
	return -1;
}

const char *word_of(enum language language, enum word_group group, const char *id)
{
	int i = word_find(group, id);

	return i < 0 ? id : word(language, group, (size_t)i);
}

/* What fills in the hole at `open`, "{name}"; NULL: `open` is no hole, or has no part. */
static const char *part_at(
	const char *open, const char *close, const struct word_part *parts, enum language language)
{
	size_t length = (size_t)(close - open - 1);

	for (; parts && parts->name; parts++)
		if (strlen(parts->name) == length && strncmp(parts->name, open + 1, length) == 0)
			return language == LANGUAGE_ZH ? parts->text.zh : parts->text.en;
	return NULL;
}

/* Adds what has room, whole characters only. */
static void add(char *out, size_t size, const char *text, size_t length)
{
	size_t used = strlen(out);

	if (length > size - 1 - used)
		length = (size_t)utf8_head(text, (int)(size - 1 - used));
	memcpy(out + used, text, length);
	out[used + length] = '\0';
}

char *word_fill(char *out, size_t size, enum language language, const char *text,
	const struct word_part *parts)
{
	out[0] = '\0';
	while (*text) {
		size_t plain = strcspn(text, "{");
		const char *open = text + plain, *close = strchr(open, '}');
		const char *part = *open && close ? part_at(open, close, parts, language) : NULL;

		if (part) {
			add(out, size, text, plain);
			add(out, size, part, strlen(part));
			text = close + 1;
		} else {
			add(out, size, text, plain + (*open != '\0'));
			text = open + (*open != '\0');
		}
	}
	return out;
}

bool failure_is_same(const struct failure *one, const struct failure *other)
{
	return one->cause == other->cause && one->number == other->number &&
	       strcmp(one->detail, other->detail) == 0;
}

void failure_words(const struct failure *failure, enum language language, char *out, size_t size)
{
	const char *text = word(language, WORD_CAUSE, failure->cause), *detail = failure->detail;
	char number[24];
	const struct word_part parts[] = { { "number", { number, number } },
		{ "detail", { detail, detail } }, { NULL } };

	snprintf(number, sizeof(number), "%lld", failure->number);
	word_fill(out, size, language, text, parts);
	if (language == LANGUAGE_ZH || !*detail || strstr(text, "{detail}"))
		return;
	/* Who can read the detail need not look into the log. */
	if (failure->cause == WORD_CAUSE_LOG)
		out[0] = '\0';
	else
		add(out, size, ": ", 2);
	add(out, size, detail, strlen(detail));
}
