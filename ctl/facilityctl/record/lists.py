"""Answers of queries as people read them: one table each. What is not as docs/mqtt.md says is shown as far as it can be."""

from facilityctl.document import get, items, text_of
from facilityctl.record.page import names, value_of
from facilityctl.table import headings
from facilityctl.words import cell

COLOURS = {"critical": "red", "high": "red", "medium": "yellow", "active-unacknowledged": "red",
           "active-acknowledged": "yellow", "returned-unacknowledged": "yellow", "returned-acknowledged": "green",
           "stale": "yellow", "bad": "red", "online": "green", "offline": "red", "standing-by": "yellow"}


def short_time(iso):
    """ "2026-11-24T03:05:09.250+08:00" -> "11-24 03:05:09" """
    return f"{iso[5:10]} {iso[11:19]}" if len(iso) > 19 else ""


def name(value, language, *keys):
    """ "" where it lacks. """
    found = get(value, *keys)
    return names(found)[language] if isinstance(found, dict) else ""


def word(group, value, key, language):
    return cell(group, text_of(value, key))[language] if text_of(value, key) else ""


def with_drill(incident, language):
    """Its name behind what must be known of it first: an exercise, only said by the broker, or a first stage."""
    marks = [cell("mark", mark)[language] for mark, member in (("drill", "drill"), ("taken-back", "taken_back"))
             if incident.get(member) is True]
    if incident.get("stage") == "first":
        marks.append(cell("stage", "first")[language])
    return "".join(f"[{mark}] " for mark in marks) + name(incident, language, "name")


def incident_row(incident, language):
    # "2-f3-1b3xk" -> "2-f3", which commands take as well.
    short = text_of(incident, "id").rpartition("-")[0] or text_of(incident, "id")
    still_open = sum(step.get("status") == "open" and step.get("applies") != "no" for step in items(incident, "steps"))
    return [short, with_drill(incident, language), name(incident, language, "zone_name"),
            word("severity", incident, "severity", language), word("state", incident, "state", language), str(still_open),
            short_time(text_of(incident, "raised"))], ("severity", "state")


def point_row(point, language):
    shown = value_of(point, "value", "unit")[language]
    if get(point, "value") is None and not get(point, "text"):
        shown = "-"
    quality = word("quality", point, "quality", language)
    if text_of(point, "reason"):
        quality += f": {word('reason', point, 'reason', language)}"
    return [text_of(point, "id"), name(point, language, "name"), shown, quality, short_time(text_of(point, "time"))], \
        ("quality",)


def trouble_row(trouble, language):
    return [short_time(text_of(trouble, "since")), text_of(trouble, "id"), name(trouble, language, "text")], "yellow"


def claimed_by(claim, language):
    """The incident; or whose hand, and until when."""
    hand = get(claim, "hand")
    if not isinstance(hand, dict):
        return text_of(claim, "incident")
    how = "hand-ended" if hand.get("ended") is True else "hand-until"
    return cell("listing", how, by=text_of(hand, "by"), until=short_time(text_of(hand, "until")))[language]


def output_row(output, language):
    between = cell("record", "list", first="", second="")[language]
    claims = items(output, "claims")
    wanted = get(output, "wanted")
    read_back = get(output, "read_back")
    shown = "-"
    if isinstance(read_back, dict):
        shown = value_of(read_back, "value", "unit")[language] if text_of(read_back, "quality") == "good" \
            else word("quality", read_back, "quality", language)
    differs = isinstance(read_back, dict) and text_of(read_back, "quality") == "good" and get(read_back, "value") != wanted
    return [text_of(output, "id"), name(output, language, "name"),
            between.join(dict.fromkeys(claimed_by(claim, language) for claim in claims)),
            short_time(min((text_of(claim, "since") for claim in claims), default="")),
            "-" if wanted is None else f"{wanted:g}", shown], "red" if differs else "yellow"


def lock_row(lock, language):
    outputs = get(lock, "covers", "outputs", "count")
    quiet = cell("listing", "quiet")[language] if lock.get("quiet") is True else ""
    if isinstance(get(lock, "type"), int):
        quiet += f" {lock['type']}"
    mark = cell("mark", "taken-back")[language] + " " if lock.get("taken_back") is True else ""
    return [text_of(lock, "lock"), quiet, "-" if outputs is None else str(outputs), text_of(lock, "by"),
            short_time(text_of(lock, "until")), mark + text_of(lock, "reason")], "yellow"


def state_row(state, language):
    return [word("status-of-facilityd", state, "status", language), name(state, language, "site"), text_of(state, "version")], \
        ("status",)


def person_row(person, language):
    on_duty = {True: "on-duty", False: "off-duty"}.get(person.get("on_duty"), "duty-not-known")
    between = cell("record", "list", first="", second="")[language]
    roles = between.join(names(role)[language] for role in items(person, "roles"))
    return [name(person, language, "name"), roles, text_of(person, "phone"),
            cell("listing", on_duty)[language], short_time(text_of(person, "until")),
            text_of(person, "account")], "green" if on_duty == "on-duty" else None


LISTINGS = {
    "incidents": ("id incident where severity state steps-open raised", incident_row, "no-incidents"),
    "points": ("point name value quality read", point_row, "no-points"),
    "troubles": ("since id trouble", trouble_row, "no-troubles"),
    "outputs": ("output name incident since wanted read-back", output_row, "no-outputs"),
    "locks": ("lock quiet outputs by until reason", lock_row, "no-locks"),
    "state": ("state site version", state_row, "no-state"),
    "people": ("name roles phone on-duty until account", person_row, "no-people"),
}


def listing(verb, documents, language):
    """(rows, their colours), the headings first; or None and what to say where there is nothing."""
    columns, make_row, none = LISTINGS[verb]
    documents = [one for one in documents if isinstance(one, dict)]
    if not documents:
        return None, cell("listing", none)[language]
    rows, colours = [headings(columns.split(), language)], ["dim"]
    for document in documents:
        row, colour = make_row(document, language)
        if isinstance(colour, tuple):  # the last of these words that has one
            found = [COLOURS[text_of(document, key)] for key in colour if text_of(document, key) in COLOURS]
            colour = found[-1] if found else None
        rows.append(row)
        colours.append(colour)
    return rows, colours
