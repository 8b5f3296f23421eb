"""The parts of facilityctl's tools, each alone: ranges as people type them, what is shown of registers, and the link to
a bus, on which a late or foreign answer is never taken for one."""

import contextlib
import errno
import importlib
import os
import pty
import re
import select
import socket
import struct
import sys
import threading
import time
import tty

import pytest
from stage import ROOT

TIMEOUT_S = 0.15


@pytest.fixture
def tool(build):
    """A module of the program, as it is installed."""
    sys.path.insert(0, os.path.join(ROOT, build, "facilityctl"))
    yield lambda name: importlib.import_module(f"facilityctl.tools.{name}")
    sys.path.pop(0)


# Registers as a person writes them ------------------------------------------------


@pytest.mark.parametrize("text, table, first, count", [
    ("input:70", "input", 70, 1), ("in:0x46", "input", 70, 1), ("holding:0x5000+4", "holding", 0x5000, 4),
    ("h:65535", "holding", 65535, 1), ("coil:0-7", "coil", 0, 8), ("discrete:3+1", "discrete", 3, 1),
    ("30001", "input", 0, 1), ("30001-30010", "input", 0, 10), ("40002+3", "holding", 1, 3),
    ("465536", "holding", 65535, 1), ("10001", "discrete", 0, 1)])
def test_ranges(tool, text, table, first, count):
    registers = tool("registers")
    assert registers.looks_like_range(text)
    assert registers.parse_range(text) == (table, first, count)


def test_a_name_is_no_range(tool):
    assert not tool("registers").looks_like_range("eastron-sdm630")


@pytest.mark.parametrize("text", ["inputs:7", ":7", "input:", "input:x", "input:7-", "70", "20001", "30001-40001",
                                  "input:9-3", "input:65536", "input:1+0", "input:0+5000", "input:7 8", "input:-1",
                                  "29999"])
def test_mistaken_ranges(tool, text):
    with pytest.raises(ValueError):
        tool("registers").parse_range(text)


# What a person sees ---------------------------------------------------------------


def known(name, unit, limits, address, kind, **options):
    words = {"f32": 2}.get(kind, 1)
    return {"id": name, "unit": unit, "min": limits[0], "max": limits[1],
            "options": {"type": kind, "order": "abcd", "bit": -1, "invert": False, "pair": False, "scale": 1.0,
                        "offset": 0.0, **options},
            "registers": {"table": "input", "address": address, "words": words}}


KNOWN = [known("volts", "V", (0, 100), 10, "f32"), known("flow", "l/s", (0, 2000), 12, "f32", order="cdab"),
         known("door", None, (0, 0), 12, "bit", bit=13), known("lost", "V", (0, 1), 14, "u16")]


def view(tool, first=10, count=7, skip=0):
    """230.4 as a float, then 1000.5 with its words exchanged, then registers that are refused."""
    found = tool("modbus").Found
    read = [found(word) for word in (0x4366, 0x6666, 0x2000, 0x447a)] + \
        [found(reason="exception", code=code) for code in (2, 2, 6)]
    return tool("show").View(tool("registers").Range("input", first, count), read[skip:], KNOWN)


def has(text, *wanted):
    for one in wanted:
        assert one in text, text


def test_lines(tool):
    text = "".join(tool("show").lines(view(tool), "en", False))
    has(text, "input:10 (0x000a)  4366  17254", "230.4")
    # What is known but does not fit is said; a person sees a wrong profile at once.
    has(text, "volts = 230.4 V as f32, outside 0 to 100", "flow = 1000.5 l/s (f32 cdab); door = 1 (bit 13)", "input:14-15",
        "exception 2: illegal data address; lost", "exception 6: server device busy")
    coloured = "".join(tool("show").lines(view(tool), "en", True))
    assert re.search(r"\033\[1;31minput:10 ", coloured) and not re.search(r"\033\[1;31minput:12 ", coloured)


def test_blocks(tool):
    text = "".join(tool("show").blocks(view(tool, count=1), False))
    has(text, "input:10 (0x000a)  volts = 230.4 V", "f32  230.4 ", "u64  ", "f64  ", "s16  17254")
    # Values of several registers end where reading ended.
    text = "".join(tool("show").blocks(view(tool, first=13, count=1, skip=3), False))
    has(text, "u16  17530")
    assert "u32" not in text
    assert "exception 6: server device busy" in "".join(tool("show").blocks(view(tool, first=16, count=1, skip=6), False))


def test_bits(tool):
    found = tool("modbus").Found
    coils = tool("show").View(tool("registers").Range("coil", 3, 2), [found(1), found(0)], [])
    has("".join(tool("show").lines(coils, "en", False)), "coil:3 (0x0003)  1", "coil:4 (0x0004)  0")


@pytest.mark.parametrize("kind, order, words, text", [
    ("s16", "abcd", [0xffff], "-1"), ("u16", "badc", [0x1234], "13330"), ("s32", "cdab", [0xfffe, 0xffff], "-2"),
    ("u32", "dcba", [0x7856, 0x3412], "305419896"), ("f32", "abcd", [0x7fc0, 0], "NaN"), ("f32", "abcd", [0x4366], ""),
    ("f64", "abcd", [0x3ff0, 0, 0, 0], "1"), ("u64", "abcd", [0xffff] * 4, "too large"), ("s64", "abcd", [0xffff] * 4, "-1"),
    ("f32", "badc", [0x6643, 0x6666], "230.4"), ("f64", "cdab", [0, 0, 0, 0xbff8], "-1.5")])
def test_values(tool, kind, order, words, text):
    assert tool("registers").value_text(kind, order, words) == text


def test_values_of_points(tool):
    value = tool("registers").point_value
    assert value(known("x", "V", (0, 1), 0, "u16", scale=0.1, offset=-5.0), [250]) == 20.0
    assert value(known("x", None, (0, 0), 0, "bit", bit=3, invert=True), [0b1000]) == 0
    assert value(known("x", None, (0, 0), 0, "bit", bit=3, pair=True), [0b11000]) == 3
    assert value(known("x", None, (0, 0), 0, "bit", bit=0, order="badc"), [0x0100]) == 1
    coil = known("x", None, (0, 0), 0, "bit", pair=True)
    coil["registers"] = {"table": "coil", "address": 0, "words": 2}
    assert value(coil, [0, 1]) == 2


# The link to a bus ----------------------------------------------------------------


class Slave:
    """Answers each request with what the test's function says: bytes, or (bytes, seconds to wait before), or nothing."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def reply(self, request):
        self.asked.append(request)
        for part in self.answer(self, request) or ():
            if isinstance(part, (int, float)):
                time.sleep(part)
            else:
                with contextlib.suppress(OSError):  # who asked has gone
                    self.send(part)


class TcpSlave(Slave):
    def __init__(self, answer):
        super().__init__(answer)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.bus = {"id": "b", "adapter": "modbus-tcp", "options": {
            "host": "127.0.0.1", "port": self.listener.getsockname()[1], "connect_timeout": 1000}}
        self.thread.start()

    def serve(self):
        self.peer, _ = self.listener.accept()
        with self.peer:
            while request := self.peer.recv(12):
                self.reply(request)

    def send(self, part):
        self.peer.sendall(part)

    def stop(self):
        self.listener.close()


class RtuSlave(Slave):
    def __init__(self, answer):
        super().__init__(answer)
        self.fd, line = pty.openpty()
        tty.setraw(line)
        self.line = line
        self.bus = {"id": "b", "adapter": "modbus-rtu", "options": {
            "path": os.ttyname(line), "baud": "115200", "parity": "even", "stop_bits": 1, "data_bits": 8,
            "mode": "rs232", "turnaround": 5, "silence": 0}}
        self.ended = False
        self.thread.start()

    def serve(self):
        while not self.ended:
            if select.select([self.fd], [], [], 0.02)[0]:
                self.reply(os.read(self.fd, 8))

    def send(self, part):
        os.write(self.fd, part)

    def stop(self):
        self.ended = True
        self.thread.join(5)
        os.close(self.fd)
        os.close(self.line)


@pytest.fixture
def bus(tool):
    opened = []

    def make(kind, answer):
        slave = kind(answer)
        opened.append(slave)
        link = tool("modbus").open_link(slave.bus, TIMEOUT_S)
        opened.insert(0, link)
        return slave, link
    yield make
    for one in opened:
        getattr(one, "close", getattr(one, "stop", None))()


def tcp(request, *words, unit=None, transaction=None, protocol=0):
    """The right answer, but for what is said."""
    own = struct.unpack(">H", request[:2])[0] if transaction is None else transaction
    return struct.pack(f">HHHBBB{len(words)}H", own, protocol, 3 + 2 * len(words),
                       request[6] if unit is None else unit, request[7], 2 * len(words), *words)


def rtu(tool, request, *words, unit=None):
    frame = struct.pack(f">BBB{len(words)}H", request[0] if unit is None else unit, request[1], 2 * len(words), *words)
    return frame + tool("modbus").checksum(frame)


def ask(link, first=0, count=1, unit=1):
    found = link.read(unit, "holding", first, count, 125)
    return [one.word if one.reason is None else one.reason for one in found]


def test_checksum(tool):
    assert tool("modbus").checksum(bytes.fromhex("010300000001")).hex() == "840a"  # the frame of many data sheets


def test_tcp_late_answer_is_dropped(bus):
    held = []

    def answer(slave, request):
        if not held:
            held.append(request)
            return None
        return [tcp(held[0], 111), tcp(request, 222)]
    slave, link = bus(TcpSlave, answer)
    assert ask(link) == ["timeout"] and not link.lost
    assert ask(link) == [222]
    assert len(slave.asked) == 2


@pytest.mark.parametrize("wrong, reason", [
    ({"unit": 2}, "mismatched answer"), ({"transaction": 4000}, "mismatched answer"), ({"protocol": 1}, "garbled answer")])
def test_tcp_what_does_not_fit_ends_the_link(bus, wrong, reason):
    _, link = bus(TcpSlave, lambda slave, request: [tcp(request, 111, **wrong)])
    assert ask(link, count=1) == [reason]
    assert link.lost.number == errno.EPROTO
    assert ask(link) == ["link down"]


def test_tcp_dripped_answer_ends_in_time(bus):
    _, link = bus(TcpSlave, lambda slave, request: [part for byte in tcp(request, 5) for part in (bytes([byte]), 0.05)])
    begun = time.monotonic()
    assert ask(link) == ["timeout"] and link.lost  # nothing says where the next frame begins
    assert time.monotonic() - begun < 3 * TIMEOUT_S


def test_tcp_silence_is_given_up(bus):
    slave, link = bus(TcpSlave, lambda slave, request: None)
    # Once for a whole range: each further request would only wait again.
    assert ask(link, count=250) == ["timeout"] * 125 + ["link down"] * 125 and len(slave.asked) == 1
    assert ask(link) == ["timeout"] and not link.lost
    assert ask(link) == ["timeout"] and link.lost


def test_refused_ranges_are_asked_in_halves(bus):
    def answer(_slave, request):
        first, count = struct.unpack(">HH", request[8:12])
        if first <= 5 < first + count:
            return [request[:4] + struct.pack(">HBBB", 3, request[6], request[7] | 0x80, 2)]
        return [tcp(request, *range(first, first + count))]
    _, link = bus(TcpSlave, answer)
    assert ask(link, count=12) == [0, 1, 2, 3, 4, "exception", *range(6, 12)]


def test_tcp_nobody_listens(tool):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    bus = {"adapter": "modbus-tcp", "options": {"host": "127.0.0.1", "port": port, "connect_timeout": 500}}
    with pytest.raises(tool("modbus").Lost, match="Connection refused"):
        tool("modbus").open_link(bus, TIMEOUT_S)


def test_rtu_reads(bus, tool):
    slave, link = bus(RtuSlave, lambda slave, request: [rtu(tool, request, 7, 8)])
    assert ask(link, first=0x1234, count=2, unit=9) == [7, 8]
    assert slave.asked[0][:6].hex() == "090312340002" and slave.asked[0][6:] == tool("modbus").checksum(slave.asked[0][:6])


def test_rtu_late_answer_is_not_the_next_ones(bus, tool):
    """An answer has no number: what is late must have come, and be gone, before the next request."""
    def answer(slave, request):
        late = len(slave.asked) == 1
        return [TIMEOUT_S * 1.5 if late else 0, rtu(tool, request, 111 if late else 222)]
    slave, link = bus(RtuSlave, answer)
    begun = time.monotonic()
    assert ask(link) == ["timeout"]
    assert time.monotonic() - begun > 2 * TIMEOUT_S  # silent for as long as an answer may take, since the last byte
    assert ask(link) == [222] and not link.lost and len(slave.asked) == 2


def test_rtu_noise_before_a_request(bus, tool):
    slave, link = bus(RtuSlave, lambda slave, request: [rtu(tool, request, 222)])
    slave.send(b"\x01\x03\x02")
    assert ask(link) == [222]


@pytest.mark.parametrize("spoil, reason", [
    (lambda tool, request: rtu(tool, request, 1, unit=2), "mismatched answer"),
    (lambda tool, request: rtu(tool, request, 1)[:-1] + b"\x00", "garbled answer"),
    (lambda tool, request: rtu(tool, request, 1, 2), "garbled answer"),
    (lambda tool, request: bytes([request[0], 0x11]) + rtu(tool, request, 1)[2:], "garbled answer")])
def test_rtu_what_does_not_fit_is_no_value(bus, tool, spoil, reason):
    def answer(slave, request):
        return [spoil(tool, request) if len(slave.asked) == 1 else rtu(tool, request, 222)]
    _, link = bus(RtuSlave, answer)
    assert ask(link) == [reason] and not link.lost
    assert ask(link) == [222]


def test_rtu_line_has_one_master(bus, tool):
    slave, _ = bus(RtuSlave, lambda slave, request: None)
    with pytest.raises(tool("modbus").Lost) as lost:
        tool("modbus").open_link(slave.bus, TIMEOUT_S)
    assert lost.value.number == errno.EBUSY


def test_rtu_line_that_is_never_silent(bus, tool):
    slave = RtuSlave(lambda slave, request: None)
    ended = threading.Event()

    def talk():
        while not ended.wait(0.02):
            slave.send(b"x")
    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    try:
        with pytest.raises(tool("modbus").Lost) as lost:
            tool("modbus").open_link(slave.bus, TIMEOUT_S)
        assert lost.value.number == errno.EBUSY
    finally:
        ended.set()
        talker.join(5)
        slave.stop()


def test_what_is_no_line(tool, tmp_path):
    path = tmp_path / "file"
    path.touch()
    options = {"path": str(path), "baud": "9600", "turnaround": 5, "silence": 0}
    with pytest.raises(tool("modbus").Lost) as lost:
        tool("modbus").open_link({"adapter": "modbus-rtu", "options": options}, TIMEOUT_S)
    assert lost.value.number == errno.ENOTTY


def test_who_is_connected(tool):
    line = tool("line")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not line.is_connected_to("127.0.0.1", port)
        with socket.create_connection(("127.0.0.1", port)):
            assert line.is_connected_to("127.0.0.1", port) and not line.is_connected_to("127.0.0.2", port)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("::1", port)):
            assert line.is_connected_to("::1", port) and not line.is_connected_to("::1", port ^ 1)
