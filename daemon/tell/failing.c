#include "daemon/tell/failing.h"

#include "core/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* In braces: what is put there. */
static const struct {
	const char *id;
	struct text words;
} kinds[FAILING_KIND_COUNT] = {
	[FAILING_DEVICE] = { "device", { "设备“{name}”（{id}）无法读取：{why}",
					       "device \"{name}\" ({id}) cannot be read: {why}" } },
	[FAILING_BUS] = { "bus",
		{ "总线“{name}”（{id}）不通：{why}", "bus \"{name}\" ({id}) is down: {why}" } },
	[FAILING_OVERLOAD] = { "overload",
		{ "总线“{name}”（{id}）过载：每 {2} 毫秒需要 {1} 毫秒，{3}% 的轮询未按周期完成",
			"bus \"{name}\" ({id}) is overloaded: its polls need {1} ms of each {2} ms, and {3} % of its periods were missed; poll less often" } },
	[FAILING_POINT] = { "point",
		{ "测点“{name}”（{id}）无有效值：{why}",
			"point \"{name}\" ({id}) has no valid value: {why}" } },
	[FAILING_OUTPUT] = { "output",
		{ "输出“{name}”（{id}）未被证实，请现场确认：{why}",
			"output \"{name}\" ({id}) is not proved, look on the spot: {why}" } },
	[FAILING_RULE] = { "rule",
		{ "规则“{name}”在{place}反复触发（{2} 秒内超过 {1} 次），请检查传感器和限值",
			"rule \"{name}\" chatters in {place} (more than {1} times in {2} s): look at its sensors and limits" } },
	[FAILING_FLOOD] = { "flood",
		{ "告警泛滥：最近 10 分钟 {1} 起，最近 1 小时 {2} 起，超过每 10 分钟 {3} 起的限度",
			"a flood: {1} incidents were raised in the last 10 minutes, {2} in the last hour; nobody can follow more than {3} in 10 minutes" } },
	[FAILING_BROKER] = { "mqtt",
		{ "消息服务器不可达：{why}", "the broker cannot be reached: {why}" } },
	[FAILING_UNHEARD] = { "mqtt.unheard",
		{ "告警已送达消息服务器，但无人接收",
			"an alert reached the broker, but nobody is listening" } },
	[FAILING_REFUSED] = { "mqtt.unheard",
		{ "消息服务器拒绝了告警（原因 {1}），请检查访问控制表",
			"the broker refused an alert (reason {1}): check its access list" } },
	[FAILING_DROPPED] = { "mqtt.dropped",
		{ "发件箱已满，启动以来丢弃 {1} 条消息",
			"the outbox was full: {1} messages dropped since the start" } },
	[FAILING_JOURNAL] = { "journal", { "{why}", "{why}" } },
	[FAILING_CONFIG] = { "config",
		{ "新配置未被采用，仍按原配置运行：{why}",
			"the new configuration was refused, the one before goes on: {why}" } },
	[FAILING_FALLBACK] = { "fallback", { "{why}", "{why}" } },
};

/* Causes ------------------------------------------------------------------- */

struct text error_words(int error)
{
	static const struct {
		int error;
		struct text text;
	} table[] = {
		{ -ETIMEDOUT, { "超时无应答", "no answer in time" } },
		{ -EBADMSG, { "应答错误", "garbled or mismatched answers" } },
		{ -EREMOTEIO, { "设备拒绝", "the device refuses" } },
		{ -ECONNREFUSED, { "连接被拒绝", "connection refused" } },
		{ -ECONNRESET, { "连接中断", "connection lost" } },
		{ -EPIPE, { "连接中断", "connection lost" } },
		{ -EHOSTUNREACH, { "网络不可达", "no route to it" } },
		{ -ENETUNREACH, { "网络不可达", "no route to it" } },
		{ -ENETDOWN, { "网络不可达", "the network is down" } },
		{ -ENOENT, { "找不到设备文件或线路", "no such device file or line" } },
		{ -ENODEV, { "设备不在", "the device is not there" } },
		{ -ENXIO, { "设备不在", "the device is not there" } },
		{ -ENOTUNIQ, { "有多个设备符合", "several devices fit: name one" } },
		{ -EIO, { "线路错误", "line error" } },
		{ -EBUSY, { "已被其他程序占用", "in use by another program" } },
		{ -EACCES, { "没有权限", "permission denied" } },
		{ -EPERM, { "没有权限", "permission denied" } },
		{ -EINVAL, { "参数不被接受", "not accepted" } },
		{ -ENOTSUP, { "不支持", "not supported" } },
		{ -ENOMEM, { "内存不足", "out of memory" } },
		{ -EMFILE, { "打开的文件过多", "too many open files" } },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return table[i].text;
	/* The name of the number is nobody's language. */
	return (struct text){ strerrorname_np(-error) ? strerrorname_np(-error) : "?",
		strerror(-error) };
}

struct text reason_words(enum reason reason)
{
	static const char *const zh[] = {
		[REASON_NEVER] = "尚未读到",
		[REASON_NONE] = "正常",
		[REASON_AGE] = "数据过期",
		[REASON_TIMEOUT] = "超时无应答",
		[REASON_LINK] = "总线不通",
		[REASON_EXCEPTION] = "设备拒绝",
		[REASON_GARBLED] = "应答错误",
		[REASON_MISMATCH] = "应答不符",
		[REASON_RANGE] = "超出量程",
		[REASON_NAN] = "不是数值",
		[REASON_DEVICE] = "设备自报故障",
		[REASON_OFFLINE] = "离线",
		[REASON_LOCAL] = "本机无法询问",
		[REASON_OPEN] = "线路开路",
		[REASON_SHORT] = "线路短路",
	};

	return (struct text){ zh[reason], reason_name(reason) };
}

struct text cause_words(const char *en)
{
	static const struct text table[] = {
		/* of the outputs */
		{ "演练", "drill" },
		{ "不是输出", "not an output" },
		{ "受保护", "protected" },
		{ "动作未启用", "actions are not armed" },
		{ "未启用", "not armed" },
		{ "不再需要", "no longer wanted" },
		{ "条件仍成立或不明", "condition is true or unknown again" },
		{ "联锁禁止", "interlock forbids" },
		{ "联锁状态不明", "interlock unknown" },
		{ "条件已恢复", "condition returned" },
		{ "读数无效", "readings not good" },
		{ "同时动作的输出过多", "too many outputs at once" },
		{ "动作意图未能记录", "intent not recorded" },
		{ "动作意图未能及时记录", "not recorded in time" },
		{ "重启前未被证实", "not proven before the restart" },
		{ "无应答", "no answer" },
		{ "应答错误", "garbled answer" },
		{ "设备拒绝", "refused by the device" },
		{ "总线不通", "link down" },
		{ "总线中断", "link lost" },
		{ "等待写入的命令过多", "too many writes waiting" },
		{ "无法写入", "cannot be written" },
		{ "等待总线过久", "waited too long for the bus" },
		{ "反馈未证实", "not confirmed by its read-back" },
		{ "没有反馈", "no read-back" },
		/* of the link to the broker */
		{ "消息服务器拒绝连接", "the broker refuses the connection" },
		{ "消息服务器断开了连接", "the broker ended the connection" },
		{ "消息服务器无应答", "the broker does not answer" },
		{ "连接中断", "the connection was lost" },
		/* of the journal */
		{ "日志无法写入磁盘，此时发生的事未存盘", "the journal cannot be written" },
		{ "磁盘已满或将满，日志失去备用空间", "the disk is full or nearly so" },
		/* of a configuration */
		{ "内存不足", "out of memory" },
		{ "总线无法启动", "the buses cannot be started" },
	};
	size_t length = strcspn(en, ":");

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].en) == length && strncmp(table[i].en, en, length) == 0)
			return (struct text){ table[i].zh, en };
	return (struct text){ "原因见系统日志", en };
}

/* Sentences ---------------------------------------------------------------- */

void failing_id(enum failing_kind kind, const char *id, char out[static TROUBLE_ID_MAX + 1])
{
	snprintf(out, TROUBLE_ID_MAX + 1, "%s%s%s", kinds[kind].id, id ? "." : "", id ? id : "");
}

static const char *in_language(const struct text *text, bool zh)
{
	return zh ? text->zh : text->en;
}

/* What stands for {word}; `number` has room for one. */
static const char *part_of(
	const struct failing *failing, const char *word, bool zh, char number[static 24])
{
	if (*word >= '1' && *word <= '3') {
		/* Reasons of MQTT are known by their hexadecimal numbers. */
		snprintf(number, 24, failing->kind == FAILING_REFUSED ? "0x%02llX" : "%lld",
			failing->numbers[*word - '1']);
		return number;
	}
	switch (*word) {
	case 'i':
		return failing->id;
	case 'n':
		return in_language(&failing->name, zh);
	case 'p':
		return in_language(&failing->place, zh);
	default:
		return in_language(&failing->why, zh);
	}
}

static void fill(const struct failing *failing, bool zh, char out[static TROUBLE_TEXT_MAX + 1])
{
	const char *from = in_language(&kinds[failing->kind].words, zh);
	char text[TROUBLE_TEXT_MAX * 4], number[24];
	size_t used = 0;

	while (*from) {
		size_t plain = strcspn(from, "{");

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s%s", (int)plain,
			from, from[plain] ? part_of(failing, from + plain + 1, zh, number) : "");
		if (used >= sizeof(text))
			break;
		from += plain;
		if (*from)
			from = strchr(from, '}') + 1;
	}
	utf8_copy(out, TROUBLE_TEXT_MAX + 1, text);
}

void failing_words(const struct failing *failing, char zh[static TROUBLE_TEXT_MAX + 1],
	char en[static TROUBLE_TEXT_MAX + 1])
{
	fill(failing, true, zh);
	fill(failing, false, en);
}

void failing_begin(struct trouble_list *list, const struct failing *failing, struct moment moment)
{
	char id[TROUBLE_ID_MAX + 1], zh[TROUBLE_TEXT_MAX + 1], en[TROUBLE_TEXT_MAX + 1];

	failing_id(failing->kind, failing->id, id);
	failing_words(failing, zh, en);
	trouble_begin(list, id, moment, zh, en);
}

void failing_end(
	struct trouble_list *list, enum failing_kind kind, const char *of, struct moment moment)
{
	char id[TROUBLE_ID_MAX + 1];

	failing_id(kind, of, id);
	trouble_end(list, id, moment);
}

const struct trouble *failing_find(
	const struct trouble_list *list, enum failing_kind kind, const char *of)
{
	char id[TROUBLE_ID_MAX + 1];

	failing_id(kind, of, id);
	return trouble_find(list, id);
}
