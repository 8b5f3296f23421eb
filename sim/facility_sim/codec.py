"""Engineering values to Modbus registers and back, as the daemon's codec has it.

Knows no request and no link.
"""

import math
import struct

FORMS = {"u16": "H", "s16": "h", "u32": "I", "s32": "i", "u64": "Q", "s64": "q", "f32": "f", "f64": "d"}
BIT_TABLES = ("coil", "discrete")


class Register:
    """Where a point stands on the wire and how it is written there."""

    def __init__(self, registers, options):
        self.table, self.address, self.words = registers["table"], registers["address"], registers["words"]
        self.type, self.bit, self.pair = options["type"], options["bit"], options["pair"]
        self.invert, self.scale, self.offset = options["invert"], options["scale"], options["offset"]
        self.swapped = options["order"] in ("badc", "dcba")    # the bytes of each word
        self.reversed = options["order"] in ("cdab", "dcba")   # the words

    def encode(self, value, words):
        """The words that hold a value; other bits of theirs stay. None: the type cannot hold it."""
        if self.type == "bit":
            return self._encode_bits(value, words)
        raw = (value - self.offset) / self.scale
        form = FORMS[self.type]
        if not math.isfinite(raw):
            return None
        if form not in "fd":
            raw = int(math.copysign(math.floor(abs(raw) + 0.5), raw))
        try:
            return self._ordered(struct.unpack(f">{self.words}H", struct.pack(">" + form, raw)))
        except (struct.error, OverflowError):
            return None

    def decode(self, words):
        """The value that the words hold; None: none."""
        if self.type == "bit":
            return self._bit(words, 0) + (2 * self._bit(words, 1) if self.pair else 0)
        data = struct.pack(f">{self.words}H", *self._ordered(words))
        value = struct.unpack(">" + FORMS[self.type], data)[0] * self.scale + self.offset
        return value if math.isfinite(value) else None

    def _ordered(self, words):
        """From the standard's order to the device's, and back."""
        words = [self._bytes(word) for word in words]
        return words[::-1] if self.reversed else words

    def _bytes(self, word):
        return (word << 8 | word >> 8) & 0xffff if self.swapped else word

    def _bit(self, words, i):
        on = words[i] if self.table in BIT_TABLES else self._bytes(words[0]) >> (self.bit + i) & 1
        return int(bool(on) != self.invert)

    def _encode_bits(self, value, words):
        if not 0 <= value < (4 if self.pair else 2) or not self.pair and value != int(value):
            return None
        words = list(words)
        for i in range(2 if self.pair else 1):
            on = int(bool(int(value) >> i & 1) != self.invert)
            if self.table in BIT_TABLES:
                words[i] = on
            else:
                mask = self._bytes(1 << (self.bit + i))
                words[0] = words[0] | mask if on else words[0] & ~mask
        return words
