#include "daemon/documents/duty.h"

#include <time.h>

static struct tm local_of(int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local;

	localtime_r(&seconds, &local);
	return local;
}

static int minute_of(const struct tm *local)
{
	return (local->tm_wday + 6) % 7 * 24 * 60 + local->tm_hour * 60 + local->tm_min;
}

int duty_minute(int64_t wall_ms)
{
	struct tm local = local_of(wall_ms);

	return minute_of(&local);
}

int64_t duty_change_ms(const struct person *person, int64_t wall_ms)
{
	struct tm local = local_of(wall_ms), wanted;
	int in = person_duty_change(person, minute_of(&local));
	int64_t when_ms = 0;

	if (in == 0)
		return 0;
	/* An hour that comes twice: the second one, where the first is over. */
	for (int summer = -1; summer <= 0; summer++) {
		wanted = local;
		wanted.tm_min += in;
		wanted.tm_sec = 0;
		wanted.tm_isdst = summer;
		when_ms = (int64_t)mktime(&wanted) * 1000;
		if (when_ms > wall_ms)
			break;
	}
	return when_ms;
}
