/*
 * Times as people type them: "2026-11-24", "2026-11-24T03:00", with or without
 * seconds, fraction and offset, and "7d", "12h", "30m" before now. No offset
 * means local time. No clock is read.
 */
#ifndef CTL_PERIOD_H
#define CTL_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

/* A day means its beginning, or with `end` the beginning of the next one. 0 or -EINVAL. */
int period_parse(const char *text, int64_t now_wall_ms, bool end, int64_t *wall_ms);

#endif
