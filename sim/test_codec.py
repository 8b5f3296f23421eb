"""Registers: the corners of the types; test_any_site.py reads every type in every order back."""

import math

import pytest
from facility_sim.codec import Register


def register(kind, table="holding", **options):
    words = {"u32": 2, "f32": 2, "u64": 4, "s64": 4}.get(kind, 2 if options.get("pair") and table != "holding" else 1)
    given = {"type": kind, "bit": -1, "pair": False, "invert": False, "scale": 1, "offset": 0, "order": "abcd"}
    return Register({"table": table, "address": 0, "words": words}, {**given, **options})


@pytest.mark.parametrize("kind, options, value, words", [
    ("u16", {}, 65535, [65535]), ("u16", {}, 65536, None), ("u16", {}, -0.4, [0]), ("u16", {}, -0.5, None),
    ("s16", {}, -32768, [0x8000]), ("s16", {}, 32767.5, None), ("s16", {"scale": 0.1}, -5.5, [65536 - 55]),
    ("u16", {}, 2.5, [3]), ("s16", {}, -2.5, [65536 - 3]), ("u16", {}, math.nan, None), ("u16", {}, math.inf, None),
    ("u32", {"order": "cdab"}, 70001, [70001 & 0xffff, 1]), ("u16", {"order": "badc"}, 1, [0x0100]),
    ("f32", {}, 230, [0x4366, 0]), ("f32", {}, 1e39, None), ("u64", {}, 2.0 ** 64, None),
    ("u16", {"scale": 0.01, "offset": 1}, 4.21, [321]),
])
def test_encode(kind, options, value, words):
    found = register(kind, **options)
    assert found.encode(value, None) == words
    if words and value == value:
        assert found.decode(words) == pytest.approx(value, abs=0.51)


def test_not_a_number_is_no_value():
    assert register("f32").decode([0x7fc0, 0]) is None


def test_a_bit_leaves_the_others_alone():
    bit = register("bit", bit=3)
    assert bit.encode(1, [0x8001]) == [0x8009]
    assert bit.encode(0, [0xffff]) == [0xfff7]
    assert bit.encode(2, [0]) is bit.encode(0.5, [0]) is bit.encode(-1, [0]) is None
    assert bit.decode([8]) == 1
    inverted = register("bit", bit=3, invert=True, order="badc")
    assert inverted.encode(0, [0]) == [0x0800]
    assert inverted.decode([0x0800]) == 0


@pytest.mark.parametrize("table, words", [("holding", {0: [0], 1: [4], 2: [8], 3: [12]}),
                                          ("coil", {0: [0, 0], 1: [1, 0], 2: [0, 1], 3: [1, 1]})])
def test_a_pair_is_a_number_of_0_to_3(table, words):
    pair = register("bit", table, bit=2, pair=True)
    for value, expected in words.items():
        assert pair.encode(value, [0] * pair.words) == expected
        assert pair.decode(expected) == value
    assert pair.encode(2.25, [0] * pair.words) == words[2]
    assert pair.encode(4, [0] * pair.words) is None
