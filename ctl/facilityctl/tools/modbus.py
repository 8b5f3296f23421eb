"""One bus of Modbus at the hands of a tool: requests that read, one after the other, over TCP or a serial line.

An answer counts only when all of it fits its request: on TCP transaction and unit, on a serial line unit, checksum and
length. A serial line says nothing of what an answer belongs to, so after any doubt, and at open, it must be silent for
longer than the slowest answer takes, and is flushed. Every call ends within the times that the bus and the tool state.
"""

import errno
import fcntl
import os
import select
import socket
import struct
import termios
import time
from typing import NamedTuple

from facilityctl.tools.registers import BIT_TABLES

FUNCTIONS = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
TIMEOUT, DOWN, EXCEPTION, GARBLED, MISMATCHED = "timeout", "link down", "exception", "garbled answer", "mismatched answer"

LATE_MAX = 256  # transactions back that an answer may be late
UNANSWERED_MAX = 3  # in a row: the other end may have forgotten this connection
SILENCES_MAX, SILENCE_LEAST_S = 4, 0.05
FAST_BAUD, FAST_GAP_S = 19200, 0.00175  # above, the standard's 3.5 characters are fixed
CHARACTER_BITS = 11
PTY_MAJORS = range(136, 144)
TIOCSRS485, RS485_ENABLED = 0x542F, 1  # linux/serial.h


class Found(NamedTuple):
    """At one address: a word (a bit is 0 or 1), or why there is none; of an exception its code too."""
    word: int = None
    reason: str = None
    code: int = 0


class Lost(Exception):
    """The link is of no use any more. reason: what that says of the registers that were asked for."""

    def __init__(self, number, reason=DOWN):
        super().__init__(os.strerror(number))
        self.number, self.reason = number, reason


def check_answer(request, answer):
    """Of PDUs: (the payload, None), or (None, why it is none)."""
    if len(answer) < 2:
        return None, Found(reason=GARBLED)
    if answer[0] == request[0] | 0x80:
        return None, Found(reason=EXCEPTION, code=answer[1]) if len(answer) == 2 else Found(reason=GARBLED)
    if answer[0] != request[0]:
        return None, Found(reason=MISMATCHED)
    count = struct.unpack_from(">H", request, 3)[0]
    size = (count + 7) // 8 if request[0] <= 2 else 2 * count
    if answer[1] != size or len(answer) != 2 + size:
        return None, Found(reason=GARBLED)
    return answer[2:], None


class Link:
    """What both kinds share. lost: None, or why nothing more can be asked."""
    lost = None

    def read(self, unit, table, first, count, most):
        """A Found for each address, asked for in requests of at most `most`. Who is silent once is not asked again."""
        found = []
        while len(found) < count and not self.lost:
            part = self._in_halves(unit, table, first + len(found), min(most, count - len(found)))
            found += part
            if part[0].reason == TIMEOUT:
                break
        return found + [Found(reason=DOWN)] * (count - len(found))

    def _in_halves(self, unit, table, first, count):
        """Where a request is refused, so that one address that does not exist hides no other."""
        found = self._once(unit, table, first, count)
        if self.lost or count == 1 or found[0].reason != EXCEPTION or not 2 <= found[0].code <= 4:
            return found
        found = self._in_halves(unit, table, first, count // 2)
        if self.lost:
            return found + [Found(reason=DOWN)] * (count - count // 2)
        return found + self._in_halves(unit, table, first + count // 2, count - count // 2)

    def _once(self, unit, table, first, count):
        request = struct.pack(">BHH", FUNCTIONS[table], first, count)
        try:
            payload, failed = self._ask(unit, request)
        except Lost as lost:
            self.lost, failed = lost, Found(reason=lost.reason)
        except OSError as error:
            self.lost, failed = Lost(error.errno or errno.EIO), Found(reason=DOWN)
        if failed:
            return [failed] * count
        if table in BIT_TABLES:
            return [Found(payload[i // 8] >> i % 8 & 1) for i in range(count)]
        return [Found(word) for word in struct.unpack(f">{count}H", payload)]


class TcpLink(Link):
    """Answers that come late are known by their transaction and dropped; whatever else does not fit ends the link."""

    def __init__(self, options, timeout_s):
        self.timeout_s, self.transaction, self.issued, self.unanswered, self.got = timeout_s, 0, 0, 0, b""
        self.socket = socket.create_connection((options["host"], options["port"]), options["connect_timeout"] / 1000)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.socket.getsockname() == self.socket.getpeername():  # where nobody listens on a client's port
            self.close()
            raise OSError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))

    def close(self):
        self.socket.close()

    def _ask(self, unit, request):
        self.transaction, self.issued = (self.transaction + 1) & 0xffff, min(self.issued + 1, LATE_MAX)
        deadline = time.monotonic() + self.timeout_s
        try:
            self.socket.settimeout(self.timeout_s)
            self.socket.sendall(struct.pack(">HHHB", self.transaction, 0, len(request) + 1, unit) + request)
            while True:
                transaction, who, answer = self._frame(deadline)
                age = (self.transaction - transaction) & 0xffff
                if age >= self.issued or age == 0 and who != unit:
                    raise Lost(errno.EPROTO, MISMATCHED)
                if age == 0:
                    break
        except TimeoutError as error:
            self.unanswered += 1
            # With half a frame under way nothing says where the next one begins.
            if self.got or self.unanswered == UNANSWERED_MAX:
                raise Lost(errno.ETIMEDOUT, TIMEOUT) from error
            return None, Found(reason=TIMEOUT)
        self.unanswered = 0
        payload, failed = check_answer(request, answer)
        if failed and failed.reason != EXCEPTION:
            raise Lost(errno.EPROTO, failed.reason)
        return payload, failed

    def _frame(self, deadline):
        """(transaction, unit, PDU) of the next frame. TimeoutError: it has not all come."""
        while True:
            if len(self.got) >= 6:
                transaction, protocol, size = struct.unpack_from(">HHH", self.got)
                if protocol != 0 or not 3 <= size <= 254:
                    raise Lost(errno.EPROTO, GARBLED)
                if len(self.got) >= 6 + size:
                    frame, self.got = self.got[6:6 + size], self.got[6 + size:]
                    return transaction, frame[0], frame[1:]
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            self.socket.settimeout(left_s)
            more = self.socket.recv(4096)
            if not more:
                raise Lost(errno.ECONNRESET)
            self.got += more


def checksum(frame):
    """Of the serial line: CRC-16, least significant byte first."""
    crc = 0xffff
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    return struct.pack("<H", crc)


class RtuLink(Link):
    """The only master of a serial line: the lock is the one that facilityd takes."""

    def __init__(self, options, timeout_s):
        self.timeout_s, baud = timeout_s, int(options["baud"])
        gap_s = FAST_GAP_S if baud > FAST_BAUD else 3.5 * CHARACTER_BITS / baud
        self.gap_s = max(gap_s, options["turnaround"] / 1000)
        self.silence_s = options["silence"] / 1000 or max(SILENCE_LEAST_S, timeout_s)
        self.rest_until = 0.0
        self.fd = os.open(options["path"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self._claim(options)
            self._quarantine()
        except (OSError, Lost):
            self.close()
            raise

    def close(self):
        os.close(self.fd)

    def _claim(self, options):
        is_pty = os.major(os.fstat(self.fd).st_rdev) in PTY_MAJORS
        if not os.isatty(self.fd):
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not is_pty:  # which would keep it after our end
                fcntl.ioctl(self.fd, termios.TIOCEXCL)
        except BlockingIOError as error:
            raise Lost(errno.EBUSY) from error
        flags = termios.CREAD | termios.CLOCAL | termios.CS8 | (termios.CSTOPB if options["stop_bits"] == 2 else 0)
        # A pty has no parity, and says that it could not be set.
        parity = "none" if is_pty else options["parity"]
        flags |= {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}[parity]
        speed = getattr(termios, f"B{options['baud']}")  # the loader knows which there are
        control = termios.tcgetattr(self.fd)[6]
        control[termios.VMIN], control[termios.VTIME] = 1, 0
        termios.tcsetattr(self.fd, termios.TCSANOW,
                          [termios.INPCK if parity != "none" else 0, 0, flags, 0, speed, speed, control])
        if options["mode"] == "rs485":
            fcntl.ioctl(self.fd, TIOCSRS485, struct.pack("8I", RS485_ENABLED, *[0] * 7))

    def _is_readable(self, within_s):
        return bool(select.select([self.fd], [], [], max(0, within_s))[0])

    def _take(self, size):
        try:
            got = os.read(self.fd, size)
        except BlockingIOError:
            return b""
        if not got:
            raise Lost(errno.EIO)
        return got

    def _quarantine(self):
        """Until the line has been silent for long enough: whatever was late has come, and is thrown away."""
        limit = time.monotonic() + SILENCES_MAX * self.silence_s
        while self._is_readable(self.silence_s):
            if time.monotonic() >= limit:
                raise Lost(errno.EBUSY)
            self._take(256)
        termios.tcflush(self.fd, termios.TCIOFLUSH)

    def _ask(self, unit, request):
        # Who talks in the gap makes the line doubtful.
        if self._is_readable(self.rest_until - time.monotonic()):
            self._quarantine()
        frame = bytes([unit]) + request
        frame += checksum(frame)
        if os.write(self.fd, frame) < len(frame):
            raise Lost(errno.EIO)
        payload, failed = self._answer(unit, request)
        self.rest_until = time.monotonic() + self.gap_s
        if failed and failed.reason != EXCEPTION:
            try:
                self._quarantine()
            except Lost as lost:
                lost.reason = failed.reason
                raise
        return payload, failed

    def _answer(self, unit, request):
        got, size, deadline = b"", 5, time.monotonic() + self.timeout_s
        while len(got) < size:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or not self._is_readable(left_s):
                return None, Found(reason=TIMEOUT)
            got += self._take(size - len(got))
            if len(got) >= 3 and not got[1] & 0x80:
                if got[1] not in FUNCTIONS.values():
                    return None, Found(reason=GARBLED)
                size = 5 + got[2]
        if checksum(got[:-2]) != got[-2:]:
            return None, Found(reason=GARBLED)
        if got[0] != unit:
            return None, Found(reason=MISMATCHED)
        return check_answer(request, got[1:-2])


def open_link(bus, timeout_s):
    """Of a bus as `facility-config site` tells it. Lost: it could not be opened."""
    kind = TcpLink if bus["adapter"] == "modbus-tcp" else RtuLink
    try:
        return kind(bus["options"], timeout_s)
    except TimeoutError as error:
        raise Lost(errno.ETIMEDOUT) from error
    except (OSError, termios.error) as error:
        raise Lost(error.args[0]) from error
