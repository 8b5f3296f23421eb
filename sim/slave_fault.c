/* Faults of units as words and as a count. Must not know frames. */
#include "sim/slave_fault.h"

#include "core/id.h"

#include <string.h>

enum { DRIP_MS = 20, EXCEPTION_DEFAULT = 4, TIMES_MAX = 1000000 };

static bool take_duration(struct words *words, struct slave_fault *spec, struct fault *why)
{
	return words_duration(words, &spec->ms, why);
}

static bool take_drip(struct words *words, struct slave_fault *spec, struct fault *why)
{
	const char *word = words_peek(words);

	spec->ms = DRIP_MS;
	return !word || strcmp(word, "times") == 0 || words_duration(words, &spec->ms, why);
}

static bool take_code(struct words *words, struct slave_fault *spec, struct fault *why)
{
	const char *word = words_peek(words);
	double code = EXCEPTION_DEFAULT;

	if (word && strcmp(word, "times") != 0 && !words_number(words, &code, why))
		return false;
	if (code < 1 || code > 255 || code != (uint8_t)code)
		return fault_set(why, "an exception is a number from 1 to 255");
	spec->code = (uint8_t)code;
	return true;
}

static const struct {
	const char *word;
	bool (*take)(
		struct words *words, struct slave_fault *spec, struct fault *why); /* or NULL */
} kinds[SLAVE_FAULT_COUNT] = {
	[SLAVE_SOUND] = { "none", NULL },
	[SLAVE_LATE] = { "late", take_duration },
	[SLAVE_DRIPPED] = { "dripped", take_drip },
	[SLAVE_TRUNCATED] = { "truncated", NULL },
	[SLAVE_NOISE] = { "noise", NULL },
	[SLAVE_WRONG_UNIT] = { "wrong-unit", NULL },
	[SLAVE_EXCEPTION] = { "exception", take_code },
	[SLAVE_RESET] = { "reset", NULL },
};

const char *slave_fault_word(enum slave_fault_kind kind)
{
	return kinds[kind].word;
}

static const char *kind_word(const void *context, size_t i)
{
	(void)context;
	return kinds[i].word;
}

static bool find_kind(const char *word, struct slave_fault *spec, struct fault *why)
{
	const char *near;

	for (int i = 0; i < SLAVE_FAULT_COUNT; i++)
		if (strcmp(kinds[i].word, word) == 0) {
			spec->kind = (enum slave_fault_kind)i;
			return true;
		}
	near = id_nearest(word, SLAVE_FAULT_COUNT, kind_word, NULL);
	if (near)
		return fault_set(why, "unknown fault \"%s\" (did you mean \"%s\"?)", word, near);
	return fault_set(why,
		"unknown fault \"%s\": none, late, dripped, truncated, noise, wrong-unit, "
		"exception "
		"or reset",
		word);
}

bool slave_fault_take(struct words *words, struct slave_fault *spec, struct fault *why)
{
	const char *word = words_take(words);
	double times = 0;

	*spec = (struct slave_fault){ 0 };
	if (!word)
		return fault_set(why, "the kind of the fault is missing");
	if (!find_kind(word, spec, why))
		return false;
	if (kinds[spec->kind].take && !kinds[spec->kind].take(words, spec, why))
		return false;
	if (!words_accept(words, "times"))
		return true;
	if (!words_number(words, &times, why))
		return false;
	if (times < 1 || times > TIMES_MAX)
		return fault_set(why, "times is from 1 to %d", TIMES_MAX);
	spec->left = (unsigned)times;
	return true;
}

enum slave_fault_kind slave_fault_use(struct slave_fault *spec)
{
	enum slave_fault_kind kind = spec->kind;

	if (spec->left > 0 && --spec->left == 0)
		spec->kind = SLAVE_SOUND;
	return kind;
}

void slave_fault_noise(uint8_t *bytes, size_t size)
{
	static uint32_t random = 2463534242u;

	for (size_t i = 0; i < size; i++) {
		random ^= random << 13;
		random ^= random >> 17;
		random ^= random << 5;
		bytes[i] = (uint8_t)(random >> 8);
	}
}
