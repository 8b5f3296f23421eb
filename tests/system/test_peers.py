"""facilityd against a Modbus slave that is not ours, with a Modbus client that is not ours as witness."""

import os
import pty
import subprocess
import sys
import threading
import tty

import pytest
from stage import Building, Observer, free_port, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))

CONFIG = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
daemon: {{ actions_armed = true; }};
zones = ( {{ id = "f1"; zh = "一层"; en = "Floor 1"; }} );
classes = (
  {{ id = "level"; kind = "number"; unit = "cm"; decimals = 1; zh = "液位"; en = "Level"; }},
  {{ id = "supply"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "供电"; en = "Supply"; }}
);
buses: {{ line: {{ {bus} zh = "线"; en = "Line"; }}; }};
devices: {{
  foreign: {{
    bus = "line"; zone = "f1"; unit = 5; address_base = "0"; poll = "200 ms"; zh = "从站"; en = "Slave";
    points: {{
      tank: {{ class = "level"; table = "holding"; register = 0; type = "u16"; scale = 0.1; min = 0.0; max = 100.0;
              zh = "水箱"; en = "Tank"; }};
      exact: {{ class = "level"; table = "holding"; register = 1; type = "f32"; order = "abcd"; min = 0.0;
               max = 1000.0; zh = "浮点"; en = "Float"; }};
      negative: {{ class = "level"; table = "holding"; register = 3; type = "s16"; min = -10.0; max = 10.0;
                  zh = "负数"; en = "Negative"; }};
      outside: {{ class = "level"; table = "holding"; register = 4; type = "u16"; min = 0.0; max = 100.0;
                 zh = "超限"; en = "Outside"; }};
      nowhere: {{ class = "level"; table = "holding"; register = 500; type = "u16"; min = 0.0; max = 100.0;
                 zh = "无"; en = "Nowhere"; }};
      input: {{ class = "level"; table = "input"; register = 2; type = "u16"; min = 0.0; max = 100.0;
               zh = "输入"; en = "Input"; }};
      relay: {{ class = "supply"; table = "coil"; register = 3; type = "bit"; writable = true; armed = true;
               readback = "relay-contact"; zh = "继电器"; en = "Relay"; }};
    }};
  }};
  contact: {{
    bus = "line"; zone = "f1"; unit = 5; address_base = "0"; poll = "200 ms"; zh = "触点"; en = "Contact";
    points: {{ relay-contact: {{ class = "supply"; table = "coil"; register = 3; type = "bit"; zh = "触点";
                                en = "Contact"; }}; }};
  }};
}};
roles: {{ property: {{ zh = "物业处"; en = "Property"; }}; }};
actions: {{ cut: {{ class = "supply"; scope = "zone"; value = 0; mode = "auto"; confirm = "5 s"; zh = "断电";
           en = "Cut"; }}; }};
types: {{ leak: {{ number = 16; severity = "high"; zh = "漏水"; en = "Leak"; steps = (
  {{ id = "cut"; clause = "16.1"; by = [ "property" ]; zh = "断电"; en = "Cut the power"; mandatory = true;
    action = "cut"; }} ); }}; }};
rules: {{ flooded: {{ type = "leak"; zh = "水位高"; en = "Level high"; condition = "tank > 50 cm"; for = "400 ms";
         zone = "f1"; detect_within = "5 s"; }}; }};
"""


class PtyPair:
    """Two pseudo terminals, each fed with what the other sends: a serial cable."""

    def __init__(self):
        self.masters, self.paths, self.slaves = [], [], []
        for _ in range(2):
            master, slave = pty.openpty()
            tty.setraw(slave)
            self.masters.append(master)
            self.slaves.append(slave)
            self.paths.append(os.ttyname(slave))
        for a, b in ((0, 1), (1, 0)):
            threading.Thread(target=self._copy, args=(self.masters[a], self.masters[b]), daemon=True).start()

    @staticmethod
    def _copy(source, target):
        try:
            while data := os.read(source, 256):
                os.write(target, data)
        except OSError:
            pass


@pytest.fixture(params=["tcp", "rtu"])
def foreign(request, build):
    building = Building(build)
    os.makedirs(os.path.join(building.folder, "etc"))
    os.makedirs(building.state)
    if request.param == "tcp":
        building.slave_port = free_port()
        slave = ["tcp", str(building.slave_port)]
        bus = f'adapter = "modbus-tcp"; host = "127.0.0.1"; port = {building.slave_port};'
    else:
        cable = PtyPair()
        slave = ["rtu", cable.paths[0]]
        bus = f'adapter = "modbus-rtu"; path = "{cable.paths[1]}"; baud = "19200";'
    with open(building.config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(mqtt=building.mqtt_port, bus=bus))
    try:
        building.slave = [sys.executable, os.path.join(HERE, "pymodbus_slave.py"), *slave]
        building._spawn("slave", [*building.slave, "250"])
        building.start_broker()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        building.kind = request.param
        yield building
    finally:
        building.observer.close()
        building.end("slave")
        building.stop()


def test_values_of_a_foreign_slave(foreign):
    observer = foreign.observer
    good = {"tank": 25.0, "exact": 123.456, "negative": -2.0, "input": 7.0, "relay": 1}
    for point, expected in good.items():
        document = wait_for(lambda p=point: (observer.point(p) or {}).get("quality") == "good" and observer.point(p),
                            15, point)
        assert document["value"] == pytest.approx(expected, abs=1e-3), point
    for point, reason in {"outside": "range", "nowhere": "exception"}.items():
        document = wait_for(lambda p=point: (observer.point(p) or {}).get("quality") == "bad" and observer.point(p),
                            15, point)
        assert reason in document["reason"] and document["value"] is None


def raise_level(foreign):
    """Over TCP a client that is not ours writes; a serial line has one master, so there the slave is changed."""
    if foreign.kind == "rtu":
        foreign.end("slave")
        foreign._spawn("slave", [*foreign.slave, "600"])
        return
    subprocess.run([*mbpoll(foreign), "-t", "4", "-r", "0", "127.0.0.1", "600"], check=True,
                   stdout=subprocess.DEVNULL)


def mbpoll(foreign):
    return ["mbpoll", "-m", "tcp", "-p", str(foreign.slave_port), "-a", "5", "-0", "-1"]


def told_of_output(incident):
    return next((o for o in incident["steps"][0]["action"]["outputs"] if o["error"]), None)


def test_a_relay_of_a_foreign_slave_is_cut_and_says_so(foreign):
    observer = foreign.observer
    wait_for(lambda: (observer.point("relay-contact") or {}).get("value") == 1, 15, "the contact is closed")
    raise_level(foreign)
    wait_for(lambda: observer.incident("16-f1"), 45, "the incident")
    output = wait_for(lambda: told_of_output(observer.incident("16-f1")), 10, "what became of it")
    assert (output["state"], output["error"]) == ("unproven", "the relay says off"), "its own coil proves nothing"
    wait_for(lambda: observer.point("relay-contact")["value"] == 0, 5, "the contact is open")
    if foreign.kind == "tcp":
        answer = subprocess.run([*mbpoll(foreign), "-t", "0", "-r", "3", "127.0.0.1"], check=True,
                                capture_output=True, text=True)
        assert "[3]: \t0" in answer.stdout
