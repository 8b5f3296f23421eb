"""A site that is not the sample one: two gateways and two lines, every type of register in every
order, and devices of profiles. Served by facility-sim, and read back by whoever a test brings."""

import os
import struct
import subprocess

from stage import ROOT, free_port

ENVIRONMENT = {**os.environ, "FACILITYD_PROFILES": os.path.join(ROOT, "config/profiles")}

# id: (type, order, how struct packs it, value). A value that has another meaning in any other type or order.
NUMBERS = {
    "u16": ("u16", "abcd", ">H", 51234), "u16-badc": ("u16", "badc", ">H", 4660),
    "s16": ("s16", "abcd", ">h", -1234), "u32": ("u32", "abcd", ">I", 3000000123),
    "u32-cdab": ("u32", "cdab", ">I", 70001), "s32": ("s32", "abcd", ">i", -70001),
    "s32-dcba": ("s32", "dcba", ">i", -123456), "u64": ("u64", "abcd", ">Q", 4500000000123),
    "s64-cdab": ("s64", "cdab", ">q", -4500000000123), "f32": ("f32", "abcd", ">f", 230.5),
    "f32-cdab": ("f32", "cdab", ">f", -17.25), "f32-badc": ("f32", "badc", ">f", 1000.125),
    "f32-dcba": ("f32", "dcba", ">f", 0.0625), "f64": ("f64", "abcd", ">d", 12345.678),
    "f64-dcba": ("f64", "dcba", ">d", -0.001),
}
TABLES = {"holding": 100, "input": 300}  # where they begin

HEAD = """
site: {{ id = "centre"; zh = "x"; en = "Elsewhere"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
zones = ( {{ id = "f1"; zh = "x"; en = "x"; }} );
classes = (
  {{ id = "number"; kind = "number"; unit = ""; decimals = 3; zh = "x"; en = "x"; }},
  {{ id = "mains.voltage"; kind = "number"; unit = "V"; decimals = 1; zh = "x"; en = "x"; }},
  {{ id = "temperature"; kind = "number"; unit = "degC"; decimals = 1; zh = "x"; en = "x"; }},
  {{ id = "leak"; kind = "state"; off_zh = "x"; off_en = "dry"; on_zh = "y"; on_en = "wet"; zh = "x"; en = "x"; }},
  {{ id = "relay"; kind = "state"; off_zh = "x"; off_en = "off"; on_zh = "y"; on_en = "on"; zh = "x"; en = "x"; }} );
buses: {{
  north: {{ adapter = "modbus-tcp"; host = "127.0.0.1"; port = {north}; zh = "x"; en = "x"; }};
  south: {{ adapter = "modbus-tcp"; host = "::1"; port = {south}; zh = "x"; en = "x"; }};
  upper: {{ adapter = "modbus-rtu"; path = "{folder}/upper"; parity = "none"; baud = "38400"; zh = "x"; en = "x"; }};
  lower: {{ adapter = "modbus-rtu"; path = "{folder}/lower"; baud = "9600"; zh = "x"; en = "x"; }};
}};
devices: {{
{types}
  meter: {{ profile = "eastron-sdm630"; bus = "upper"; zone = "f1"; unit = 3; poll = "200 ms"; zh = "x"; en = "Meter";
    points: {{ meter-l1: {{ from = "voltage_l1"; class = "mains.voltage"; }};
              meter-l2: {{ from = "voltage_l2"; class = "mains.voltage"; }}; }}; }};
  gavazzi: {{ profile = "carlo-gavazzi-em24-e1"; bus = "south"; zone = "f1"; unit = 1; poll = "200 ms"; zh = "x"; en = "EM24";
    points: {{ em24-l3: {{ from = "voltage_l3"; class = "mains.voltage"; }}; }}; }};
  probe: {{ profile = "xy-md02"; bus = "lower"; zone = "f1"; unit = 7; poll = "200 ms"; zh = "x"; en = "Probe";
    points: {{ cold: {{ from = "temperature"; class = "temperature"; }}; }}; }};
  relays: {{ profile = "waveshare-relay-8ch-d"; bus = "lower"; zone = "f1"; unit = 8; poll = "200 ms"; zh = "x"; en = "Relays";
    points: {{ pump: {{ from = "relay_3"; class = "relay"; armed = true; }};
              pump-state: {{ from = "relay_3_state"; class = "relay"; }};
              wet: {{ from = "input_8"; class = "leak"; }}; }}; }};
  leaks: {{ profile = "rle-seahawk-10k"; bus = "north"; zone = "f1"; unit = 9; poll = "200 ms"; zh = "x"; en = "Leaks";
    points: {{ cable: {{ from = "leak"; class = "leak"; }}; torn: {{ from = "cable_break"; class = "leak"; }}; }}; }};
}};
roles: {{ desk: {{ zh = "x"; en = "x"; }}; }};
types: {{ leak: {{ number = 16; severity = "high"; zh = "x"; en = "x"; steps = (
  {{ id = "look"; clause = "16.1"; by = [ "desk" ]; mandatory = true; zh = "x"; en = "x"; }} ); }}; }};
rules: {{ flooded: {{ type = "leak"; zh = "x"; en = "x"; condition = "any(leak)"; each = "zone"; }}; }};
"""


def types_of(bus):
    """A device on this bus with every type in both tables, and single bits."""
    points = []
    for table, address in TABLES.items():
        for name, (kind, order, form, _value) in NUMBERS.items():
            points.append(f'{bus}-{table}-{name}: {{ class = "number"; table = "{table}"; register = {address}; '
                          f'type = "{kind}"; order = "{order}"; min = -1e15; max = 1e15; zh = "x"; en = "x"; }};')
            address += struct.calcsize(form) // 2
    for name, place in [("bit", 'table = "holding"; register = 90; bit = 13;'), ("coil", 'table = "coil"; register = 1;'),
                        ("discrete", 'table = "discrete"; register = 17;')]:
        points.append(f'{bus}-{name}: {{ class = "relay"; {place} zh = "x"; en = "x"; }};')
    body = "\n    ".join(points)
    return (f'  types-{bus}: {{ bus = "{bus}"; zone = "f1"; unit = 40; address_base = "0"; poll = "200 ms"; zh = "x"; '
            f'en = "x"; points: {{\n    {body}\n  }}; }};\n')


def words_of(name):
    """The registers that hold a number, as a client reads them."""
    _kind, order, form, value = NUMBERS[name]
    raw = struct.pack(form, value)
    words = [raw[i:i + 2] for i in range(0, len(raw), 2)]
    if order in ("cdab", "dcba"):
        words.reverse()
    if order in ("badc", "dcba"):
        words = [word[::-1] for word in words]
    return [int.from_bytes(word, "big") for word in words]


class AnySite:
    """The configuration in a folder, and a facility-sim that serves it."""

    def __init__(self, build, folder, mqtt=1883):
        self.build, self.folder = os.path.join(ROOT, build), str(folder)
        self.north, self.south = free_port(), free_port()
        self.config, self.control = os.path.join(self.folder, "any.conf"), os.path.join(self.folder, "control")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(HEAD.format(mqtt=mqtt, north=self.north, south=self.south, folder=self.folder,
                                   types=types_of("north") + types_of("upper")))
        self.process = None

    def start(self, *options, **streams):
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, **streams}
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen(
            [os.path.join(self.build, "facility-sim"), "--config", self.config, "--control", self.control, *options],
            text=True, env=ENVIRONMENT, **streams)
        if streams["stdout"] == subprocess.PIPE:
            assert self.process.stdout.readline() == "ready\n"
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=5)

    def run(self, program, *words):
        return subprocess.run([os.path.join(self.build, program), *map(str, words)], capture_output=True, text=True,
                              check=False, timeout=60, env=ENVIRONMENT)

    def do(self, *words):
        result = self.run("facility-sim", "--control", self.control, "do", *words)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def ctl(self, *words):
        return self.run("facilityctl", "--config", self.config, "--color", "never", "--lang", "en", *words)

    def set_numbers(self, bus):
        for table in TABLES:
            for name, (_kind, _order, _form, value) in NUMBERS.items():
                self.do("set", f"{bus}-{table}-{name}", value)
