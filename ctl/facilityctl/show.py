"""Documents as people read them while they come: an alert, a trouble, a line for an open incident; with colour on a
terminal. Nothing need be as docs/mqtt.md says; it is shown as far as it can be. Pure."""

import json

from facilityctl.document import get, items, text_of
from facilityctl.words import cell, said

CODES = {"bold": "\033[1m", "dim": "\033[2m", "red": "\033[1;31m", "yellow": "\033[1;33m", "green": "\033[32m",
         "cyan": "\033[36m"}
# By group and word: its mark and colour. What is red is loud: in capitals, where letters have them.
STYLES = {
    "event": {
        "raised": ("▲", "red"), "reraised": ("▲", "red"), "returned": ("▽", "green"), "acknowledged": ("✓", "cyan"),
        "step": ("✓", "cyan"), "action": ("⚙", "yellow"), "closed": ("■", "green"), "overdue": ("⏰", "red"),
        "reminder": ("⏰", "yellow"), "escalated": ("⇧", "red"), "shelved": ("⏸", "yellow"), "unshelved": ("▶", "yellow"),
        "suppressed": ("⏸", "dim"), "unsuppressed": ("▶", "yellow"),
        "fact": ("?", "cyan"), "assumed": ("?", "yellow"), "stage": ("▲", "red"),
        "handed-over": ("→", "green"), "chatter": ("≈", "yellow"), "reset": ("▽", "cyan"),
        "lost-feedback": ("✘", "red"), "claim": ("✋", "yellow")},
    "severity": {"critical": ("", "red"), "high": ("", "red"), "medium": ("", "yellow"), "low": ("", "cyan")},
    "action": {
        "advised": ("→", "yellow"), "awaiting": ("?", "yellow"), "wanted": ("…", "yellow"), "done": ("✔", "green"),
        "failed": ("✘", "red"), "refused": ("✘", "red"), "overtaken": ("-", "dim"), "restored": ("↺", "green"), "lost": ("✘", "red")},
    "output": {
        "confirmed": ("✔", "green"), "unproven": ("?", "red"), "failed": ("✘", "red"), "refused": ("-", "yellow"),
        "advised": ("→", "yellow")},
}
NO_STYLE = ("·", "yellow")  # of what has none, and of what only a newer facilityd says
BOXES = {"done": "x", "skipped": "-", "did-not-occur": "-", "failed": "!", "accepted": "~"}


def clock(iso):
    """ "2026-11-24T03:05:09.250+08:00" -> "03:05:09" """
    return iso[11:19] if len(iso) > 19 else ""


class Show:
    """Each method gives lines, with their ends. options: in which language, and in colour?"""

    def __init__(self, options):
        self.language, self.colour = options.language, options.colour

    def word(self, group, word):
        return cell(group, word)[self.language]

    def name(self, value, *keys):
        """{ "zh", "en" } in the person's language, or in English."""
        return text_of(value, *keys, self.language) or text_of(value, *keys, "en")

    def paint(self, colour, text):
        return f"{CODES[colour]}{text}\033[0m" if self.colour else text

    def marked(self, group, word):
        """ "✔ done", in its colour. """
        mark, colour = STYLES[group].get(word, NO_STYLE)
        text = self.word(group, word)
        return self.paint(colour, f"{mark} {text.upper() if colour == 'red' else text}".lstrip())

    def time(self, value, key):
        return self.paint("dim", f"{clock(text_of(value, key)):8} ")

    def title(self, incident):
        """ "2-f3-1b3xk" -> "2-f3", which names the open incident as well and is easier to type. """
        short = text_of(incident, "id").rpartition("-")[0] or text_of(incident, "id")
        return f"{self.name(incident, 'name')} · {self.name(incident, 'zone_name')}  {self.paint('bold', short)}"

    def document(self, lines, text):
        """What is not JSON is told, not hidden."""
        try:
            return "".join(lines(json.loads(text))) if text else ""
        except (ValueError, ArithmeticError, RecursionError):
            return f"not a document: {text[:60]}\n"

    # Incidents ----------------------------------------------------------------

    def reading(self, reading):
        text, value = self.name(reading, "text"), get(reading, "value")
        if not text:
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            text = f"{value:g} {text_of(reading, 'unit')}" if is_number else self.word("ctl", "no-value")
        return f"             {self.name(reading, 'name')}: {text}\n"

    def causes(self, incident):
        for cause in items(incident, "causes"):
            yield f"           {self.word('ctl', 'because')} {self.name(cause, 'name')}\n"
            yield from map(self.reading, items(cause, "readings"))

    def outputs(self, action):
        for output in items(action, "outputs"):
            error = said("write-refusal", text_of(output, "error"))[self.language]
            again = text_of(output, "again")
            error += cell("ctl", "again-at", time=clock(again))[self.language] if again else ""
            yield (f"               {self.name(output, 'name')} → {self.name(output, 'text')} "
                   f"{self.marked('output', text_of(output, 'state'))}{': ' if error else ''}{error}\n")

    def action(self, action):
        state = text_of(action, "state")
        if state == "idle":
            return
        mark, colour = STYLES["action"].get(state, NO_STYLE)
        word = self.word("action", state)
        line = f"{mark} {self.name(action, 'name')}: {word.upper() if colour == 'red' else word}"
        yield f"             {self.paint(colour, line)}\n"
        yield from self.outputs(action)

    def step(self, step, with_action=True):
        roles, told = (self.word("ctl", "between").join(self.name(role) for role in items(step, key))
                       for key in ("by", "tell"))
        roles += self.word("ctl", "told") + told if told else ""
        deadline = clock(text_of(step, "deadline"))
        by = f" ({self.word('ctl', 'deadline')} {deadline})" if deadline else ""
        yield (f"           [{BOXES.get(text_of(step, 'status'), ' ')}] {text_of(step, 'clause'):5} {self.name(step, 'text')}"
               f"{self.paint('dim', f'  — {roles}')}{by}{self.paint('dim', '  ' + text_of(step, 'id'))}\n")
        if with_action and isinstance(step.get("action"), dict):
            yield from self.action(step["action"])

    def question(self, fact):
        roles = self.word("ctl", "between").join(self.name(role) for role in items(fact, "ask"))
        deadline = clock(text_of(fact, "deadline")) if fact.get("asked") is True else ""
        by = f" ({self.word('ctl', 'deadline')} {deadline})" if deadline else ""
        said_by = f" {self.word('ctl', 'by-user')} {text_of(fact, 'by')}" if text_of(fact, "by") not in ("", "facilityd") else ""
        yield (f"           ? {self.name(fact, 'question')} {self.paint('bold', self.word('answer', text_of(fact, 'value')))}"
               f"{said_by}{self.paint('dim', f'  — {roles}')}{by}{self.paint('dim', '  ' + text_of(fact, 'id'))}\n")

    def open_incident(self, incident):
        """For what was open before."""
        first = f"[{self.word('stage', 'first')}] " if text_of(incident, "stage") == "first" else ""
        yield (f"{self.time(incident, 'raised')}{first}{self.word('ctl', 'still-open')}  {self.title(incident)}  "
               f"{self.word('state', text_of(incident, 'state'))}\n")

    # Alerts -------------------------------------------------------------------

    def event(self, alert, event):
        incident, user = alert["incident"], text_of(alert, "user")
        yield self.time(alert, "time")
        stage = text_of(incident, "stage")
        for mark in ("replayed", "drill"):
            if alert.get(mark) is True:
                yield f"[{self.word('mark', mark)}] "
        if stage == "first":
            yield f"[{self.word('stage', stage)}] "
        yield self.marked("event", event)
        if event == "stage":
            yield f": {self.word('stage', stage)}"
        if STYLES["event"].get(event, NO_STYLE)[1] == "red":
            yield " " + self.marked("severity", text_of(incident, "severity"))
        yield "  " + self.title(incident)
        if user not in ("", "facilityd"):
            yield f"  {self.word('ctl', 'by-user')} {user}"
        note = said("note", text_of(alert, "note"))[self.language]
        yield f": {note}\n" if note else "\n"

    def alert(self, alert):
        event, incident = text_of(alert, "event"), get(alert, "incident")
        if incident is None:  # an intent is for the record: what became of it follows
            return
        yield from self.event(alert, event)
        for step in items(incident, "steps"):
            if text_of(step, "id") == text_of(alert, "step"):
                yield from self.step(step, event in ("action", "lost-feedback"))
                break
        for fact in items(incident, "facts"):
            if text_of(fact, "id") == text_of(alert, "fact"):
                yield from self.question(fact)
        if event in ("raised", "reraised", "stage"):
            yield from self.causes(incident)
            for fact in items(incident, "facts"):
                if fact.get("asked") is True:
                    yield from self.question(fact)
            for step in items(incident, "steps"):
                if text_of(step, "applies") != "no" and not (step.get("fact") and text_of(step, "applies") == "unknown"):
                    yield from self.step(step)

    # The monitoring system itself ---------------------------------------------

    def trouble(self, trouble):
        mark = self.paint("yellow", f"! {self.word('ctl', 'trouble')}")
        yield f"{self.time(trouble, 'since')}{mark}  {self.name(trouble, 'text')}\n"

    def trouble_over(self, name):
        return f"         {self.paint('green', self.word('ctl', 'trouble-over'))}  {name}\n"

    def state(self, state):
        colour, word = ("green", "online") if text_of(state, "status") == "online" else ("red", "offline")
        line = f"facilityd {self.word('ctl', word)} · {self.name(state, 'site')}"
        yield self.paint(colour, line) + "\n"
