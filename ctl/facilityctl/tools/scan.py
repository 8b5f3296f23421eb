"""facilityctl scan BUS [FIRST-LAST] [TIME]: which units answer. One register of each is read, nothing written."""

import re
import sys
import time

from facilityctl import config
from facilityctl.failed import Wrong
from facilityctl.tools import line, modbus
from facilityctl.tools.registers import exception_text

RTU_UNITS, TCP_UNITS = (1, 247), (0, 255)
RTU_TIMEOUT_MS, TCP_TIMEOUT_MS = 200, 1000  # a gateway waits for its own line first
TIMEOUT_LEAST_MS, TIMEOUT_MOST_MS = 10, 60000
UNITS_MS = {"ms": 1, "s": 1000, "min": 60000, "h": 3600000}
BAR_WIDTH = 30
GATEWAY_EXCEPTIONS = (10, 11)


class Scan:
    def __init__(self, site, bus):
        self.bus, is_tcp = bus, bus["adapter"] == "modbus-tcp"
        self.least, self.most = TCP_UNITS if is_tcp else RTU_UNITS
        self.first, self.last = RTU_UNITS
        self.timeout_ms = TCP_TIMEOUT_MS if is_tcp else RTU_TIMEOUT_MS
        self.devices = [one for one in site["devices"] if one["bus"] == bus["id"]]
        self.has_bar, self.begun, self.found = sys.stderr.isatty(), 0.0, 0

    def take_units(self, text):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", text, re.A)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not self.least <= first <= last <= self.most:
            raise Wrong(f'units "{text}": write FIRST-LAST within {self.least} to {self.most}')
        self.first, self.last = first, last

    def take_time(self, text):
        match = re.fullmatch(r"(\d{1,9}) ?(ms|s|min|h)", text, re.A)
        timeout_ms = int(match[1]) * UNITS_MS[match[2]] if match else 0
        if not TIMEOUT_LEAST_MS <= timeout_ms <= TIMEOUT_MOST_MS:
            raise Wrong(f'time "{text}": write such as "300 ms" or "2 s"')
        self.timeout_ms = timeout_ms

    def take(self, words):
        """In either order: a time ends with its unit."""
        for word in words:
            if word[-1:] in ("s", "m", "h"):
                self.take_time(word)
            else:
                self.take_units(word)

    def open(self):
        return modbus.open_link(self.bus, self.timeout_ms / 1000)

    def draw_bar(self, unit):
        if not self.has_bar:
            return
        count, done = self.last - self.first + 1, unit - self.first
        bar = "#" * (BAR_WIDTH * done // count)
        left_s = (time.monotonic() - self.begun) * (count - done) / done if done >= 3 else None
        left = "" if left_s is None else f", {int(left_s)} s left"
        print(f"\r[{bar:.<{BAR_WIDTH}}] unit {unit} of {self.last}, {self.found} found{left}   ", end="", file=sys.stderr,
              flush=True)

    def clear_bar(self):
        if self.has_bar:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def tell(self, unit, found):
        self.clear_bar()
        if not found.reason:
            what = f"holding:0 is 0x{found.word:04x}"
        elif found.reason == modbus.EXCEPTION:
            what = f"answers, without holding:0 ({exception_text(found.code)})"
        else:
            what = f"answers, but {found.reason}: two units of this address, or a line that is set otherwise?"
        for device in self.devices:
            if device["options"]["unit"] == unit:
                what += f", device {device['id']}" + (f" ({device['profile']})" if device["profile"] else "")
        print(f"unit {unit}: {what}", flush=True)
        self.found += 1

    def scan_unit(self, link, unit):
        """The link for the next unit."""
        found = link.read(unit, "holding", 0, 1, 1)[0]
        # A gateway answers itself for a unit that does not.
        if found.reason not in (modbus.TIMEOUT, modbus.DOWN) and \
                not (found.reason == modbus.EXCEPTION and found.code in GATEWAY_EXCEPTIONS):
            self.tell(unit, found)
        if not link.lost:
            return link
        # Some devices hang up on a unit that they do not have.
        link.close()
        return self.open()

    def run(self):
        print(f"scanning bus {self.bus['id']} for units {self.first} to {self.last}, {self.timeout_ms} ms for each; "
              "reads one register of each, writes nothing", flush=True)
        link = self.open()
        self.begun = time.monotonic()
        for unit in range(self.first, self.last + 1):
            self.draw_bar(unit)
            link = self.scan_unit(link, unit)
        link.close()
        self.clear_bar()
        print(f"{self.found} unit{'' if self.found == 1 else 's'} found")


def run(words, options):
    scan = Scan(*config.modbus_bus(options.config, words[0]))
    scan.take(words[1:])
    line.need_free(scan.bus)
    try:
        scan.run()
    except modbus.Lost as lost:
        scan.clear_bar()
        raise line.failed(scan.bus, lost) from lost
