"""Registers as people write and read them: ranges, types, orders, values. No I/O."""

import math
import re
import struct
from typing import NamedTuple

TABLES = ("holding", "input", "coil", "discrete")
BIT_TABLES = ("coil", "discrete")
REGISTERS_MAX = 2048
WORDS_MAX = 4  # of the widest type
ORDERS = ("abcd", "cdab", "badc", "dcba")  # words reversed, bytes swapped, or both
FORMATS = {"u16": "H", "s16": "h", "u32": "I", "s32": "i", "f32": "f", "u64": "Q", "s64": "q", "f64": "d"}
EXCEPTIONS = {1: "illegal function", 2: "illegal data address", 3: "illegal data value", 4: "server device failure",
              5: "acknowledge", 6: "server device busy", 7: "negative acknowledge", 8: "memory parity error",
              10: "gateway path unavailable", 11: "gateway target device failed to respond"}

# The numbers of data sheets. Coils are written with their table: a small number does not say that it is of a sheet.
SHEETS = ((10001, 19999, "discrete"), (30001, 39999, "input"), (40001, 49999, "holding"), (100001, 165536, "discrete"),
          (300001, 365536, "input"), (400001, 465536, "holding"))
BAD_FORM = ("write TABLE:ADDRESS, TABLE:FIRST-LAST or TABLE:FIRST+COUNT with the table holding, input, coil or discrete "
            "and addresses from 0, or numbers of a data sheet such as 30001-30010")
RANGE = re.compile(r"(?:([a-z]+):)?(0x[0-9a-f]+|\d+)(?:([-+])(0x[0-9a-f]+|\d+))?", re.I | re.A)
PLAUSIBLE_LEAST, PLAUSIBLE_MOST = 1e-4, 1e9


class Range(NamedTuple):
    """Addresses as on the wire, from 0."""
    table: str
    first: int
    count: int


def looks_like_range(text):
    """Could it be meant as one at all? Else it is a name."""
    return ":" in text or text[:1].isdecimal()


def from_sheet(number):
    for first, last, table in SHEETS:
        if first <= number <= last:
            return table, number - first
    raise ValueError(BAD_FORM)


def parse_range(text):
    """"input:70", "holding:0x5000+4", "coil:0-7", "30071", "40001-40020". ValueError: why it is none."""
    match = RANGE.fullmatch(text)
    if not match:
        raise ValueError(BAD_FORM)
    word, first, separator, last = match.groups()
    first, second = int_of(first), int_of(last or first)
    if word:
        table = next((table for table in TABLES if table.startswith(word)), None)
        if not table:
            raise ValueError(BAD_FORM)
    else:
        table, first = from_sheet(first)
        if separator != "+":
            other, second = from_sheet(second)
            if other != table:
                raise ValueError("the first and the last are not of one table")
    last = first + second - 1 if separator == "+" else second
    if last < first or last > 0xffff:
        raise ValueError("addresses are 0 to 65535, and the last is not before the first")
    if last - first >= REGISTERS_MAX:
        raise ValueError("at most 2048 registers at once")
    return Range(table, first, last - first + 1)


def int_of(text):
    return int(text, 16 if text[:2].lower() == "0x" else 10)


def words_of(kind):
    """Registers that a value of this type takes."""
    return struct.calcsize(FORMATS[kind]) // 2 if kind in FORMATS else 1


def ordered(order, word):
    return (word >> 8 | word << 8) & 0xffff if order in ("badc", "dcba") else word


def value(kind, order, words):
    """A number; ValueError: none that can be shown ("NaN", "too large" for a double)."""
    words = [ordered(order, word) for word in words[:words_of(kind)]]
    data = struct.pack(f">{len(words)}H", *(words[::-1] if order in ("cdab", "dcba") else words))
    number = struct.unpack(">" + FORMATS[kind], data)[0]
    if isinstance(number, float):
        if not math.isfinite(number):
            raise ValueError("NaN")
    elif int(float(number)) != number:
        raise ValueError("too large")
    return number


def value_text(kind, order, words):
    """"" where there are not enough words."""
    if len(words) < words_of(kind):
        return ""
    try:
        number = value(kind, order, words)
    except ValueError as why:
        return str(why)
    return f"{number:.7g}" if isinstance(number, float) else str(number)


def is_plausible(order, words):
    """Could people mean this 32 bit float? Neither NaN, nor tiny, nor astronomically large."""
    try:
        number = abs(value("f32", order, words))
    except ValueError:
        return False
    return number == 0 or PLAUSIBLE_LEAST <= number <= PLAUSIBLE_MOST


def type_text(point):
    """"f32 cdab", "bit 3", "bit inverted", of a point or quantity as facility-config tells it."""
    options = point["options"]
    if options["type"] != "bit":
        return options["type"] + ("" if options["order"] == "abcd" else " " + options["order"])
    bit = "" if point["registers"]["table"] in BIT_TABLES else f" {options['bit']}"
    return f"bit{bit}{' inverted' if options['invert'] else ''}"


def point_value(point, words):
    """What a point or quantity makes of its words. ValueError: nothing."""
    options, registers = point["options"], point["registers"]
    if len(words) < registers["words"]:
        raise ValueError("too few words")
    if options["type"] != "bit":
        number = value(options["type"], options["order"], words) * options["scale"] + options["offset"]
        if not math.isfinite(number):
            raise ValueError("too large")
        return number
    if registers["table"] not in BIT_TABLES:
        words = [ordered(options["order"], words[0]) >> options["bit"] + i & 1 for i in range(2)]
    bits = [bool(word) != options["invert"] for word in words[:2 if options["pair"] else 1]]
    return sum(bit << i for i, bit in enumerate(bits))


def exception_text(code):
    return EXCEPTIONS.get(code, "unknown exception")
