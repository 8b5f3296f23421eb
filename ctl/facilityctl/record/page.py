"""A record as a page for people: a title, lines, and sections of rows, whose cells are in every language."""

import json
import re

from facilityctl.document import get, items, text_of
from facilityctl.words import LANGUAGES, cell, join, listed, said, same

DASH = same("—")
KNOWN = ("sequence", "kind", "time", "event", "replayed", "drill", "step", "fact", "answer", "user", "note", "state", "status", "action",
         "output", "value", "incident_id", "held", "stage")


def plain(value, *keys):
    return same(text_of(value, *keys)) if text_of(value, *keys) else DASH


def names(value, *keys):
    """{ "zh", "en" } in every language; the other one where it lacks."""
    found = get(value, *keys)
    texts = {language: text_of(found, language) or text_of(found, "en") or text_of(found, "zh") for language in LANGUAGES}
    return texts if any(texts.values()) else DASH


def word(group, value, *keys):
    return cell(group, text_of(value, *keys)) if text_of(value, *keys) else DASH


def time(value, *keys):
    iso = text_of(value, *keys)
    return same(f"{iso[:10]} {iso[11:19]}") if len(iso) > 19 else DASH


def user(value, *keys):
    return cell("record", "machine") if text_of(value, *keys) == "facilityd" else plain(value, *keys)


def capital(texts):
    return {language: text[:1].upper() + text[1:] for language, text in texts.items()}


def duration(seconds):
    """ "2 min 10 s": the two largest units that it has."""
    if not isinstance(seconds, (int, float)):
        return DASH
    whole = int(seconds + 0.5)
    for big, small, *units in ((86400, 3600, "day", "hour"), (3600, 60, "hour", "minute"), (60, 1, "minute", "second")):
        if whole >= big:
            first, second = (cell("record", unit) for unit in units)
            return join(f"{whole // big} ", first, f" {whole % big // small} ", second)
    return join(f"{seconds:.1f} " if whole < 10 else f"{whole} ", cell("record", "second"))


def value_of(value, number, unit):
    if isinstance(get(value, "text"), dict):
        return names(value, "text")
    figure = get(value, number)
    if isinstance(figure, bool) or not isinstance(figure, (int, float)):
        return cell("record", "no-value")
    return same(f"{figure:g} {text_of(value, unit)}".rstrip())


def colon(first, second):
    return cell("record", "colon", first=first, second=second)


def with_note(what, text):
    return colon(what, said("note", text)) if text else what


def verdict(step, is_open):
    if step.get("kept") is True:
        return cell("record", "in-time")
    if step.get("kept") is False:
        return cell("record", "late", time=duration(step.get("late_s")))
    if not is_open or not text_of(step, "deadline") or step.get("applies") == "no":
        return DASH
    return cell("record", "not-due")


def status(step):
    if step.get("applies") == "no" and step.get("status") == "open":
        return cell("applies", "no")
    return word("status", step, "status")


def roles(step):
    acts, told = (listed(names(role) for role in items(step, key)) for key in ("by", "tell"))
    return cell("record", "told", by=acts, tell=told) if items(step, "tell") else acts


def in_order(steps):
    """In the plan's: clause 2.2 before 2.10."""
    return sorted(steps, key=lambda step: [int(part) if part.isdigit() else -1
                                           for part in re.split(r"(\d+)", text_of(step, "clause")) if part != "."])


class Page:
    """title and lines: cells; sections: (title, headings or None, rows)."""

    def __init__(self, record):
        self.record, self.incident = record, record["incident"]
        self.drill, self.open = self.incident.get("drill") is True, record["open"]
        self.steps = in_order(items(self.incident, "steps"))
        self.title = join(names(self.incident, "name"), " · ", names(self.incident, "zone_name"))
        self.lines = [self.summary()]
        self.sections = [("head", None, self.head())]
        self.add("open", "clause status deadline roles what", self.still_open())
        self.add("facts", "answer by time deadline question", self.facts())
        self.add("aside", "how time by to until note", self.aside())
        self.add("causes", "since until value read point cause", self.causes(), always=True)
        if self.drill:
            self.add("reactions", "allowed taken result what", self.reactions())
        self.add("steps", "clause status by time deadline kept roles step", self.all_steps(), always=True)
        self.add("actions", "time by action output wanted read-back", self.actions())
        self.add("claims", "since proved clause output wanted until by note", self.claims())
        self.add("reminders", "time event by state what",
                 [self.event(one) for one in self.timeline("overdue", "reminder", "escalated")])
        self.add("notices", "first last times role for", self.notices())
        self.add("timeline", "time event by state what", [self.event(one) for one in items(record, "timeline")], always=True)

    def add(self, title, headings, rows, always=False):
        if rows or always:
            self.sections.append((title, headings.split(), rows))

    def timeline(self, *events):
        return [one for one in items(self.record, "timeline") if one.get("event") in events]

    def summary(self):
        reaction = self.record["reaction"]
        parts = [cell("record", "deadlines", kept=reaction["kept"], missed=reaction["missed"])]
        if reaction["latest"]:
            parts.append(cell("record", "latest", step=reaction["latest"]["step"],
                              time=duration(reaction["latest"]["late_s"])))
        if reaction["acknowledged_s"] is None:
            parts.append(cell("record", "not-acknowledged"))
        else:
            parts.append(cell("record", "acknowledged-after", time=duration(reaction["acknowledged_s"])))
        if self.open:
            parts.append(cell("record", "still-open"))
        return join(*parts)

    def head(self):
        incident, reaction = self.incident, self.record["reaction"]

        def after(value, key, span, who=""):
            at = time(value, key)
            if reaction[span] is None:
                return at
            return join(cell("record", "after", time=at, span=duration(reaction[span])), who)

        clauses = dict.fromkeys(text_of(step, "clause") for step in self.steps if text_of(step, "clause"))
        acknowledged = get(incident, "acknowledged")
        pairs = [("id", plain(incident, "id")),
                 ("type", join(f"{incident.get('type', 0)} · ", names(incident, "name"))),
                 ("clauses", listed(same(clause) for clause in clauses)),
                 ("where", names(incident, "zone_name")), ("site", names(self.record, "site")),
                 ("severity", word("severity", incident, "severity")), ("state", word("state", incident, "state"))]
        if text_of(incident, "stage"):
            pairs.append(("stage", word("stage", incident, "stage")))
        if self.drill:
            pairs.append(("exercise", cell("record", "yes")))
        pairs += [("raised", time(incident, "raised")),
                  ("acknowledged", after(acknowledged, "time", "acknowledged_s", join(" ", user(acknowledged, "by")))),
                  ("returned", after(incident, "returned", "returned_s")),
                  ("closed", after(incident, "closed", "closed_s")), ("made", time(self.record, "made"))]
        return [[cell("record", label), value] for label, value in pairs]

    def still_open(self):
        if not self.open:
            return []
        rows = []
        if not isinstance(get(self.incident, "acknowledged"), dict):
            rows.append([DASH] * 4 + [cell("record", "nobody")])
        if "returned" in self.incident and self.incident["returned"] is None:
            rows.append([DASH] * 4 + [cell("record", "not-over")])
        return rows + [[plain(step, "clause"), status(step), verdict(step, True), roles(step), names(step, "text")]
                       for step in items(self.incident, "steps")
                       if step.get("applies") != "no" and step.get("status") in ("open", "accepted", "failed")]

    def facts(self):
        rows = []
        for fact in items(self.incident, "facts"):
            answer = word("answer", fact, "value")
            if fact.get("assumed") is True:
                answer = cell("record", "assumed-so", answer=answer)
            question = names(fact, "question")
            if text_of(fact, "note"):
                question = cell("record", "noted", text=question, note=said("note", text_of(fact, "note")))
            rows.append([answer, user(fact, "by"), time(fact, "time"), time(fact, "deadline"), question])
        return rows

    def aside(self):
        ways = (("handed_over", "handed-over", "time"), ("shelved", "shelved", "time"),
                ("suppressed", "suppressed", "since"))
        return [[capital(cell("event", event)), time(way, since), user(way, "by"), plain(way, "to"), time(way, "until"),
                 plain(way, "note")] for key, event, since in ways if isinstance(way := get(self.incident, key), dict)]

    def causes(self):
        rows = []
        for cause in items(self.incident, "causes"):
            what = names(cause, "name")
            if text_of(cause, "by"):
                what = cell("record", "comma", first=what, second=user(cause, "by"))
            what = with_note(what, text_of(cause, "note"))
            times = [time(cause, "since"), time(cause, "until")]
            rows += [[*times, value_of(one, "value", "unit"), time(one, "time"), names(one, "name"), what]
                     for one in items(cause, "readings")] or [[*times, DASH, DASH, DASH, what]]
        return rows

    def reactions(self):
        rows = [[DASH, duration(self.record["reaction"]["acknowledged_s"]), DASH, cell("record", "acknowledgement")]]
        return rows + [[duration(step.get("allowed_s")), duration(step.get("after_s")), verdict(step, self.open),
                        self.step_name(step)] for step in self.steps]

    @staticmethod
    def step_name(step):
        return join(plain(step, "clause"), " ", names(step, "text"))

    def all_steps(self):
        rows = []
        for step in self.steps:
            text = names(step, "text")
            if step.get("mandatory") is False:
                text = cell("record", "optional", text=text)
            if text_of(step, "note"):
                text = cell("record", "noted", text=text, note=said("note", text_of(step, "note")))
            rows.append([plain(step, "clause"), status(step), user(step, "user"), time(step, "time"), time(step, "deadline"),
                         verdict(step, self.open), roles(step), text])
        return rows

    def actions(self):
        rows = []
        for event in self.timeline("intent", "action", "lost-feedback", "restored"):
            head, action = [time(event, "time"), user(event, "user")], get(event, "action")
            if event["event"] in ("intent", "restored"):
                proof = cell("record", "before") if event["event"] == "intent" else \
                    said("note", text_of(event, "note")) if text_of(event, "note") else DASH
                rows.append([*head, word("event", event, "event"), plain(event, "output"), value_of(event, "value", "unit"), proof])
            elif isinstance(action, dict):
                what = colon(names(action, "name"), word("action", action, "state"))
                rows += [[*head, what, names(output, "name"), value_of(output, "wanted", "unit"), self.proof(output)]
                         for output in items(action, "outputs")] or [[*head, what, DASH, DASH, DASH]]
        return rows

    def claims(self):
        rows = []
        for claim in items(self.record, "claims"):
            step = next((one for one in self.steps if one.get("id") == claim.get("step")), {})
            rows.append([time(claim, "since"), time(claim, "proved"), plain(step, "clause"), plain(claim, "output"),
                         value_of(claim, "value", "unit"), time(claim, "until"), user(claim, "by"), said("note", text_of(claim, "note"))])
        return rows

    @staticmethod
    def proof(output):
        state, error = word("output", output, "state"), text_of(output, "error")
        return colon(state, said("write-refusal", error)) if error else state

    def event(self, event):
        kind = word("event", event, "event" if text_of(event, "event") else "kind")
        return [time(event, "time"), kind, user(event, "user"), word("state", event, "state"), self.what(event)]

    def what(self, event):
        """Its step, what became of it, its note, and all that is not known here as it is."""
        parts, action, step = [], get(event, "action"), text_of(event, "step")
        if text_of(event, "status"):
            parts += [word("status", event, "status"), " "]
        if text_of(event, "stage"):
            parts += [word("stage", event, "stage"), " "]
        if event.get("event") == "action" and isinstance(action, dict):
            parts += [word("action", action, "state"), " "]
        if event.get("event") in ("intent", "restored"):
            parts += [plain(event, "output"), " = ", value_of(event, "value", "unit"), " "]
        if step:
            found = [one for one in items(self.incident, "steps") if one.get("id") == step]
            parts.append(self.step_name(found[0]) if found else step)
        fact = next((one for one in items(self.incident, "facts") if text_of(event, "fact") == one.get("id")), None)
        if fact:
            parts += [names(fact, "question"), *([" ", word("answer", event, "answer")] if "answer" in event else [])]
        note = text_of(event, "note")
        whole = with_note(join(*parts), note) if parts else said("note", note) if note else join()
        for key, value in event.items():
            if key not in KNOWN:
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                whole = join(whole, f" {key}: {text}")
        return whole

    def notices(self):
        """By role: the first and the last notice, how many, and for which events."""
        told = {}
        for notice in items(self.record, "notices"):
            told.setdefault(text_of(notice, "role", "id"), []).append(notice)
        return [[time(those[0], "time"), time(those[-1], "time"), same(str(len(those))), names(those[0], "role"),
                 listed(cell("event", event) for event in dict.fromkeys(text_of(one, "event") for one in those))]
                for those in told.values()]
