"""Changes one place of the sources, and says which test sees it.

What `reversals.py` (decisions about safety, by name) and `random_sample.py` share: a copy of the
tree with what is built, one file changed in it at a time, and the tests that are linked with that
file, nearest room first, until one fails.
"""

import concurrent.futures
import os
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import lint  # noqa: E402  the rooms, and C without comments

PYTHON = "/usr/bin/python3"
SANITIZED = "build-san-1"
UNIT_LIMIT_S = 60
UNIT_AT_ONCE = 3  # many wait for a time-out that is under test
SYSTEM_LIMIT_S = 600


class Copy:
    """A copy of the tree in `folder`, in which files may be changed."""

    def __init__(self, folder, build):
        self.folder = folder
        self.files = lint.list_files(ROOT)
        for path in self.files:
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.join(ROOT, path), target)
        for made, name in ((build, "build"), (SANITIZED, SANITIZED)):
            if os.path.isdir(os.path.join(ROOT, made)):  # with its times: nothing is built twice
                shutil.copytree(os.path.join(ROOT, made), os.path.join(folder, name), symlinks=True)

    def make(self, *targets):
        """Why it does not build, or None. Warnings are none here: a change may leave something unused."""
        done = subprocess.run(["make", "-j2", *targets], cwd=self.folder, text=True, check=False,
                              env={**os.environ, "CI": "", "WERROR": "", "MAKEFLAGS": ""},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return None if done.returncode == 0 else done.stdout

    def read(self, path):
        with open(os.path.join(self.folder, path), encoding="utf-8") as file:
            return file.read()

    def write(self, path, text):
        with open(os.path.join(self.folder, path), "w", encoding="utf-8") as file:
            file.write(text)


def unit_tests(copy, path):
    """The unit tests (as build/…) that are linked with a file: its own, its room's, those above.

    Three lists: most changes are seen by the first, and then the others are not even linked.
    """
    room, own = os.path.dirname(path), path.rsplit(".", 1)[0] + "_test.c"
    found = [test for test in copy.files if test.endswith("_test.c")
             and os.path.dirname(test) in lint.ROOMS and room in lint.below(os.path.dirname(test))]
    near = [test for test in found if os.path.dirname(test) == room and test != own]
    above = [test for test in found if os.path.dirname(test) != room]
    lists = [[own] if own in found else [], sorted(near), sorted(above)]
    return [["build/" + test[:-2] for test in tests] for tests in lists if tests]


def run_test(copy, test):
    """What failed of one test, or None."""
    try:
        child = subprocess.Popen([os.path.join(copy.folder, test)], cwd=copy.folder,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, start_new_session=True,
                                 env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP",
                                      "LSAN_OPTIONS": f"suppressions={ROOT}/tests/leaks.txt"})
        output = child.communicate(timeout=UNIT_LIMIT_S)[0]
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)  # and what it had started
        child.communicate()
        return f"{test.split('/', 1)[1]}: took too long"
    if child.returncode == 0:
        return None
    failed = [line.split(" - ", 1)[-1] for line in
              output.decode("utf-8", "replace").splitlines() if line.startswith("not ok")]
    return f"{test.split('/', 1)[1]}: {failed[0] if failed else f'status {child.returncode}'}"


def run_unit(copy, tests):
    """What failed of the first test that did, or None; some run at once."""
    with concurrent.futures.ThreadPoolExecutor(UNIT_AT_ONCE) as pool:
        running = [pool.submit(run_test, copy, test) for test in tests]
        for done in concurrent.futures.as_completed(running):
            if done.result():
                for test in running:
                    test.cancel()
                return done.result()
    return None


def run_sanitized(copy, path, before):
    """What only leaks, or reaches too far; not what does so without the change, too."""
    tests = [test.replace("build", SANITIZED, 1) for test in sum(unit_tests(copy, path)[:2], [])]
    seen = None if copy.make("SAN=1", *tests) else run_unit(copy, tests)
    if not seen:
        return None
    copy.write(path, before)
    test = f"{SANITIZED}/{seen.split(':')[0]}"
    return None if copy.make("SAN=1", test) or run_test(copy, test) else seen


def run_system(copy, files):
    """The same for files of tests/system."""
    for name in files:
        try:
            done = subprocess.run(
                [PYTHON, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                 f"tests/system/{name}"], cwd=copy.folder, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SYSTEM_LIMIT_S,
                env={**os.environ, "FACILITYD_BUILD": os.path.join(copy.folder, "build")})
        except subprocess.TimeoutExpired:
            return f"{name}: took too long"
        if done.returncode != 0:
            failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
            return failed[0][len("FAILED "):] if failed else f"{name}: status {done.returncode}"
    return None


def try_change(copy, path, text, system=(), sanitized=False):
    """(verdict, what saw it) of one changed file; the file is put back.

    Verdicts: "killed", "alive", "not built".
    """
    before = copy.read(path)
    copy.write(path, text)
    try:
        for tests in unit_tests(copy, path):
            why = copy.make(*tests)
            if why:
                return "not built", why
            seen = run_unit(copy, tests)
            if seen:
                return "killed", seen
        seen = sanitized and run_sanitized(copy, path, before)
        if seen:
            return "killed", f"sanitizers, {seen}"
        if not system:
            return "alive", ""
        why = copy.make("all")
        if why:
            return "not built", why
        seen = run_system(copy, system)
        return ("killed", seen) if seen else ("alive", "")
    finally:
        copy.write(path, before)
