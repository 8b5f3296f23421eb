#include "core/until.h"

#include "core/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS_MAX = 9, MINUTE_MS = 60 * 1000, TIME_MAX = 20 };

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
	{ "", MINUTE_MS },
	{ "s", 1000 },
	{ "m", MINUTE_MS },
	{ "min", MINUTE_MS },
	{ "h", 60 * MINUTE_MS },
	{ "d", INT64_C(24) * 60 * MINUTE_MS },
};

static bool take_length(const char *text, int64_t *left_ms)
{
	size_t digits = strspn(text, "0123456789");
	const char *name = text + digits + strspn(text + digits, " ");

	if (digits == 0 || digits > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(name, units[i].name) != 0)
			continue;
		*left_ms = strtoll(text, NULL, 10) * units[i].ms;
		return true;
	}
	return false;
}

/* The whole text, or nothing. */
static bool is_time(const char *text, const char *format, struct tm *local)
{
	const char *rest = strptime(text, format, local);

	return rest && !*rest;
}

/* No leap is a day of 24 hours: the calendar counts. -1: there is no such time. */
static int64_t wall_of(struct tm local, int days)
{
	time_t seconds;

	local.tm_mday += days;
	local.tm_isdst = -1;
	seconds = mktime(&local);
	return seconds == -1 ? -1 : (int64_t)seconds * 1000;
}

static bool take_time_of_day(const char *text, int64_t wall_ms, int64_t *left_ms)
{
	time_t now = (time_t)(wall_ms / 1000);
	struct tm local, at = { 0 };
	int64_t end_ms;

	if (!is_time(text, "%H:%M", &at))
		return false;
	localtime_r(&now, &local);
	local.tm_hour = at.tm_hour;
	local.tm_min = at.tm_min;
	local.tm_sec = 0;
	end_ms = wall_of(local, 0);
	if (end_ms <= wall_ms)
		end_ms = wall_of(local, 1);
	*left_ms = end_ms - wall_ms;
	return true;
}

static bool take_date(const char *text, int64_t wall_ms, int64_t *left_ms)
{
	static const char *const formats[] = { "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S" };
	int64_t end_ms = -1;

	if (clock_parse(text, &end_ms) < 0)
		for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) && end_ms < 0; i++) {
			struct tm local = { 0 };

			if (is_time(text, formats[i], &local))
				end_ms = wall_of(local, 0);
		}
	if (end_ms < 0)
		return false;
	*left_ms = end_ms - wall_ms;
	return true;
}

int until_parse(const char *text, int64_t wall_ms, int64_t max_ms, int64_t *left_ms)
{
	if (!take_length(text, left_ms) && !take_time_of_day(text, wall_ms, left_ms) &&
		!take_date(text, wall_ms, left_ms))
		return -EINVAL;
	if (*left_ms <= 0)
		return -ETIME;
	return *left_ms > max_ms ? -ERANGE : 0;
}

void until_reboot(int64_t *end_ms, int64_t *owed_ms, const struct reboot *reboot)
{
	if (!reboot->rebooted || !*end_ms)
		return;
	*end_ms += reboot->still_ms;
	*owed_ms = (*owed_ms ? *owed_ms : reboot->offset_ms) - reboot->still_ms;
}

bool until_clock(int64_t *end_ms, int64_t *owed_ms, const struct moment *right)
{
	int64_t off_ms = right->wall_ms - right->now_ms - *owed_ms;

	if (!*owed_ms)
		return false;
	if (off_ms > 0)
		*end_ms -= off_ms;
	*owed_ms = 0;
	return true;
}
