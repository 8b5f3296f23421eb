"""The record of an incident as a page for people. Sections without content are left out."""

import json
import re

from . import cells
from .cells import DASH, NOTHING, Cell, same
from .page import Page
from .record import get, items, string

NOT_DONE = ("open", "accepted", "failed")
REMINDERS = ("overdue", "reminder", "escalated")
PUT_ASIDE = (  # the member, what it is called, and the member of it that says since when
    ("handed_over", Cell("移交", "Handed over"), "time"),
    ("shelved", Cell("搁置", "Shelved"), "time"),
    ("out_of_service", Cell("停用", "Out of service"), "time"),
    ("suppressed", Cell("被抑制", "Suppressed"), "since"),
)
EVENT_COLUMNS = (Cell("时间", "TIME"), Cell("事件", "EVENT"), Cell("人员", "BY"), Cell("事件状态", "STATE"),
                 Cell("内容", "WHAT"))
# What the line of an event says already; anything else is added as it is.
KNOWN = ("sequence", "kind", "time", "event", "replayed", "drill", "step", "user", "note", "state", "status", "action",
         "output", "value", "incident_id")


def clause_order(clause):
    """2.10 comes behind 2.9."""
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", clause)]


def note_of(value):
    return Cell("：", ": ") + same(string(value, "note")) if string(value, "note") else NOTHING


def with_clause(step):
    return cells.text(step, "clause") + same(" ") + cells.names(step, "text")


def after(value, key, seconds, who=None):
    """2026-11-24 03:01:09 (after 12 s) li"""
    cell = cells.time(value, key)
    if seconds is None:
        return cell
    cell += Cell("（", " (after ") + cells.duration(seconds) + Cell(" 后）", ")")
    return cell + same(" ") + who if who else cell


class Sheet:
    """Of one record; `page` is what is made of it."""

    def __init__(self, record):
        self.record, self.incident, self.open = record, record["incident"], record["open"]
        self.reaction = record["reaction"]
        self.steps = sorted((step for step in items(self.incident, "steps") if isinstance(step, dict)),
                            key=lambda step: clause_order(string(step, "clause")))
        self.drill = get(self.incident, "drill") is True
        self.page = Page(cells.names(self.incident, "name") + same(" · ") + cells.names(self.incident, "zone_name"),
                         self.drill)
        self.add_summary()
        self.add_head()
        if self.open:
            self.add_open()
        self.add_put_aside()
        self.add_causes()
        if self.drill:
            self.add_reactions()
        self.add_steps()
        self.add_actions()
        self.add_reminders()
        self.add_notices()
        self.page.add(Cell("时间线", "Time line"), EVENT_COLUMNS, [self.event_row(event) for event in self.timeline()])

    def timeline(self, *names):
        """The events of these names; without any: all."""
        return [event for event in self.record["timeline"] if not names or string(event, "event") in names]

    def add_summary(self):
        """Deadlines: 5 kept, 2 missed, latest: 2.1 by 2 min 10 s; acknowledged after 35 s"""
        kept, missed, latest = self.reaction["kept"], self.reaction["missed"], self.reaction["latest"]
        line = Cell(f"时限：按时 {kept} 个，超时 {missed} 个", f"Deadlines: {kept} kept, {missed} missed")
        if latest:
            line += Cell("，最晚：", ", latest: ") + same(latest["step"]) + Cell(" 超时 ", " by ")
            line += cells.duration(latest["late_s"])
        if self.reaction["acknowledged_s"] is None:
            line += Cell("；尚未确认", "; not acknowledged")
        else:
            line += Cell("；确认用时 ", "; acknowledged after ") + cells.duration(self.reaction["acknowledged_s"])
        if self.open:
            line += Cell("；事件尚未结束", "; still open")
        self.page.lines.append(line)

    def add_head(self):
        incident, reaction, acknowledged = self.incident, self.reaction, get(self.incident, "acknowledged")
        clauses = dict.fromkeys(string(step, "clause") for step in self.steps if string(step, "clause"))
        rows = [
            (Cell("编号", "Id"), cells.text(incident, "id")),
            (Cell("预案事件", "Incident of the plan"),
             same(f"{get(incident, 'type') or 0} · ") + cells.names(incident, "name")),
            (Cell("预案条款", "Clauses"), cells.listed(map(same, clauses))),
            (Cell("位置", "Where"), cells.names(incident, "zone_name")),
            (Cell("场所", "Site"), cells.names(self.record, "site")),
            (Cell("级别", "Severity"), cells.word("severity", incident, "severity")),
            (Cell("状态", "State"), cells.word("state", incident, "state")),
            (Cell("演练", "Exercise"), Cell("是", "yes")),
            (Cell("发生", "Raised"), cells.time(incident, "raised")),
            (Cell("确认", "Acknowledged"),
             after(acknowledged, "time", reaction["acknowledged_s"], cells.user(acknowledged, "by"))),
            (Cell("恢复正常", "Back to normal"), after(incident, "returned", reaction["returned_s"])),
            (Cell("结束", "Closed"), after(incident, "closed", reaction["closed_s"])),
            (Cell("本记录制作时间", "Record made"), cells.time(self.record, "made")),
        ]
        self.page.add(Cell("基本情况", "Head"), None,
                      [row for row in rows if self.drill or row[0].en != "Exercise"])

    def add_open(self):
        rows = []
        if not isinstance(get(self.incident, "acknowledged"), dict):
            rows.append((DASH,) * 4 + (Cell("尚无人确认", "nobody has acknowledged it"),))
        if "returned" in (self.incident or {}) and self.incident["returned"] is None:
            rows.append((DASH,) * 4 + (Cell("尚未恢复正常", "it is not back to normal"),))
        for step in items(self.incident, "steps"):
            if string(step, "status") in NOT_DONE and string(step, "applies") != "no":
                rows.append((cells.text(step, "clause"), cells.status(step), cells.verdict(step, True),
                             self.roles(step), cells.names(step, "text")))
        self.page.add(Cell("尚未完成", "Still open"),
                      (Cell("条款", "CLAUSE"), Cell("状态", "STATUS"), Cell("时限", "DEADLINE"), Cell("角色", "ROLES"),
                       Cell("事项", "WHAT")), rows)

    def add_put_aside(self):
        """Shelved, suppressed, out of service, handed over: who, since or until when, and why."""
        ways = ((get(self.incident, key), name, since) for key, name, since in PUT_ASIDE)
        rows = [(name, cells.time(way, since), cells.user(way, "by"), cells.text(way, "to"),
                 cells.time(way, "until"), cells.text(way, "note"))
                for way, name, since in ways if isinstance(way, dict)]
        if rows:
            self.page.add(Cell("移交与搁置", "Handed over, put aside"),
                          (Cell("情况", "HOW"), Cell("时间", "TIME"), Cell("经办人", "BY"), Cell("移交给", "TO"),
                           Cell("至", "UNTIL"), Cell("说明", "NOTE")), rows)

    def add_causes(self):
        rows = []
        for cause in items(self.incident, "causes"):
            what = cells.names(cause, "name")
            if string(cause, "by"):
                what += Cell("，", ", ") + cells.user(cause, "by")
            what += note_of(cause)
            for reading in items(cause, "readings") or [None]:
                of_reading = (cells.value(reading, "value"), cells.time(reading, "time"),
                              cells.names(reading, "name")) if reading else (DASH,) * 3
                rows.append((cells.time(cause, "since"), cells.time(cause, "until"), *of_reading, what))
        self.page.add(Cell("原因", "Causes"),
                      (Cell("开始", "SINCE"), Cell("结束", "UNTIL"), Cell("数值", "VALUE"), Cell("读取时间", "READ"),
                       Cell("测点", "POINT"), Cell("原因", "CAUSE")), rows)

    def roles(self, step):
        return cells.listed(cells.names(role) for role in items(step, "roles"))

    def add_reactions(self):
        """For an exercise, how long each took against its deadline."""
        rows = [(DASH, cells.duration(self.reaction["acknowledged_s"]), DASH, Cell("确认", "acknowledgement"))]
        rows += [(cells.duration(get(step, "allowed_s")), cells.duration(get(step, "after_s")),
                  cells.verdict(step, self.open), with_clause(step)) for step in self.steps]
        self.page.add(Cell("演练用时", "Reaction times of the exercise"),
                      (Cell("时限", "ALLOWED"), Cell("用时", "TAKEN"), Cell("结果", "RESULT"), Cell("事项", "WHAT")), rows)

    def add_steps(self):
        rows = []
        for step in self.steps:
            what = cells.names(step, "text")
            if get(step, "mandatory") is False:
                what += Cell("（可选）", " (optional)")
            if string(step, "note"):
                what += Cell(" 备注：", " Note: ") + same(string(step, "note"))
            rows.append((cells.text(step, "clause"), cells.status(step), cells.user(step, "by"),
                         cells.time(step, "time"), cells.time(step, "deadline"), cells.verdict(step, self.open),
                         self.roles(step), what))
        self.page.add(Cell("处置步骤", "Steps"),
                      (Cell("条款", "CLAUSE"), Cell("状态", "STATUS"), Cell("执行人", "BY"), Cell("时间", "TIME"),
                       Cell("时限", "DEADLINE"), Cell("是否按时", "KEPT"), Cell("角色", "ROLES"), Cell("步骤", "STEP")), rows)

    def add_actions(self):
        """Each intent, which was recorded before the write, and what the read-back of each output came to."""
        rows = []
        for event in self.timeline("intent", "action"):
            begin, action = (cells.time(event, "time"), cells.user(event, "user")), get(event, "action")
            if string(event, "event") == "intent":
                rows.append((*begin, cells.word("event", event, "event"), cells.text(event, "output"),
                             cells.value(event, "value"), Cell("写出前已记录", "recorded before the write")))
                continue
            what = cells.names(action, "name") + Cell("：", ": ") + cells.word("action", action, "state")
            for output in (items(action, "outputs") or [None]) if isinstance(action, dict) else []:
                result = cells.word("output", output, "state")
                if string(output, "error"):
                    result += Cell("：", ": ") + same(string(output, "error"))
                rows.append((*begin, what, cells.names(output, "name"),
                             cells.value(output, "wanted") if output else DASH, result))
        if rows:
            self.page.add(Cell("设备动作", "Actions of the machine"),
                          (Cell("时间", "TIME"), Cell("操作人", "BY"), Cell("动作", "ACTION"), Cell("输出点", "OUTPUT"),
                           Cell("要求", "WANTED"), Cell("回读结果", "READ-BACK")), rows)

    def what_happened(self, event):
        cell, step_id, name = NOTHING, string(event, "step"), string(event, "event")
        if string(event, "status"):
            cell += cells.word("status", event, "status") + same(" ")
        if name == "action" and isinstance(get(event, "action"), dict):
            cell += cells.word("action", event, "action", "state") + same(" ")
        if name == "intent":
            cell += cells.text(event, "output") + same(" = ") + cells.value(event, "value") + same(" ")
        if step_id:
            cell += next((with_clause(step) for step in self.steps if string(step, "id") == step_id), same(step_id))
        cell += note_of(event)
        for key, value in event.items():
            if key not in KNOWN:
                shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False,
                                                                        separators=(",", ":"))
                cell += same(f" {key}: {shown}")
        return cell

    def event_row(self, event):
        named = "event" if string(event, "event") else "kind"
        return (cells.time(event, "time"), cells.word("event", event, named), cells.user(event, "user"),
                cells.word("state", event, "state"), self.what_happened(event))

    def add_reminders(self):
        """Only those that somebody should have been quicker for."""
        events = self.timeline(*REMINDERS)
        if events:
            self.page.add(Cell("超时、催办与升级", "Overdue, reminders, escalations"), EVENT_COLUMNS,
                          [self.event_row(event) for event in events])

    def add_notices(self):
        """By role: the first and the last notice, how many, and for which events."""
        told = {}
        for notice in self.record["notices"]:
            told.setdefault(string(notice, "role", "id"), []).append(notice)
        rows = [(cells.time(notices[0], "time"), cells.time(notices[-1], "time"), same(str(len(notices))),
                 cells.names(notices[0], "role"),
                 cells.listed(cells.word("event", {"event": name}, "event")
                              for name in dict.fromkeys(string(notice, "event") for notice in notices)))
                for notices in told.values()]
        if rows:
            self.page.add(Cell("通知", "Who was told"),
                          (Cell("首次通知", "FIRST"), Cell("最后通知", "LAST"), Cell("次数", "TIMES"), Cell("角色", "ROLE"),
                           Cell("因何", "FOR")), rows)
