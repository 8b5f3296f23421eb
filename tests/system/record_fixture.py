"""The journal's entries of one exercise, with all that may happen to an incident, and a daemon that answers with them."""

import copy
import json
import os
import socket
import threading

DAY = "2026-11-24T"
EVIL = "told <b>by voice</b> & \"quoted\"; </span><script>alert(1)</script>"


def at(clock):
    return f"{DAY}{clock}.000+08:00"


def names(zh, en):
    return {"zh": zh, "en": en}


DESK = {"id": "service_desk", "zh": "总服务台", "en": "Service desk"}
PROPERTY = {"id": "property", "zh": "物业处", "en": "Property"}


def step(id_, clause, zh, en, roles, deadline, **more):
    return {"id": id_, "clause": clause, "text": names(zh, en), "roles": roles, "by": roles, "tell": [],
            "deadline": deadline and at(deadline), "mandatory": True, "applies": "yes", "status": "open", "user": None,
            "time": None, "note": "", "overdue": False, "action": None, **more}


def first_incident():
    output = {"point": "f3-boiler", "name": names("三层开水炉", "Boiler, floor 3"), "wanted": 0,
              "text": names("断电", "off"), "state": "advised", "error": None, "time": at("10:00:00")}
    action = {"id": "boilers-off", "name": names("切断开水炉", "Boilers off"), "mode": "advise", "state": "advised",
              "time": at("10:00:00"), "outputs": [output]}
    reading = {"point": "f3-water-pressure", "name": names("三层水压", "Water pressure"), "value": 0.31, "text": None,
               "unit": "bar", "quality": "good", "reason": None, "time": at("09:59:59")}
    return {
        "v": 1, "id": "drill-2-f3-1b3xk", "type": 2, "type_id": "water-loss", "name": names("停水", "Water loss"),
        "zone": "f3", "zone_name": names("三层", "Floor 3"), "severity": "high", "state": "active-unacknowledged",
        "drill": True, "raised": at("10:00:00"), "acknowledged": None, "returned": None, "closed": None,
        "shelved": None, "suppressed": None, "handed_over": None,
        "escalation": {"level": 0, "of": 2, "next": at("10:03:00")},
        "causes": [{"rule": "water-pressure-low", "name": names("水压低", "Pressure low"), "by": None, "note": "",
                    "active": True, "chattering": False, "since": at("10:00:00"), "until": None,
                    "readings": [reading]},
                   {"rule": "report", "name": names("人工报告", "Reported"), "by": "li", "note": "autumn exercise",
                    "active": True, "chattering": False, "since": at("10:00:00"), "until": None, "readings": []}],
        "steps": [step("boilers-off", "2.2", "切断开水炉电源。", "Switch the boilers off.", [PROPERTY], "10:01:00",
                       action=action),
                  step("report-up", "2.1", "上报断水。", "Report up.", [DESK, PROPERTY], "10:02:00"),
                  step("notices", "2.3", "摆放告示。", "Put up notices.", [PROPERTY], "10:10:00"),
                  step("dry-run", "2.4", "不适用的步骤。", "Does not apply.", [DESK], "10:10:00", applies="no"),
                  step("drinking-water", "2.4", "供应饮水。", "Bring water.", [DESK], "10:30:00", mandatory=False)]}


class Story:
    """Entries in order; the incident as it is after each."""

    def __init__(self):
        self.incident, self.entries = first_incident(), []

    def add(self, kind, payload, clock, user=None):
        sequence = len(self.entries) + 1
        self.entries.append({"sequence": sequence, "event_id": f"run-{sequence}", "kind": kind, "topic": kind,
                             "incident": self.incident["id"], "user": user, "time": at(clock), "payload": payload})

    def alert(self, event, clock, user="facilityd", step_id=None, note="", **more):
        self.add("alert", {"v": 1, "id": "run", "seq": len(self.entries) + 1, "event": event, "time": at(clock),
                           "replayed": False, "drill": True,
                           "site": {"id": "centre", "zh": "行政服务中心", "en": "Service centre"}, "step": step_id,
                           "user": user, "note": note, **more, "incident": copy.deepcopy(self.incident)}, clock, user)

    def notify(self, role, event, clock):
        self.add("notify", {"v": 1, "event": event, "time": at(clock), "role": role, "level": 0, "on_duty": True,
                            "steps": [{"id": "report-up"}]}, clock)

    def end_step(self, step_id, status, clock, note=""):
        one = next(s for s in self.incident["steps"] if s["id"] == step_id)
        one.update(status=status, user="zhang", time=at(clock), note=note)
        self.alert("step", clock, "zhang", step_id, note)


def drill(closed=True, odd=True):
    """odd: with what no facilityd says today, and a note that is no plain text."""
    story = Story()
    incident = story.incident
    story.alert("raised", "10:00:00")
    story.notify(DESK, "raised", "10:00:00")
    story.notify(PROPERTY, "raised", "10:00:00")
    story.add("intent", {"v": 1, "event": "intent", "time": at("10:00:00"), "drill": True, "step": "boilers-off",
                         "output": "f3-boiler", "value": 0, "user": "facilityd", "incident_id": incident["id"]},
              "10:00:00", "facilityd")
    story.alert("action", "10:00:01", step_id="boilers-off")
    incident.update(state="active-acknowledged", acknowledged={"time": at("10:00:35"), "by": "li"})
    story.alert("acknowledged", "10:00:35", "li")
    story.end_step("boilers-off", "done", "10:00:50")
    story.alert("overdue", "10:02:00", step_id="report-up")
    story.notify(PROPERTY, "reminder", "10:02:00")
    story.alert("escalated", "10:03:00", step_id="report-up", level=1)
    story.end_step("report-up", "done", "10:04:10")
    story.end_step("notices", "skipped", "10:05:00", EVIL if odd else "told by voice")
    if odd:
        story.alert("beamed-up", "10:06:00", "scott", whither={"deck": 3})
        story.add("telepathy", "no document", "10:06:30")
    if not closed:
        return story.entries
    incident.update(handed_over={"to": "district water company", "by": "li", "time": at("10:07:00"),
                                 "note": "main pipe"})
    story.alert("handed-over", "10:07:00", "li")
    incident.update(state="returned-acknowledged", returned=at("10:20:00"))
    for cause in incident["causes"]:
        cause.update(active=False, until=at("10:20:00"))
    story.alert("returned", "10:20:00")
    incident.update(state="closed", closed=at("10:20:00"))
    story.alert("closed", "10:20:00")
    return story.entries


class FakeDaemon:
    """Answers at a local socket with pages of a few entries each; `asked` is what it was asked."""

    def __init__(self, path, entries, page=5):
        self.entries, self.page, self.asked = entries, page, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        threading.Thread(target=self._serve, daemon=True).start()

    def _answer(self, line):
        request = json.loads(line)
        self.asked.append(request)
        start = int(request.get("after", "0-0").split("-")[1])
        rows = self.entries[start:start + self.page]
        answer = {"v": 1, "id": None, "ok": True, "error": None, "time": at("11:00:00"), "result": rows,
                  "more": start + self.page < len(self.entries)}
        if answer["more"]:
            answer["cursor"] = f"0-{start + self.page}"
        return json.dumps(answer).encode() + b"\n"

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    connection.sendall(self._answer(line))

    def close(self):
        path = self.listener.getsockname()
        self.listener.close()
        os.unlink(path)
