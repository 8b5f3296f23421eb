"""The record of one incident, made from what the journal has of it: a document of its own (docs/record.md).

Pure: no clock, no network. What is not known is kept as it is, and nothing need be as it should be.
"""

import copy
import datetime

from facilityctl.document import get, items


ENDED = ("done", "skipped", "did-not-occur")


def seconds(text):
    """A time of a document, in seconds since the epoch; None: it is none."""
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return None


def span(begin, end):
    return None if begin is None or end is None else round(end - begin, 3)


def judge_step(incident, step, now):
    """Against its deadline: when it was accounted for; else by the incident's end, or now."""
    raised, deadline = seconds(get(incident, "raised")), seconds(get(step, "deadline"))
    ended = seconds(get(step, "time")) if get(step, "status") in ENDED else None
    needed = ended is not None or get(step, "applies") != "no"
    closed = seconds(get(incident, "closed"))
    until = ended if ended is not None else closed if closed is not None else now
    late = deadline is not None and needed and until > deadline
    step["after_s"] = span(raised, ended)
    step["allowed_s"] = span(raised, deadline)
    step["kept"] = False if late else True if ended is not None and deadline is not None and needed else None
    step["late_s"] = span(deadline, until) if late else None


def reaction(incident):
    raised, steps = seconds(get(incident, "raised")), items(incident, "steps")
    late = [step for step in steps if step["late_s"]]
    latest = max(late, key=lambda step: step["late_s"], default=None)
    return {
        "acknowledged_s": span(raised, seconds(get(incident, "acknowledged", "time"))),
        "returned_s": span(raised, seconds(get(incident, "returned"))),
        "closed_s": span(raised, seconds(get(incident, "closed"))),
        "kept": sum(step["kept"] is True for step in steps),
        "missed": sum(step["kept"] is False for step in steps),
        "latest": {"step": get(latest, "id") or "", "late_s": latest["late_s"]} if latest else None,
    }


def event_of(entry):
    """All that the payload says but the whole incident, which comes once, at the head."""
    payload = get(entry, "payload")
    event = {key: entry[key] for key in ("sequence", "kind", "time") if key in entry}
    if not isinstance(payload, dict):
        event["payload"] = payload
        return event
    event.update({key: value for key, value in payload.items() if key not in ("v", "id", "seq", "site", "incident")})
    if get(payload, "incident") is not None:
        event["state"] = get(payload, "incident", "state")
    step = next((one for one in items(payload, "incident", "steps")
                 if get(payload, "step") and one.get("id") == payload["step"]), None)
    fact = next((one for one in items(payload, "incident", "facts")
                 if get(payload, "fact") and one.get("id") == payload["fact"]), None)
    if fact and payload.get("event") in ("fact", "assumed"):
        event["answer"] = fact.get("value")
    if payload.get("event") == "stage":
        event["stage"] = get(payload, "incident", "stage")
    if step and "action" in step:
        event["action"] = step["action"]
    if step and payload.get("event") == "step":
        event["status"] = step.get("status")
    return event


def notice_of(entry):
    payload = entry["payload"]
    return {"sequence": get(entry, "sequence"),
            **{key: payload[key] for key in ("time", "event", "role", "level", "on_duty") if key in payload},
            "steps": [get(step, "id") for step in items(payload, "steps")]}


def follow_claims(claims, payload):
    """Each output that the incident has held, and who ended that: a put-back, or what happened when it was gone first."""
    if get(payload, "event") == "restored":
        # Behind the action that has ended it, where somebody holds it still.
        of = [one for one in claims if (one["output"], one["step"]) == (get(payload, "output"), get(payload, "step"))][-1:]
        for claim in of:
            claim["note"] = get(payload, "note") or ""
        ended, note = of, get(payload, "note")
    elif isinstance(get(payload, "incident", "claims"), list):
        now = {(get(one, "output"), get(one, "step")): one for one in items(payload, "incident", "claims")}
        claims.extend({**one, "until": None, "by": None, "note": ""} for key, one in now.items()
                      if not any(same_claim(claim, key) for claim in claims))
        for claim in claims:
            claim.update(now.get((claim["output"], claim["step"]), {}) if claim["until"] is None else {})
        ended, note = [claim for claim in claims if (claim["output"], claim["step"]) not in now], ""
    else:
        return
    for claim in claims:
        if any(same_claim(claim, (get(one, "output"), get(one, "step"))) for one in ended):
            claim.update(until=get(payload, "time"), by=get(payload, "user"), note=note or "")


def same_claim(claim, key):
    """One that stands: the same may begin anew after it was put back."""
    return claim["until"] is None and (claim["output"], claim["step"]) == key


def make(entries, now, made):
    """entries: of the journal, in order; now: seconds since the epoch, which `made` says as text."""
    record = {"v": 1, "made": made, "open": False, "site": None, "incident": {}, "reaction": None,
              "timeline": [], "notices": [], "claims": []}
    for entry in entries:
        payload = get(entry, "payload")
        if get(entry, "kind") == "notify" and isinstance(payload, dict):
            record["notices"].append(notice_of(entry))
            continue
        record["timeline"].append(event_of(entry) if isinstance(entry, dict) else {"payload": entry})
        follow_claims(record["claims"], payload)
        if get(entry, "kind") == "alert" and isinstance(get(payload, "incident"), dict):
            record["incident"] = copy.deepcopy(payload["incident"])
            record["site"] = payload.get("site") or record["site"]
    for step in items(record["incident"], "steps"):
        judge_step(record["incident"], step, now)
    record["open"] = get(record["incident"], "state") != "closed"
    record["reaction"] = reaction(record["incident"])
    return record
