"""facilityd with buses that are no Modbus: probes, a program, files, and a broker where others publish."""

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading

import pytest
from stage import Building, Observer, free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

CONFIG = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
daemon: {{ actions_armed = true; }};
zones = ( {{ id = "f1"; zh = "一层"; en = "Floor 1"; }} );
classes = (
  {{ id = "up"; kind = "state"; off_zh = "断"; off_en = "down"; on_zh = "通"; on_en = "up"; zh = "连通"; en = "Up"; }},
  {{ id = "leak"; kind = "state"; off_zh = "干"; off_en = "dry"; on_zh = "湿"; on_en = "wet"; zh = "漏水"; en = "Leak"; }},
  {{ id = "supply"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "供电"; en = "Supply"; }},
  {{ id = "temperature"; kind = "number"; unit = "degC"; decimals = 1; zh = "温度"; en = "Temperature"; }},
  {{ id = "people"; kind = "number"; unit = "persons"; decimals = 0; zh = "人数"; en = "People"; }},
  {{ id = "status"; kind = "number"; unit = ""; decimals = 0; zh = "状态"; en = "Status"; }}
);
buses: {{
  probes: {{ adapter = "probe"; interface = "lo"; zh = "探测"; en = "Probes"; }};
  program: {{ adapter = "exec"; command = [ "{python}", "{program}", "{state}" ]; zh = "程序"; en = "Program"; }};
  files: {{ adapter = "sysfs"; zh = "文件"; en = "Files"; }};
  others: {{ adapter = "mqtt"; host = "127.0.0.1"; port = {mqtt}; zh = "无线"; en = "Wireless"; }};
}};
devices: {{
  server: {{ bus = "probes"; zone = "f1"; poll = "300 ms"; zh = "服务器"; en = "Server"; points: {{
    server-up: {{ class = "up"; host = "127.0.0.1"; ask = "http"; port = {http}; path = "/health"; timeout = "200 ms";
                 zh = "服务器"; en = "Server"; }};
    server-status: {{ class = "status"; min = 0.0; max = 999.0; host = "127.0.0.1"; ask = "http"; port = {http};
                     give = "status"; timeout = "200 ms"; zh = "状态"; en = "Status"; }}; }}; }};
  cabinet: {{ bus = "program"; zone = "f1"; poll = "500 ms"; zh = "柜"; en = "Cabinet"; points: {{
    f1-leak: {{ class = "leak"; word = "water"; zh = "漏水"; en = "Leak"; }};
    f1-supply: {{ class = "supply"; writable = true; armed = true; readback = "f1-live"; zh = "供电"; en = "Supply"; }};
    f1-live: {{ class = "supply"; zh = "带电"; en = "Live"; }}; }}; }};
  chip: {{ bus = "files"; zone = "f1"; poll = "200 ms"; path = "{folder}"; name = "chip7"; zh = "芯片"; en = "Chip"; points: {{
    room: {{ class = "temperature"; file = "temp1_input"; scale = 0.001; min = -40.0; max = 90.0; zh = "室温"; en = "Room"; }}; }}; }};
  counter: {{ bus = "others"; zone = "f1"; poll = "10 s"; availability = "counter/availability"; zh = "计数器"; en = "Counter"; points: {{
    hall-people: {{ class = "people"; topic = "counter/state"; pointer = "/people"; min = 0.0; max = 500.0;
                   zh = "人数"; en = "People"; }}; }}; }};
}};
roles: {{ property: {{ zh = "物业处"; en = "Property"; }}; }};
actions: {{ cut: {{ class = "supply"; scope = "zone"; value = 0; mode = "auto"; confirm = "5 s"; zh = "断电"; en = "Cut"; }}; }};
types: {{ leak: {{ number = 16; severity = "high"; zh = "漏水"; en = "Leak"; steps = (
  {{ id = "cut"; clause = "16.1"; by = [ "property" ]; zh = "断电"; en = "Cut the power"; mandatory = true;
    action = "cut"; }} ); }}; }};
rules: {{ wet: {{ type = "leak"; zh = "漏水"; en = "Wet"; condition = "any(leak)"; each = "zone"; detect_within = "5 s"; }}; }};
"""

# A cabinet of a leak sensor and a relay with a contact, as somebody would write it in an afternoon.
PROGRAM = """
import os, select, sys
state, relay = sys.argv[1], 1
print("the cabinet starts", file=sys.stderr, flush=True)
while True:
    print("water", open(state).read().strip())
    print("f1-supply", relay)
    print("f1-live", relay, flush=True)
    while select.select([sys.stdin], [], [], 0.2)[0]:
        line = os.read(0, 1000).decode()
        if not line:
            sys.exit()
        verb, number, point, value = line.split()
        relay = int(value)
        print("done", number, flush=True)
"""


class Server(http.server.ThreadingHTTPServer):
    """A server that answers while it is asked to."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Server.Handler)
        self.status = 200
        self.daemon_threads = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


@pytest.fixture
def site(build):
    building = Building(build)
    os.makedirs(os.path.join(building.folder, "etc"))
    os.makedirs(building.state)
    building.water = os.path.join(building.folder, "water")
    building.chip = os.path.join(building.folder, "hwmon")
    os.makedirs(os.path.join(building.chip, "hwmon3"))
    write(os.path.join(building.chip, "hwmon3", "name"), "chip7\n")
    write(os.path.join(building.chip, "hwmon3", "temp1_input"), "21500\n")
    write(building.water, "0")
    program = os.path.join(building.folder, "cabinet.py")
    write(program, PROGRAM)
    building.http = free_port()
    write(building.config, CONFIG.format(
        mqtt=building.mqtt_port, http=building.http, python=sys.executable, program=program, state=building.water,
        folder=building.chip))
    building.server = Server(building.http)
    try:
        building.start_broker()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        yield building
    finally:
        building.observer.close()
        building.server.end()
        building.stop()


def publish(site, topic, payload, retain=False):
    site.observer.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish()


def expect(site, point, value, timeout_s=10):
    """The point's value; a text is the reason why it has none."""
    def seen():
        document = site.observer.point(point)
        return document and (document["value"] == value or document["reason"] == value)
    wait_for(seen, timeout_s, f"{point} is {value}")


def child_of(site):
    """The processes that run the program of this site."""
    program, found = os.path.join(site.folder, "cabinet.py").encode(), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if program in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass  # it has just ended
    return found


def test_readings_of_all_four(site):
    expect(site, "server-up", 1)
    expect(site, "server-status", 200)
    expect(site, "f1-leak", 0)
    expect(site, "f1-live", 1)
    expect(site, "room", 21.5)
    publish(site, "counter/state", json.dumps({"people": 12}))
    expect(site, "hall-people", 12)

    site.server.status = 503
    expect(site, "server-up", 0)
    expect(site, "server-status", 503)
    site.server.end()
    expect(site, "server-status", "offline")
    assert site.observer.point("server-up")["value"] == 0  # a good reading, and no trouble
    assert site.observer.point("server-up")["quality"] == "good"

    write(os.path.join(site.chip, "hwmon3", "temp1_input"), "85000000\n")
    expect(site, "room", "out of range")
    os.rename(os.path.join(site.chip, "hwmon3"), os.path.join(site.chip, "hwmon0"))  # after a restart, say
    write(os.path.join(site.chip, "hwmon0", "temp1_input"), "22000\n")
    expect(site, "room", 22)
    shutil.rmtree(os.path.join(site.chip, "hwmon0"))
    expect(site, "room", "link down")
    wait_for(lambda: site.observer.retained.get("trouble/device.chip"), 10, "the chip's trouble")

    publish(site, "counter/availability", "offline", retain=True)
    expect(site, "hall-people", "offline")
    wait_for(lambda: site.observer.retained.get("trouble/point.hall-people"), 5, "its trouble")
    publish(site, "counter/availability", "online", retain=True)
    publish(site, "counter/state", json.dumps({"people": 13}))
    expect(site, "hall-people", 13)


def test_a_program_sees_and_acts(site):
    """A leak that a program sees cuts a relay that it switches, and its contact proves it."""
    expect(site, "f1-leak", 0)
    expect(site, "f1-live", 1)
    write(site.water, "1")
    wait_for(lambda: site.observer.incident("16-f1"), 10, "the incident")
    wait_for(lambda: site.observer.incident("16-f1")["steps"][0]["action"]["state"] == "done", 10, "cut and proved")
    expect(site, "f1-live", 0)


def test_a_program_that_dies_hangs_or_talks_nonsense(site):
    expect(site, "f1-live", 1)
    first = child_of(site)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    expect(site, "f1-live", "link down")
    wait_for(lambda: site.observer.retained.get("trouble/bus.program"), 5, "the bus's trouble")
    expect(site, "f1-live", 1)
    wait_for(lambda: not site.observer.retained.get("trouble/bus.program"), 5, "the trouble's end")
    second = child_of(site)
    assert len(second) == 1 and second != first

    os.kill(second[0], signal.SIGSTOP)
    expect(site, "f1-live", "too old")
    os.kill(second[0], signal.SIGCONT)
    expect(site, "f1-live", 1)

    write(site.water, "wet")  # no value, and the line of a known point
    expect(site, "f1-leak", "garbled answer")
    assert site.observer.point("f1-live")["value"] == 1
    write(site.water, "0\nnonsense")
    expect(site, "f1-live", "link down")
    wait_for(lambda: "Protocol error" in site.log("facilityd"), 5, "the log says why")
    assert "the cabinet starts" in site.log("facilityd")
    write(site.water, "0")
    expect(site, "f1-live", 1, timeout_s=20)


def test_no_program_outlives_its_daemon(site):
    expect(site, "f1-live", 1)
    assert len(child_of(site)) == 1
    site.end("facilityd", signal.SIGKILL)
    wait_for(lambda: not child_of(site), 5, "the program's end")


def test_the_broker_of_the_others_goes_and_returns(site):
    publish(site, "counter/state", json.dumps({"people": 7}), retain=True)
    expect(site, "hall-people", 7)
    site.end("mosquitto")
    site.start_broker()
    wait_for(lambda: site.observer.listens, 10, "the observer is back")
    publish(site, "counter/state", json.dumps({"people": 8}), retain=True)
    expect(site, "hall-people", 8, timeout_s=20)
    assert site.log("facilityd").count("bus others: open") == 2


# The shipped example -----------------------------------------------------------------------


def with_probes(folder):
    """The shipped configuration, changed as devices-probe.conf says."""
    shutil.copytree(os.path.join(ROOT, "config/etc"), folder)

    def change(name, pattern, replacement):
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            text, count = re.subn(pattern, replacement, file.read(), flags=re.MULTILINE | re.DOTALL)
        assert count == 1, name
        write(path, text)

    change("devices-it.conf", r"^network-monitor: \{.*?^\};$", '@include "devices-probe.conf"')
    change("connections.conf", r"^  # probes: \{.*?^  # \};$",
           lambda found: found.group().replace("  # ", "  ").replace('"eno1"', '"lo"'))
    return os.path.join(folder, "facilityd.conf")


def test_the_example_of_probes(build, tmp_path):
    config = with_probes(str(tmp_path / "etc"))
    done = subprocess.run([os.path.join(ROOT, build, "facilityd"), "--check", "--config", config],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout, done.stdout
    assert "poll of window-server-up + 1.5 s round of probes" in done.stdout


@pytest.mark.parametrize("program", ["facilityctl adapters", "facilityd --options"])
def test_every_adapter_is_listed(build, program):
    name, word = program.split()
    text = subprocess.run([os.path.join(ROOT, build, name), word], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    with open(os.path.join(ROOT, "adapters/table.c"), encoding="utf-8") as table:
        adapters = re.findall(r"^\tLINE\((\w+)\)", table.read(), flags=re.MULTILINE)
    assert "gpio" in adapters
    for adapter in adapters:
        assert f'adapter "{adapter.replace("_", "-")}": ' in text
    assert re.search(r"command +array of texts, required\n", text)
