#!/usr/bin/python3
"""What the compiler cannot check: who may include and call whom, who reads clocks, lengths.

Prints "file:line: what: what to do" for each finding, then "lint: N files, N findings"; the
status is 1 when there is any. `tests/lint.py [--build BUILD] [ROOT]`; only files that git would
keep are read. Calls between files are read from the object files in BUILD.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys

FILE_LINES_MAX = 600   # a thought that long is hard to follow
FUNCTION_LINES_MAX = 60
CLANG_FORMAT_MAJOR = "14"  # others format some things otherwise

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def read_rooms():
    """rooms.mk: room -> what it may include of others, whole rooms or single headers."""
    printed = subprocess.run(["make", "-s", "-f", "rooms.mk", "print-rooms"], cwd=HERE, text=True,
                             stdout=subprocess.PIPE, check=True).stdout
    rooms = dict(line.split(":", 1) for line in printed.splitlines())
    return {room: tuple(may.split()) for room, may in rooms.items()}


ROOMS = read_rooms()

# Files that may call each other in a circle: one recursion, by its nature.
RECURSIONS = ()

# Circles of files that are still to be cut. A folder stands for all its files.
STILL_TO_CUT = ()

CLOCKS = re.compile(
    r"\b(clock_gettime|gettimeofday|time|timespec_get|ftime|clock|sd_event_now)\s*\(")
CLOCK_FILES = ("core/clock.c", "core/clock_test.c")
# The loop's own time, which is the same clock, read once for each turn.
LOOP_CLOCK_ROOMS = "daemon"

ENDS = re.compile(r"\b(exit|_exit|_Exit|quick_exit|abort)\s*\(")
END_FILES = re.compile(r"(^|/)main\.c$|^core/arena\.c$|_test\.c$")
BROKEN_ON_PURPOSE = ("tests/config-errors/",)
TYPEDEF = re.compile(r"^\s*typedef\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
# A library that is kept in a process of its own.
LIBRARY, LIBRARY_ROOM = re.compile(r"^\s*#\s*include\s+<(mosquitto\.h|mqtt_protocol\.h)>"), "link/program"
INCLUDE_ANYWHERE = re.compile(INCLUDE.pattern, re.MULTILINE)
KEYWORDS = ("if", "for", "while", "switch", "do", "else", "return", "sizeof")


class Findings:
    def __init__(self):
        self.lines = []

    def add(self, path, line, text):
        self.lines.append((path, line, text))


def blank(match):
    """As many lines and columns as before, but nothing in them."""
    return re.sub(r"[^\n]", " ", match.group(0))


def strip_comments(text):
    """C without comments and without what is in strings and characters, at the same places."""
    token = re.compile(
        r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
    return token.sub(blank, text)


def strip_macros(text):
    """Without preprocessor lines, whose braces need not match."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.MULTILINE)


def functions(code):
    """(name, line of the opening brace, line of the closing one) of each function body.

    A body is a brace outside all braces whose text before, back to the last ';' or '}', has
    parentheses and no '='.
    """
    depth, start, head, found = 0, 0, 0, None
    for i, char in enumerate(code):
        if char == "{":
            if depth == 0:
                before = code[head:i]
                name = re.search(r"(\w+)\s*\(", before)
                is_body = name and "=" not in before and name.group(1) not in KEYWORDS
                found, start = (name.group(1), i) if is_body else (None, i)
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                head = i + 1
                if found:
                    yield (found, code.count("\n", 0, start) + 1, code.count("\n", 0, i) + 1)
        elif char == ";" and depth == 0:
            head = i + 1


def room_of(path):
    """The room that a file stands in, or None: what is in no room is not asked."""
    folder = os.path.dirname(path)
    return folder if folder in ROOMS else None


def below(room):
    """The room, and all that it may use, and what that may use."""
    found, left = set(), [room]
    while left:
        room = left.pop()
        if room not in found:
            found.add(room)
            left += [os.path.dirname(may) if may.endswith(".h") else may for may in ROOMS[room]]
    return found


def may_include(path, header):
    room, folder = room_of(path), os.path.dirname(header)
    if path.endswith("_test.c"):  # it sees what it is linked with
        return folder in below(room) or folder == "tests"
    return folder == room or folder in ROOMS[room] or header in ROOMS[room]


def check_includes(path, text, findings):
    room = room_of(path)
    if not room:
        return
    for number, line in enumerate(text.splitlines(), 1):
        library = LIBRARY.match(line)
        if library and room != LIBRARY_ROOM and not path.endswith("_test.c"):
            findings.add(path, number, f"{library.group(1)} ends the process that it is in: only "
                         f"{LIBRARY_ROOM}/ may use it, others use link/port.h")
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        if "/" not in header:
            findings.add(path, number, f'"{header}" has no room: write "room/{header}"')
        elif not may_include(path, header):
            findings.add(path, number,
                         f'{room}/ includes "{header}": includes point one way; it may include '
                         f"{(room, *ROOMS[room])} (rooms.mk)")


def circles(graph):
    """Sets of more than one node that lead back to each other (Tarjan, without recursion)."""
    index, low, stack, on_stack = {}, {}, [], set()
    for root in sorted(graph):
        work = [(root, iter(sorted(graph[root])))] if root not in index else []
        while work:
            node, nexts = work[-1]
            if node not in index:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            for follower in nexts:
                if follower not in index:
                    work.append((follower, iter(sorted(graph.get(follower, ())))))
                    break
                if follower in on_stack:
                    low[node] = min(low[node], index[follower])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    circle = set(stack[stack.index(node):])
                    del stack[stack.index(node):]
                    on_stack -= circle
                    if len(circle) > 1:
                        yield circle


def check_include_circles(texts, findings):
    graph = {path: {header for header in INCLUDE_ANYWHERE.findall(text) if header in texts}
             for path, text in texts.items()}
    for circle in circles(graph):
        findings.add(min(circle), 1, f"a circle of includes: {', '.join(sorted(circle))}")


def symbols(build, sources):
    """(defined: symbol -> file, wanted: file -> symbols) by the object files that there are."""
    objects = {os.path.join(build, source[:-2] + ".o"): source for source in sources}
    objects = {path: source for path, source in objects.items() if os.path.exists(path)}
    printed = subprocess.run(["nm", "-A", "--extern-only", *objects], text=True,
                             stdout=subprocess.PIPE, check=True).stdout if objects else ""
    defined, wanted = {}, {source: set() for source in objects.values()}
    for path, kind, name in re.findall(r"^(.*?):[0-9a-f ]* (\w) (\w+)$", printed, re.MULTILINE):
        if kind == "U":
            wanted[objects[path]].add(name)
        else:
            defined.setdefault(name, set()).add(objects[path])
    return defined, wanted


def linked(source, files):
    """Of the files that define a symbol, the one that the source gets when it is linked."""
    reached = [file for file in files if room_of(file) in below(room_of(source))]
    return set(reached or files) - {source}


def check_calls(root, build, sources, findings):
    """No circle of calls between files, and no call of a room that may not be used."""
    sources = [s for s in sources if room_of(s) and s.endswith(".c") and not s.endswith("_test.c")]
    defined, wanted = symbols(os.path.join(root, build), sources)
    graph = {source: {callee for name in names for callee in linked(source, defined.get(name, ()))}
             for source, names in wanted.items()}
    for circle in circles(graph):
        known = {room_of(path) for path in circle} <= set(STILL_TO_CUT)
        if not known and not any(circle <= recursion for recursion in RECURSIONS):
            calls = [f"{a} -> {b}" for a in sorted(circle) for b in sorted(graph[a] & circle)]
            findings.add(min(circle), 1, f"a circle of calls: {', '.join(calls)}")
    for source, callees in graph.items():
        for callee in callees:
            if room_of(callee) not in below(room_of(source)):
                findings.add(source, 1, f"calls {callee}, whose room it may not use (rooms.mk)")


def check_words(path, code, findings):
    room = room_of(path)
    if not room:
        return
    for number, line in enumerate(code.splitlines(), 1):
        for match in CLOCKS.finditer(line):
            name = match.group(1)
            if path in CLOCK_FILES or (name == "sd_event_now" and room.startswith(LOOP_CLOCK_ROOMS)):
                continue
            findings.add(path, number,
                         f"{name}() reads a clock: take the time as an argument, or at the top of "
                         "a call from core/clock.h")
        match = ENDS.search(line)
        in_child = match and match.group(1) == "_exit" and "fork(" in code
        if match and not in_child and not END_FILES.search(path):
            findings.add(path, number,
                         f"{match.group(1)}() ends the program: return -errno, and let main decide")
        if TYPEDEF.match(line) and "(" not in line:
            findings.add(path, number,
                         "typedef of what is no callback: write struct or enum and its name")


def check_functions(path, code, findings):
    for name, start, end in functions(strip_macros(code)):
        length = end - start - 1
        if length > FUNCTION_LINES_MAX:
            findings.add(path, start,
                         f"{name}() has {length} lines: split it, {FUNCTION_LINES_MAX} is the most")


def check_text(path, text, findings):
    lines = text.split("\n")
    if len(lines) - 1 > FILE_LINES_MAX:
        findings.add(path, FILE_LINES_MAX + 1,
                     f"{len(lines) - 1} lines: split the file, {FILE_LINES_MAX} is the most")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            findings.add(path, number, "white space at the end of the line: remove it")
        if path.endswith((".c", ".h")):
            if re.match(r" {4}.*;$", line):
                findings.add(path, number, "indented with blanks: use tabs")
    if text and not text.endswith("\n"):
        findings.add(path, len(lines), "no line feed at the end of the file: add it")


def clang_format():
    """The command, or None and why the format is not checked."""
    for command in (f"clang-format-{CLANG_FORMAT_MAJOR}", "clang-format"):
        if not shutil.which(command):
            continue
        version = subprocess.run([command, "--version"], text=True, stdout=subprocess.PIPE,
                                 check=False).stdout
        if f"version {CLANG_FORMAT_MAJOR}." in version:
            return command, None
    return None, f"format not checked: clang-format {CLANG_FORMAT_MAJOR} is not installed"


def check_format(root, paths, findings):
    """What clang-format would change; returns why this was not asked, or None."""
    if not paths or not os.path.exists(os.path.join(root, ".clang-format")):
        return None
    command, why_not = clang_format()
    if not command:
        return why_not
    place = re.compile(r"^(\S+?):(\d+):\d+: .*\[-Wclang-format-violations\]", re.MULTILINE)
    done = subprocess.run([command, "--dry-run", *paths], cwd=root, text=True,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode < 0:
        findings.add(".clang-format", 1, f"{command} died of {signal.Signals(-done.returncode).name}: "
                     "run it on one file after the other")
    seen = set()
    for path, line in place.findall(done.stderr):
        if path not in seen:  # one is enough: the remedy is for the whole file
            seen.add(path)
            findings.add(path, int(line),
                         f"not as clang-format has it: run {command} -i {path}")
    return None


def check_c(path, text, findings):
    code = strip_comments(text)
    check_includes(path, text, findings)
    check_words(path, code, findings)
    check_functions(path, code, findings)


def list_files(root):
    """Of the repository: tracked, or new and not ignored."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    paths = done.stdout.decode().split("\0")[:-1]
    if done.returncode != 0:  # no repository: a folder of a release
        paths = [os.path.relpath(os.path.join(folder, name), root)
                 for folder, _, names in os.walk(root) for name in names]
    return sorted(p for p in paths if os.path.isfile(os.path.join(root, p)))


def lint(root, build):
    findings, counted, sources = Findings(), 0, {}
    for path in list_files(root):
        with open(os.path.join(root, path), "rb") as file:
            raw = file.read()
        if b"\0" in raw or path.startswith(BROKEN_ON_PURPOSE):
            continue
        counted += 1
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            findings.add(path, line, "not UTF-8: write it anew in UTF-8")
            continue
        for mark in re.finditer(r"^(<{7}|>{7}) ", text, re.MULTILINE):
            findings.add(path, text.count("\n", 0, mark.start()) + 1,
                         "the mark of a merge: settle it, and take the mark away")
        code = path.endswith((".c", ".h", ".py")) or path == "tests/run"
        if code:
            check_text(path, text, findings)
        if path.endswith((".c", ".h")):
            sources[path] = text
            check_c(path, text, findings)
    check_include_circles(sources, findings)
    if build:
        check_calls(root, build, sources, findings)
    note = check_format(root, list(sources), findings)
    return sorted(findings.lines), counted, note


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", help="where the object files are")
    parser.add_argument("root", nargs="?", default=HERE, metavar="ROOT")
    arguments = parser.parse_args()
    found, counted, note = lint(arguments.root, arguments.build)
    for path, line, text in found:
        print(f"{path}:{line}: {text}")
    if note:
        print(note)
    print(f"lint: {counted} files, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
