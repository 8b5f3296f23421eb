"""Modbus devices as they are: what one refuses stands alone, is named, and spoils nothing else."""

import contextlib
import os
import socket
import struct
import threading
import time

import pytest
from stage import Building, Observer, wait_for

# An air-handling unit as a public configuration reads it: registers of one word, and of two.
AIR = [0, 2, 3, 4, 5, 10, 11, 40, 109, 199, 200, 201, 202, 203, 216, 899, 901, 902, 903, 909, 910, 912, 916, *range(920, 926),
       945, 946]
AIR_WIDE = [105, 107, 905, 907, *range(926, 944, 2)]

CONFIG = """
site: {{ id = "centre"; zh = "x"; en = "x"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt}; }};
zones = ( {{ id = "f1"; zh = "x"; en = "x"; }} );
classes = ( {{ id = "num"; kind = "number"; unit = "m"; decimals = 0; zh = "x"; en = "x"; }} );
buses: {{ {buses} }};
devices: {{ {devices} }};
roles: {{ property: {{ zh = "x"; en = "x"; }}; }};
types: {{ leak: {{ number = 16; severity = "high"; zh = "x"; en = "x"; steps = (
  {{ id = "look"; clause = "16.1"; by = [ "property" ]; zh = "x"; en = "x"; mandatory = true; }} ); }}; }};
rules: {{ high: {{ type = "leak"; zh = "x"; en = "x"; condition = "any(num > 65000 m)"; zone = "f1"; }}; }};
"""


class Device:
    """A Modbus TCP server of our own: unit -> {register: value}; whatever else is asked for is refused."""

    def __init__(self, units):
        self.units, self.requests, self.connections = units, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                link = self.listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def pdu(self, unit, request):
        function, address, count = struct.unpack(">BHH", request[:5])
        registers = self.units[unit]
        if not all(address + i in registers for i in range(count)):
            return bytes([function | 0x80, 2])
        return struct.pack(f">BB{count}H", function, 2 * count, *(registers[address + i] for i in range(count)))

    def _serve(self, link):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), link:
            while head := link.recv(7, socket.MSG_WAITALL):
                request = link.recv(struct.unpack(">H", head[4:6])[0] - 1, socket.MSG_WAITALL)
                self.requests += 1
                self.answer(link, head, request)

    def answer(self, link, head, request):
        body = head[6:7] + self.pdu(head[6], request)
        link.sendall(head[:4] + struct.pack(">H", len(body)) + body)

    def close(self):
        self.listener.close()


def words_of(address, wide):
    """Each register has a value of its own; a wide one begins with 0."""
    return {address: 0, address + 1: 10000 + address} if wide else {address: 10000 + address}


def device(name, registers, unit, bus="line", more=""):
    points = "".join(f"""{name}-{address}: {{ class = "num"; table = "holding"; register = {address}; type = "{kind}";
      min = 0.0; max = 65535.0; zh = "x"; en = "x"; }}; """ for address, kind in registers)
    return f"""{name}: {{ bus = "{bus}"; zone = "f1"; unit = {unit}; address_base = "0"; poll = "300 ms"; {more}
      zh = "x"; en = "x"; points: {{ {points} }}; }}; """


@contextlib.contextmanager
def running(build, buses, devices):
    building = Building(build)
    os.makedirs(os.path.dirname(building.config))
    os.makedirs(building.state)
    with open(building.config, "w", encoding="utf-8") as file:
        file.write(CONFIG.format(mqtt=building.mqtt_port, buses=buses, devices=devices))
    try:
        building.start_broker()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        yield building
    finally:
        if hasattr(building, "observer"):
            building.observer.close()
        building.stop()


def bus(name, server, more=""):
    return f'{name}: {{ adapter = "modbus-tcp"; host = "127.0.0.1"; port = {server.port}; {more} zh = "x"; en = "x"; }}; '


def is_good(building, name, addresses):
    return all((building.observer.point(f"{name}-{a}") or {}).get("value") == 10000 + a for a in addresses)


def test_what_a_device_lacks_spoils_nothing_else(build):
    units = {1: {}, 2: {a: 10000 + a for a in range(10)}}
    for address in AIR + AIR_WIDE:
        units[1].update(words_of(address, address in AIR_WIDE))
    server = Device(units)
    devices = device("air", [(a, "u32" if a in AIR_WIDE else "u16") for a in AIR + AIR_WIDE], 1) + \
        device("old", [(a, "u16") for a in (0, 5, 9, 12, 40)], 2)
    assert len(AIR + AIR_WIDE) == 44
    with contextlib.closing(server), running(build, bus("line", server), devices) as building:
        wait_for(lambda: is_good(building, "old", (0, 5, 9)), 10, "the registers that the old one has")
        wait_for(lambda: is_good(building, "air", AIR + AIR_WIDE), 10, "the air-handling unit")
        troubles = wait_for(lambda: len(found := of_points(building)) == 2 and found, 5, "two troubles")
        assert "0x02, holding register 12" in troubles["trouble/point.old-12"]["text"]["en"]
        assert "0x02，保持寄存器 40" in troubles["trouble/point.old-40"]["text"]["zh"]
        before = server.requests
        time.sleep(1.2)
        assert server.requests - before < 4 * 30, "what was found out is remembered"


class Manners(Device):
    """It has manners of its own: `how`."""

    def __init__(self, units, how):
        self.how, self.answered = how, 0.0
        super().__init__(units)

    def answer(self, link, head, request):
        if self.how == "hasty" and time.monotonic() - self.answered < 0.03:
            return
        if self.how == "deaf" and self.requests % 2:
            pdu = bytes([request[0] | 0x80, 6])
        else:
            pdu = self.pdu(head[6], request)
        unit = b"\xff" if self.how == "unit" else head[6:7]
        transaction = b"\0\0" if self.how == "transaction" else head[:2]
        link.sendall(transaction + head[2:4] + struct.pack(">H", 1 + len(pdu)) + unit + pdu)
        self.answered = time.monotonic()
        if self.how == "closes":
            link.shutdown(socket.SHUT_RDWR)


class Serial(Device):
    """A serial server that is transparent; its line begins each answer with a 0."""

    def _serve(self, link):
        with contextlib.suppress(OSError), link:
            while frame := link.recv(8, socket.MSG_WAITALL):
                self.requests += 1
                link.sendall(b"\0" + seal(frame[:1] + self.pdu(frame[0], frame[1:6])))


def seal(frame):
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return frame + struct.pack("<H", crc)


MANNERS = {"hasty": 'turnaround = "40 ms";', "deaf": "", "unit": "any_unit = true;", "transaction": "any_transaction = true;",
           "closes": "", "serial": 'framing = "rtu";'}


def test_devices_as_they_are(build):
    units = {unit: {0: 10000, 1000: 11000} for unit in (1, 2, 3)}
    servers = {how: Serial(units) if how == "serial" else Manners(units, how) for how in MANNERS}
    buses = "".join(bus(how, server, MANNERS[how]) for how, server in servers.items())
    devices = "".join(device(f"{how}{unit}", [(0, "u16"), (1000, "u16")], unit, how, 'timeout = "400 ms";')
                      for how in MANNERS for unit in ((1, 2, 3) if how in ("hasty", "serial") else (1,)))
    names = [f"{how}{unit}" for how in MANNERS for unit in ((1, 2, 3) if how in ("hasty", "serial") else (1,))]
    with running(build, buses, devices) as building:
        for name in names:
            wait_for(lambda n=name: is_good(building, n, (0, 1000)), 10, name)
        connections = servers["closes"].connections
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert all(is_good(building, name, (0, 1000)) for name in names)
            assert not [t for t in building.observer.retained if t.startswith("trouble/")]
            time.sleep(0.05)
        assert servers["closes"].connections > connections + 3
    for server in servers.values():
        server.close()


def of_points(building):
    with building.observer.lock:
        return {topic: document for topic, document in building.observer.retained.items()
                if topic.startswith("trouble/point.")}
