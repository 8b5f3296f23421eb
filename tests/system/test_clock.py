"""Promise 8: a jump of the wall clock changes no decision, no timer and no order; people see the new time."""

import json
import os
import signal
import socket
import struct
import subprocess
import time
from datetime import datetime, timedelta

import pytest
from conftest import ROOT, points_good
from stage import Building, Observer, wait_for


class Jumping(Building):
    """Its daemon's wall clock jumps as the test says."""

    def __init__(self, build):
        super().__init__(build)
        self.library, self.file = os.path.join(self.folder, "jump.so"), os.path.join(self.folder, "jump")
        subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", self.library,
                        os.path.join(ROOT, "tests/wall_jump.c")], check=True)
        self.jump(0)

    def jump(self, seconds):
        with open(self.file, "r+b" if os.path.exists(self.file) else "wb") as file:
            file.write(struct.pack("=q", seconds))

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


@pytest.mark.parametrize("seconds", [3 * 3600, -3 * 3600])
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
