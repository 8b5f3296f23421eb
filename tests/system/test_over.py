"""R1: over the measuring range is above every limit within it; what the sensor cannot say is a fault."""

import os
import re
import time

import pytest
from stage import Building, Observer, wait_for


def value(building, point):
    return float(building.sim("get", point).split()[-1])


def state(building, short, step):
    incident = building.observer.incident(short)
    return incident and next(one for one in incident["steps"] if one["id"] == step)["action"]["state"]


HEAT = "f3-tea-boiler-temperature"


def test_a_dry_boiler_that_is_soon_beyond_its_range_is_cut(building):
    """20 K/s: in less than 3 s from 96 to 150 degC, where its range ends; the rule waits 5 s."""
    building.sim("set", HEAT, "200", "over", "5s")
    over = wait_for(lambda: (building.observer.point(HEAT) or {}).get("quality") == "over" and building.observer.point(HEAT),
                    20, "over")
    assert over["value"] is None and over["limit"] == 150 and over["text"]["en"] == "above 150.0 degC"
    wait_for(lambda: state(building, "2-f3.tea", "boilers-off") == "done", 30, "cut, and proved")
    assert value(building, "f3-tea-boiler-supply") == 0
    # A trouble after its `stale`, for it is not measured; no fault.
    wait_for(lambda: f"trouble/point.{HEAT}" in building.observer.retained, 20, "the trouble")
    assert "beyond its measuring range" in building.observer.retained[f"trouble/point.{HEAT}"]["text"]["en"]
    status, answer = building.ask("points", HEAT)
    assert status == 0 and "above 150.0 degC" in answer, answer
    assert "高于 150.0 degC" in building.ask("--lang", "zh", "points", HEAT)[1]


@pytest.mark.third
def test_beyond_what_the_sensor_can_say_cuts_nothing(building):
    building.sim("set", HEAT, "850")
    wait_for(lambda: (building.observer.point(HEAT) or {}).get("reason") == "out of range", 20, "a fault")
    assert building.observer.point(HEAT)["quality"] == "bad"
    time.sleep(10)
    assert not building.observer.incident("2-f3.tea") and value(building, "f3-tea-boiler-supply") == 1


@pytest.mark.slow
def test_a_broken_loop_is_a_fault_and_cuts_nothing(build):
    """The water pressure of floor 3 as a 4-20 mA loop of 0 to 10 bar: 3.7 mA is under, 3.5 mA is broken."""
    building = Building(build)
    try:
        building.write_config()
        path = os.path.join(building.folder, "etc/devices-gateway.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        loop, found = re.subn(r"(f3-water-pressure: \{[^}]*max = [0-9.]+;)", r'\1 loop = "4-20"; type = "s16";', text)
        assert found == 1
        with open(path, "w", encoding="utf-8") as file:
            file.write(loop)
        building.start_broker()
        building.start_simulator()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        observer = building.observer
        wait_for(lambda: (observer.point("f3-water-pressure") or {}).get("quality") == "good", 20, "good")
        building.sim("set", "f3-water-pressure", "-0.32")
        wait_for(lambda: observer.point("f3-water-pressure")["quality"] == "bad", 20, "a fault")
        time.sleep(9)
        assert not observer.incident("2-f3") and value(building, "f3-tea-boiler-supply") == 1
        building.sim("set", "f3-water-pressure", "-0.19")
        wait_for(lambda: observer.point("f3-water-pressure")["quality"] == "under", 20, "under")
        wait_for(lambda: state(building, "2-f3", "boilers-off") == "done", 30, "no water: cut")
        observer.close()
    finally:
        building.stop()
