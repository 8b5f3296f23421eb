/*
 * Bands: what a supervised input means. A loop with resistors is measured as one
 * number, and that number lies in a band: normal, alarm, or one that says that the
 * wire is cut or shorted. Such a wire says nothing of the alarm, so it is a bad
 * reading with its reason, never a 0 or a 1.
 *
 * Pure; immutable after bands_parse(); any thread.
 */
#ifndef CORE_BANDS_H
#define CORE_BANDS_H

#include "core/reading.h"

#include <stddef.h>

enum { BANDS_MAX = 9 };

/* bands[0] reaches up to limits[0], which belongs to bands[1], and so on. */
struct bands {
	size_t count;
	double limits[BANDS_MAX - 1];
	uint8_t kinds[BANDS_MAX]; /* enum band_kind, of bands.c */
};

/*
 * "short 300 alarm 900 normal 1500 open": words and, between them, rising limits. Needs
 * `normal` and `alarm`; a word may stand several times, `fault` for what nothing explains.
 * NULL, or what is wrong with it (static text).
 */
const char *bands_parse(const char *text, struct bands *bands);

/* A good reading of a number becomes a good 0 or 1, or a bad one. What is not good stays so. */
void bands_judge(const struct bands *bands, struct reading *reading);

/* A number that means normal (0) or alarm, also when it is rounded: for the simulator. */
double bands_number(const struct bands *bands, double state);

#endif
