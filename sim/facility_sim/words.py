"""Words of a line: numbers, durations, values, and names with "did you mean".

Shared by the scenario file and the control socket. Knows no files and no sockets.
"""

import re

WORDS_MAX = 32
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
DURATION_MAX = 1e9
UNITS_MS = {"ms": 1, "s": 1000, "min": 60000, "h": 3600000}


class Refusal(Exception):
    """Why something was not understood or cannot be: a sentence without file and line."""


def distance(one, other):
    """Levenshtein's."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def meant(word, known):
    """' (did you mean "...")', or nothing where no known word is near."""
    best = min(known, key=lambda other: distance(word, other), default=None)
    if best is None or distance(word, best) >= len(word) // 3 + 2:
        return ""
    return f' (did you mean "{best}"?)'


def find(kind, named, name):
    """What `named` has by this name; `kind` is what people call such a thing."""
    if name not in named:
        raise Refusal(f'unknown {kind} "{name}"{meant(name, named)}')
    return named[name]


def number_of(word):
    """The number that a word begins with, or None, and what follows it."""
    match = NUMBER.match(word)
    return (float(match[0]), word[match.end():]) if match else (None, word)


class Words:
    """A line taken word by word. '#' begins a comment; a ':' that ends a word is one of its own."""

    def __init__(self, line):
        self.all = []
        for word in line.split("#")[0].split():
            self.all += [word[:-1], ":"] if len(word) > 1 and word.endswith(":") else [word]
        if len(self.all) > WORDS_MAX:
            raise Refusal("too many words")
        self.next = 0

    def peek(self):
        return self.all[self.next] if self.next < len(self.all) else None

    def take(self, missing=None):
        word = self.peek()
        if word is None:
            raise Refusal(missing)
        self.next += 1
        return word

    def accept(self, word):
        """Goes on and is true when the next word is this one."""
        accepted = self.peek() == word
        self.next += accepted
        return accepted

    def end(self):
        if self.peek() is not None:
            raise Refusal(f'"{self.peek()}" is one word too many')

    def name(self, kind, named):
        return find(kind, named, self.take(f"the name of a {kind} is missing"))

    def number(self):
        word = self.take("a number is missing")
        value, rest = number_of(word)
        if value is None or rest:
            raise Refusal(f'"{word}" is not a number')
        return value

    def duration(self):
        """In ms: "50ms", "5 s"."""
        word = self.take("a duration is missing, such as 5s")
        value, unit = number_of(word)
        if value is None or not 0 <= value <= DURATION_MAX:
            raise Refusal(f'"{word}" is not a duration, such as 5s')
        unit = unit or (self.peek() and self.take())
        if unit not in UNITS_MS:
            raise Refusal(f'"{word}" needs a unit: ms, s, min or h')
        return value * UNITS_MS[unit]

    def value(self, kind):
        """Of a class: a number, with its unit or without; a state's 0, 1 or word."""
        word = self.take(f"a value of {kind.id} is missing")
        if kind.is_state:
            for value, names in enumerate(kind.states):
                if word in (str(value), *names):
                    return value
            off, on = kind.words
            raise Refusal(f'"{word}" is not a state of {kind.id}: 0 ({off}) or 1 ({on})')
        value, unit = number_of(word)
        if value is None or unit not in ("", kind.unit):
            raise Refusal(f'"{word}" is not a value of {kind.id} ({kind.unit or "a number"})')
        if not unit and kind.unit:
            self.accept(kind.unit)
        return value
