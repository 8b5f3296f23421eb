"""The site that is simulated: zones, classes, buses, devices and points, as facilityctl tells it.

There is no second reader of configurations: `facilityctl site` prints what it loaded.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

from facility_sim.codec import Register


@dataclass(eq=False)
class Class:
    """What is measured or commanded."""
    id: str
    is_state: bool
    unit: str = ""
    decimals: int = 0
    states: tuple = ()  # of 0 and of 1: what they are called, in each language
    words: tuple = ()   # the same in English

    def text(self, value):
        """For a program."""
        return str(int(value != 0)) if self.is_state else f"{value:.{self.decimals}f}"

    def label(self, value):
        """For a person."""
        return self.words[value != 0] if self.is_state else f"{self.text(value)} {self.unit}"


@dataclass(eq=False)
class Bus:
    id: str
    adapter: str
    options: dict


@dataclass(eq=False)
class Device:
    id: str
    bus: Bus
    options: dict = field(default_factory=dict)
    registers: list = field(default_factory=list)  # of its profile: {table, address, words}


@dataclass(eq=False)
class Point:
    id: str
    kind: Class
    zone: str
    device: Device
    min: float
    max: float
    writable: bool = False
    readback: "Point" = None
    register: Register = None  # None: not on Modbus
    supervised: tuple = None   # the numbers that are normal and alarm; None: no such input

    def clamp(self, value):
        return min(max(value, self.min), self.max)


class Site:
    """All of it by name; each dictionary in the order of the configuration."""

    def __init__(self, zones, classes, buses, devices, points):
        self.zones = {zone: zone for zone in zones}  # the first is the site
        self.root = zones[0]
        self.classes = {item.id: item for item in classes}
        self.buses = {item.id: item for item in buses}
        self.devices = {item.id: item for item in devices}
        self.points = {item.id: item for item in points}

    def contains(self, outer, inner):
        """Is the zone `inner` the zone `outer` or nested in it?"""
        return outer in (self.root, inner) or inner.startswith(outer + ".")


def make_class(told):
    if told["kind"] == "number":
        return Class(told["id"], False, told["unit"], told["decimals"])
    states = [told["off"], told["on"]]
    return Class(told["id"], True, states=tuple(tuple(state.values()) for state in states),
                 words=tuple(state["en"] for state in states))


def make_site(told):
    classes = {item["id"]: make_class(item) for item in told["classes"]}
    buses = {item["id"]: Bus(item["id"], item["adapter"], item["options"]) for item in told["buses"]}
    devices = {item["id"]: Device(item["id"], buses[item["bus"]], item["options"], item.get("profile_registers", []))
               for item in told["devices"]}
    points = {}
    for item in told["points"]:
        register = Register(item["registers"], item["options"]) if "registers" in item else None
        points[item["id"]] = Point(item["id"], classes[item["class"]], item["zone"], devices[item["device"]],
                                   item["min"], item["max"], item["writable"], None, register,
                                   item.get("supervised"))
    for item in told["points"]:
        if item["readback"]:
            points[item["id"]].readback = points[item["readback"]]
    return Site([zone["id"] for zone in told["zones"]], classes.values(), buses.values(), devices.values(),
                points.values())


def load(config):
    """None after a message; of what is wrong with a configuration facilityctl has said it all."""
    beside = os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), "facilityctl")
    program = beside if os.path.exists(beside) else shutil.which("facilityctl") or beside
    try:
        result = subprocess.run([program, "--config", config, "site"], stdout=subprocess.PIPE, check=False)
    except OSError as error:
        print(f"facility-sim: {program}: {os.strerror(error.errno)}; it reads the configuration", file=sys.stderr)
        return None
    return make_site(json.loads(result.stdout)) if result.returncode == 0 else None
