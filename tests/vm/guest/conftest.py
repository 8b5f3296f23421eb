"""A site of GPIO lines, under the installed unit, with the machine's own broker."""

import pathlib
import subprocess
import time

import pytest
from chips import Chip
from stage import Observer, wait_for

PATIENCE_S = 60  # an emulated machine on a busy host
ETC = pathlib.Path("/etc/facilityd")

LEAK, SMOKE, DOOR, PULSE, CIRCUIT, CONTACT, SIREN, LAMP, BELL, PAIR = range(10)
LINES = PAIR + 2
NAMES = {LEAK: "LEAK-1", SMOKE: "SMOKE-1", BELL: "BELL"}


def sh(*argv, check=True):
    done = subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode == 0 or not check, done.stdout
    return done.stdout.strip() if check else done


def show(what, unit="facilityd"):
    return sh("systemctl", "show", "--property", what, "--value", unit)


def pid():
    return int(show("MainPID"))


def start():
    sh("systemctl", "reset-failed", "facilityd", check=False)
    sh("systemctl", "start", "facilityd")


def journal():
    return sh("journalctl", "--unit", "facilityd", "--boot", "--output", "cat", "--no-pager")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Of a test that failed: what facilityd has said last."""
    report = (yield).get_result()
    if report.failed:
        report.sections.append(("facilityd", "\n".join(journal().splitlines()[-30:])))


class Site:
    """The chip "cabinet", and what facilityd says of it."""

    def __init__(self):
        self.chip = Chip("cabinet", LINES, NAMES)
        self.observer = Observer(1883, site="machine")

    def expect(self, point, value, quality="good"):
        """Wait until the point reads so; how long it took."""
        began = time.monotonic()
        try:
            wait_for(lambda: self.reads(point, value, quality), PATIENCE_S, point)
        except TimeoutError:
            pytest.fail(f"{point}: {value}, {quality} was expected, "
                        f"but there is {self.observer.point(point)}")
        return time.monotonic() - began

    def reads(self, point, value, quality="good"):
        document = self.observer.point(point)
        return document and (document["value"], document["quality"]) == (value, quality)

    def trouble(self, trouble):
        with self.observer.lock:
            return self.observer.retained.get(f"trouble/{trouble}")

    def wait(self, condition, what):
        return wait_for(condition, PATIENCE_S, what)

    def level(self, line, level):
        wait_for(lambda: self.chip.level(line) == level, PATIENCE_S, f"line {line} is {level}")

    def action(self):
        """What became of the action of the incident that is open; None: none is open."""
        incident = self.observer.incident("16-f1")
        return incident and incident["steps"][0]["action"]["state"]

    def close(self):
        """Ends an open leak: it is dry, so the circuit is put back, and people have done all."""
        self.wait(lambda: self.action() != "wanted", "its action has ended")
        if sh("facilityctl", "restore", "16-f1", check=False).returncode == 0:
            self.level(CIRCUIT, 1)
            self.chip.pull(CONTACT, 1)
            self.wait(lambda: self.action() == "restored", "it is put back")
            self.chip.pull(CONTACT, 0)
        for verb, *more in (("ack",), ("done", "all")):
            sh("facilityctl", verb, "16-f1", *more, check=False)
        self.wait(lambda: self.observer.incident("16-f1") is None, "the incident is closed")

    def rest(self):
        """Nothing leaks or burns, every wire is whole, and facilityd has seen it."""
        for line in (LEAK, DOOR, PULSE, CONTACT, BELL):
            self.chip.pull(line, 0)
        self.chip.pull(PAIR, 0)
        for line in (SMOKE, PAIR + 1):
            self.chip.pull(line, 1)
        for point in ("leak", "smoke", "door", "pulse", "contact", "panel", "bell"):
            self.expect(point, 0)
        if self.observer.incident("16-f1"):
            self.close()


@pytest.fixture(scope="session")
def installed():
    """The configuration of the tests in the place of the shipped one."""
    text = pathlib.Path(__file__).with_name("site.conf").read_text(encoding="utf-8")
    (ETC / "facilityd.conf").write_text(text, encoding="utf-8")
    folder = pathlib.Path("/etc/systemd/system/facilityd.service.d")
    folder.mkdir(parents=True)
    # Shorter waits than shipped; all else is as shipped.
    (folder / "test.conf").write_text("[Service]\nRestartSec=1\nWatchdogSec=10\n")
    sh("systemctl", "daemon-reload")


@pytest.fixture(scope="session")
def running(installed):
    site = Site()
    sh("udevadm", "settle")
    start()
    yield site
    site.observer.close()
    sh("systemctl", "stop", "facilityd")


@pytest.fixture
def site(running):
    start()
    running.rest()
    return running
