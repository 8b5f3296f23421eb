#!/usr/bin/python3
"""Changes random places of the daemon, one at a time, and counts what no unit test sees.

Each change flips a comparison or a connective, adds one to a number, turns a truth value round,
negates a condition or drops a statement. Prints each, and those that lived with their line; the
status is 1 when more than a tenth of them did. Of what lives look whether it can be seen at all:
a change that means the same is none.
"""

import argparse
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
STATEMENT = re.compile(r"^\t+(?!return\b|break\b|goto\b|continue\b|case\b|default\b)[^\n{}]*[\w\])]\)?;$",
                       re.MULTILINE)
DECLARATION = re.compile(r"^\t+(?:(?:const|static|struct|enum|unsigned|int|bool|char|size_t|double|"
                         r"long|u?int\d+_t|json_t|ssize_t|time_t|va_list)\b)")
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
    found += [("number", m.start(), m.end(), str(int(m.group()) + 1)) for m in NUMBER.finditer(code)]
    found += [("negate", m.start(1), m.end(1), f"!({text[m.start(1):m.end(1)]})")
              for m in CONDITION.finditer(code)]
    found += [("drop", m.start(), m.end(), "\t;") for m in STATEMENT.finditer(code)
              if not DECLARATION.match(m.group()) and text[:m.start()].rstrip().endswith((";", "{", "}"))]
    return [place for place in found if in_function(place[1])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--room", default="daemon/", help="files below it")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=11)
    arguments = parser.parse_args()
    chosen = random.Random(arguments.seed)
    alive, tried = [], 0
    with tempfile.TemporaryDirectory() as folder:
        copy = mutate.Copy(folder, arguments.build)
        why = copy.make("all", "unit-tests")
        if why:
            sys.exit(f"does not build as it is:\n{why[-2000:]}")
        files = [path for path in lint.list_files(mutate.ROOT) if path.startswith(arguments.room)
                 and path.endswith(".c") and not path.endswith(("_test.c", "main.c"))]
        every = [(path, *place) for path in files for place in places(copy.read(path))]
        chosen.shuffle(every)
        for path, kind, start, end, instead in every:
            if tried == arguments.count:
                break
            text = copy.read(path)
            line = text.count("\n", 0, start) + 1
            verdict, seen = mutate.try_change(copy, path, text[:start] + instead + text[end:])
            if verdict == "not built":
                continue
            tried += 1
            said = f"{path}:{line}: {kind}: {text[start:end].strip()} -> {instead.strip()}"
            print(f"{verdict:6} {said}" + (f"  ({seen})" if seen else ""), flush=True)
            if verdict == "alive":
                alive.append(f"{said}\n       {text.splitlines()[line - 1].strip()}")
    print("\nalive:" if alive else "\nnone lives", *alive, sep="\n")
    print(f"{tried - len(alive)} killed, {len(alive)} alive of {tried}")
    return 1 if len(alive) > ALIVE_MAX * tried else 0


if __name__ == "__main__":
    sys.exit(main())
