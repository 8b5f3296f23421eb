"""M6: a write that waits for its bus is asked again as its turn comes, and none goes out after it was reported failed."""

import os
import re
import sys
import time

import pytest
from stage import ROOT, Building, Observer, wait_for

sys.path.insert(0, os.path.join(ROOT, "tests"))
from kills_site import Slave, config_text  # noqa: E402 pylint: disable=wrong-import-position

SLOW_S = 2.0
SLOW_INPUT = 30
SLOW = f"""
  lame: {{ bus = "gateway"; zone = "f1"; poll = "50 ms"; timeout = "4 s"; stale = "30 s"; zh = "x"; en = "Lame";
    unit = 2; address_base = "4xxxx"; points: {{ lame-contact: {{
      class = "contact"; register = {10001 + SLOW_INPUT}; zh = "x"; en = "x"; }}; }}; }};
"""


class SlowSlave(Slave):
    """A read of the lame unit takes SLOW_S while `slow`: the bus has always one. Writes are remembered."""

    def __init__(self):
        self.slow, self.writes = False, []
        super().__init__()

    def _answer(self, function, data):
        if function == 5:
            self.writes.append(time.time())
        elif self.slow and int.from_bytes(data[:2], "big") == SLOW_INPUT:
            time.sleep(SLOW_S)
        return super()._answer(function, data)


class House:
    def __init__(self, build, confirm):
        self.slave, self.building = SlowSlave(), Building(build)
        text = config_text(self.building.mqtt_port, self.slave.port)
        text = text.replace('poll = "20 ms"', 'poll = "500 ms"; stale = "30 s"')
        text = text.replace('for = "30 ms"', 'for = "600 ms"')  # by then the bus waits for the lame one again
        text = text.replace("devices: {", "devices: {" + SLOW)
        text = text.replace('confirm = "5 s"', f'confirm = "{confirm}"')
        os.makedirs(os.path.dirname(self.building.config))
        os.makedirs(self.building.state)
        with open(self.building.config, "w", encoding="utf-8") as file:
            file.write(text)
        self.building.start_broker()
        self.observer = Observer(self.building.mqtt_port)
        self.building.start_daemon()
        wait_for(lambda: self.observer.value("f1-contact", 0) == 1, 20, "read")

    def close(self):
        self.observer.close()
        self.building.stop()
        self.slave.close()

    def action(self):
        incident = self.observer.incident("16-f1")
        return incident and next(s for s in incident["steps"] if s["id"] == "cut")["action"]["state"]

    def events(self, name):
        return [a for a in self.observer.alerts if a["event"] == name]

    def wet_and_queued(self):
        """The write waits behind a poll that takes long."""
        self.slave.slow = True
        self.slave.leaks[0] = 1
        wait_for(lambda: self.events("intent"), 20, "the intent is recorded")
        assert not self.slave.writes, "the bus is busy with a poll"


@pytest.fixture
def house(build, request):
    running = House(build, request.param)
    try:
        yield running
    finally:
        running.close()


@pytest.mark.parametrize("house", ["8 s"], indirect=True)
def test_skipped_while_it_waits(house):
    house.wet_and_queued()
    assert house.building.ask("skip", "16-f1", "cut", "a person stands there")[0] == 0
    time.sleep(3 * SLOW_S)
    assert not house.slave.writes and house.slave.coils[0] == 1
    assert house.action() == "overtaken"


@pytest.mark.slow
@pytest.mark.parametrize("house", ["8 s"], indirect=True)
def test_wanted_on_it_goes_out(house):
    house.wet_and_queued()
    wait_for(lambda: house.slave.writes, 2 * SLOW_S, "its turn comes")
    wait_for(lambda: house.action() == "done", 10, "proved")


@pytest.mark.parametrize("house", ["1 s"], indirect=True)
def test_failed_it_does_not_go_out(house):
    house.wet_and_queued()
    wait_for(lambda: house.action() == "failed", 10, "reported as failed")
    failed = house.events("action")[-1]
    assert re.search("waited too long for the bus", failed["note"])
    assert not house.slave.writes
    assert house.building.ask("skip", "16-f1", "cut", "a person stands there")[0] == 0
    time.sleep(3 * SLOW_S)
    assert not house.slave.writes and house.slave.coils[0] == 1
