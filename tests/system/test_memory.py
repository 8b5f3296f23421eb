"""What a site takes of memory, and that it stays there: docs/benchmark.md, Memory."""

import os
import signal
import sys
import time

import pytest
from stage import ROOT, free_port, wait_for

sys.path.insert(0, os.path.join(ROOT, "bench"))
from far import Daemon, Far, Use, read, tcp_site  # noqa: E402 (the path comes first)

FEW, MANY, REGISTERS = 10, 100, 50
RESIDENT_MAX_MIB = 24  # of all our processes together, with MANY devices
POINT_MAX_BYTES = 1700
SOAK_S, SOAK_MAX_KIB, RELOAD_MAX_KIB = 15, 300, 1000


class Site(Daemon):
    """Modbus TCP devices of 50 points, in twenty zones that a rule looks at; 100 values change each second."""

    def __init__(self, build, devices):
        super().__init__(build)
        self.port, self.devices = free_port(), devices
        self.far = Far(build, "slaves", self.port, REGISTERS, 100)
        self.pid = self.begin(self.files())

    def files(self, limit=65000):
        return tcp_site(self.mqtt_port, self.port, self.devices, REGISTERS, "1 s", limit=limit)

    def reload(self, limit):
        count = self.log("facilityd").count("reload: ")
        for name, text in self.files(limit).items():
            with open(os.path.join(self.folder, "etc", name), "w", encoding="utf-8") as file:
                file.write(text)
        os.kill(self.pid, signal.SIGHUP)
        wait_for(lambda: self.log("facilityd").count("reload: ") > count, 20, "the configuration is reloaded")
        self.settle()

    def settle(self):
        """Until every device was polled a few times, and all of it is published."""
        wait_for(lambda: self.far.ask()["connections"] == self.devices, 20, "every device is connected")
        time.sleep(4)

    def faults_for_the_disk(self):
        """Pages that had to come from a disk, since the start."""
        return int(read(f"/proc/{self.pid}/stat").rsplit(")", 1)[1].split()[9])

    def stop(self):
        self.far.end()
        super().stop()


@pytest.fixture
def start(build):
    running = []

    def begin(devices):
        running.append(Site(build, devices))
        running[-1].settle()
        return running[-1]

    yield begin
    for site in running:
        site.stop()


def test_what_it_takes_grows_with_points_only(start):
    few, many = start(FEW), start(MANY)
    own_kib = Use(many.pid).own_kib - Use(few.pid).own_kib
    assert own_kib * 1024 / ((MANY - FEW) * REGISTERS) <= POINT_MAX_BYTES
    assert Use(many.pid).resident_kib / 1024 <= RESIDENT_MAX_MIB
    assert Use(many.pid).threads == Use(few.pid).threads


@pytest.mark.third
def test_what_it_takes_stays_the_same(start):
    site = start(MANY)
    before = Use(site.pid)
    time.sleep(SOAK_S)
    assert Use(site.pid).resident_kib - before.resident_kib <= SOAK_MAX_KIB
    # Two configurations at once, with an incident in each zone; each time the same.
    site.reload(limit=-1)
    before = Use(site.pid)
    assert site.log("facilityd").count("raised") >= 20
    for limit in (65000, -1):
        site.reload(limit)
    assert Use(site.pid).resident_kib - before.resident_kib <= RELOAD_MAX_KIB
    assert Use(site.pid).resident_kib / 1024 <= RESIDENT_MAX_MIB


def test_an_alert_waits_for_no_page(start):
    """The program and its libraries are there in whole before they are used, and are kept."""
    site = start(FEW)
    files = [line.split() for line in read(f"/proc/{site.pid}/maps").splitlines() if ".so" in line or "facilityd" in line]
    mapped_kib = sum(int(span.split("-")[1], 16) - int(span.split("-")[0], 16)
                     for span, rights, *_ in files if rights.startswith("r")) / 1024
    assert Use(site.pid).locked_kib >= mapped_kib > 5000
    before = site.faults_for_the_disk()
    site.reload(limit=-1)
    wait_for(lambda: site.log("facilityd").count("raised") >= FEW, 20, "alerts")
    assert site.faults_for_the_disk() == before
