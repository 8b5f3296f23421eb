/* Words, values and names as people write them. */
#include "sim/words.h"

#include "core/id.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fault_set(struct fault *fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return false;
}

bool words_split(struct words *words, char *line)
{
	static char colon[] = ":";
	char *save, *word;

	words->count = words->next = 0;
	line[strcspn(line, "#\r\n")] = '\0';
	for (word = strtok_r(line, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		size_t length = strlen(word);
		bool ends = length > 1 && word[length - 1] == ':';

		if (words->count + ends >= WORDS_MAX)
			return false;
		if (ends)
			word[length - 1] = '\0';
		words->at[words->count++] = word;
		if (ends)
			words->at[words->count++] = colon;
	}
	return true;
}

const char *words_peek(const struct words *words)
{
	return words->next < words->count ? words->at[words->next] : NULL;
}

const char *words_take(struct words *words)
{
	return words->next < words->count ? words->at[words->next++] : NULL;
}

bool words_accept(struct words *words, const char *word)
{
	const char *next = words_peek(words);

	if (!next || strcmp(next, word) != 0)
		return false;
	words->next++;
	return true;
}

/* The number that a word begins with; *rest is what follows it. */
static bool number_of(const char *word, double *value, char **rest)
{
	*value = strtod(word, rest);
	return *rest != word && isfinite(*value);
}

bool words_number(struct words *words, double *value, struct fault *fault)
{
	const char *word = words_take(words);
	char *rest;

	if (!word)
		return fault_set(fault, "a number is missing");
	if (!number_of(word, value, &rest) || *rest)
		return fault_set(fault, "\"%s\" is not a number", word);
	return true;
}

bool words_duration(struct words *words, int64_t *ms, struct fault *fault)
{
	static const struct unit {
		const char *word;
		double ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 } };
	const char *word = words_take(words), *unit;
	double value;
	char *rest;

	if (!word)
		return fault_set(fault, "a duration is missing, such as 5s");
	if (!number_of(word, &value, &rest) || value < 0 || value > 1e9)
		return fault_set(fault, "\"%s\" is not a duration, such as 5s", word);
	unit = *rest ? rest : words_take(words);
	for (size_t i = 0; unit && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(units[i].word, unit) == 0) {
			*ms = (int64_t)(value * units[i].ms);
			return true;
		}
	return fault_set(fault, "\"%s\" needs a unit: ms, s, min or h", word);
}

static bool state_value(
	const char *word, const struct point_class *class, double *value, struct fault *fault)
{
	bool on = strcmp(word, "1") == 0 || strcmp(word, class->on.en) == 0 ||
		  strcmp(word, class->on.zh) == 0;

	if (!on && strcmp(word, "0") != 0 && strcmp(word, class->off.en) != 0 &&
		strcmp(word, class->off.zh) != 0)
		return fault_set(fault, "\"%s\" is not a state of %s: 0 (%s) or 1 (%s)", word,
			class->id, class->off.en, class->on.en);
	*value = on;
	return true;
}

bool words_value(
	struct words *words, const struct point_class *class, double *value, struct fault *fault)
{
	const char *word = words_take(words);
	char *rest;

	if (!word)
		return fault_set(fault, "a value of %s is missing", class->id);
	if (class->kind == POINT_STATE)
		return state_value(word, class, value, fault);
	if (!number_of(word, value, &rest) || (*rest && strcmp(rest, class->unit) != 0))
		return fault_set(fault, "\"%s\" is not a value of %s (%s)", word, class->id,
			*class->unit ? class->unit : "a number");
	if (!*rest && *class->unit)
		words_accept(words, class->unit);
	return true;
}

static const char *zone_id(const void *site, size_t i)
{
	return ((const struct site *)site)->zones[i].id;
}

static const char *point_id(const void *site, size_t i)
{
	return ((const struct site *)site)->points[i].id;
}

static const char *device_id(const void *site, size_t i)
{
	return ((const struct site *)site)->devices[i].id;
}

static const char *class_id(const void *site, size_t i)
{
	return ((const struct site *)site)->classes[i].id;
}

static const struct names {
	const char *word;
	size_t count_offset; /* in struct site */
	const char *(*id)(const void *site, size_t i);
} names[] = {
	[NAME_ZONE] = { "zone", offsetof(struct site, zone_count), zone_id },
	[NAME_POINT] = { "point", offsetof(struct site, point_count), point_id },
	[NAME_DEVICE] = { "device", offsetof(struct site, device_count), device_id },
	[NAME_CLASS] = { "class", offsetof(struct site, class_count), class_id },
};

const char *name_kind_word(enum name_kind kind)
{
	return names[kind].word;
}

bool name_find(const struct site *site, enum name_kind kind, const char *id, uint32_t *index,
	struct fault *fault)
{
	const struct names *n = &names[kind];
	size_t count = *(const size_t *)((const char *)site + n->count_offset);
	const char *nearest;

	for (size_t i = 0; i < count; i++)
		if (strcmp(n->id(site, i), id) == 0) {
			*index = (uint32_t)i;
			return true;
		}
	nearest = id_nearest(id, count, n->id, site);
	if (nearest)
		return fault_set(
			fault, "unknown %s \"%s\" (did you mean \"%s\"?)", n->word, id, nearest);
	return fault_set(fault, "unknown %s \"%s\"", n->word, id);
}
