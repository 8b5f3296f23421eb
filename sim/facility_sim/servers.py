"""Modbus TCP gateways and RTU lines: framing, and what is wrong with a reply on its way.

Know units, not points. All of it runs on the one asyncio loop and never blocks.
"""

import asyncio
import contextlib
import os
import socket
import stat
import struct
import termios
import tty

from facility_sim import faults
from facility_sim.slave import NO_ANSWER, refusal

PDU_MAX = 253
LATE_MAX = 16          # replies that wait; what is beyond them is lost, as in a gateway whose buffer is full
CONNECTIONS_MAX = 64   # a gateway has few sockets too; what is beyond them is hung up on
RTU_SILENCE_S = 0.03   # ends a frame; longer than on a wire, since a pty has no rhythm
BABBLE_MAX = 512


class Outlet:
    """Bytes that leave now, later, or drop by drop."""

    def __init__(self, send):
        self.send, self.waiting = send, 0

    def deliver(self, frame, fault):
        """As it is, or as the fault leaves it; what is left to the framing has been done."""
        if not fault or fault.kind not in ("late", "dripped", "truncated"):
            self.send(frame)
        elif fault.kind == "truncated":
            self.send(frame[:len(frame) // 2])
        elif self.waiting < LATE_MAX:
            parts = [frame] if fault.kind == "late" else [frame[i:i + 1] for i in range(len(frame))]
            start_s = fault.ms / 1000 if fault.kind == "late" else 0
            self.waiting += 1
            self._later(parts, start_s, fault.ms / 1000)

    def _later(self, parts, wait_s, gap_s):
        asyncio.get_running_loop().call_later(wait_s, self._leave, parts, gap_s)

    def _leave(self, parts, gap_s):
        self.send(parts[0])
        if len(parts) > 1:
            self._later(parts[1:], gap_s, gap_s)
        else:
            self.waiting -= 1


# Modbus TCP -------------------------------------------------------------------


def tcp_request(data):
    """The size of the request that begins here (0: not complete), or None: this is no Modbus."""
    if len(data) < 7:
        return 0
    protocol, length = struct.unpack(">HH", data[2:6])
    if protocol or not 2 <= length <= 1 + PDU_MAX:
        return None
    return 6 + length if len(data) >= 6 + length else 0


def tcp_answer(units, frame):
    """Transaction and protocol come back as they came; None where a unit says nothing."""
    unit, pdu = frame[6], frame[7:]
    reply = units[unit].answer(pdu) if unit in units else refusal(pdu[0], NO_ANSWER)
    return reply and frame[:4] + struct.pack(">HB", len(reply) + 1, unit) + reply


class Connection(asyncio.Protocol):
    """While its peer takes no replies nothing more is read of it: it costs bounded memory."""

    def __init__(self, gateway):
        self.gateway, self.outlet, self.data, self.transport = gateway, Outlet(self._send), b"", None

    def connection_made(self, transport):
        self.transport = transport
        if len(self.gateway.connections) >= CONNECTIONS_MAX:
            transport.close()
        else:
            self.gateway.connections.add(self)

    def connection_lost(self, _error):
        self.gateway.connections.discard(self)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()

    def data_received(self, data):
        self.data += data
        while size := tcp_request(self.data):
            frame, self.data = self.data[:size], self.data[size:]
            reply = tcp_answer(self.gateway.units, frame)
            if reply:
                self._reply(reply, self.gateway.units.get(frame[6]))
        if size is None:
            self.transport.close()

    def _reply(self, frame, slave):
        fault = slave and slave.use_fault()
        kind = fault and fault.kind
        if kind == "reset":
            link = self.transport.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
            return
        if kind == "noise":
            self._send(faults.noise())
        elif kind == "wrong-unit":
            frame = frame[:6] + bytes((frame[6] + 1 & 0xff,)) + frame[7:]
        self.outlet.deliver(frame, fault)

    def _send(self, data):
        if not self.transport.is_closing():
            self.transport.write(data)


class Gateway:
    """One listener, any number of units behind it."""

    def __init__(self, units):
        self.units, self.connections, self.server = units, set(), None

    async def open(self, host, port):
        self.server = await asyncio.get_running_loop().create_server(lambda: Connection(self), host, port)

    def close(self):
        self.server.close()
        for connection in list(self.connections):
            connection.transport.abort()


# Modbus RTU -------------------------------------------------------------------


def crc(data):
    """CRC-16 of Modbus, low byte first, unlike everything else in Modbus."""
    value = 0xffff
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xa001 if value & 1 else 0)
    return struct.pack("<H", value)


def rtu_request(data, silent=False):
    """The size of the sound request that begins here; 0: there is none (yet).

    `silent`: the line has been quiet since, so no more will come: there a function ends that we
    do not know.
    """
    size = len(data) if silent else 0
    if len(data) >= 2 and 1 <= data[1] <= 6:
        size = 8
    elif len(data) >= 7 and data[1] in (15, 16):
        size = 9 + data[6]
    if not 4 <= size <= min(len(data), 3 + PDU_MAX) or crc(data[:size - 2]) != data[size - 2:size]:
        return 0
    return size


def rtu_answer(units, frame):
    """Unit 0: everyone obeys and nobody answers. None: nor is there an answer."""
    unit, pdu = frame[0], frame[1:-2]
    if unit == 0:
        for slave in units.values():
            slave.answer(pdu)
        return None
    reply = units[unit].answer(pdu) if unit in units else None
    return reply and with_crc(frame[:1] + reply)


def with_crc(body):
    return body + crc(body)


class Line:
    """A pty whose slave end stands at a path of the caller's choice, and units that hear everything.

    As on a real line, a request to nobody, or one that noise has touched, is not answered.
    """

    def __init__(self, units):
        self.units, self.outlet, self.data = units, Outlet(self._send), b""
        self.master = self.end = self.path = self.silence = None

    async def open(self, path):
        # The slave's end is held, so that masters may come and go.
        self.master, self.end = os.openpty()
        os.set_blocking(self.master, False)
        tty.setraw(self.end)
        modes = termios.tcgetattr(self.end)
        modes[4] = modes[5] = termios.B9600
        termios.tcsetattr(self.end, termios.TCSANOW, modes)
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISLNK(os.lstat(path).st_mode):
                os.unlink(path)  # a killed simulator left it; anything else is not ours
        os.symlink(os.ttyname(self.end), path)
        self.path = path
        asyncio.get_running_loop().add_reader(self.master, self._ready)

    def close(self):
        if self.path:
            os.unlink(self.path)
            asyncio.get_running_loop().remove_reader(self.master)
        os.close(self.master)
        os.close(self.end)
        self.master = None

    def _ready(self):
        with contextlib.suppress(BlockingIOError):
            self.data += os.read(self.master, 1024)
        if self.silence:
            self.silence.cancel()
            self.silence = None
        while size := rtu_request(self.data):
            frame, self.data = self.data[:size], self.data[size:]
            self._reply(frame)
        if self.data:
            # Everything up to the next silence is one damaged frame. Babble without an end: forget
            # all but what still tells that there is some.
            self.data = self.data[-1:] if len(self.data) > BABBLE_MAX else self.data
            self.silence = asyncio.get_running_loop().call_later(RTU_SILENCE_S, self._silent)

    def _silent(self):
        data, self.data, self.silence = self.data, b"", None
        if rtu_request(data, silent=True) == len(data):
            self._reply(data)

    def _reply(self, request):
        frame = rtu_answer(self.units, request)
        if not frame:
            return
        fault = self.units[frame[0]].use_fault()
        kind = fault and fault.kind
        if kind == "reset":
            return
        if kind == "noise":
            self._send(faults.noise())
            half = len(frame) // 2
            frame = frame[:half] + bytes((frame[half] ^ 0x10,)) + frame[half + 1:]
        elif kind == "wrong-unit":
            frame = with_crc(bytes((frame[0] + 1 & 0xff,)) + frame[1:-2])
        self.outlet.deliver(frame, fault)

    def _send(self, data):
        # What the line does not take is lost: a wire keeps nothing for a master that is away, and an
        # old reply that waits for the next master is the worst of all answers.
        if self.master is not None:
            with contextlib.suppress(OSError):
                os.write(self.master, data)
