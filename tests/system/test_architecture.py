"""docs/architecture.md names each file that somebody who adds something touches by hand, and no file that is not there."""

import fnmatch
import os
import re
import subprocess
import sys

import pytest
from stage import ROOT

sys.path.insert(0, os.path.join(ROOT, "core/words"))

FILLED = ("docs/*", "examples/*", "config/broker/facility-broker", "ctl/facilityctl.bash")  # by core/words/fill.py
TESTS = ("tests/*", "*_test.c", "*/test/*", "sim/test_*")


def lists():
    """{what is added: the files of its list, `<file>` as a pattern}"""
    with open(os.path.join(ROOT, "docs/architecture.md"), encoding="utf-8") as file:
        text = file.read()
    found = re.findall(r"<!-- files: (\w+) -->\n((?:\* .*\n(?:  .*\n)*)+)", text)
    return {name: [re.sub(r"<\w+>", "*", path) for line in rows.split("\n* ") for path in
                   re.findall(r"`([^`]+)`", line.split(":")[0])] for name, rows in found}


def naming(pattern):
    """The files, neither filled nor tests, in which an extended regular expression is found as a word."""
    done = subprocess.run(["git", "grep", "-lwE", pattern], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)
    return [path for path in done.stdout.split() if not any(fnmatch.fnmatch(path, other) for other in FILLED + TESTS)]


def test_files_are_there():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout.split()
    assert set(lists()) == {"adapter", "verb", "event", "trouble"}
    for paths in lists().values():
        for path in paths:
            assert fnmatch.filter(files, path), f"{path} is not there: mend docs/architecture.md"


@pytest.mark.parametrize("added, example", [
    ("event", r"TRANSITION_UNSHELVED|^unshelved( =.*)?|\"unshelved\": \("),
    ("verb", r"ORDER_REOPEN|\"reopen\"|^reopen( =.*)?"),
    ("trouble", r"FAILING_OVERLOAD|tell_overload|^overload( =.*)?"),
    ("adapter", r"adapter_sysfs|LINE\(sysfs\)"),
])
def test_no_other_file_knows_it(added, example):
    """What is there already is in the listed files, and in no other."""
    paths = lists()[added]
    known = naming(example)
    assert known, f"nothing has {example}: take another example"
    for path in known:
        assert any(fnmatch.fnmatch(path, listed) for listed in paths), f"{path} is missing in the list of: {added}"
    for listed in paths:
        if "*" not in listed:
            assert listed in known, f"{listed} needs no change for: {added}"


def test_five_files_at_most():
    """But for a button of the page, which a verb need not have, and a sign or a file of one's own."""
    for added in ("verb", "event"):
        assert len([path for path in lists()[added] if "*" not in path]) <= 5, added
