/* Times as people type them: see period.h. */
#include "ctl/period.h"

#include "core/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AGO_MAX = 100000 };

/* "7d", "12h", "30m". */
static int parse_ago(const char *text, int64_t now_wall_ms, int64_t *wall_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 'd', 24 * 3600 * 1000 }, { 'h', 3600 * 1000 }, { 'm', 60 * 1000 } };
	char *end;
	long count = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || count > AGO_MAX || !*end || end[1])
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != *end)
			continue;
		*wall_ms = now_wall_ms - count * units[i].ms;
		return 0;
	}
	return -EINVAL;
}

/* In local time, as the format says. A date that the calendar lacks is none: mktime() moves it. */
static int parse_local(const char *text, const char *format, int days, int64_t *wall_ms)
{
	struct tm local = { 0 }, typed;
	const char *rest = strptime(text, format, &local);
	time_t seconds;

	if (!rest || *rest)
		return -EINVAL;
	typed = local;
	local.tm_isdst = -1;
	seconds = mktime(&local);
	if (local.tm_mday != typed.tm_mday || local.tm_mon != typed.tm_mon)
		return -EINVAL;
	if (days) {
		local.tm_mday += days;
		local.tm_isdst = -1;
		seconds = mktime(&local);
	}
	*wall_ms = (int64_t)seconds * 1000;
	return 0;
}

int period_parse(const char *text, int64_t now_wall_ms, bool end, int64_t *wall_ms)
{
	/* strptime() reads one digit for two: only the full length is a time. */
	static const struct {
		const char *format;
		size_t length;
		bool day;
	} formats[] = {
		{ "%Y-%m-%d", 10, true },
		{ "%Y-%m-%dT%H:%M", 16, false },
		{ "%Y-%m-%d %H:%M", 16, false },
		{ "%Y-%m-%dT%H:%M:%S", 19, false },
		{ "%Y-%m-%d %H:%M:%S", 19, false },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strlen(text) == formats[i].length &&
			parse_local(text, formats[i].format, formats[i].day && end, wall_ms) == 0)
			return 0;
	if (parse_ago(text, now_wall_ms, wall_ms) == 0)
		return 0;
	return clock_parse(text, wall_ms);
}
