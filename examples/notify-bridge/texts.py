"""What a notice of notify/<role> says to a person, in a few lines."""

import datetime

WORDS = {
    "zh": {"raised": "发生", "reraised": "再次发生", "step": "步骤", "action": "处置", "overdue": "逾期", "reminder": "催办",
           "escalated": "升级", "unshelved": "恢复处理", "unsuppressed": "恢复处理", "in-service": "恢复监控",
           "acknowledged": "已确认", "returned": "已恢复", "closed": "已关闭",
           "low": "低", "medium": "中", "high": "高", "critical": "紧急",
           "drill": "【演习】", "replayed": "【补发】", "until": "{} 前", "late": "已逾期", "failed": "未能完成",
           "todo": "请{}：", "level": "第 {} 级上报", "more": "另有 {} 条步骤", "others": "另有 {} 条通知，见大屏",
           "happened": "{}，{}，等级{}", "id": "编号 {}", "absent": "（{}现无人值班）"},
    "en": {"raised": "raised", "reraised": "raised again", "step": "step", "action": "action", "overdue": "OVERDUE",
           "reminder": "REMINDER", "escalated": "ESCALATED", "unshelved": "back", "unsuppressed": "back",
           "in-service": "back in service", "acknowledged": "acknowledged", "returned": "returned", "closed": "closed",
           "low": "low", "medium": "medium", "high": "high", "critical": "critical",
           "drill": "[EXERCISE] ", "replayed": "[sent late] ", "until": "by {}", "late": "late", "failed": "failed",
           "todo": "{}, please:", "level": "level {} of the chain", "more": "and {} more steps",
           "others": "and {} more notices: see the dashboard", "happened": "{}, {}, severity {}", "id": "id {}", "absent": "(nobody of {} is on duty now)"},
}
STEPS_MAX = 8


def clock(time):
    """Hours and minutes as they were said, in the site's own time."""
    try:
        return datetime.datetime.fromisoformat(time).strftime("%H:%M")
    except (TypeError, ValueError):
        return "?"


def step_line(number, step, language):
    words, notes = WORDS[language], []
    if step.get("overdue"):
        notes.append(words["late"])
    elif step.get("deadline"):
        notes.append(words["until"].format(clock(step["deadline"])))
    if step.get("status") == "failed":
        notes.append(words["failed"])
    return f"{number}. {step['text'][language]}" + (f" ({', '.join(notes)})" if notes else "")


def title(notice, language):
    """The first line: what happened, where; an exercise and what comes late say so before anything else."""
    words, incident = WORDS[language], notice["incident"]
    marks = (words["drill"] if notice["drill"] else "") + (words["replayed"] if notice["replayed"] else "")
    event = words.get(notice["event"], notice["event"])
    return f"{marks}{incident['name'][language]}: {incident['zone_name'][language]}, {event}"


def body(notice, language):
    words, incident, steps = WORDS[language], notice["incident"], notice["steps"]
    severity = words.get(incident["severity"], incident["severity"])
    lines = [words["happened"].format(notice["site"][language], clock(notice["time"]), severity)]
    if notice["event"] == "escalated":
        lines.append(words["level"].format(notice.get("level", "?")))
    if notice.get("note"):
        lines.append(notice["note"])
    if notice.get("on_duty") is False:
        lines.append(words["absent"].format(notice["role"][language]))
    if steps:
        lines.append(words["todo"].format(notice["role"][language]))
    lines += [step_line(i + 1, step, language) for i, step in enumerate(steps[:STEPS_MAX])]
    if len(steps) > STEPS_MAX:
        lines.append(words["more"].format(len(steps) - STEPS_MAX))
    lines.append(words["id"].format(incident["id"]))
    return "\n".join(lines)


def cut(text, size):
    """At most so many bytes of UTF-8, no character broken."""
    whole = text.encode()
    return text if len(whole) <= size else whole[:size - 3].decode(errors="ignore") + "…"


def message(notices, language, size):
    """(title, text, how grave 0 to 3): one notice, or as many as fit where the limit of messages has made some wait."""
    grave = max(["low", "medium", "high", "critical"].index(n["incident"]["severity"])
                if n["incident"]["severity"] in ("low", "medium", "high", "critical") else 3 for n in notices)
    if all(n["drill"] for n in notices):
        grave = 0
    first = title(notices[0], language)
    if len(notices) == 1:
        return first, cut(f"{first}\n{body(notices[0], language)}", size), grave
    blocks, left = [], size - 100
    for notice in notices:
        block = f"{title(notice, language)}\n{body(notice, language)}"
        if len(block.encode()) + 2 > left:
            block = title(notice, language)  # what and where, if not what to do
        if len(block.encode()) + 2 > left:
            break
        blocks.append(block)
        left -= len(block.encode()) + 2
    if len(blocks) < len(notices):
        blocks.append(WORDS[language]["others"].format(len(notices) - len(blocks)))
    return first, "\n\n".join(blocks), grave
