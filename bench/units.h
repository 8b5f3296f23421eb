/*
 * The units behind a line or a gateway: who was asked how often, how long nobody
 * asked, and who is dead. For a program of the benchmark that has them, included
 * once.
 */
#ifndef BENCH_UNITS_H
#define BENCH_UNITS_H

#include "bench/measure.h"

enum { UNITS_MAX = 255 };

static struct unit {
	bool dead;
	uint64_t requests;
	int64_t last_ns, longest_ns; /* between two requests */
} units[UNITS_MAX + 1];

static void units_reset(void)
{
	for (int i = 1; i <= UNITS_MAX; i++)
		units[i].requests = 0, units[i].longest_ns = 0;
}

/* False: it does not answer. */
static bool unit_asked(unsigned number, int64_t at_ns)
{
	struct unit *unit = &units[number];

	if (unit->last_ns && at_ns - unit->last_ns > unit->longest_ns)
		unit->longest_ns = at_ns - unit->last_ns;
	unit->last_ns = at_ns;
	unit->requests++;
	return !unit->dead;
}

/* "dead UNIT" and "alive UNIT". */
static void units_word(const char *word)
{
	unsigned number;

	if (sscanf(word, "dead %u", &number) == 1 && number <= UNITS_MAX)
		units[number].dead = true;
	if (sscanf(word, "alive %u", &number) == 1 && number <= UNITS_MAX)
		units[number].dead = false;
}

/* A member of an object; by the number of the unit, those that were ever asked. */
static void units_report(void)
{
	const char *before = "";

	printf(", \"units\": {");
	for (int i = 1; i <= UNITS_MAX; i++) {
		if (!units[i].last_ns)
			continue;
		printf("%s\"%d\": {\"requests\": %llu, \"longest_ms\": %.1f}", before, i,
			(unsigned long long)units[i].requests, (double)units[i].longest_ns / 1e6);
		before = ", ";
	}
	printf("}");
}

#endif
