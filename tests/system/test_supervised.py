"""Supervised inputs: the manual's example, and what a daemon says of a loop over real Modbus frames."""

import os
import re
import subprocess
import sys

import pytest
from stage import Building, Observer, free_port, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

HEAD = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
zones = ( {{ id = "f1"; zh = "一层"; en = "Floor 1"; }} );
classes = ( {{ id = "smoke"; kind = "state"; off_zh = "无烟"; off_en = "clear"; on_zh = "有烟"; on_en = "smoke";
              zh = "烟感"; en = "Smoke"; }} );
roles: {{ guard: {{ zh = "保安"; en = "Guards"; }}; }};
types: {{ fire: {{ number = 3; severity = "critical"; zh = "火灾"; en = "Fire"; steps = (
  {{ id = "go"; clause = "3.1"; by = [ "guard" ]; zh = "查看"; en = "Look" ; }} ); }}; }};
rules: {{ smoke: {{ type = "fire"; zh = "烟"; en = "Smoke"; condition = "{condition}"; }}; }};
"""

# The slave's first register reads 450, and its coil 3 is 1, all others 0.
READS_450 = {
    "quiet": ("short 100 alarm 300 fault 400 normal 900 open", 0, None),
    "ringing": ("short 100 normal 300 fault 400 alarm 900 open", 1, None),
    "on-the-limit": ("normal 450 alarm", 1, None),
    "below-the-limit": ("normal 451 alarm", 0, None),
    "cut": ("alarm 200 normal 300 open", None, "line open"),
    "bridged": ("short 500 normal 900 alarm", None, "line shorted"),
    "between": ("alarm 200 fault 900 normal", None, "device fault"),
}
COILS = {
    "pair-normal": (0, 0, None),
    "pair-alarm": (3, 1, None),
    "pair-fault": (2, None, "device fault"),
}


def devices(port):
    points = [f'{name}: {{ class = "smoke"; table = "holding"; register = 0; bands = "{bands}"; zh = "甲"; en = "A"; }};'
              for name, (bands, _, _) in READS_450.items()]
    points += [f'{name}: {{ class = "smoke"; table = "coil"; register = {coil}; pair = true; zh = "乙"; en = "B"; '
               'bands = "normal 1 alarm 2 fault"; };' for name, (coil, _, _) in COILS.items()]
    points = "\n".join(points)
    return f"""
buses: {{ line: {{ adapter = "modbus-tcp"; host = "127.0.0.1"; port = {port}; zh = "线"; en = "Line"; }}; }};
devices: {{ loop: {{ bus = "line"; zone = "f1"; unit = 5; address_base = "0"; poll = "200 ms"; zh = "回路"; en = "Loop";
  points: {{ {points} }}; }}; }};
"""


@pytest.fixture
def building(build):
    """A broker, a slave that is not ours, and a facilityd that reads its loops."""
    running = Building(build)
    port = free_port()
    try:
        running.start_broker()
        running._spawn("slave", [sys.executable, os.path.join(HERE, "pymodbus_slave.py"), "tcp", str(port), "450"])
        wait_for(lambda: running._listens(port), 10, "the slave listens")
        os.makedirs(os.path.dirname(running.config))
        os.makedirs(running.state)
        condition = "count(smoke) >= 3 or cut or bridged or between"
        with open(running.config, "w", encoding="utf-8") as file:
            file.write(HEAD.format(mqtt=running.mqtt_port, condition=condition) + devices(port))
        running.start_daemon()
        running.observer = Observer(running.mqtt_port)
        yield running
        running.observer.close()
    finally:
        running.end("slave")
        running.stop()


def test_loops_and_pairs_are_judged(building):
    expected = {**{name: (value, reason) for name, (_, value, reason) in READS_450.items()},
                **{name: (value, reason) for name, (_, value, reason) in COILS.items()}}
    observer = building.observer
    wait_for(lambda: all((observer.point(name) or {}).get("reason") != "never read" and observer.point(name)
                         for name in expected), 15, "every point is read")
    for name, (value, reason) in expected.items():
        document = observer.point(name)
        assert (document["value"], document["reason"]) == (value, reason), name
        assert document["quality"] == ("bad" if reason else "good"), name


def test_a_cut_wire_is_a_trouble_and_a_ringing_one_an_incident(building):
    observer = building.observer
    for point, text in (("cut", "线路开路"), ("bridged", "线路短路")):
        wait_for(lambda point=point: observer.retained.get(f"trouble/point.{point}"), 15, f"{point} is a trouble")
        assert text in observer.retained[f"trouble/point.{point}"]["text"]["zh"]
    assert "trouble/point.quiet" not in observer.retained
    # Three ring; the cut and bridged ones alone would have been neither true nor false.
    wait_for(lambda: observer.incident("3-centre"), 15, "three that ring are an incident")


def example():
    with open(os.path.join(ROOT, "docs/configuration.md"), encoding="utf-8") as file:
        (text,) = re.findall(r"<!-- tested: tests/system/test_supervised\.py [^>]*-->\n```\n(.*?)```", file.read(), re.S)
    return text


def test_the_manuals_example_is_good(build, tmp_path):
    config = tmp_path / "facilityd.conf"
    config.write_text(HEAD.format(mqtt=1883, condition="any(smoke)") + example(), encoding="utf-8")
    done = subprocess.run([os.path.join(ROOT, build, "facilityd"), "--check", "--config", config], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 devices, 3 points" in done.stdout
