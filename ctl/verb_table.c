/* The verbs: see verb_table.h. */
#include "ctl/verb_table.h"

#include "core/id.h"

#include <string.h>

/* Rows are laid out by hand. */
/* clang-format off */
static const struct verb own[] = {
	{ "watch", VERB_WATCH, 0, 0, { NULL }, { "", "" },
		{ "持续显示告警，直到 Ctrl-C", "print alerts as they come, until Ctrl-C" } },
	{ "incidents", VERB_QUERY, 0, 0, { NULL }, { "[选项]", "[OPTION]..." },
		{ "未结束的事件；加选项则查记录：--all --since T --until T --type N --zone Z --state open|closed|all --drill yes|no|only",
		  "the open incidents; with one of these, from the journal: --all --since T --until T --type N --zone Z --state open|closed|all --drill yes|no|only" } },
	{ "record", VERB_QUERY, 1, 1, { "incident" }, { "事件 [--html|--json] [-o 文件] [--force]", "INCIDENT [--html|--json] [-o FILE] [--force]" },
		{ "一个事件的完整记录", "the whole record of an incident, open or past" } },
	{ "export", VERB_QUERY, 0, 0, { NULL }, { "[--since T] [--until T] [--format csv|json] [-o 文件] [--force]", "[--since T] [--until T] [--format csv|json] [-o FILE] [--force]" },
		{ "导出一段时间的全部记录", "every entry of the journal in that time" } },
	{ "points", VERB_QUERY, 0, 1, { "match" }, { "[关键字]", "[WORD]" },
		{ "测点的当前值；关键字为区域或名称的一部分", "what is measured; WORD: a zone, or part of a name" } },
	{ "troubles", VERB_QUERY, 0, 0, { NULL }, { "", "" },
		{ "监测系统自身的故障", "what fails in the monitoring system itself" } },
	{ "state", VERB_QUERY, 0, 0, { NULL }, { "", "" },
		{ "facilityd 是否在运行", "is facilityd there" } },
	{ "people", VERB_QUERY, 0, 1, { "match" }, { "[关键字]", "[WORD]" },
		{ "谁在值班；关键字为岗位或姓名的一部分", "who is on duty; WORD: a role, or part of a name" } },
	{ "stats", VERB_QUERY, 0, 0, { NULL }, { "", "" },
		{ "事件触发的频率，以及持续过久的事件", "how often incidents are raised, and what lasts too long" } },
	{ "adapters", VERB_TOOL, 0, 0, { NULL }, { "", "" },
		{ "各种接口及其全部选项", "the kinds of links that there are, and all their options" } },
	{ "site", VERB_TOOL, 0, 0, { NULL }, { "", "" },
		{ "以 JSON 输出配置所述的建筑：区域、总线、设备、测点及其寄存器", "the building that the configuration describes, as JSON" } },
	{ "profile", VERB_TOOL, 1, 2, { NULL }, { "check [名称|文件]", "check [NAME|FILE]" },
		{ "检查并显示设备档案；不给名称则检查全部", "check a profile and print it; without a name all of them" } },
	{ "probe", VERB_TOOL, 2, 3, { NULL }, { "总线 地址 [寄存器]", "BUS UNIT [REGISTERS]" },
		{ "以各种类型和字序读一台设备的寄存器", "read registers of a device in every type and word order" } },
	{ "scan", VERB_TOOL, 1, 3, { NULL }, { "总线 [起-止] [时间]", "BUS [FIRST-LAST] [TIME]" },
		{ "查找总线上的设备，只读", "find the units on a bus; it only reads" } },
	{ "help", VERB_HELP, 0, 1, { NULL }, { "[命令] [--json]", "[COMMAND] [--json]" },
		{ "本说明，或一个命令的说明", "this, or what one command does" } },
};
/* clang-format on */

enum { OWN = sizeof(own) / sizeof(own[0]), VERB_COUNT = ORDER_KIND_COUNT + OWN };

/* A key with an end of its own. */
static const char *key_of(const char *word, size_t length)
{
	static const char *const keys[] = { "incident", "step", "note", "type", "zone", "minutes",
		"to" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i]) == length && strncmp(keys[i], word, length) == 0)
			return keys[i];
	return NULL;
}

static struct verb verb_of_order(enum order_kind kind)
{
	const struct order_words words = order_words(kind);
	struct verb verb = {
		.name = words.verb, .kind = VERB_COMMAND, .words = words.words, .help = words.help
	};
	const char *rest = words.members, *word;
	size_t length;
	bool optional;

	while (verb.most < REQUEST_MEMBER_MAX && (word = order_member(&rest, &length, &optional))) {
		verb.keys[verb.most++] = key_of(word, length);
		verb.least += !optional;
	}
	return verb;
}

/* watch first, then the orders, then the rest. */
bool verb_at(size_t i, struct verb *verb)
{
	if (i >= VERB_COUNT)
		return false;
	if (i == 0)
		*verb = own[0];
	else if (i <= ORDER_KIND_COUNT)
		*verb = verb_of_order((enum order_kind)(i - 1));
	else
		*verb = own[i - ORDER_KIND_COUNT];
	return true;
}

static const char *verb_name(const void *context, size_t i)
{
	struct verb verb;

	(void)context;
	verb_at(i, &verb);
	return verb.name;
}

bool verb_find(const char *name, struct verb *verb)
{
	const char *near;

	for (size_t i = 0; verb_at(i, verb); i++)
		if (strcmp(verb->name, name) == 0)
			return true;
	near = id_nearest(name, VERB_COUNT, verb_name, NULL);
	fprintf(stderr, "facilityctl: unknown command \"%s\"%s%s%s\n", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return false;
}
