/* Words of the documents in both languages: see words.h. */
#include "ctl/words.h"

#include <stddef.h>
#include <string.h>

static const struct entry {
	enum word_set set;
	const char *key, *zh, *en;
} words[] = {
	{ WORD_EVENT, "raised", "发生", "raised" },
	{ WORD_EVENT, "reraised", "再次发生", "raised again" },
	{ WORD_EVENT, "cause", "原因变化", "causes changed" },
	{ WORD_EVENT, "chatter", "反复跳变", "chatters" },
	{ WORD_EVENT, "returned", "恢复正常", "back to normal" },
	{ WORD_EVENT, "acknowledged", "已确认", "acknowledged" },
	{ WORD_EVENT, "step", "步骤", "step" },
	{ WORD_EVENT, "action", "设备动作", "machine" },
	{ WORD_EVENT, "intent", "将要写出", "is about to write" },
	{ WORD_EVENT, "closed", "结束", "closed" },
	{ WORD_EVENT, "shelved", "搁置", "shelved" },
	{ WORD_EVENT, "unshelved", "取消搁置", "unshelved" },
	{ WORD_EVENT, "suppressed", "被抑制", "suppressed" },
	{ WORD_EVENT, "unsuppressed", "解除抑制", "no longer suppressed" },
	{ WORD_EVENT, "out-of-service", "停用", "out of service" },
	{ WORD_EVENT, "in-service", "恢复使用", "in service again" },
	{ WORD_EVENT, "handed-over", "移交", "handed over" },
	{ WORD_EVENT, "overdue", "步骤超时", "overdue" },
	{ WORD_EVENT, "reminder", "催办", "reminder" },
	{ WORD_EVENT, "escalated", "升级上报", "escalated" },
	{ WORD_SEVERITY, "critical", "特急", "critical" },
	{ WORD_SEVERITY, "high", "紧急", "high" },
	{ WORD_SEVERITY, "medium", "重要", "medium" },
	{ WORD_SEVERITY, "low", "一般", "low" },
	{ WORD_STATE, "active-unacknowledged", "发生，未确认", "active, not acknowledged" },
	{ WORD_STATE, "active-acknowledged", "发生，已确认", "active, acknowledged" },
	{ WORD_STATE, "returned-unacknowledged", "已恢复，未确认", "over, not acknowledged" },
	{ WORD_STATE, "returned-acknowledged", "已恢复，步骤未完", "over, steps open" },
	{ WORD_STATE, "shelved-active", "已搁置，仍发生", "shelved, active" },
	{ WORD_STATE, "shelved-returned", "已搁置，已恢复", "shelved, over" },
	{ WORD_STATE, "suppressed-active", "被抑制，仍发生", "suppressed, active" },
	{ WORD_STATE, "suppressed-returned", "被抑制，已恢复", "suppressed, over" },
	{ WORD_STATE, "out-of-service-active", "停用，仍发生", "out of service, active" },
	{ WORD_STATE, "out-of-service-returned", "停用，已恢复", "out of service, over" },
	{ WORD_STATE, "handed-over", "已移交", "handed over" },
	{ WORD_STATE, "closed", "已结束", "closed" },
	{ WORD_STEP, "open", "未完成", "open" },
	{ WORD_STEP, "accepted", "已接受", "accepted" },
	{ WORD_STEP, "done", "已完成", "done" },
	{ WORD_STEP, "failed", "失败", "failed" },
	{ WORD_STEP, "skipped", "未执行", "skipped" },
	{ WORD_STEP, "not-needed", "不需要", "not needed" },
	{ WORD_ACTION, "idle", "未开始", "not begun" },
	{ WORD_ACTION, "advised", "请人工操作", "a person should switch" },
	{ WORD_ACTION, "awaiting", "等待人工放行", "waits for a release" },
	{ WORD_ACTION, "wanted", "正在执行", "is being done" },
	{ WORD_ACTION, "done", "已完成，回读证实", "done, proved by read-back" },
	{ WORD_ACTION, "failed", "失败", "failed" },
	{ WORD_ACTION, "refused", "未执行", "not done" },
	{ WORD_ACTION, "overtaken", "已无必要", "no longer needed" },
	{ WORD_ACTION, "restored", "已复位", "put back" },
	{ WORD_OUTPUT, "recording", "正在记录", "is being recorded" },
	{ WORD_OUTPUT, "writing", "正在写出", "is being written" },
	{ WORD_OUTPUT, "confirming", "等待回读", "waits for its read-back" },
	{ WORD_OUTPUT, "confirmed", "回读证实", "proved by read-back" },
	{ WORD_OUTPUT, "unproven", "未证实", "not proved" },
	{ WORD_OUTPUT, "failed", "失败", "failed" },
	{ WORD_OUTPUT, "refused", "不动作", "left alone" },
	{ WORD_OUTPUT, "advised", "建议", "advised" },
	{ WORD_MODE, "advise", "仅建议", "advise" },
	{ WORD_MODE, "confirm", "人工放行", "after a release" },
	{ WORD_MODE, "auto", "自动", "automatic" },
};

struct word word_of(enum word_set set, const char *key)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].set == set && strcmp(words[i].key, key) == 0)
			return (struct word){ words[i].zh, words[i].en };
	return (struct word){ key, key };
}
