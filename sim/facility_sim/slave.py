"""One Modbus unit: register tables, and the answer to a request (PDU in, PDU out).

Knows no framing, points or sockets. Ours, and not pymodbus's, since its server of Debian 12 and
that of Debian 13 have nothing in common, and neither lets a reply be late, garbled or another's.
"""

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, NO_ANSWER = 1, 2, 3, 11
COIL_VALUES = {0xff00: 1, 0: 0}

# Function: table, most that one request may ask for.
READS = {1: ("coil", 2000), 2: ("discrete", 2000), 3: ("holding", 125), 4: ("input", 125)}
WRITES_ONE = {5: "coil", 6: "holding"}
WRITES_MANY = {15: ("coil", 1968), 16: ("holding", 123)}
BIT_TABLES = ("coil", "discrete")


class Refused(Exception):
    """With a Modbus exception."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def refusal(function, code):
    return bytes((function | 0x80, code))


def number(data, at):
    return int.from_bytes(data[at:at + 2], "big")


class Table:
    """The readable addresses first..last, all 0 and read-only at first; others are refused."""

    def __init__(self, first, last):
        self.first = first
        self.words = [0] * (last - first + 1)  # a bit is a word of 0 or 1
        self.writable = [False] * len(self.words)

    def holds(self, first, count):
        return self.first <= first and first + count <= self.first + len(self.words)

    def read(self, first, count):
        return self.words[first - self.first:first - self.first + count]

    def put(self, first, words):
        self.words[first - self.first:first - self.first + len(words)] = words

    def allow(self, first, count):
        self.writable[first - self.first:first - self.first + count] = [True] * count

    def may_write(self, first, count):
        return all(self.writable[first - self.first:first - self.first + count])


def pack_bits(bits):
    packed = bytearray((len(bits) + 7) // 8)
    for i, bit in enumerate(bits):
        packed[i // 8] |= bool(bit) << i % 8
    return bytes(packed)


class Slave:
    """`written(slave, table, first, count)` is called after a master has written."""

    def __init__(self, unit, written=None):
        self.unit, self.written = unit, written
        self.tables = {}
        self.silent = False  # as if its power were gone: answers nothing
        self.fault = None    # done by its server, but for an exception, which is done here
        self.asked = 0       # requests so far

    def use_fault(self, refuses=False):
        """What is wrong with one more reply (`refuses`: with the request), or None; counted."""
        fault = self.fault
        if not fault or (fault.kind == "exception") != refuses:
            return None
        if fault.left:
            fault.left -= 1
            if not fault.left:
                self.fault = None
        return fault

    def answer(self, pdu):
        """The reply, or None where there is none."""
        self.asked += 1
        if self.silent:
            return None
        fault = self.use_fault(refuses=True)
        if fault:
            return refusal(pdu[0], fault.code)
        try:
            return pdu[:1] + self._obey(pdu)
        except Refused as error:
            return refusal(pdu[0], error.code)

    def _obey(self, pdu):
        function = pdu[0]
        if function in READS:
            return self._read(*READS[function], pdu)
        if function in WRITES_ONE:
            return self._write_one(WRITES_ONE[function], pdu)
        if function in WRITES_MANY:
            return self._write_many(*WRITES_MANY[function], pdu)
        raise Refused(ILLEGAL_FUNCTION)

    def _table(self, kind, first, count):
        table = self.tables.get(kind)
        if not table or not table.holds(first, count):
            raise Refused(ILLEGAL_ADDRESS)
        return table

    def _read(self, kind, most, pdu):
        first, count = number(pdu, 1), number(pdu, 3)
        if len(pdu) != 5 or not 1 <= count <= most:
            raise Refused(ILLEGAL_VALUE)
        words = self._table(kind, first, count).read(first, count)
        data = pack_bits(words) if kind in BIT_TABLES else b"".join(word.to_bytes(2, "big") for word in words)
        return bytes((len(data),)) + data

    def _write_one(self, kind, pdu):
        value = number(pdu, 3)
        if len(pdu) != 5:
            raise Refused(ILLEGAL_VALUE)
        self._table(kind, number(pdu, 1), 1)
        if kind == "coil" and value not in COIL_VALUES:
            raise Refused(ILLEGAL_VALUE)
        return self._write(kind, [COIL_VALUES[value] if kind == "coil" else value], pdu)

    def _write_many(self, kind, most, pdu):
        count, data = number(pdu, 3), pdu[6:]
        size = (count + 7) // 8 if kind == "coil" else 2 * count
        if len(pdu) < 6 or not 1 <= count <= most or not pdu[5] == len(data) == size:
            raise Refused(ILLEGAL_VALUE)
        if kind == "coil":
            return self._write(kind, [data[i // 8] >> i % 8 & 1 for i in range(count)], pdu)
        return self._write(kind, [number(data, 2 * i) for i in range(count)], pdu)

    def _write(self, kind, words, pdu):
        first = number(pdu, 1)
        table = self._table(kind, first, len(words))
        if not table.may_write(first, len(words)):
            raise Refused(ILLEGAL_ADDRESS)
        table.put(first, words)
        if self.written:
            self.written(self, kind, first, len(words))
        return pdu[1:5]  # the reply to every write repeats these
