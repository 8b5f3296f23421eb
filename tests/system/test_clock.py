"""Promise 8: a jump of the wall clock changes no decision, no timer and no order; people see the new time."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import time
from datetime import datetime, timedelta

import pytest
from conftest import ROOT, points_good
from stage import Building, Observer, wait_for


class Jumping(Building):
    """Its daemon's wall clock jumps as the test says, and is right as the kernel says."""

    clock = "kernel"

    def __init__(self, build):
        super().__init__(build)
        self.library, self.file = os.path.join(self.folder, "jump.so"), os.path.join(self.folder, "jump")
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", self.library,
                        os.path.join(ROOT, "tests/wall_jump.c")], check=True)
        self.jump(0)

    def jump(self, seconds):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as file:
            file.write(struct.pack("=q", seconds))

    def vouch(self, right):
        """What the kernel says of it."""
        with open(self.file, "r+b") as file:
            file.seek(8)
            file.write(struct.pack("=q", 1 if right else 2))

    def reboot(self, off_s):
        """As if the machine had been off for so long."""
        self.end("facilityd")
        with contextlib.closing(sqlite3.connect(os.path.join(self.state, "journal.db"))) as journal, journal:
            journal.execute("UPDATE counters SET boot_id = 'another', wall_ms = wall_ms - ?", (off_s * 1000,))
        self.start_daemon()

    def start_daemon(self, *options):
        os.environ["LD_PRELOAD"], os.environ["WALL_JUMP"] = self.library, self.file
        try:
            super().start_daemon(*options)
        finally:
            del os.environ["LD_PRELOAD"], os.environ["WALL_JUMP"]

    def order(self, verb, **members):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(self.socket)
            link.sendall(json.dumps({"verb": verb, **members}).encode() + b"\n")
            answer = json.loads(link.makefile().readline())
        assert answer["ok"], answer
        return answer


@pytest.fixture
def building(build):
    with Jumping(build) as running:
        running.observer = Observer(running.mqtt_port)
        try:
            wait_for(lambda: points_good(running.observer), 20, "every point is good")
            yield running
        finally:
            running.observer.close()


def shifted(document, seconds):
    """As it is to be after a jump: each of its times moved, but for those of readings, which come anew."""
    if isinstance(document, dict):
        return {k: shifted(v, seconds) for k, v in document.items() if k != "readings"}
    if isinstance(document, list):
        return [shifted(v, seconds) for v in document]
    try:
        return datetime.fromisoformat(document) + timedelta(seconds=seconds)
    except (TypeError, ValueError):
        return document


def alike(a, b):
    """Times within the slack of the daemon's offset and a reading's own."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a if k != "seq")
    if isinstance(a, list):
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b))
    if isinstance(a, datetime):
        return abs((a - b).total_seconds()) < 0.1
    return a == b


@pytest.mark.parametrize("seconds", [3 * 3600, pytest.param(-3 * 3600, marks=pytest.mark.slow)])
def test_jumps_decide_nothing(building, seconds):
    observer = building.observer
    building.order("report", type=13, zone="f1", note="a dog")
    building.order("shelve", incident="13-f1", minutes=10, note="its owner comes")
    building.sim("water-cut", "f3")
    wait_for(lambda: observer.value("f3-water-pressure", 9) < 1.0, 10, "low pressure")
    low = time.monotonic()
    time.sleep(2)
    building.jump(seconds)  # within the rule's 5 s
    wait_for(lambda: observer.incident("2-f3"), 20, "the incident")
    assert 4.3 < time.monotonic() - low < 6.5
    raised = datetime.fromisoformat(observer.incident("2-f3")["raised"])
    assert abs((raised - datetime.now(raised.tzinfo)).total_seconds() - seconds) < 5, "people see the new time"
    building.order("ack", incident="2-f3")
    time.sleep(2)
    told = [a["id"] for a in observer.alerts]
    # The second was published last before the jump.
    before = {"2-f3": shifted(observer.incident("2-f3"), -seconds), "13-f1": shifted(observer.incident("13-f1"), 0)}
    building.jump(0)
    time.sleep(1.5)
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: observer.retained["state"]["status"] == "online", 15, "online again")
    time.sleep(2)
    for short in ("2-f3", "13-f1"):
        after = observer.incident(short)
        assert after and alike(before[short], shifted(after, 0)), short
    assert [a["id"] for a in observer.alerts] == told, "nothing happens because of the clock"


OUTPUT = "f3-tea-boiler-supply"


def ends(building):
    """Of a lock, a shelf and a hand: how long each still lasts, in seconds."""
    retained, now = building.observer.retained, datetime.now().astimezone()
    texts = [retained["locks"]["locks"][0]["until"], building.observer.incident("13-f1")["shelved"]["until"],
             retained[f"output/{OUTPUT}"]["claims"][0]["hand"]["until"]]
    return [(datetime.fromisoformat(text) - now).total_seconds() for text in texts]


def deadline(building):
    """Of the first step of what was reported at 13-f2."""
    return datetime.fromisoformat(building.observer.incident("13-f2")["steps"][0]["deadline"])


def late(building):
    return [a["step"] for a in building.observer.events("13-f2", "overdue")]


@pytest.mark.slow
def test_what_is_left_over_a_reboot(building):
    """Nothing is taken off before the clock is known to be right; then the time that the machine was off, of each."""
    observer = building.observer
    building.vouch(False)
    building.order("report", type=13, zone="f1", note="a dog")
    building.order("shelve", incident="13-f1", minutes=60, note="its owner comes")
    building.order("lock", what="zone:f2", until="1h", note="new pipes")
    building.order("set", output=OUTPUT, value=0, until="1h", note="a look")
    building.order("report", type=13, zone="f2", note="a cat")
    wait_for(lambda: observer.incident("13-f2"), 5, "a step with a deadline")
    due = deadline(building)
    wait_for(lambda: building.ask("outputs")[0] == 0 and f"output/{OUTPUT}" in observer.retained and observer.incident("13-f1")
             ["shelved"] and observer.retained.get("locks", {}).get("locks"), 10, "all are told")
    building.reboot(off_s=600)
    wait_for(lambda: observer.retained["state"]["status"] == "online", 15, "online again")
    time.sleep(3)
    assert all(3500 < left <= 3610 for left in ends(building)), ends(building)
    assert not late(building) and abs((deadline(building) - due).total_seconds()) < 30, "nothing is taken off"
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: observer.retained["state"]["status"] == "online", 15, "online again")
    building.vouch(True)
    wait_for(lambda: all(2880 < left <= 3010 for left in ends(building)), 10, "taken off, of each")
    wait_for(lambda: "ask-out" in late(building), 10, "what fell due meanwhile is told")
    assert abs((deadline(building) - due).total_seconds() + 600) < 30, "and taken off"
    time.sleep(2)
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: observer.retained["state"]["status"] == "online", 15, "online again")
    time.sleep(2)
    assert late(building).count("ask-out") == 1, "once"


@pytest.mark.slow
def test_a_clock_that_nobody_vouches_for(building):
    """Recurring locks wait for it, which is a trouble in the end; a person vouches, until it is set again."""
    observer = building.observer
    building.vouch(False)
    with open(building.config, "a", encoding="utf-8") as file:
        file.write('\nlocks: { boilers: { hours = [ "Mon-Sun 00:00-11:59", "Mon-Sun 12:00-23:59" ]; what = "zone:f3"; '
                   'role = "property"; reason = "they are cleaned"; }; };\n')
    building.hurry(0.005)
    trouble = wait_for(lambda: observer.retained.get("trouble/clock"), 15, "a trouble, after 10 minutes at this scale")
    assert "zone:f3" in trouble["text"]["en"] and "zone:f3" in trouble["text"]["zh"]
    assert "role:" in trouble["text"]["en"], "of whom nobody knows whether they are on duty"
    building.sim("water-cut", "f3")
    told = wait_for(lambda: {n["on_duty"] for role, n in observer.notices if role == "window_service_head"}, 30, "a notice")
    assert told == {None}
    assert not observer.retained["locks"]["locks"]
    building.order("clock-ok", note="by my watch")
    wait_for(lambda: "trouble/clock" not in observer.retained, 5, "over")
    wait_for(lambda: [one["lock"] for one in observer.retained["locks"]["locks"]] == ["zone:f3"], 5, "the lock comes")
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    time.sleep(5)
    assert "trouble/clock" not in observer.retained, "his word holds over a restart"
    building.jump(90)
    wait_for(lambda: "90 s" in observer.retained.get("trouble/clock.step", {"text": {"en": ""}})["text"]["en"], 5, "a step")
    wait_for(lambda: "trouble/clock" in observer.retained, 5, "his word was of another time")
    building.vouch(True)
    wait_for(lambda: not {"trouble/clock", "trouble/clock.step"} & set(observer.retained), 15, "the kernel says so")
