/*
 * Identifiers of zones, classes, points, devices, rules, steps and so on:
 * 1 to ID_MAX bytes of [a-z0-9] with single '-', '_' or '.' between them.
 * They appear in topics, so no '/', '+', '#' or blank can occur.
 */
#ifndef CORE_ID_H
#define CORE_ID_H

#include <stdbool.h>
#include <stddef.h>

enum { ID_MAX = 48 };

bool id_valid(const char *id);

/*
 * The word of `count` words nearest to `wrong` for "did you mean"; NULL when
 * none is near. word_at(context, i) gives the i-th word.
 */
const char *id_nearest(const char *wrong, size_t count,
	const char *(*word_at)(const void *context, size_t i), const void *context);

#endif
