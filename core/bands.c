#include "core/bands.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum band_kind { BAND_NORMAL, BAND_ALARM, BAND_OPEN, BAND_SHORT, BAND_FAULT, BAND_KINDS };

static const struct {
	const char *word;
	enum quality quality;
	enum reason reason;
	double value;
} kinds[BAND_KINDS] = {
	[BAND_NORMAL] = { "normal", QUALITY_GOOD, REASON_NONE, 0 },
	[BAND_ALARM] = { "alarm", QUALITY_GOOD, REASON_NONE, 1 },
	[BAND_OPEN] = { "open", QUALITY_BAD, REASON_OPEN, 0 },
	[BAND_SHORT] = { "short", QUALITY_BAD, REASON_SHORT, 0 },
	[BAND_FAULT] = { "fault", QUALITY_BAD, REASON_DEVICE, 0 },
};

static int kind_of(const char *word, size_t length)
{
	for (int kind = 0; kind < BAND_KINDS; kind++)
		if (strlen(kinds[kind].word) == length &&
			strncmp(kinds[kind].word, word, length) == 0)
			return kind;
	return -1;
}

static bool is_number(const char *word, size_t length, double *number)
{
	char *end;

	/* Only what a person would write: no hexadecimal, no "inf", no "nan". */
	if (strspn(word, "+-.0123456789eE") < length)
		return false;
	*number = strtod(word, &end);
	return end == word + length && isfinite(*number);
}

static const char *take_limit(struct bands *bands, const char *word, size_t length)
{
	double *limit = &bands->limits[bands->count - 1];

	if (bands->count == BANDS_MAX)
		return "has too many bands";
	if (!is_number(word, length, limit))
		return "needs a number between two bands";
	if (bands->count > 1 && !(limit[0] > limit[-1]))
		return "needs limits that rise from left to right";
	return NULL;
}

static const char *take_word(struct bands *bands, const char *word, size_t length)
{
	int kind = kind_of(word, length);

	if (kind < 0)
		return "needs normal, alarm, open, short or fault at both ends and between two "
		       "limits";
	bands->kinds[bands->count++] = (uint8_t)kind;
	return NULL;
}

static bool has(const struct bands *bands, enum band_kind kind)
{
	return memchr(bands->kinds, (int)kind, bands->count) != NULL;
}

const char *bands_parse(const char *text, struct bands *bands)
{
	bool word_next = true;
	const char *why = NULL;

	*bands = (struct bands){ 0 };
	for (size_t length; !why && *(text += strspn(text, " ")); text += length) {
		length = strcspn(text, " ");
		why = word_next ? take_word(bands, text, length) : take_limit(bands, text, length);
		word_next = !word_next;
	}
	if (!why && word_next)
		why = bands->count ? "ends with a limit; name the band above it" : "is empty";
	if (!why && !(has(bands, BAND_NORMAL) && has(bands, BAND_ALARM)))
		why = "needs a band normal and a band alarm";
	return why;
}

double bands_number(const struct bands *bands, double state)
{
	size_t band = 0;
	double lower, width = 1;

	while (bands->kinds[band] != (state != 0 ? BAND_ALARM : BAND_NORMAL))
		band++;
	if (band == 0)
		return bands->limits[0] > 0 ? 0 : bands->limits[0] - 1;
	lower = bands->limits[band - 1];
	if (band + 1 < bands->count)
		width = bands->limits[band] - lower;
	return lower + width / 4;
}

void bands_judge(const struct bands *bands, struct reading *reading)
{
	size_t band = 0;
	int kind;

	if (reading->quality != QUALITY_GOOD)
		return;
	if (isnan(reading->value)) {
		reading->quality = QUALITY_BAD;
		reading->reason = REASON_NAN;
		reading->value = 0;
		return;
	}
	while (band + 1 < bands->count && reading->value >= bands->limits[band])
		band++;
	kind = bands->kinds[band];
	reading->quality = (uint8_t)kinds[kind].quality;
	reading->reason = (uint8_t)kinds[kind].reason;
	reading->value = kinds[kind].value;
}
