"""Words of facilityd: made of core/words by its fill.py, edit there."""

WORDS = {
 "event": {
  "raised": {
   "zh": "发生",
   "en": "raised"
  },
  "cause": {
   "zh": "原因变化",
   "en": "causes changed"
  },
  "reraised": {
   "zh": "再次发生",
   "en": "raised again"
  },
  "returned": {
   "zh": "恢复正常",
   "en": "back to normal"
  },
  "acknowledged": {
   "zh": "已确认",
   "en": "acknowledged"
  },
  "step": {
   "zh": "步骤",
   "en": "step"
  },
  "action": {
   "zh": "设备动作",
   "en": "machine"
  },
  "closed": {
   "zh": "已结束",
   "en": "closed"
  },
  "shelved": {
   "zh": "已搁置",
   "en": "shelved"
  },
  "unshelved": {
   "zh": "取消搁置",
   "en": "back from the shelf"
  },
  "suppressed": {
   "zh": "被抑制",
   "en": "suppressed"
  },
  "unsuppressed": {
   "zh": "解除抑制",
   "en": "no longer suppressed"
  },
  "handed-over": {
   "zh": "已移交",
   "en": "handed over"
  },
  "overdue": {
   "zh": "逾期",
   "en": "overdue"
  },
  "reminder": {
   "zh": "催办",
   "en": "reminder"
  },
  "escalated": {
   "zh": "升级上报",
   "en": "escalated"
  },
  "chatter": {
   "zh": "反复跳变",
   "en": "chatters"
  },
  "reset": {
   "zh": "人工复位",
   "en": "reset by a person"
  },
  "lost-feedback": {
   "zh": "输出被改动（不是本系统所为）",
   "en": "switched, and not by facilityd"
  },
  "claim": {
   "zh": "手动设定",
   "en": "a hand on an output"
  },
  "held": {
   "zh": "输出仍被占用",
   "en": "still held: put it back?"
  },
  "taken-back": {
   "zh": "已从消息服务器取回",
   "en": "taken back from the broker"
  },
  "adopted": {
   "zh": "已认可，继续处理",
   "en": "adopted: it goes on"
  },
  "discarded": {
   "zh": "已作废",
   "en": "discarded"
  },
  "lock": {
   "zh": "检修锁定变化",
   "en": "locked, or no longer"
  },
  "fact": {
   "zh": "情况确认",
   "en": "a question and its answer"
  },
  "assumed": {
   "zh": "无人回答：按较坏情况处理",
   "en": "nobody answered: the worse is assumed"
  },
  "stage": {
   "zh": "阶段变化",
   "en": "another stage"
  }
 },
 "severity": {
  "low": {
   "zh": "低",
   "en": "low"
  },
  "medium": {
   "zh": "中",
   "en": "medium"
  },
  "high": {
   "zh": "高",
   "en": "high"
  },
  "critical": {
   "zh": "紧急",
   "en": "critical"
  }
 },
 "status": {
  "open": {
   "zh": "未完成",
   "en": "open"
  },
  "accepted": {
   "zh": "已接受",
   "en": "accepted"
  },
  "done": {
   "zh": "已完成",
   "en": "done"
  },
  "failed": {
   "zh": "未能完成",
   "en": "failed"
  },
  "skipped": {
   "zh": "已略过",
   "en": "skipped"
  },
  "did-not-occur": {
   "zh": "未发生",
   "en": "did not occur"
  }
 },
 "stage": {
  "first": {
   "zh": "第一阶段：现场核实",
   "en": "first stage: go and look"
  },
  "full": {
   "zh": "全面响应",
   "en": "full"
  }
 },
 "answer": {
  "no": {
   "zh": "否",
   "en": "no"
  },
  "yes": {
   "zh": "是",
   "en": "yes"
  },
  "unknown": {
   "zh": "未回答",
   "en": "not answered"
  }
 },
 "note": {
  "still held by {holders}": {
   "zh": "仍被 {holders} 占用",
   "en": "still held by {holders}"
  },
  "not acknowledged": {
   "zh": "无人确认",
   "en": "not acknowledged"
  },
  "a step is overdue": {
   "zh": "有步骤逾期",
   "en": "a step is overdue"
  },
  "a step has failed": {
   "zh": "有步骤未能完成",
   "en": "a step has failed"
  },
  "an action has failed": {
   "zh": "有设备动作失败",
   "en": "an action has failed"
  },
  "a question is not answered": {
   "zh": "有问题无人回答",
   "en": "a question is not answered"
  },
  "asked again": {
   "zh": "再次询问",
   "en": "asked again"
  },
  "no partner can confirm it": {
   "zh": "无可用的另一探测器来核实",
   "en": "no partner can confirm it"
  },
  "level {level} of {levels}: {why}": {
   "zh": "第 {level} 级（共 {levels} 级）：{why}",
   "en": "level {level} of {levels}: {why}"
  },
  "nobody of {roles} is on duty": {
   "zh": "{roles} 无人值班",
   "en": "nobody of {roles} is on duty"
  },
  "released": {
   "zh": "已放行",
   "en": "released"
  },
  "released: {zone}": {
   "zh": "已放行：{zone}",
   "en": "released for {zone}"
  },
  "released by the first of two": {
   "zh": "已由一人放行，尚须第二人放行",
   "en": "released by one person, a second one must too"
  },
  "a rule calls for it, too": {
   "zh": "规则也要求执行",
   "en": "a rule calls for it, too"
  },
  "confirmed": {
   "zh": "已由两方确认",
   "en": "confirmed by two"
  },
  "reopened": {
   "zh": "步骤重新打开",
   "en": "reopened"
  },
  "ends the hand of {by} on {output}": {
   "zh": "需要 {output} 处于另一状态，{by} 的手动设定结束",
   "en": "it wants {output} at another value: the hand of {by} ends"
  },
  "the hand on {output} ends soon": {
   "zh": "对 {output} 的手动设定将在 15 分钟后到期；到期后保持现状，直到有人恢复",
   "en": "the hand on {output} ends in 15 minutes: then it stays as it is until it is put back"
  },
  "the hand on {output} has ended: {incident}": {
   "zh": "对 {output} 的手动设定已结束：{incident} 需要它处于另一状态",
   "en": "the hand on {output} has ended: {incident} wants it at another value"
  },
  "{output} is still held": {
   "zh": "{output} 仍被占用，已无人需要：请恢复，或说明原因",
   "en": "{output} is still held, and nobody wants it any more: restore it, or say why not"
  },
  "no longer locked": {
   "zh": "已不再锁定",
   "en": "no longer locked"
  },
  "the lock {lock} ends soon": {
   "zh": "锁定 {lock} 将在 15 分钟后到期，届时被它阻止的事项恢复",
   "en": "the lock {lock} ends in 15 minutes: then what it holds back begins again"
  },
  "{lock} is locked: {reason}": {
   "zh": "{lock} 已锁定：{reason}",
   "en": "{lock} is locked: {reason}"
  },
  "{lock} is no longer locked": {
   "zh": "{lock} 已解除锁定",
   "en": "{lock} is no longer locked"
  },
  "{lock} is no longer locked: {reason}": {
   "zh": "{lock} 已解除锁定：{reason}",
   "en": "{lock} is no longer locked: {reason}"
  }
 },
 "mark": {
  "drill": {
   "zh": "演练",
   "en": "drill"
  },
  "replayed": {
   "zh": "补发",
   "en": "sent late"
  },
  "taken-back": {
   "zh": "未经证实",
   "en": "not proved"
  }
 },
 "phone": {
  "mark": {
   "zh": "【{mark}】",
   "en": "[{mark}]"
  },
  "until": {
   "zh": "{time} 前",
   "en": "by {time}"
  },
  "late": {
   "zh": "已逾期",
   "en": "late"
  },
  "todo": {
   "zh": "请{role}：",
   "en": "{role}, please:"
  },
  "level": {
   "zh": "第 {level} 级上报",
   "en": "level {level} of the chain"
  },
  "more": {
   "zh": "另有 {count} 条步骤",
   "en": "and {count} more steps"
  },
  "others": {
   "zh": "另有 {count} 条通知，见大屏",
   "en": "and {count} more notices: see the dashboard"
  },
  "happened": {
   "zh": "{site}，{time}，等级{severity}",
   "en": "{site}, {time}, severity {severity}"
  },
  "id": {
   "zh": "编号 {id}",
   "en": "id {id}"
  },
  "absent": {
   "zh": "（{role}现无人值班）",
   "en": "(nobody of {role} is on duty now)"
  }
 }
}
