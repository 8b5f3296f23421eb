"""What a notice of notify/<role> says to a person, in a few lines."""

import datetime
import re

from words import WORDS  # filled from facilityd's table of words

LANGUAGES = tuple(WORDS["severity"]["high"])
LOUD = ("overdue", "reminder", "escalated", "stage")
STEPS_MAX = 8


def word(group, name, language, **values):
    """As facilityd says it; a word of a newer one is said as it is."""
    return WORDS[group].get(name, {language: name})[language].format(**values)


def said(text, language):
    """What the machine notes in English, in the language; what a person notes stays as it is."""
    for texts in WORDS["note"].values():
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(texts["en"]))
        found = re.fullmatch(pattern, text)
        if found:
            return texts[language].format(**{name: said(part, language) for name, part in found.groupdict().items()})
    return text


def clock(time):
    """Hours and minutes as they were said, in the site's own time."""
    try:
        return datetime.datetime.fromisoformat(time).strftime("%H:%M")
    except (TypeError, ValueError):
        return "?"


def step_line(number, step, language):
    notes = []
    if step.get("overdue"):
        notes.append(word("phone", "late", language))
    elif step.get("deadline"):
        notes.append(word("phone", "until", language, time=clock(step["deadline"])))
    if step.get("status") == "failed":
        notes.append(word("status", "failed", language))
    return f"{number}. {step['text'][language]}" + (f" ({', '.join(notes)})" if notes else "")


def question_line(fact, language):
    """A question that stands, or what was assumed because nobody answered it."""
    if not fact.get("asked"):
        return f"? {fact['question'][language]} {word('answer', fact['value'], language)}"
    late = word("phone", "late", language) if fact.get("overdue") else ""
    until = word("phone", "until", language, time=clock(fact["deadline"])) if fact.get("deadline") else ""
    return f"? {fact['question'][language]}" + (f" ({late or until})" if late or until else "")


def title(notice, language):
    """The first line: what happened, where; an exercise and what comes late say so before anything else."""
    incident = notice["incident"]
    about = f"{incident['name'][language]}: {incident['zone_name'][language]}" if incident else notice.get("output", "")
    marks = [word("phone", "mark", language, mark=word("mark", mark, language))
             for mark in ("drill", "replayed") if notice[mark]]
    if incident and incident.get("taken_back"):
        marks.append(word("phone", "mark", language, mark=word("mark", "taken-back", language)))
    if incident and incident.get("stage"):
        marks.append(word("phone", "mark", language, mark=word("stage", incident["stage"], language)))
    # A bracket of the Latin script is followed by a blank; one as wide as a Chinese character has its own.
    marks = "".join(mark + " " if mark.isascii() else mark for mark in marks)
    event = word("event", notice["event"], language)
    if notice["event"] in LOUD:
        event = event.upper()
    return f"{marks}{about}, {event}"


def body(notice, language):
    incident, steps, role = notice["incident"], notice["steps"], notice["role"][language]
    lines = []
    if incident:
        severity = word("severity", incident["severity"], language)
        lines.append(word("phone", "happened", language, site=notice["site"][language], time=clock(notice["time"]),
                          severity=severity))
    if notice["event"] == "escalated":
        lines.append(word("phone", "level", language, level=notice.get("level", "?")))
    if notice.get("note"):
        lines.append(said(notice["note"], language))
    if notice.get("on_duty") is False:
        lines.append(word("phone", "absent", language, role=role))
    lines += [question_line(fact, language) for fact in notice.get("facts", [])]
    if steps:
        lines.append(word("phone", "todo", language, role=role))
    lines += [step_line(i + 1, step, language) for i, step in enumerate(steps[:STEPS_MAX])]
    if len(steps) > STEPS_MAX:
        lines.append(word("phone", "more", language, count=len(steps) - STEPS_MAX))
    lines.append(word("phone", "id", language, id=incident["id"] if incident else notice.get("output", "")))
    return "\n".join(lines)


def cut(text, size):
    """At most so many bytes of UTF-8, no character broken."""
    whole = text.encode()
    return text if len(whole) <= size else whole[:size - 3].decode(errors="ignore") + "…"


def message(notices, language, size):
    """(title, text, how grave 0 to 3): one notice, or as many as fit where the limit of messages has made some wait."""
    grades = list(WORDS["severity"])
    # What is of no incident, such as an output that is held, wakes nobody.
    of = [n["incident"]["severity"] if n["incident"] else grades[0] for n in notices]
    grave = max(grades.index(severity) if severity in grades else 3 for severity in of)
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
        blocks.append(word("phone", "others", language, count=len(notices) - len(blocks)))
    return first, "\n\n".join(blocks), grave
