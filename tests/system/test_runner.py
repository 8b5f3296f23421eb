"""The test runner counts right, above all when tests do not end as they should."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import time

import pytest

RUN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run")

GOOD = "echo 1..2; echo 'ok 1 - a'; echo 'ok 2 - b'"
SKIPPED = "echo 'ok 1 - a'; echo 'not ok 2 # SKIP b'; echo 'ok 3 # SKIP c'"
FAILED = "echo 'ok 1 - a'; echo 'not ok 2 - b'; echo why; exit 1"
# cmocka's status is the number of failures in one byte, so 256 of them are 0.
FAILED_WITH_STATUS_0 = "echo 'not ok 1 - a'"
DIED = "echo 'ok 1 - a'; kill -SEGV $$"
LEAKED = "echo 'ok 1 - a'; exit 23"
EMPTY = "true"


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def run(*arguments):
    done = subprocess.run([sys.executable, RUN, *arguments], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


@pytest.mark.parametrize("text, status, closing", [
    (GOOD, 0, "2 passed, 0 failed"),
    (SKIPPED, 0, "1 passed, 0 failed, 2 skipped"),
    (FAILED, 1, "1 passed, 1 failed"),
    (FAILED_WITH_STATUS_0, 1, "0 passed, 1 failed"),
    (DIED, 1, "1 passed, 1 failed"),
    (LEAKED, 1, "1 passed, 1 failed"),
    (EMPTY, 1, "0 passed, 1 failed"),
])
def test_count(tmp_path, text, status, closing):
    got, output = run("--unit", script(tmp_path, "a_test", text))
    assert output.splitlines()[-1] == closing
    assert got == status


def test_sum_and_output_of_failures(tmp_path):
    status, output = run("--unit", script(tmp_path, "a_test", GOOD),
                         script(tmp_path, "b_test", FAILED), script(tmp_path, "c_test", DIED))
    assert status == 1
    assert output.splitlines()[-1] == "4 passed, 2 failed"
    assert "\nwhy\n" in output
    assert "died of SIGSEGV" in output
    assert "1..2" not in output, "what passed is not shown"


def report(folder, cases):
    (folder / "out").mkdir(parents=True)
    (folder / "out/report.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return str(folder)


def test_machines_are_counted_by_their_reports(tmp_path):
    good = report(tmp_path / "old", '<testcase classname="test_a" name="x" time="1.5"/>'
                  '<testcase classname="test_a" name="y" time="0.25"/>')
    bad = report(tmp_path / "new", '<testcase classname="test_a" name="x"><failure message="no"/></testcase>')
    assert run("--reports", good) == (0, "ok   old: test_a: 2 passed, 0 failed  (1.8 s)\n2 passed, 0 failed\n")
    status, output = run("--reports", good, bad)
    assert (status, output.splitlines()[-1]) == (1, "2 passed, 1 failed")
    status, output = run("--reports", good, str(tmp_path / "died"))
    assert (status, output.splitlines()[-1]) == (1, "2 passed, 1 failed")
    assert "died: no report" in output


def test_nothing_to_run_is_said():
    assert run() == (0, "0 passed, 0 failed\n")


def runner():
    """The runner as a module, for what would take minutes from outside."""
    loader = importlib.machinery.SourceFileLoader("runner", RUN)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("runner", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def test_the_longest_begin_first():
    short, long = "build/core/id_test", "build/daemon/bus/bus_test"
    assert runner().longest_first([short, long, "build/rules/engine/keep_random_test"]) == \
        [long, "build/rules/engine/keep_random_test", short]


def is_running(pid):
    """A zombie that waits for its parent has ended too."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_hanging_test_is_ended_with_its_children(tmp_path):
    module = runner()
    module.UNIT_LIMIT_S = module.END_LIMIT_S = 1
    mark = tmp_path / "child"
    result = module.run_unit(script(
        tmp_path, "a_test", f"echo 'ok 1 - a'; sleep 600 & echo $! > {mark}; wait"))
    assert (result.passed, result.failed) == (1, 1)
    assert "took longer than 1 s" in result.output
    deadline = time.monotonic() + 5
    while is_running(int(mark.read_text())):
        assert time.monotonic() < deadline, "its child goes on"
        time.sleep(0.01)
