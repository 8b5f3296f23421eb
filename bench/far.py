"""The far side of the benchmark and the programs that are measured: broker, slaves, line, facilityd."""

import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "sim"))
from stage import Building  # noqa: E402 (the path comes first)

HEAD = """
site: {{ id = "bench"; zh = "测试"; en = "Bench"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
daemon: {{ heartbeat = "1 h"; }};
zones = ( {zones} );
classes = ( {{ id = "level"; kind = "number"; unit = "cm"; decimals = 0; zh = "液位"; en = "Level"; }} );
roles: {{ property: {{ zh = "物业处"; en = "Property"; }}; }};
types: {{ leak: {{ number = 16; severity = "high"; zh = "漏水"; en = "Leak"; steps = (
  {{ id = "look"; clause = "16.1"; by = [ "property" ]; zh = "查看"; en = "Look"; mandatory = true; }} ); }}; }};
"""


ZONES = 20

RULES = """
rules: {{ high: {{ type = "leak"; zh = "高"; en = "High"; each = "zone"; for = "{delay}"; chatter_max = 0;
  condition = "any(level > {limit} cm)"; }}; }};
"""


def _device(device, bus, unit, zone, registers, options):
    points = "".join(f'{device}-r{i}: {{ class = "level"; table = "holding"; register = {i}; min = 0.0; max = 65535.0; '
                     'zh = "点"; en = "Point"; };\n' for i in range(registers))
    return (f'{device}: {{ bus = "{bus}"; zone = "z-{zone}"; unit = {unit}; address_base = "0"; {options} '
            f'zh = "从站"; en = "Slave"; points: {{\n{points}}}; }};\n')


def site(mqtt_port, buses, devices, registers, options, limit=65000, delay="1 s"):
    """A configuration, as file -> text: buses are (id, options), devices (id, bus, unit).

    Each device has all registers, and lies in one of 20 zones that the rule looks at. A file may have 1 MiB.
    """
    zones = ", ".join(f'{{ id = "z-{device}"; zh = "区"; en = "Zone"; }}' for device, _, _ in devices[:ZONES])
    text = [HEAD.format(mqtt=mqtt_port, zones=zones), RULES.format(limit=limit, delay=delay), "buses: {\n"]
    text += [f'{bus}: {{ {more} zh = "线"; en = "Line"; }};\n' for bus, more in buses]
    text.append("};\ndevices: {\n")
    files = {}
    for i in range(0, len(devices), 100):
        name = f"devices-{i}.conf"
        text.append(f'@include "{name}"\n')
        files[name] = "".join(_device(*devices[j], devices[j % ZONES][0], registers, options)
                              for j in range(i, min(i + 100, len(devices))))
    files["facilityd.conf"] = "".join(text) + "};\n"
    return files


def tcp_site(mqtt_port, port, devices, registers, poll, **rule):
    """As site(): so many Modbus TCP devices, each with a connection of its own to the one port."""
    buses = [(f"b{i}", f'adapter = "modbus-tcp"; host = "127.0.0.1"; port = {port};') for i in range(devices)]
    return site(mqtt_port, buses, [(f"d{i}", f"b{i}", 1) for i in range(devices)], registers,
                f'poll = "{poll}"; stale = "30 s";', **rule)


class Far:
    """A program of bench/ that answers to words on its standard input with a line of JSON."""

    def __init__(self, build, name, *arguments):
        self.process = subprocess.Popen([os.path.join(ROOT, build, "bench", name), *map(str, arguments)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask()  # it listens

    def ask(self, word="report"):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def bare(build, *arguments):
    """The floor: what the same questions cost a bare loop."""
    result = subprocess.run([os.path.join(ROOT, build, "bench", "bare"), *map(str, arguments)], check=True,
                            capture_output=True, text=True)
    return json.loads(result.stdout)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def family(pid):
    """The process and those that it started, as far as they live."""
    tasks = os.listdir(f"/proc/{pid}/task")
    children = [child for task in tasks for child in read(f"/proc/{pid}/task/{task}/children").split()]
    return [pid] + [member for child in children for member in family(int(child))]


class Use:
    """What a process and those that it started have used until now: processor, wake-ups of its loop, memory, threads."""

    def __init__(self, pid):
        self.resident_kib = self.own_kib = self.locked_kib = self.threads = self.processor_ns = 0
        for member in family(pid):
            fields = dict(line.split(":", 1) for line in read(f"/proc/{member}/status").splitlines())
            self.resident_kib += int(fields["VmRSS"].split()[0])
            self.own_kib += int(fields["RssAnon"].split()[0])
            self.locked_kib += int(fields["VmLck"].split()[0])
            self.threads += int(fields["Threads"])
            self.processor_ns += sum(int(read(f"/proc/{member}/task/{task}/schedstat").split()[0])
                                     for task in os.listdir(f"/proc/{member}/task"))
        loop = dict(line.split(":", 1) for line in read(f"/proc/{pid}/task/{pid}/status").splitlines())
        self.wakeups = int(loop["voluntary_ctxt_switches"])


class Daemon(Building):
    """facilityd with a configuration of our own and a real broker; end with stop().

    topic: messages below it leave the time of their arrival at the broker in the file `arrivals`.
    """

    def __init__(self, build, topic=None):
        super().__init__(build)
        self.websocket_port = self.mqtt_port  # no page asks: one listener
        self.topic, self.arrivals = topic, os.path.join(self.folder, "arrivals")
        os.makedirs(os.path.join(self.folder, "etc"))
        os.makedirs(self.state)
        self.start_broker()

    def write_broker_config(self):
        """As Building's, without keeping 25,000 retained messages on disk each second."""
        path = os.path.join(self.folder, "mosquitto.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"listener {self.mqtt_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
                       "user root\n")
            if self.topic:
                file.write(f"plugin {os.path.join(ROOT, self.build, 'bench', 'arrival.so')}\n"
                           f"plugin_opt_file {self.arrivals}\nplugin_opt_topic /{self.topic}\n")
        return path

    def begin(self, files):
        for name, text in files.items():
            with open(os.path.join(self.folder, "etc", name), "w", encoding="utf-8") as file:
                file.write(text)
        self.start_daemon()
        return self.processes["facilityd"].pid
