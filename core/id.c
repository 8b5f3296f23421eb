#include "core/id.h"

#include <string.h>

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool id_valid(const char *id)
{
	size_t length = strlen(id);

	if (length == 0 || length > ID_MAX || !is_alnum(id[0]) || !is_alnum(id[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (is_alnum(id[i]))
			continue;
		if (!strchr("-_.", id[i]) || !is_alnum(id[i + 1]))
			return false;
	}
	return true;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, of words no longer than ID_MAX. */
static unsigned distance(const char *a, const char *b)
{
	size_t length_a = strlen(a), length_b = strlen(b);
	unsigned row[ID_MAX + 1];

	if (length_a > ID_MAX || length_b > ID_MAX)
		return ID_MAX;
	for (size_t j = 0; j <= length_b; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= length_a; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= length_b; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1,
				diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
			diagonal = above;
		}
	}
	return row[length_b];
}

const char *id_nearest(const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context)
{
	unsigned best = (unsigned)strlen(wrong) / 3 + 2;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned d = distance(wrong, word_at(context, i));

		if (d < best) {
			best = d;
			nearest = word_at(context, i);
		}
	}
	return nearest;
}
