"""The record of one incident, made from what the journal has of it: a document of its own (docs/record.md).

Pure: no clock, no network. What is not known is kept as it is; nothing need be there, or as it should be.
"""

import copy
from datetime import datetime

ACCOUNTED_FOR = ("done", "skipped")
NOTICE_MEMBERS = ("time", "event", "role", "level", "on_duty")
EVENT_LEFT_OUT = ("v", "id", "seq", "site", "incident")


def get(value, *keys):
    """A member of a member, or None where anything on the way is missing or no object."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def string(value, *keys):
    text = get(value, *keys)
    return text if isinstance(text, str) else ""


def items(value, *keys):
    array = get(value, *keys)
    return array if isinstance(array, list) else []


def time_of(value, *keys):
    """A time of a document in seconds, or None."""
    try:
        return datetime.fromisoformat(string(value, *keys)).timestamp()
    except ValueError:
        return None


def after_raise(incident, value, key):
    """Seconds from the raise to a time; None where one is missing."""
    raised, at = time_of(incident, "raised"), time_of(value, key)
    return None if raised is None or at is None else round(at - raised, 3)


def judge_step(incident, step, now):
    """Done or skipped: against the deadline when that was. Else it is late once the deadline has passed
    while the incident was open; a step that does not apply has nothing to keep."""
    deadline, end = time_of(step, "deadline"), time_of(step, "time")
    ended = string(step, "status") in ACCOUNTED_FOR and end is not None
    if not ended:
        end = time_of(incident, "closed")
    end = now if end is None else end
    bound = deadline is not None and (ended or string(step, "applies") != "no")
    late = bound and end > deadline
    step["after_s"] = after_raise(incident, step, "time") if ended else None
    step["allowed_s"] = after_raise(incident, step, "deadline")
    step["kept"] = False if late else True if ended and bound else None
    step["late_s"] = round(end - deadline, 3) if late else None


def reaction_of(incident):
    steps = [step for step in items(incident, "steps") if isinstance(step, dict)]
    latest = max(steps, key=lambda step: step["late_s"] or 0, default={})
    return {
        "acknowledged_s": after_raise(incident, get(incident, "acknowledged"), "time"),
        "returned_s": after_raise(incident, incident, "returned"),
        "closed_s": after_raise(incident, incident, "closed"),
        "kept": sum(step["kept"] is True for step in steps),
        "missed": sum(step["kept"] is False for step in steps),
        "latest": {"step": string(latest, "id"), "late_s": latest["late_s"]} if latest.get("late_s") else None,
    }


def event_of(entry):
    """All that the payload says but the whole incident, which comes once, at the head."""
    payload = get(entry, "payload")
    event = {key: entry[key] for key in ("sequence", "kind", "time") if get(entry, key) is not None}
    if not isinstance(payload, dict):
        return event | {"payload": payload}
    event |= {key: value for key, value in payload.items() if key not in EVENT_LEFT_OUT}
    if get(payload, "incident") is not None:
        event["state"] = get(payload, "incident", "state")
    step = next((step for step in items(payload, "incident", "steps")
                 if string(payload, "step") and string(step, "id") == string(payload, "step")), None)
    if get(step, "action") is not None:
        event["action"] = step["action"]
    if step and string(payload, "event") == "step":
        event["status"] = get(step, "status")
    return event


def notice_of(entry):
    payload = entry["payload"]
    return {"sequence": get(entry, "sequence"), **{key: payload[key] for key in NOTICE_MEMBERS if key in payload},
            "steps": [get(step, "id") for step in items(payload, "steps")]}


def make(entries, made, now):
    """The record: `entries` of the journal in order; `made`: its time as text, `now` the same in seconds."""
    record = {"v": 1, "made": made, "open": False, "site": None, "incident": None, "reaction": None,
              "timeline": [], "notices": []}
    for entry in entries:
        payload = get(entry, "payload")
        if string(entry, "kind") == "notify" and isinstance(payload, dict):
            record["notices"].append(notice_of(entry))
            continue
        record["timeline"].append(event_of(entry))
        if string(entry, "kind") == "alert" and isinstance(get(payload, "incident"), dict):
            record["incident"] = copy.deepcopy(payload["incident"])
            record["site"] = get(payload, "site") or record["site"]
    incident = record["incident"]
    for step in items(incident, "steps"):
        if isinstance(step, dict):
            judge_step(incident, step, now)
    record["open"] = string(incident, "state") != "closed"
    record["reaction"] = reaction_of(incident)
    return record
