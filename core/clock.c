#include "core/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>

enum { OFFSET_TRIES = 4, OFFSET_NARROW_US = 100 };

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_ms(void)
{
	return read_us(CLOCK_BOOTTIME) / 1000;
}

int64_t clock_wall_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_wall_offset_ms(void)
{
	int64_t offset_us = 0, best_us = INT64_MAX;

	/* What comes between two reads spoils them: the narrowest of a few counts. */
	for (int i = 0; i < OFFSET_TRIES && best_us > OFFSET_NARROW_US; i++) {
		int64_t before_us = read_us(CLOCK_BOOTTIME), wall_us = read_us(CLOCK_REALTIME);
		int64_t took_us = read_us(CLOCK_BOOTTIME) - before_us;

		if (took_us >= best_us)
			continue;
		best_us = took_us;
		offset_us = wall_us - before_us - took_us / 2;
	}
	return offset_us / 1000;
}

bool clock_is_right(void)
{
	struct timex kernel = { 0 };

	return adjtimex(&kernel) >= 0 && !(kernel.status & STA_UNSYNC);
}

int64_t clock_ms_of_monotonic(int64_t monotonic_ns)
{
	/* Boot time first: an interruption between the two makes the stamp older, never newer. */
	int64_t boot_us = read_us(CLOCK_BOOTTIME), now_us = read_us(CLOCK_MONOTONIC);

	return (boot_us - now_us + monotonic_ns / 1000) / 1000;
}

const char *clock_format(int64_t wall_ms, char text[static CLOCK_TEXT_MAX])
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local;
	char date[24] = "", zone[8] = "";

	localtime_r(&seconds, &local);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &local);
	strftime(zone, sizeof(zone), "%z", &local);
	snprintf(text, CLOCK_TEXT_MAX, "%s.%03d%.3s:%.2s", date, (int)(wall_ms % 1000), zone,
		zone + 3);
	return text;
}

static int parse_offset(const char *text, int64_t *offset_s)
{
	int hours, minutes, used = 0;

	if (strcmp(text, "Z") == 0) {
		*offset_s = 0;
		return 0;
	}
	if (*text != '+' && *text != '-')
		return -EINVAL;
	if (sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || text[1 + used] != '\0')
		return -EINVAL;
	*offset_s = (*text == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}

int clock_parse(const char *text, int64_t *wall_ms)
{
	struct tm utc = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);
	int64_t offset_s;
	int ms = 0, used = 0;

	if (!rest)
		return -EINVAL;
	if (*rest == '.') {
		if (sscanf(rest + 1, "%3d%n", &ms, &used) != 1 || used != 3 || ms < 0)
			return -EINVAL;
		rest += 1 + used;
	}
	if (parse_offset(rest, &offset_s) < 0)
		return -EINVAL;
	*wall_ms = ((int64_t)timegm(&utc) - offset_s) * 1000 + ms;
	return 0;
}
