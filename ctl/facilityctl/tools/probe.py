"""facilityctl probe BUS UNIT [REGISTERS|PROFILE]: the registers of one unit, live, beside what is known of them."""

import sys
from dataclasses import dataclass, field

from facilityctl import config
from facilityctl.failed import Failed, Wrong
from facilityctl.tools import line, modbus, show
from facilityctl.tools.registers import BIT_TABLES, REGISTERS_MAX, TABLES, WORDS_MAX, Range, looks_like_range, parse_range

BLOCKS_MAX = 4  # so many registers are shown each in every type and order
GAP_MAX = 8  # known registers no further apart are shown together
RANGES_MAX = 64
FEW = 10
UNKNOWN = {"timeout": 1000, "max_registers": 32, "max_bits": 32}  # limits of a device of which nothing is known


@dataclass
class Probe:
    bus: dict
    unit: int
    device: dict = None  # of the configuration
    profile: dict = None
    known: list = field(default_factory=list)
    ranges: list = field(default_factory=list)
    asked_for: bool = False  # the ranges are a person's words

    @property
    def limits(self):
        return (self.device or self.profile or {"options": UNKNOWN})["options"]


def find_profile(path, bus, name):
    profile = config.run("profile", path, name)[1]
    if not profile:
        raise Wrong(f'"{name}" is neither registers nor a profile')
    if not profile["sound"] or bus["adapter"] not in profile["adapters"]:
        raise Wrong(f'profile "{name}" is not usable on bus "{bus["id"]}"')
    return profile


def place(known):
    """What is at the same place in the same form is the same: an output, and what reads it back."""
    return (known["registers"]["table"], known["registers"]["address"], known["options"]["type"], known["options"]["bit"])


def gather_known(site, probe):
    classes = {one["id"]: one for one in site["classes"]}
    known = [{**point, "unit": classes[point["class"]].get("unit")} for point in site["points"]
             if probe.device and point["device"] == probe.device["id"]]
    taken = {place(one) for one in known}
    for quantity in probe.profile["quantities"] if probe.profile else ():
        if place(quantity) not in taken:
            taken.add(place(quantity))
            known.append(quantity)
    return sorted(known, key=lambda one: (TABLES.index(one["registers"]["table"]), one["registers"]["address"]))


def known_ranges(known):
    """The ranges of all that is known; where nothing is, the first few registers."""
    ranges = []
    for one in known:
        table, address, words = (one["registers"][key] for key in ("table", "address", "words"))
        last = ranges[-1] if ranges else Range(table, -1, 0)
        end = address + words
        if ranges and last.table == table and address <= last.first + last.count + GAP_MAX and \
                end - last.first <= REGISTERS_MAX:
            ranges[-1] = last._replace(count=max(last.count, end - last.first))
        else:
            ranges.append(Range(table, address, words))
    return ranges[:RANGES_MAX] or [Range("input", 0, FEW), Range("holding", 0, FEW)]


def prepare(path, site, bus, unit, word):
    if not unit.isdecimal() or int(unit) > 255:
        raise Wrong(f'unit "{unit}" is no number from 0 to 255')
    devices = [one for one in site["devices"] if one["bus"] == bus["id"] and one["options"]["unit"] == int(unit)]
    probe = Probe(bus, int(unit), devices[0] if devices else None)
    is_range = bool(word) and looks_like_range(word)
    name = word if word and not is_range else probe.device and probe.device["profile"]
    if name:
        probe.profile = find_profile(path, bus, name)
    probe.known = gather_known(site, probe)
    probe.asked_for, probe.ranges = is_range, known_ranges(probe.known)
    if is_range:
        try:
            probe.ranges = [parse_range(word)]
        except ValueError as why:
            raise Wrong(f'registers "{word}": {why}') from why
    return probe


def show_range(probe, link, wanted, options):
    """Read and print a range."""
    is_bits = wanted.table in BIT_TABLES
    # Values of up to four registers begin in the last one too.
    wide = wanted.count if is_bits else min(wanted.count + WORDS_MAX - 1, 0x10000 - wanted.first)
    most = probe.limits["max_bits" if is_bits else "max_registers"]
    found = link.read(probe.unit, wanted.table, wanted.first, wide, most)
    if link.lost:
        raise line.failed(probe.bus, link.lost)
    if found[0].reason == modbus.TIMEOUT:
        raise Failed(f'unit {probe.unit} does not answer within {probe.limits["timeout"]} ms on bus '
                     f'"{probe.bus["id"]}"; is it another unit, speed or parity, or are the wires exchanged? '
                     f'"facilityctl scan {probe.bus["id"]}" finds who answers')
    view = show.View(wanted, found, probe.known)
    as_blocks = not is_bits and probe.asked_for and wanted.count <= BLOCKS_MAX
    sys.stdout.writelines(show.blocks(view, options.colour) if as_blocks
                          else show.lines(view, options.language, options.colour))


def read_and_show(probe, options):
    device = f", device {probe.device['id']}" if probe.device else ""
    profile = f", profile {probe.profile['id']}" if probe.profile else ""
    print(f"unit {probe.unit} on bus {probe.bus['id']}{device}{profile}; this only reads")
    try:
        link = modbus.open_link(probe.bus, probe.limits["timeout"] / 1000)
    except modbus.Lost as lost:
        raise line.failed(probe.bus, lost) from lost
    try:
        for wanted in probe.ranges:
            print()
            show_range(probe, link, wanted, options)
    finally:
        link.close()


def run(words, options):
    site, bus = config.modbus_bus(options.config, words[0])
    probe = prepare(options.config, site, bus, words[1], words[2] if len(words) > 2 else None)
    line.need_free(bus)
    read_and_show(probe, options)
