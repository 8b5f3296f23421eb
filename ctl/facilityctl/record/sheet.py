"""Entries of the journal as a table for spreadsheets: CSV as RFC 4180 has it (UTF-8, CRLF, quotes where needed).

A text that a spreadsheet would take for a formula begins with an apostrophe.
"""

import json

from facilityctl.document import get

# Heading, and where its value is: in the entry, its payload, or the incident in that.
COLUMNS = (("sequence", "sequence"), ("time", "time"), ("kind", "kind"), ("event", "payload.event"), ("incident", "incident"),
           ("type", "payload.incident.type"), ("name_zh", "payload.incident.name.zh"),
           ("name_en", "payload.incident.name.en"), ("zone", "payload.incident.zone"),
           ("severity", "payload.incident.severity"), ("state", "payload.incident.state"), ("drill", "payload.drill"),
           ("role", "payload.role.id"), ("step", "payload.step"), ("output", "payload.output"), ("value", "payload.value"),
           ("user", "user"), ("command", "payload.command"), ("note", "payload.note"), ("replayed", "payload.replayed"),
           ("topic", "topic"), ("event_id", "event_id"))


def quoted(text):
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and text:
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(one in text for one in ',"\r\n') else text


def value_text(value):
    """Numbers are what they are, also negative ones; a structure is its JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if isinstance(value, (bool, int, float)) else quoted(text)


def heading():
    return ",".join(name for name, _ in COLUMNS) + "\r\n"


def row(entry):
    return ",".join(value_text(get(entry, *place.split("."))) for _, place in COLUMNS) + "\r\n"
