"""What is wrong with a unit's answers, on demand: late, garbled, of another unit. Knows no frames."""

import random
from dataclasses import dataclass

from facility_sim.words import Refusal, meant

DRIP_MS, EXCEPTION_DEFAULT, TIMES_MAX, NOISE_SIZE = 20, 4, 1000000, 5
_random = random.Random(1)  # each run is the same


@dataclass
class Fault:
    kind: str
    ms: float = 0   # late: the whole reply after so long; dripped: a byte each
    code: int = 0   # exception
    left: int = 0   # so many replies yet; 0: until it is changed


def take_late(words, fault):
    fault.ms = words.duration()


def take_drip(words, fault):
    fault.ms = DRIP_MS if words.peek() in (None, "times") else words.duration()


def take_code(words, fault):
    code = EXCEPTION_DEFAULT if words.peek() in (None, "times") else words.number()
    if not 1 <= code <= 255 or code != int(code):
        raise Refusal("an exception is a number from 1 to 255")
    fault.code = int(code)


def take_nothing(words, fault):
    """The kind says it all."""


KINDS = {
    "none": take_nothing,
    "late": take_late,
    "dripped": take_drip,
    "truncated": take_nothing,    # the first half of the reply
    "noise": take_nothing,        # bytes that mean nothing before it; on a line one of its own is changed too
    "wrong-unit": take_nothing,   # a sound frame, but of the next unit
    "exception": take_code,       # each request is refused
    "reset": take_nothing,        # TCP: the connection is reset; on a line: no answer
}


def take_fault(words):
    """KIND [ARGUMENT] [times N]; None for "none", which ends a fault."""
    kind = words.take("the kind of the fault is missing")
    if kind not in KINDS:
        *kinds, last = KINDS
        raise Refusal(f'unknown fault "{kind}"' + (meant(kind, KINDS) or f": {', '.join(kinds)} or {last}"))
    fault = Fault(kind)
    KINDS[kind](words, fault)
    if words.accept("times"):
        fault.left = words.number()
        if not 1 <= fault.left <= TIMES_MAX:
            raise Refusal(f"times is from 1 to {TIMES_MAX}")
        fault.left = int(fault.left)
    return None if kind == "none" else fault


def noise():
    return bytes(_random.randrange(256) for _ in range(NOISE_SIZE))
