#include "core/order.h"

#include <stdbool.h>
#include <string.h>

/* Rows are laid out by hand. */
/* clang-format off */
static const struct order_words orders[ORDER_KIND_COUNT] = {
	[ORDER_ACK] = { "ack", "incident", { "事件", "INCIDENT" }, ORDER_BY_OPERATOR,
		{ "确认：已有人处理", "acknowledge: somebody has taken it on" } },
	[ORDER_ACCEPT] = { "accept", "incident step", { "事件 步骤|all", "INCIDENT STEP|all" },
		ORDER_BY_OPERATOR, { "有人正在做这一步", "somebody is at the step" } },
	[ORDER_DONE] = { "done", "incident step [note]", { "事件 步骤|all [备注]", "INCIDENT STEP|all [NOTE]" },
		ORDER_BY_OPERATOR, { "这一步已完成", "the step has been carried out" } },
	[ORDER_FAIL] = { "fail", "incident step note", { "事件 步骤 原因", "INCIDENT STEP REASON" },
		ORDER_BY_OPERATOR, { "这一步做不了：立即逐级上报", "the step could not be carried out: the chain is called" } },
	[ORDER_SKIP] = { "skip", "incident step note", { "事件 步骤|all 原因", "INCIDENT STEP|all REASON" },
		ORDER_BY_OPERATOR, { "这一步不需要", "the step is not carried out" } },
	[ORDER_REOPEN] = { "reopen", "incident step [note]", { "事件 步骤 [备注]", "INCIDENT STEP [NOTE]" },
		ORDER_BY_OPERATOR, { "误报：这一步仍未完成", "it was said by mistake: the step is open" } },
	[ORDER_RELEASE] = { "release", "incident step", { "事件 步骤", "INCIDENT STEP" },
		ORDER_BY_OPERATOR, { "放行：由设备执行等待放行的动作", "let the step's action, which waits for a person, write" } },
	[ORDER_RESTORE] = { "restore", "incident", { "事件", "INCIDENT" },
		ORDER_BY_OPERATOR, { "恢复正常后，把设备切断的复位", "put back what the machine has switched, once it is over" } },
	[ORDER_REPORT] = { "report", "type zone [note]", { "预案编号 区域 [备注]", "NUMBER ZONE [NOTE]" },
		ORDER_BY_OPERATOR, { "人工报告该处发生预案中的某类事件", "a person has seen this incident of the plan there" } },
	[ORDER_OVER] = { "over", "incident", { "事件", "INCIDENT" },
		ORDER_BY_OPERATOR, { "人工报告的情况已结束", "what a person reported is over" } },
	[ORDER_SHELVE] = { "shelve", "incident minutes note", { "事件 时长 原因", "INCIDENT TIME REASON" },
		ORDER_BY_OPERATOR, { "搁置一段时间（30m、2h、1d）", "put it aside for so long: 30m, 2h, 1d" } },
	[ORDER_UNSHELVE] = { "unshelve", "incident", { "事件", "INCIDENT" },
		ORDER_BY_OPERATOR, { "提前取消搁置", "take it back before its time is up" } },
	[ORDER_HAND_OVER] = { "hand-over", "incident to [note]", { "事件 部门 [备注]", "INCIDENT DEPARTMENT [NOTE]" },
		ORDER_BY_OPERATOR, { "移交其他部门办理", "another department has it from now on" } },
	[ORDER_OUT_OF_SERVICE] = { "out-of-service", "type zone note", { "预案编号 区域 原因", "NUMBER ZONE REASON" },
		ORDER_BY_ENGINEER, { "检修停用：该处不再由规则触发此类事件", "maintenance: rules raise nothing of this type there" } },
	[ORDER_IN_SERVICE] = { "in-service", "incident", { "事件", "INCIDENT" },
		ORDER_BY_ENGINEER, { "检修结束，恢复使用", "what was out of service is back" } },
	[ORDER_DRILL] = { "drill", "type zone [note]", { "预案编号 区域 [备注]", "NUMBER ZONE [NOTE]" },
		ORDER_BY_ENGINEER, { "开始演练：不动作任何设备", "begin an exercise; nothing is switched" } },
	[ORDER_DRILL_END] = { "drill-end", "incident [note]", { "事件 [备注]", "INCIDENT [NOTE]" },
		ORDER_BY_ENGINEER, { "提前结束演练", "end an exercise early" } },
};
/* clang-format on */

const struct order_words *order_words(enum order_kind kind)
{
	return &orders[kind];
}

const char *order_who_name(enum order_who who)
{
	return who == ORDER_BY_ENGINEER ? "engineer" : "operator";
}

const char *order_member(const char **members, size_t *length, bool *optional)
{
	const char *word = *members + strspn(*members, " ");

	if (!*word)
		return NULL;
	*optional = *word == '[';
	word += *optional;
	*length = strcspn(word, " ]");
	*members = word + *length + *optional;
	return word;
}
