/* The table of words: see words.h. The rows are made of core/words/<language>.conf. */
#include "core/words.h"

#include "core/utf8.h"

#include <stdbool.h>
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

enum { HOLE_MAX = 6, NAME_ROOM = 24, VALUE_ROOM = 160 };

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

struct text word_text_of(enum word_group group, const char *id)
{
	return (struct text){ word_of(LANGUAGE_ZH, group, id), word_of(LANGUAGE_EN, group, id) };
}

const char *language_id(enum language language)
{
	return language_ids[language];
}

int language_find(const char *id)
{
	for (int i = 0; i < LANGUAGE_COUNT; i++)
		if (strcmp(language_ids[i], id) == 0)
			return i;
	return -1;
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

/* What stood in "{name}" of a text. */
struct hole {
	char name[NAME_ROOM], value[VALUE_ROOM];
};

/* Is `said` this text with its {names} filled in, and with what? Unused holes keep no name. */
static bool fits(const char *text, const char *said, struct hole holes[static HOLE_MAX + 1])
{
	size_t count = 0;

	while (*text && *said) {
		size_t name = *text == '{' ? strcspn(text, "}") : 0, plain;
		const char *end;

		if (name == 0) {
			if (*text++ != *said++)
				return false;
			continue;
		}
		plain = strcspn(text + name + 1, "{");
		end = plain ? memmem(said, strlen(said), text + name + 1, plain)
			    : strchr(said, '\0');
		if (!end || count == HOLE_MAX || name > NAME_ROOM ||
			(size_t)(end - said) >= VALUE_ROOM)
			return false;
		snprintf(holes[count].name, NAME_ROOM, "%.*s", (int)name - 1, text + 1);
		snprintf(holes[count++].value, VALUE_ROOM, "%.*s", (int)(end - said), said);
		text += name + 1;
		said = end;
	}
	return !*text && !*said;
}

/* As word_translate(), without looking into what fills the holes. */
static bool translate_into(char *out, size_t size, enum language language, enum word_group group,
	const char *said, bool deep)
{
	for (size_t i = 0; i < groups[group].count; i++) {
		struct hole holes[HOLE_MAX + 1] = { 0 };
		struct word_part parts[HOLE_MAX + 1] = { 0 };
		char inner[HOLE_MAX][VALUE_ROOM];

		if (!fits(word(LANGUAGE_EN, group, i), said, holes))
			continue;
		for (size_t h = 0; holes[h].name[0]; h++) {
			const char *value = holes[h].value;

			if (deep &&
				translate_into(inner[h], VALUE_ROOM, language, group, value, false))
				value = inner[h];
			parts[h] = (struct word_part){ holes[h].name, { value, value } };
		}
		word_fill(out, size, language, word(language, group, i), parts);
		return true;
	}
	return false;
}

char *word_translate(
	char *out, size_t size, enum language language, enum word_group group, const char *said)
{
	if (!translate_into(out, size, language, group, said, true))
		snprintf(out, size, "%s", said);
	return out;
}
