"""What tests/kills.py has found in one lane: told, answered, kept and shown, compared with each other."""

import collections
import contextlib
import json
import sqlite3
from datetime import datetime, timedelta

SLACK = timedelta(seconds=0.3)

EVENTS = {
    "ack": ("acknowledged",), "report": ("raised", "cause", "reraised", "suppressed"), "over": ("returned", "cause"),
    "done": ("step",), "accept": ("step",), "fail": ("step",), "skip": ("step",), "shelve": ("shelved",),
    "unshelve": ("unshelved",),  # of a lock no incident need tell
    "drill": ("raised",), "drill-end": ("closed",),
}


class Verdict:
    """What went wrong, as texts: `lost`, `doubled`, `changed`."""

    def __init__(self, lane):
        with contextlib.closing(sqlite3.connect(lane.path("state/journal.db"))) as journal:
            kept = {i: json.loads(p) for i, p in journal.execute(
                "SELECT event_id, payload FROM entry WHERE topic IS NOT NULL")}
            waiting = journal.execute("SELECT count(*) FROM outbox").fetchone()[0]
        self.lost, self.doubled, self.changed = [], [], []
        self.compared = 0
        heard = lane.consumer.heard
        self.all = {d["id"]: d for _, d in heard} | kept
        self.alerts = sorted((d for d in self.all.values() if "incident" in d), key=lambda d: d["seq"])
        ids = {d["id"] for _, d in heard}
        self.lost += [f"not heard: {i}" for i in kept if i not in ids]
        self.lost += [f"not in the journal: {d['id']} {d['event']}" for d in self.all.values() if d["id"] not in kept]
        self.lost += [f"{waiting} still in the outbox"] if waiting else []
        self.orders(lane)
        self.twice(heard)
        self.kills(lane)

    def orders(self, lane):
        topics = {d["id"]: t for t, d in lane.consumer.heard}
        self.stream = [d for d in self.alerts if topics.get(d["id"], "alert") == "alert" and "site" in d
                       and "level" not in d]
        by_note, counts = collections.defaultdict(set), collections.Counter()
        for alert in self.stream:
            text = json.dumps(alert["incident"]) + alert["note"]
            counts[alert["incident"]["id"], alert["event"]] += alert["user"] != "facilityd"
            for word in text.split("note ")[1:]:
                by_note[word.split(".", 2)[0] + "." + word.split(".", 2)[1]].add(alert["event"])
        wanted = collections.Counter()
        for verb, incident, note in lane.answered:
            if verb not in EVENTS:
                continue
            if note:
                if not by_note[note[5:-1]] & set(EVENTS[verb]):
                    self.lost.append(f"answered, and not there: {verb} {incident} {note}")
            elif incident:
                wanted[incident, EVENTS[verb]] += 1
        for (incident, events), count in wanted.items():
            if sum(counts[incident, event] for event in events) < 1:
                self.lost.append(f"answered {count} times, and not there: {events} {incident}")

    def twice(self, heard):
        numbers, topics = collections.defaultdict(set), {}
        for topic, document in heard:
            numbers[document["seq"]].add(document["id"])
            topics[document["id"]] = topic
        self.doubled += [f"number {n}: {i}" for n, i in numbers.items() if len(i) > 1]
        seen = collections.defaultdict(set)
        for alert in self.stream:
            incident, event = alert["incident"], alert["event"]
            if event == "raised":
                seen[incident["id"], "raised"].add(alert["id"])
            elif event != "cause":
                seen[incident["id"], event, alert["step"], alert["time"], alert["note"], incident["state"]].add(
                    alert["id"])
        self.doubled += [f"{what}: {i}" for what, i in seen.items() if len(i) > 1]
        self.incidents = len({alert["incident"]["id"] for alert in self.stream})
        closed = set()
        for alert in self.stream:
            incident = alert["incident"]["id"]
            if incident in closed:
                self.doubled.append(f"after its end: {incident} {alert['event']}")
            if alert["event"] == "closed":
                closed.add(incident)

    @staticmethod
    def exact(document):
        """What a kill must not change; how an output stands is read anew."""
        document = json.loads(json.dumps(document))
        for name in ("seq", "instance"):  # which word it is, and whose
            document.pop(name, None)
        for step in document["steps"]:
            if step["action"]:
                step["action"].pop("outputs")
        for cause in document["causes"]:
            cause.pop("readings")
        return document

    def kills(self, lane):
        moved = collections.defaultdict(list)
        for document in self.all.values():
            incident = document["incident"]["id"] if "incident" in document else document.get("incident_id")
            moved[incident].append(datetime.fromisoformat(document["time"]))
        for (before, old), (after, new) in lane.pairs:
            before, after = datetime.fromisoformat(before), datetime.fromisoformat(after)
            for incident, document in old.items():
                # A delay that ends is told with the time at which it was due, which may be before the question.
                if any(before - SLACK <= moment <= after for moment in moved[incident]):
                    continue
                self.compared += 1
                if incident not in new:
                    self.changed.append(f"{incident} was open at {before}, and is not at {after}")
                elif self.exact(document) != self.exact(new[incident]):
                    self.changed.append(f"{incident} at {before}: {self.difference(document, new[incident])}")
            for incident in new:
                if incident not in old and not any(moment <= after for moment in moved[incident]):
                    self.lost.append(f"{incident} is open at {after}, and nobody was told")

    def difference(self, old, new):
        old, new = self.exact(old), self.exact(new)
        return {k: (old[k], new.get(k)) for k in old if old[k] != new.get(k)}
