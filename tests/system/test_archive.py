"""The archive of a real facilityd: records, lists and exports of what has happened, also of much of it."""

import csv
import datetime
import io
import json
import os
import pty
import socket
import sqlite3
import subprocess
from html.parser import HTMLParser

import pytest
from stage import wait_for

MANY, LONG = 900, 4000  # entries of the past, and how long each is: more than 3 MiB


def ctl(building, *words, status=0):
    done = subprocess.run([building.program("facilityctl"), "--socket", building.socket, "--lang", "en", *words],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == status, (words, done.stderr)
    return done.stdout if status == 0 else done.stderr


def listed(building, *options):
    return [i["id"].rsplit("-", 1)[0] for i in json.loads(ctl(building, "incidents", "--json", *options))]


@pytest.fixture
def lived(building):
    """A water loss from begin to end, a leak that is open, and an exercise."""
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "2-f3")
    wait_for(lambda: [o for s in building.observer.incident("2-f3")["steps"] if s["action"]
                      for o in s["action"]["outputs"] if o["state"] == "confirmed"], 15, "its boilers are off")
    ctl(building, "ack", "2-f3")
    ctl(building, "skip", "2-f3", "notices", "=HYPERLINK(\"x\"),\nno printer")
    building.sim("water-back", "f3")
    wait_for(lambda: building.observer.events("2-f3", "returned"), 40, "2-f3 returned")
    ctl(building, "done", "2-f3", "all")
    wait_for(lambda: building.observer.events("2-f3", "closed"), 10, "2-f3 closed")
    ctl(building, "drill", "3", "f1", "autumn")
    ctl(building, "ack", "drill-3-f1")
    building.sim("leak", "f2.tea")  # which ends the exercise
    wait_for(lambda: building.observer.incident("16-f2.tea"), 20, "16-f2.tea")
    wait_for(lambda: not building.observer.incident("drill-3-f1"), 10, "the exercise is over")
    return building


def test_what_has_happened(lived):
    records(lived)
    lists(lived)
    exports(lived)
    much(lived)


def records(building):
    text = ctl(building, "record", "2-f3")
    for words in ("Water loss · Floor 3", "Clauses               2.1, 2.2, 2.3, 2.4", "bar  ", "no printer",
                  "recorded before the write", "proved by read-back", "back to normal", "State                 closed"):
        assert words in text, words
    record = json.loads(ctl(building, "record", "2-f3", "--json"))
    alerts = [a for a in building.observer.alerts if a["event"] == "intent" or a["incident"]["id"] ==
              record["incident"]["id"]]
    alerts = [a for a in alerts if a["event"] != "intent" or a["incident_id"] == record["incident"]["id"]]
    assert [(e["event"], e["time"]) for e in record["timeline"]] == [(a["event"], a["time"]) for a in alerts]
    told = {role for role, notice in building.observer.notices
            if notice["incident"]["id"] == record["incident"]["id"]}
    assert {n["role"]["id"] for n in record["notices"]} == told
    assert record["reaction"]["acknowledged_s"] > 0 and record["open"] is False
    page = ctl(building, "record", record["incident"]["id"], "--html")
    HTMLParser().feed(page)
    assert "no printer" in page and page.rstrip().endswith("</html>")
    assert "still open" in ctl(building, "record", "16-f2.tea")
    drill = ctl(building, "record", "drill-3-f1")
    assert drill.startswith("*** DRILL") and "Reaction times of the exercise" in drill
    assert "no such incident" in ctl(building, "record", "9-f4", status=1)


def lists(building):
    assert listed(building) == ["16-f2.tea"]
    assert listed(building, "--all") == ["2-f3", "drill-3-f1", "16-f2.tea"]
    assert listed(building, "--state", "closed") == ["2-f3", "drill-3-f1"]
    assert listed(building, "--state", "closed", "--drill", "no") == ["2-f3"]
    assert listed(building, "--state", "open", "--drill", "no") == ["16-f2.tea"]
    assert listed(building, "--drill", "only") == ["drill-3-f1"]
    assert listed(building, "--zone", "f2") == ["16-f2.tea"]
    assert len(listed(building, "--zone", "centre")) == 3  # the site is around all of them
    assert listed(building, "--type", "2", "--since", "1h") == ["2-f3"]
    assert listed(building, "--until", "2026-01-01") == []
    table = ctl(building, "incidents", "--all")
    assert "CLOSED" in table.splitlines()[0] and "[drill]" in table
    assert ctl(building, "incidents", "--type", "28", "--all") == "no such incident\n"


def exports(building):
    text = ctl(building, "export", "--since", "1h")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    entries = [json.loads(line) for line in ctl(building, "export", "--format", "json").splitlines()]
    # Each ask is nothing that is recorded, so both are of the same entries.
    assert [int(r["sequence"]) for r in rows] == [e["sequence"] for e in entries]
    assert [r["event_id"] for r in rows] == [e["event_id"] for e in entries]
    assert sorted(int(r["sequence"]) for r in rows) == [int(r["sequence"]) for r in rows]
    skip = next(r for r in rows if r["event"] == "step" and r["step"] == "notices" and r["kind"] == "alert")
    assert skip["note"].startswith("'=HYPERLINK") and skip["note"].endswith("no printer")
    assert skip["name_zh"] == "突发断水" and skip["drill"] == "false"
    assert any(r["kind"] == "command" and "/ack 2-f3" in r["command"] for r in rows)
    assert any(r["drill"] == "true" for r in rows)
    assert not [c for r in rows for c in r.values() if c[:1] in ("=", "+", "@")]
    assert len(ctl(building, "export", "--until", "2026-01-01").splitlines()) == 1


def ask(building, **members):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(building.socket)
        connection.sendall(json.dumps(members).encode() + b"\n")
        with connection.makefile("rb") as lines:
            return json.loads(lines.readline())


def much(building):
    """An incident of the past with more than a page of entries; nothing of it is lost between the pages."""
    building.end("facilityd")
    put_past(os.path.join(building.state, "journal.db"))
    building.start_daemon()
    wait_for(lambda: os.path.exists(building.socket) and ask(building, verb="state")["ok"], 20, "facilityd is there")
    page = ask(building, verb="record", incident="5-f1", id="mine")
    assert (page["ok"], page["id"], page["more"]) == (True, "mine", True)
    assert 900_000 < len(json.dumps(page["result"])) < 1_100_000
    record = json.loads(ctl(building, "record", "5-f1", "--json"))
    assert [e["note"] for e in record["timeline"]] == [f"{n} " + "x" * LONG for n in range(MANY)]
    lines = ctl(building, "export", "--until", "2026-01-31", "--format", "json").splitlines()
    assert len(lines) == MANY and [json.loads(line)["sequence"] for line in lines] == sorted(
        json.loads(line)["sequence"] for line in lines)
    assert listed(building, "--until", "2026-01-31") == ["5-f1"]
    assert listed(building, "--since", "2026-02-01", "--state", "closed") == ["2-f3", "drill-3-f1"]
    progress(building)


def put_past(path):
    begin = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)
    with sqlite3.connect(path) as journal:
        (last,) = journal.execute("SELECT next_sequence FROM counters").fetchone()
        for n in range(MANY):
            wall_ms = int(begin.timestamp() * 1000) + n * 1000
            incident = {"id": "5-f1-past", "type": 5, "zone": "f1", "severity": "low", "drill": False,
                        "name": {"zh": "x", "en": "x"}, "zone_name": {"zh": "x", "en": "x"}, "steps": [],
                        "state": "closed" if n == MANY - 1 else "active-acknowledged",
                        "raised": begin.isoformat(timespec="milliseconds")}
            payload = {"event": "cause", "time": "", "note": f"{n} " + "x" * LONG, "incident": incident}
            journal.execute("INSERT INTO entry VALUES (?, ?, 'alert', NULL, '5-f1-past', 'li', ?, ?)",
                            (last + n, f"past-{n}", json.dumps(payload), wall_ms))
        journal.execute("UPDATE counters SET next_sequence = ?", (last + MANY,))
    journal.close()


def progress(building):
    """On a terminal it ends with an empty line; nothing of it gets into the file."""
    path = os.path.join(building.folder, "all.csv")
    ours, theirs = pty.openpty()
    subprocess.run([building.program("facilityctl"), "--socket", building.socket, "export", "-o", path],
                   stderr=theirs, check=True, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert shown.endswith("\r\033[K")
    with open(path, encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file, strict=True))) > MANY
    assert "--force" in ctl(building, "export", "-o", path, status=1)
