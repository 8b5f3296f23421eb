"""facility-sim against clients that are not ours: mbpoll and pymodbus, over TCP and RTU."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest
from stage import free_port

CONFIG = """
site: {{ id = "centre"; zh = "x"; en = "x"; }};
mqtt: {{ host = "127.0.0.1"; port = 1883; }};
zones = ( {{ id = "f1"; zh = "x"; en = "x"; }}, {{ id = "f2"; zh = "x"; en = "x"; }} );
classes = (
  {{ id = "water.pressure"; kind = "number"; unit = "bar"; decimals = 2; zh = "x"; en = "x"; }},
  {{ id = "mains.voltage"; kind = "number"; unit = "V"; decimals = 0; zh = "x"; en = "x"; }},
  {{ id = "leak"; kind = "state"; off_zh = "x"; off_en = "dry"; on_zh = "y"; on_en = "wet"; zh = "x"; en = "x"; }},
  {{ id = "relay"; kind = "state"; off_zh = "x"; off_en = "off"; on_zh = "y"; on_en = "on"; zh = "x"; en = "x"; }},
  {{ id = "relay.contact"; kind = "state"; off_zh = "x"; off_en = "open"; on_zh = "y"; on_en = "closed";
     zh = "x"; en = "x"; }},
  {{ id = "temperature"; kind = "number"; unit = "degC"; decimals = 1; zh = "x"; en = "x"; }} );
buses: {{
  gateway: {{ adapter = "modbus-tcp"; host = "127.0.0.1"; port = {port}; zh = "x"; en = "x"; }};
  line: {{ adapter = "modbus-rtu"; path = "{line}"; baud = "9600"; parity = "none"; zh = "x"; en = "x"; }};
  panel: {{ adapter = "gpio"; chip = "nowhere"; zh = "x"; en = "x"; }};
}};
devices: {{
  meter: {{ bus = "gateway"; zone = "f1"; unit = 1; address_base = "4xxxx"; zh = "x"; en = "x"; points: {{
    l1: {{ class = "mains.voltage"; min = 0.0; max = 300.0; register = 30101; type = "f32"; zh = "x"; en = "x"; }};
    l2: {{ class = "mains.voltage"; min = 0.0; max = 300.0; register = 30111; type = "f32"; order = "cdab";
          zh = "x"; en = "x"; }}; }}; }};
  water: {{ bus = "gateway"; zone = "f2"; unit = 2; address_base = "4xxxx"; zh = "x"; en = "x"; points: {{
    pressure: {{ class = "water.pressure"; min = 0.0; max = 10.0; register = 40001; scale = 0.01; zh = "x"; en = "x"; }};
    leak-a: {{ class = "leak"; register = 40003; bit = 3; zh = "x"; en = "x"; }};
    leak-b: {{ class = "leak"; zone = "f1"; register = 40003; bit = 4; zh = "x"; en = "x"; }}; }}; }};
  boiler: {{ bus = "line"; zone = "f1"; unit = 11; address_base = "4xxxx"; zh = "x"; en = "x"; points: {{
    supply: {{ class = "relay"; register = 1; writable = true; armed = true; readback = "contact";
              zh = "x"; en = "x"; }};
    contact: {{ class = "relay.contact"; register = 10001; zh = "x"; en = "x"; }};
    heat: {{ class = "temperature"; min = -20.0; max = 150.0; register = 40001; type = "s16"; scale = 0.1;
            zh = "x"; en = "x"; }}; }}; }};
  cabinet: {{ bus = "line"; zone = "f2"; unit = 12; address_base = "0"; zh = "x"; en = "x"; points: {{
    cold: {{ class = "temperature"; min = -20.0; max = 150.0; table = "input"; register = 7; type = "s16";
            scale = 0.1; zh = "x"; en = "x"; }}; }}; }};
  buttons: {{ bus = "panel"; zone = "f2"; zh = "x"; en = "x"; points: {{
    wet-button: {{ class = "leak"; line = "GPIO5"; zh = "x"; en = "x"; }}; }}; }};
}};
roles: {{ desk: {{ zh = "x"; en = "x"; }}; }};
types: {{ water-loss: {{ number = 2; severity = "high"; zh = "x"; en = "x"; steps = (
  {{ id = "look"; clause = "2.1"; by = [ "desk" ]; deadline = "1 min"; mandatory = true; zh = "x"; en = "x"; }} );
}}; }};
rules: {{ low: {{ type = "water-loss"; condition = "any(water.pressure < 1.0 bar)"; each = "zone"; zone = "centre";
                zh = "x"; en = "x"; }}; }};
"""

SCENARIO = """
relay 100 ms
normal class mains.voltage 230
normal class water.pressure 3.21 bar
normal point supply on
normal point cold -5.5
follow class temperature output relay 96 25 tau 500 ms
event mains-cut : set class mains.voltage 0
event mains-back : set class mains.voltage normal
event water-cut ZONE : set class water.pressure in ZONE 0.11
event leak ZONE : set class leak in ZONE wet
event stuck POINT : stuck POINT
event unstuck POINT : unstuck POINT
event silent DEVICE : silent DEVICE
event answers DEVICE : answers DEVICE
"""


class Sim:
    """A facility-sim of our own, and mbpoll beside it."""

    def __init__(self, build, folder):
        self.program = os.path.join(build, "facility-sim")
        self.port, self.line = free_port(), str(folder / "line")
        self.config, self.scenario = folder / "sim.conf", folder / "t.sim"
        self.control = str(folder / "control")
        self.config.write_text(CONFIG.format(port=self.port, line=self.line))
        self.scenario.write_text(SCENARIO)
        self.process = None

    def start(self):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [self.program, "--config", self.config, "--scenario", self.scenario, "--control", self.control],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(5), self.process.communicate()[1]

    def run(self, *words):
        return subprocess.run([self.program, "--control", self.control, "do", *words], capture_output=True,
                              text=True, check=False, timeout=10)

    def do(self, *words):
        result = self.run(*words)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def poll(self, unit, table, address, *values, count=1, form="", tcp=True):
        """mbpoll: raw registers, or with values a write. The text it prints where it fails."""
        link = ["-p", str(self.port)] if tcp else ["-b", "9600", "-P", "none"]
        argv = ["mbpoll", "-0", "-1", "-q", "-m", "tcp" if tcp else "rtu", *link, "-a", str(unit), "-r", str(address),
                "-o", "0.5", "-t", f"{table}{form}"]
        argv += [] if values else ["-c", str(count)]
        result = subprocess.run([*argv, "127.0.0.1" if tcp else self.line, *map(str, values)], capture_output=True,
                                text=True, check=False, timeout=10)
        if result.returncode != 0 or "failed" in result.stderr:
            return result.stdout + result.stderr
        return [float(v) for v in re.findall(r"^\[\d+\]:\s+(-?[\d.]+)", result.stdout, re.M)]


@pytest.fixture
def sim(build, tmp_path):
    running = Sim(build, tmp_path).start()
    yield running
    if running.process.poll() is None:
        status, text = running.stop()
        assert status == 0, text
        assert "ERROR" not in text and "runtime error" not in text


def until(what, wanted, timeout_s=5):
    end = time.monotonic() + timeout_s
    while (value := what()) != wanted and time.monotonic() < end:
        time.sleep(0.02)
    assert value == wanted


HOLDING, INPUT, COILS, DISCRETE = 4, 3, 0, 1


def test_tcp_values_are_the_codecs(sim):
    high, low = struct.unpack(">HH", struct.pack(">f", 230))
    assert sim.poll(1, INPUT, 100, count=2) == [high, low]
    assert sim.poll(1, INPUT, 110, count=2) == [low, high]
    assert sim.poll(1, INPUT, 110, form=":float") == [230]  # mbpoll's floats are cdab
    assert sim.poll(2, HOLDING, 0) == [321]
    assert sim.poll(2, HOLDING, 0, count=3) == [321, 0, 0]
    sim.do("leak", "f2")
    assert sim.poll(2, HOLDING, 2) == [8]
    sim.do("leak", "f1")
    assert sim.poll(2, HOLDING, 2) == [24]


def test_gaps_are_zero_and_the_rest_refuses(sim):
    assert sim.poll(1, INPUT, 102, count=8) == [0] * 8
    assert "Illegal data address" in sim.poll(1, INPUT, 1000)
    assert "Illegal data address" in sim.poll(1, HOLDING, 0)
    assert "Illegal data address" in sim.poll(2, HOLDING, 0, 7)
    assert sim.poll(2, HOLDING, 0) == [321]


def test_unit_unknown(sim):
    assert "Target device failed to respond" in sim.poll(77, HOLDING, 0)


def test_function_unknown(sim):
    with socket.create_connection(("127.0.0.1", sim.port), 5) as link:
        link.sendall(b"\x12\x34\0\0\0\x02\x02\x2b")
        assert link.recv(100) == b"\x12\x34\0\0\0\x03\x02\xab\x01"


def test_rtu_units_share_the_line(sim):
    for _ in range(3):
        assert sim.poll(11, HOLDING, 0, tcp=False) == [960]
        assert sim.poll(12, INPUT, 7, tcp=False) == [65536 - 55]
        assert "timed out" in sim.poll(13, HOLDING, 0, tcp=False)
    assert "Illegal data address" in sim.poll(12, HOLDING, 0, tcp=False)


def test_relay_obeys_and_reports_back(sim):
    assert sim.poll(11, DISCRETE, 0, tcp=False) == [1]
    sim.poll(11, COILS, 0, 0, tcp=False)
    assert sim.poll(11, COILS, 0, tcp=False) == [0]
    until(lambda: sim.poll(11, DISCRETE, 0, tcp=False), [0])
    assert sim.do("get", "supply") == "0"
    until(lambda: sim.poll(11, HOLDING, 0, tcp=False), [250])  # and the boiler gets cold


def test_relay_sticks(sim):
    sim.do("stuck", "supply")
    sim.poll(11, COILS, 0, 0, tcp=False)
    time.sleep(0.3)
    assert sim.poll(11, COILS, 0, tcp=False) == [0]
    assert sim.poll(11, DISCRETE, 0, tcp=False) == [1]
    sim.do("unstuck", "supply")
    until(lambda: sim.poll(11, DISCRETE, 0, tcp=False), [0])


def test_events_and_settings(sim):
    sim.do("mains-cut")
    assert sim.poll(1, INPUT, 100, count=2) == [0, 0]
    sim.do("mains-back")
    assert sim.do("get", "l1") == "230"
    sim.do("water-cut", "f2")
    assert sim.poll(2, HOLDING, 0) == [11]
    sim.do("set", "pressure", "1.5")
    assert sim.poll(2, HOLDING, 0) == [150]
    assert "pressure 1.50 bar\twater.pressure in f2" in sim.do("list").splitlines()
    assert "water-cut ZONE" in sim.do("events").splitlines()


def test_devices_fall_silent(sim):
    sim.do("silent", "water")
    assert "timed out" in sim.poll(2, HOLDING, 0)
    assert len(sim.poll(1, INPUT, 100)) == 1
    sim.do("answers", "water")
    assert sim.poll(2, HOLDING, 0) == [321]
    sim.do("silent", "boiler")
    assert "timed out" in sim.poll(11, HOLDING, 0, tcp=False)
    assert sim.poll(12, INPUT, 7, tcp=False) == [65481]


def test_refusals_are_explained(sim):
    for words, why in [
        (["watercut", "f2"], 'error: unknown event "watercut" (did you mean "water-cut"?)'),
        (["water-cut", "f9"], 'error: unknown zone "f9"'),
        (["water-cut", "f1"], "error: there is no water.pressure in f1"),
        (["set", "pressure", "1e9"], "error: pressure has no register that holds 1e+09"),
        (["stuck", "pressure"], "error: pressure is neither an output nor the read-back of one"),
    ]:
        result = sim.run(*words)
        assert result.returncode == 1
        assert result.stderr.startswith(why)
        assert result.stdout == ""


def test_pymodbus_reads_and_writes(sim):
    client_module = pytest.importorskip("pymodbus.client")
    with client_module.ModbusTcpClient("127.0.0.1", port=sim.port) as client:
        assert client.read_input_registers(100, 2, slave=1).registers == [0x4366, 0]
        assert client.read_holding_registers(0, 3, slave=2).registers == [321, 0, 0]
        assert client.read_holding_registers(0, 1, slave=9).exception_code == 0x0b
        assert client.read_holding_registers(900, 1, slave=2).exception_code == 2
    with client_module.ModbusSerialClient(sim.line, baudrate=9600, timeout=1) as client:
        assert client.read_coils(0, 1, slave=11).bits[0] is True
        assert not client.write_coils(0, [False], slave=11).isError()
        until(lambda: client.read_discrete_inputs(0, 1, slave=11).bits[0], False)
        assert client.read_input_registers(7, 1, slave=12).registers == [65481]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, None])
def test_leaves_nothing_behind(build, tmp_path, number):
    sim = Sim(build, tmp_path).start()
    assert os.path.islink(sim.line) and os.path.exists(sim.control)
    if number:
        sim.process.send_signal(number)
    else:
        assert sim.do("quit") == "ok"
    assert sim.process.wait(5) == 0
    sim.process.communicate()
    assert not os.path.lexists(sim.line) and not os.path.exists(sim.control)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", sim.port)) != 0


def test_starts_over_what_a_killed_one_left(build, tmp_path):
    sim = Sim(build, tmp_path).start()
    sim.process.kill()
    sim.process.communicate()
    assert os.path.lexists(sim.line) and os.path.exists(sim.control)
    sim.start()
    assert sim.poll(11, HOLDING, 0, tcp=False) == [960]
    assert sim.stop()[0] == 0


def test_what_cannot_be_served_is_said(build, tmp_path):
    sim = Sim(build, tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", sim.port))
        taken.listen()
        result = subprocess.run([sim.program, "--config", sim.config], capture_output=True, text=True, check=False,
                                timeout=10)
    assert result.returncode == 1
    assert f"bus gateway: cannot serve 127.0.0.1 port {sim.port}: Address already in use" in result.stderr
    sim.scenario.write_text("event x : set class watr.pressure 1\nnoise class leak 1\n")
    result = subprocess.run([sim.program, "--config", sim.config, "--scenario", sim.scenario], capture_output=True,
                            text=True, check=False, timeout=10)
    assert result.returncode == 1 and "ready" not in result.stdout
    assert f'{sim.scenario}:1: unknown class "watr.pressure" (did you mean "water.pressure"?)' in result.stderr
    assert f"{sim.scenario}:2: leak is a state and cannot be noisy" in result.stderr


def test_without_facilityctl_that_is_said(build, tmp_path):
    alone = shutil.copy(os.path.join(build, "facility-sim"), tmp_path)
    result = subprocess.run([alone, "--config", "x"], capture_output=True, text=True, check=False, timeout=10,
                            env={"PATH": str(tmp_path)})
    assert result.returncode == 1
    assert result.stderr == f"facility-sim: {tmp_path}/facilityctl: No such file or directory; it reads the configuration\n"


def test_gpio_is_left_out(build, tmp_path):
    sim = Sim(build, tmp_path).start()
    sim.do("leak", "f2")
    sim.do("silent", "buttons")
    status, text = sim.stop()
    assert status == 0
    assert "bus panel: gpio cannot be simulated; left out" in text


@pytest.mark.slow
def test_shipped_configuration_and_scenario(build, tmp_path):
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sim = Sim(build, tmp_path)
    shutil.copytree(os.path.join(root, "config/etc"), tmp_path / "etc")
    connections = tmp_path / "etc/connections.conf"
    text = re.sub(r'host = "[\d.]+";\s+port = 502;', f'host = "127.0.0.1"; port = {sim.port};',
                  connections.read_text())
    connections.write_text(re.sub(r'path = "[^"]*"', f'path = "{sim.line}"', text))
    sim.config, sim.scenario = tmp_path / "etc/facilityd.conf", os.path.join(root, "sim/building.sim")
    sim.start()
    try:
        for event in sim.do("events").splitlines():
            words = [w.split("=")[0] for w in event.split() if "=" not in w]
            names = {"POINT": "f3-tea-boiler-contactor", "DEVICE": "water-f2"}
            sim.do(*[names.get(word, word) for word in words])
        for name, value in [("water-cut", "0.1"), ("pan-full f4", "45"), ("lift-stop lift.east", "1")]:
            sim.do("all-normal")
            sim.do(*name.split())
            point = {"w": "f3-water-pressure", "p": "f4-ac-pan-level", "l": "lift-east-occupied"}[name[0]]
            until(lambda p=point, v=value: abs(float(sim.do("get", p)) - float(v)) < 1, True)
    finally:
        assert sim.stop()[0] == 0


def test_command_line(build, tmp_path):
    program = os.path.join(build, "facility-sim")

    def run(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=10)

    assert run("--help").returncode == 0 and "Usage" in run("--help").stdout
    assert re.fullmatch(r"facility-sim \d+\.\d+\.\d+\n", run("--version").stdout)
    for words in [[], ["--confg"], ["do", "list"], ["--config", "x", "extra"], ["--control", "x", "do"]]:
        assert run(*words).returncode == 2, words
    absent = str(tmp_path / "absent")
    result = run("--control", absent, "do", "list")
    assert result.returncode == 1 and f"{absent}: No such file" in result.stderr
    result = run("--config", absent + ".conf")
    assert result.returncode == 1 and f"{absent}.conf" in result.stderr
