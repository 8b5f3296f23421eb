"""Promise 2 on a disk that is full: a file system of 12 MiB, in a mount namespace of the daemon's own."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import points_good
from stage import Building, Observer, wait_for

MOUNT = 'mount -t tmpfs -o size=12m none "$0" && exec "$@"'


class SmallDisk(Building):
    """Its daemon has the state on a small disk, which is gone with it."""

    def start_daemon(self, *options):
        namespaces = ["--mount"] if os.getuid() == 0 else ["--user", "--map-root-user", "--mount"]
        self._spawn("facilityd", [
            "unshare", *namespaces, "sh", "-c", MOUNT, self.state, self.program("facilityd"),
            "--config", self.config, "--state-dir", self.state, "--socket", self.socket, *options])

    def on_disk(self, name):
        return f"/proc/{self.processes['facilityd'].pid}/root{self.state}/{name}"

    def fill(self):
        """To the last page."""
        with open(self.on_disk("filler"), "ab", buffering=0) as filler:
            try:
                while filler.write(bytes(4096)):
                    pass
            except OSError:
                pass


@pytest.fixture
def small(build):
    if not shutil.which("unshare") or subprocess.run(
            ["unshare", "--map-root-user", "--mount", "true"], check=False).returncode:
        pytest.skip("this machine allows no mount namespace")
    with SmallDisk(build) as running:
        running.observer = Observer(running.mqtt_port)
        try:
            wait_for(lambda: points_good(running.observer), 20, "every point is good")
            yield running
        finally:
            running.observer.close()


def trouble(building):
    """In English; in Chinese it has no English inside."""
    text = building.observer.retained.get("trouble/journal", {}).get("text", {"zh": "", "en": ""})
    assert text["zh"].isascii() == (text["zh"] == "") and not re.search("[a-z]", text["zh"])
    return text["en"]


def test_full_disk(small):
    """What is decided is told, done and recorded by the broker; and all is well when there is room."""
    assert os.path.exists(small.on_disk("journal.ballast"))
    small.fill()
    small.sim("leak", "f2.tea")
    wait_for(lambda: small.observer.events("16-f2.tea", "raised"), 15, "the alert, on the reserve")
    wait_for(lambda: "lacks its reserve" in trouble(small), 15, "the trouble: no reserve")
    assert not os.path.exists(small.on_disk("journal.ballast"))
    small.fill()
    small.sim("water-cut", "f3")
    wait_for(lambda: small.observer.events("2-f3", "raised"), 15, "the alert, without the journal")
    # The broker has the intent, so the machine's step is done.
    wait_for(lambda: small.sim("get", "f3-tea-boiler-supply").split()[-1] in ("0", "0.0"), 25,
             "the boiler is off although the disk is full")
    wait_for(lambda: "cannot be written" in trouble(small), 15, "the trouble: not written")
    assert small.processes["facilityd"].poll() is None
    os.unlink(small.on_disk("filler"))
    wait_for(lambda: not trouble(small), 15, "the trouble ends by itself")
    assert os.path.exists(small.on_disk("journal.ballast"))
    assert small.ask("ack", "2-f3")[0] == 0
    wait_for(lambda: small.observer.events("2-f3", "acknowledged"), 10, "and goes on")
