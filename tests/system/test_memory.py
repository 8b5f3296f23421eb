"""What a site of 100 devices takes: docs/benchmark.md."""

import os
import signal
import sys
import time

import pytest
from stage import ROOT, free_port, wait_for

sys.path.insert(0, os.path.join(ROOT, "bench"))
from far import Daemon, Far, Use, tcp_site  # noqa: E402 (the path comes first)

DEVICES, REGISTERS, RESIDENT_MAX_MIB = 100, 50, 8


class Site(Daemon):
    """100 Modbus TCP devices of 50 points, in twenty zones that a rule looks at."""

    def __init__(self, build):
        super().__init__(build)
        self.port = free_port()
        self.far = Far(build, "slaves", self.port, REGISTERS, 100)
        self.pid = self.begin(self.files())

    def files(self, limit=65000):
        return tcp_site(self.mqtt_port, self.port, DEVICES, REGISTERS, "1 s", limit=limit)

    def reload(self, limit):
        for name, text in self.files(limit).items():
            with open(os.path.join(self.folder, "etc", name), "w", encoding="utf-8") as file:
                file.write(text)
        os.kill(self.pid, signal.SIGHUP)

    def resident_mib(self):
        return Use(self.pid).resident_kib / 1024

    def stop(self):
        self.far.end()
        super().stop()


@pytest.fixture
def large_site(build):
    running = Site(build)
    try:
        wait_for(lambda: running.far.ask()["connections"] == DEVICES, 20, "every device is connected")
        yield running
    finally:
        running.stop()


def test_resident_memory_of_100_devices(large_site):
    wait_for(lambda: large_site.resident_mib() <= RESIDENT_MAX_MIB, 20, "the memory of the start is given back")
    time.sleep(3)  # ten polls of everything do not take it again
    assert large_site.resident_mib() <= RESIDENT_MAX_MIB
    # Two configurations at once, the second with an incident in each zone.
    large_site.reload(limit=-1)
    wait_for(lambda: "reload: 5000 points" in large_site.log("facilityd"), 20, "the configuration is reloaded")
    wait_for(lambda: large_site.resident_mib() <= RESIDENT_MAX_MIB, 20, "the memory of the reload is given back")
    assert large_site.log("facilityd").count("raised") >= 20
