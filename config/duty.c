#include "config/duty.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_COUNT = 7, DAY_MIN = 24 * 60, SHOWN_MAX = 20 };

static const char *const days[DAY_COUNT] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

__attribute__((format(printf, 2, 3))) static bool refuse(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, DUTY_ERROR_SIZE, format, args);
	va_end(args);
	return false;
}

/* What stands there up to a blank, comma or dash, for a message. */
static int word_length(const char *at)
{
	size_t length = strcspn(at, " ,-");

	return length > SHOWN_MAX ? SHOWN_MAX : (int)length;
}

static bool parse_day(const char **at, int *day, char *error)
{
	for (*day = 0; *day < DAY_COUNT; ++*day)
		if (strncmp(*at, days[*day], 3) == 0 && word_length(*at) == 3) {
			*at += 3;
			return true;
		}
	return refuse(
		error, "\"%.*s\" is no day: Mon Tue Wed Thu Fri Sat Sun", word_length(*at), *at);
}

/* "Mon-Fri,Sun" as bits. */
static bool parse_days(const char **at, unsigned *set, char *error)
{
	int first, last;

	do {
		if (!parse_day(at, &first, error))
			return false;
		last = first;
		if (**at == '-' && (++*at, !parse_day(at, &last, error)))
			return false;
		for (int day = first;; day = (day + 1) % DAY_COUNT) {
			*set |= 1U << day;
			if (day == last)
				break;
		}
	} while (**at == ',' && ++*at);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool parse_time(const char **at, int *minute, char *error)
{
	const char *t = *at;
	int hour, part;

	if (!is_digit(t[0]) || !is_digit(t[1]) || t[2] != ':' || !is_digit(t[3]) ||
		!is_digit(t[4]) || is_digit(t[5]))
		return refuse(error, "\"%.*s\" is no time of day: 08:30", word_length(t), t);
	hour = (t[0] - '0') * 10 + t[1] - '0';
	part = (t[3] - '0') * 10 + t[4] - '0';
	*minute = hour * 60 + part;
	*at += 5;
	if (part < 60 && *minute <= DAY_MIN)
		return true;
	return refuse(error, "\"%.5s\" is no time of day: 00:00 to 24:00", t);
}

static bool parse_hours(const char **at, int *begin, int *end, char *error)
{
	if (!parse_time(at, begin, error))
		return false;
	if (**at != '-')
		return refuse(error, "an end is missing behind \"%.5s\": 08:30-17:00", *at - 5);
	++*at;
	if (!parse_time(at, end, error))
		return false;
	if (**at)
		return refuse(error, "\"%.*s\" is too much: days and hours, once", SHOWN_MAX, *at);
	if (*begin == DAY_MIN)
		return refuse(error, "nothing begins at 24:00: write 00:00 of the next day");
	if (*begin == *end)
		return refuse(error, "begins and ends at once: a whole day is 00:00-24:00");
	return true;
}

static void add(struct duty_list *list, int begin, int end)
{
	list->spans[list->count++] = (struct duty){ begin, end };
}

bool duty_parse(const char *text, struct duty_list *list, char error[static DUTY_ERROR_SIZE])
{
	const char *at = text;
	unsigned set = 0;
	int begin, end;

	if (!parse_days(&at, &set, error))
		return false;
	if (*at != ' ')
		return refuse(error, "hours are missing behind the days: Mon-Fri 08:30-17:00");
	at += strspn(at, " ");
	if (!parse_hours(&at, &begin, &end, error))
		return false;
	/* Over Sunday's midnight one span becomes two. */
	if (list->count + DAY_COUNT + 1 > DUTY_MAX)
		return refuse(error, "more than the %d spans that a person may have", DUTY_MAX);
	if (end < begin)
		end += DAY_MIN;
	for (int day = 0; day < DAY_COUNT; day++) {
		int start = day * DAY_MIN;

		if (!(set & 1U << day))
			continue;
		if (start + end > WEEK_MIN)
			add(list, 0, start + end - WEEK_MIN);
		add(list, start + begin, start + end > WEEK_MIN ? WEEK_MIN : start + end);
	}
	return true;
}

static int by_begin(const void *a, const void *b)
{
	return ((const struct duty *)a)->begin_min - ((const struct duty *)b)->begin_min;
}

void duty_tidy(struct duty_list *list)
{
	size_t kept = 0;

	qsort(list->spans, list->count, sizeof(list->spans[0]), by_begin);
	for (size_t i = 0; i < list->count; i++) {
		const struct duty span = list->spans[i];

		if (kept > 0 && span.begin_min <= list->spans[kept - 1].end_min) {
			if (span.end_min > list->spans[kept - 1].end_min)
				list->spans[kept - 1].end_min = span.end_min;
		} else {
			list->spans[kept++] = span;
		}
	}
	list->count = kept;
}

const char *duty_text(int minute, char text[static DUTY_TEXT_SIZE])
{
	int day = minute == WEEK_MIN ? DAY_COUNT - 1 : minute / DAY_MIN % DAY_COUNT;
	unsigned rest = (unsigned)(minute - day * DAY_MIN);

	snprintf(text, DUTY_TEXT_SIZE, "%s %02u:%02u", days[day], rest / 60 % 100, rest % 60);
	return text;
}
