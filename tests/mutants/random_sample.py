#!/usr/bin/python3
"""Changes random places of the daemon, one at a time, and counts what no unit test sees.

Each change flips a comparison or a connective, adds one to a number, turns a truth value round,
negates a condition or drops a statement. Prints each, and those that lived with their line; the
status is 1 when more than a tenth of them did. Of what lives look whether it can be seen at all:
a change that means the same is none, and stands in equivalents.txt with its reason.
"""

import argparse
import concurrent.futures
import os
import queue
import random
import re
import sys
import tempfile

import mutate
from mutate import lint

ALIVE_MAX = 0.1

FLIPS = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "&&": "||",
         "||": "&&", "true": "false", "false": "true"}
TOKEN = re.compile(r"(?<![-<>=!&|+*/])(==|!=|<=|>=|&&|\|\||<|>)(?![<>=&|])|\b(true|false)\b")
NUMBER = re.compile(r"(?<![\w.])([1-9]\d{0,5}|0)(?![\w.])")
STATEMENT = re.compile(r"^\t+(?!\(void\)|return\b|break\b|goto\b|continue\b|case\b|default\b)[^\n{}]*[\w\])]\)?;$",
                       re.MULTILINE)
DECLARATION = re.compile(r"^\t+(?:(?:const|static|struct|enum|unsigned|int|bool|char|size_t|double|"
                         r"long|u?int\d+_t|json_t|ssize_t|time_t|va_list)\b)")
# One byte, or one element, more in it is no change.
BUFFER = re.compile(r"^\t+(?:static )?char\b.*\[(?:[A-Z_]+ [*+] )?$|\bcalloc\($")
CONDITION = re.compile(r"^\t+(?:\} else )?if \((.*)\)(?: \{)?$", re.MULTILINE)


def places(text):
    """(kind, start, end, instead) of every change that can be made to a file."""
    code = lint.strip_macros(lint.strip_comments(text))
    inside = [range(start, end) for _, start, end in lint.functions(code)]

    def in_function(at):
        line = code.count("\n", 0, at) + 1
        return any(line in lines for lines in inside)

    found = [("flip", m.start(), m.end(), FLIPS[m.group()]) for m in TOKEN.finditer(code)
             if f" {m.group()} " in text[m.start() - 1:m.end() + 1] or m.group(2)]
    found += [("number", m.start(), m.end(), str(int(m.group()) + 1)) for m in NUMBER.finditer(code)
              if not BUFFER.search(code[code.rfind("\n", 0, m.start()) + 1:m.start()])]
    found += [("negate", m.start(1), m.end(1), f"!({text[m.start(1):m.end(1)]})")
              for m in CONDITION.finditer(code)]
    found += [("drop", m.start(), m.end(), "\t;") for m in STATEMENT.finditer(code)
              if not DECLARATION.match(m.group()) and text[:m.start()].rstrip().endswith((";", "{", "}"))]
    return [place for place in found if in_function(place[1])]


class Equivalents:
    """Changes that nothing can see, with the reason: a file, the line before it and after it."""

    def __init__(self, path):
        self.found, at = {}, ""
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.startswith("@ "):
                    at = line[2:].strip()
                elif line.startswith("- "):
                    before = line[2:].strip()
                elif line.startswith("+ "):
                    self.found[(at, before, line[2:].strip())] = number

    def unfit(self, copy):
        """Those whose line stands in its file no more."""
        return [f"equivalents.txt:{number}: {path} has no more: {before}"
                for (path, before, _), number in self.found.items()
                if not os.path.exists(os.path.join(copy.folder, path))
                or before not in map(str.strip, copy.read(path).splitlines())]


class Change:
    """One change of a file."""

    def __init__(self, path, text, place):
        kind, start, end, instead = place
        self.path, self.text = path, text[:start] + instead + text[end:]
        self.line = text.count("\n", 0, start) + 1
        self.before = text.splitlines()[self.line - 1].strip()
        self.after = self.text.splitlines()[self.line - 1].strip()
        self.said = f"{path}:{self.line}: {kind}: {text[start:end].strip()} -> {instead.strip()}"

    def try_it(self, copies):
        copy = copies.get()
        try:
            return mutate.try_change(copy, self.path, self.text, sanitized=True)
        finally:
            copies.put(copy)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--room", default="daemon/", help="files whose path begins so, by commas")
    parser.add_argument("--kinds", default="flip,number,negate,drop")
    parser.add_argument("--count", type=int, default=60, help="0: every change there is")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=2, help="changes tried at once")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copies = queue.Queue()
        for number in range(arguments.jobs):
            copy = mutate.Copy(os.path.join(folder, str(number)), arguments.build)
            why = copy.make("all", "unit-tests")
            if why:
                sys.exit(f"does not build as it is:\n{why[-2000:]}")
            copies.put(copy)
        return sample(arguments, copy, copies)


def sample(arguments, copy, copies):
    equivalents = Equivalents(os.path.join(mutate.HERE, "equivalents.txt"))
    unfit = equivalents.unfit(copy)
    print(*unfit, sep="\n", end="\n" if unfit else "")
    files = [path for path in lint.list_files(mutate.ROOT)
             if path.startswith(tuple(arguments.room.split(",")))
             and path.endswith(".c") and not path.endswith(("_test.c", "main.c"))]
    texts = {path: copy.read(path) for path in files}
    every = [Change(path, texts[path], place) for path in files for place in places(texts[path])
             if place[0] in arguments.kinds.split(",")]
    random.Random(arguments.seed).shuffle(every)
    every = [change for change in every
             if (change.path, change.before, change.after) not in equivalents.found]
    count = arguments.count or len(every)
    alive, tried = [], 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        while every and tried < count:  # as many again as did not build
            batch, every = every[:count - tried], every[count - tried:]
            running = {pool.submit(change.try_it, copies): change for change in batch}
            for done in concurrent.futures.as_completed(running):
                change, (verdict, seen) = running[done], done.result()
                if verdict == "not built":
                    continue
                tried += 1
                print(f"{verdict:6} {change.said}" + (f"  ({seen})" if seen else ""), flush=True)
                if verdict == "alive":
                    alive.append(f"{change.said}\n       {change.before}\n       {change.after}")
    print("\nalive:" if alive else "\nnone lives", *alive, sep="\n")
    print(f"{tried - len(alive)} killed, {len(alive)} alive of {tried}")
    return 1 if unfit or len(alive) > ALIVE_MAX * tried else 0


if __name__ == "__main__":
    sys.exit(main())
