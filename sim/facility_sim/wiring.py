"""The wires between the building's points and the registers of its devices.

One slave for each unit, one server for each bus. Knows nothing of scenarios.
"""

import errno
import os

from facility_sim.servers import Gateway, Line
from facility_sim.slave import Slave, Table

MARGIN, ADDRESS_MAX = 16, 65535  # real modules answer for a little more than they use
RTU_UNITS = range(1, 248)


class Unserved(Exception):
    """Why a bus cannot be served."""


def link_of(bus):
    """Two buses to one host and port are two connections to one gateway."""
    if bus.adapter == "modbus-tcp":
        return (bus.options["host"], bus.options["port"])
    return bus.options["path"] if bus.adapter == "modbus-rtu" else None


class Wiring:
    """Becomes the building's wires."""

    def __init__(self, building, clock_ms):
        self.building, self.site, self.clock_ms = building, building.site, clock_ms
        self.slaves = {}     # link -> unit -> slave
        self.of_device = {}  # those that can be simulated
        self.points = {}     # slave -> its points
        self.servers = []
        for device in self.site.devices.values():
            self._add_device(device)
        for point in self.site.points.values():
            if point.device in self.of_device:
                self.points[self.of_device[point.device]].append(point)
        for slave in self.points:
            self._make_tables(slave)
        building.wires = self

    def _add_device(self, device):
        """Devices of one unit on one link are one slave."""
        link = link_of(device.bus)
        if link is None:
            return
        units, unit = self.slaves.setdefault(link, {}), device.options["unit"]
        if unit not in units:
            units[unit] = Slave(unit, self._written)
            self.points[units[unit]] = []
        self.of_device[device] = units[unit]

    def _make_tables(self, slave):
        """From the least to the greatest address that a point uses, or a profile has."""
        used = {}
        for point in self.points[slave]:
            register = point.register
            used.setdefault(register.table, []).append((register.address, register.words))
        for device, other in self.of_device.items():
            for register in device.registers if other is slave else ():
                used.setdefault(register["table"], []).append((register["address"], register["words"]))
        for kind, places in used.items():
            first = min(address for address, _ in places) - MARGIN
            last = max(address + count - 1 for address, count in places) + MARGIN
            slave.tables[kind] = Table(max(first, 0), min(last, ADDRESS_MAX))
        for point in self.points[slave]:
            if point.writable:
                slave.tables[point.register.table].allow(point.register.address, point.register.words)

    # What the building asks of its wires ---------------------------------------

    def _table(self, point):
        slave = self.of_device.get(point.device)
        return slave and slave.tables[point.register.table]

    @staticmethod
    def _encode(point, value, words):
        return point.register.encode(point.supervised[value != 0] if point.supervised else value, words)

    def show(self, point, value):
        """What the type cannot hold leaves the register as it was."""
        table, register = self._table(point), point.register
        if table:
            words = self._encode(point, value, table.read(register.address, register.words))
            if words:
                table.put(register.address, words)

    def can_show(self, point, value):
        table, register = self._table(point), point.register
        return not table or self._encode(point, value, table.read(register.address, register.words)) is not None

    def silence(self, device, silent):
        if device in self.of_device:
            self.of_device[device].silent = silent

    def fault(self, device, fault):
        if device in self.of_device:
            self.of_device[device].fault = fault

    def _written(self, slave, kind, first, count):
        """Outputs take the value, what else shares their registers keeps its own."""
        for point in self.points[slave]:
            register = point.register
            if register.table != kind or register.address >= first + count or \
                    first >= register.address + register.words:
                continue
            value = register.decode(slave.tables[kind].read(register.address, register.words))
            if point.writable and value is not None:
                self.building.written(point, value, self.clock_ms())
            else:
                self.show(point, self.building.value(point))

    # Serving ------------------------------------------------------------------

    async def open(self, say):
        """Serve every bus; those that cannot be simulated are named and left out."""
        served = set()
        for bus in self.site.buses.values():
            link = link_of(bus)
            if link is None:
                say(f"bus {bus.id}: {bus.adapter} cannot be simulated; left out")
            elif link not in served:  # else it is served by the first
                served.add(link)
                place = await self._serve(bus, self.slaves.get(link, {}))
                say(f"bus {bus.id}: serving {place}")

    async def _serve(self, bus, units):
        if bus.adapter == "modbus-tcp":
            host, port = link_of(bus)
            server, place = Gateway(units), f"{host} port {port}"
            hint = "a building to be simulated needs addresses of this machine, such as 127.0.0.1"
            hints = {errno.EADDRNOTAVAIL: hint}
        else:
            server = Line({unit: slave for unit, slave in units.items() if unit in RTU_UNITS})
            place, hints = bus.options["path"], {errno.EEXIST: "it is no link of a simulator"}
        try:
            await server.open(*([host, port] if bus.adapter == "modbus-tcp" else [place]))
        except OSError as error:
            hint = "; " + hints[error.errno] if error.errno in hints else ""
            raise Unserved(f"bus {bus.id}: cannot serve {place}: {os.strerror(error.errno)}{hint}") from error
        self.servers.append(server)
        return place

    def close(self):
        for server in self.servers:
            server.close()
