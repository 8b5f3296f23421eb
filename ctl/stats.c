#include "ctl/stats.h"

#include <string.h>

enum { TIME_SIZE = 16 };

static const char *choose(const struct show *show, const char *zh, const char *en)
{
	return show->chinese ? zh : en;
}

static const json_t *member(const json_t *stats, const char *group, const char *key)
{
	return json_object_get(json_object_get(stats, group), key);
}

static long long whole(const json_t *stats, const char *group, const char *key)
{
	return json_integer_value(member(stats, group, key));
}

static double number(const json_t *stats, const char *group, const char *key)
{
	return json_number_value(member(stats, group, key));
}

/* "2026-11-24T03:05:09.250+08:00" -> "11-24 03:05:09"; "-" where there is none. */
static const char *time_text(const json_t *time, char text[static TIME_SIZE])
{
	const char *iso = json_string_value(time);

	snprintf(text, TIME_SIZE, "-");
	if (iso && strlen(iso) > 19)
		snprintf(text, TIME_SIZE, "%.5s %.8s", iso + 5, iso + 11);
	return text;
}

/* What the guides say of a figure: the first row whose limit it does not exceed. */
struct verdict {
	double limit;
	const char *zh, *en;
};

/* EEMUA 191: average rate in steady operation, per 10 minutes. */
static const struct verdict averages[] = {
	{ 1, "很可能可以接受（≤1）", "very likely to be acceptable (at most 1)" },
	{ 2, "尚可应付（≤2）", "manageable (at most 2)" },
	{ 5, "很可能负担过重（>2）", "likely to be over-demanding (more than 2)" },
	{ 1e9, "很可能不可接受（>5）", "very likely to be unacceptable (more than 5)" },
};

static const struct verdict peaks[] = {
	{ 10, "可以接受（≤10）", "acceptable (at most 10)" },
	{ 1e9, "过多（>10）", "too many (more than 10)" },
};

/* ISA-18.2: share of the time in flood. */
static const struct verdict floods[] = {
	{ 1, "可以接受（≤1 %）", "acceptable (at most 1 %)" },
	{ 1e9, "过多（>1 %）", "too much (more than 1 %)" },
};

static const char *judge(const struct show *show, const struct verdict *verdicts, double figure)
{
	while (figure > verdicts->limit)
		verdicts++;
	return choose(show, verdicts->zh, verdicts->en);
}

static void print_open(const struct show *show, const json_t *stats)
{
	static const struct {
		const char *key, *zh, *en;
	} words[] = {
		{ "active", "起发生中", "active" },
		{ "unacknowledged", "起未确认", "not acknowledged" },
		{ "returned", "起已恢复", "over" },
		{ "shelved", "起搁置", "shelved" },
		{ "suppressed", "起被抑制", "suppressed" },
		{ "out_of_service", "项停用", "out of service" },
		{ "handed_over", "起已移交", "handed over" },
		{ "drills", "次演练", "drills" },
	};

	fputs(choose(show, "未结束：", "Open: "), show->out);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		fprintf(show->out, "%s%lld %s", i ? choose(show, "，", ", ") : "",
			whole(stats, "open", words[i].key), choose(show, words[i].zh, words[i].en));
	fputc('\n', show->out);
}

static void print_rates(const struct show *show, const json_t *stats)
{
	const char *labels[] = { choose(show, "起（最近 10 分钟）", "in the last 10 minutes"),
		choose(show, "起（最近 1 小时）", "in the last hour"),
		choose(show, "起（最近 1 天）", "in the last day") };
	static const char *const keys[] = { "last_10_min", "last_hour", "last_day" };
	double average = number(stats, "raised", "average_per_10_min");
	long long peak = whole(stats, "raised", "peak_10_min");
	char time[TIME_SIZE];

	fputs(choose(show, "发生：", "Raised: "), show->out);
	for (size_t i = 0; i < 3; i++)
		fprintf(show->out, "%s%lld %s", i ? choose(show, "，", ", ") : "",
			whole(stats, "raised", keys[i]), labels[i]);
	fprintf(show->out, "\n%s %.3g: %s\n",
		choose(show, "每 10 分钟平均", "Average in 10 minutes:"), average,
		judge(show, averages, average));
	fprintf(show->out, "%s %lld (%s): %s\n",
		choose(show, "10 分钟内最多", "Most in 10 minutes:"), peak,
		time_text(member(stats, "raised", "peak_time"), time),
		judge(show, peaks, (double)peak));
}

static void print_flood(const struct show *show, const json_t *stats)
{
	double percent = number(stats, "flood", "percent_of_day");
	char time[TIME_SIZE];

	if (json_is_true(member(stats, "flood", "active")))
		fprintf(show->out, "%s %s", choose(show, "告警泛滥，开始于", "Flood: since"),
			time_text(member(stats, "flood", "since"), time));
	else
		fputs(choose(show, "告警泛滥：目前没有", "Flood: none now"), show->out);
	fprintf(show->out, "%s %.3g %%: %s\n", choose(show, "；占一天的", "; of the day"), percent,
		judge(show, floods, percent));
}

/* A heading with what is wanted, and a line for each, as `fill` writes it. */
static void print_list(const struct show *show, const json_t *list, const char *heading,
	void (*fill)(const struct show *show, const json_t *item))
{
	const json_t *item;
	size_t i;

	fputs(heading, show->out);
	if (json_array_size(list) == 0)
		fputs(choose(show, "无\n", "none\n"), show->out);
	else
		fputc('\n', show->out);
	json_array_foreach (list, i, item)
		fill(show, item);
}

static const char *string_of(const json_t *item, const char *key)
{
	const char *text = json_string_value(json_object_get(item, key));

	return text ? text : "-";
}

static long long raises_of(const json_t *item)
{
	return json_integer_value(json_object_get(item, "raises"));
}

static void fill_chatter(const struct show *show, const json_t *item)
{
	fprintf(show->out, "  %s  %s  %lld\n", string_of(item, "rule"), string_of(item, "zone"),
		raises_of(item));
}

static void fill_lasting(const struct show *show, const json_t *item)
{
	char time[TIME_SIZE];

	fprintf(show->out, "  %s  %s %s\n", string_of(item, "incident"),
		choose(show, "始于", "since"), time_text(json_object_get(item, "since"), time));
}

static void fill_frequent(const struct show *show, const json_t *item)
{
	fprintf(show->out, "  %lld-%s  %lld\n",
		(long long)json_integer_value(json_object_get(item, "type")),
		string_of(item, "zone"), raises_of(item));
}

void stats_print(const struct show *show, const json_t *stats)
{
	print_open(show, stats);
	print_rates(show, stats);
	print_flood(show, stats);
	print_list(show, json_object_get(stats, "chattering"),
		choose(show, "反复触发的规则（应没有）：",
			"Chattering rules (there should be none): "),
		fill_chatter);
	print_list(show, json_object_get(stats, "standing"),
		choose(show, "长时间未恢复：", "Standing: "), fill_lasting);
	print_list(show, json_object_get(stats, "stale"),
		choose(show, "久未处理（应少于 5 起）：", "Stale (should be fewer than 5): "),
		fill_lasting);
	print_list(show, json_object_get(stats, "most_frequent"),
		choose(show, "一天内最多的：", "Most frequent of the day: "), fill_frequent);
}
