"""Q3 and Q7: what a sensor cannot end, and what a person can."""

import signal
import time

import pytest
from stage import Building, Observer, wait_for

RAISE_S = 25


@pytest.fixture
def house(build):
    building = Building(build)
    try:
        building.start()
        building.observer = Observer(building.mqtt_port)
        wait_for(lambda: building.observer.value("f2-tea-leak", None) == 0
                 and building.observer.value("f1-hall-smoke-1", None) == 0, 20, "readings")
        yield building
        building.observer.close()
    finally:
        building.stop()


def state(house, short):
    return (house.observer.incident(short) or {"state": "none"})["state"]


def refused(house, *words):
    status, answer = house.ctl(*words)
    assert status == 1, answer
    return answer


def action(house, short, step_id):
    steps = (house.observer.incident(short) or {"steps": []})["steps"]
    return next((s["action"]["state"] for s in steps if s["id"] == step_id), None)


@pytest.mark.third
def test_a_leak_that_takes_its_sensor(house):
    """Q3: it cuts its circuit and dies; a person says that it is dry, and may be wrong."""
    house.sim("leak", "f2.tea")
    wait_for(lambda: action(house, "16-f2.tea", "circuits-cut") == "done", RAISE_S, "the circuit is cut")
    assert house.observer.incident("16-f2.tea")["latched"] is False
    assert "still true" in refused(house, "reset", "16-f2.tea", "I was there: dry")
    assert "still true" in refused(house, "over", "16-f2.tea", "I was there: dry")
    house.sim("silent", "leak-module")
    wait_for(lambda: house.observer.point("f2-tea-leak")["quality"] != "good", RAISE_S, "the sensor is dead")
    time.sleep(2)
    assert state(house, "16-f2.tea") == "active-unacknowledged"
    refused(house, "over", "16-f2.tea")  # nobody reported it, and there is no reason
    refused(house, "restore", "16-f2.tea")
    assert house.ctl("over", "16-f2.tea", "I was there: dry")[0] == 0
    wait_for(lambda: state(house, "16-f2.tea") == "returned-unacknowledged", 5, "returned by a person's word")
    reset = wait_for(lambda: house.observer.events("16-f2.tea", "reset"), 10, "who said so is told")[-1]
    assert (reset["user"], reset["note"]) == ("demo", "I was there: dry")
    assert house.ctl("restore", "16-f2.tea")[0] == 0
    wait_for(lambda: float(house.sim("get", "f2-tea-circuit").split()[-1]) == 1, 10, "the circuit is on again")
    house.end("facilityd", signal.SIGKILL)
    house.start_daemon()
    # The next reading shows it: void, at once, and cut again.
    house.sim("answers", "leak-module")
    wait_for(lambda: state(house, "16-f2.tea") == "active-unacknowledged", RAISE_S, "void at the next wet reading")
    wait_for(lambda: house.observer.events("16-f2.tea", "reraised"), 10, "and told")
    wait_for(lambda: float(house.sim("get", "f2-tea-circuit").split()[-1]) == 0, 10, "the circuit is cut again")


def test_a_fire_over_its_vanishing_detector(house):
    """Q7: neither a contact that opens nor a detector that burns away puts it out."""
    house.sim("smoke", "f1.hall")
    wait_for(lambda: action(house, "3-f1.hall", "circuits-cut") == "awaiting", RAISE_S,
             "the cut waits for a release")
    assert house.observer.incident("3-f1.hall")["latched"] is True
    assert "still true" in refused(house, "reset", "3-f1.hall", "it is out")
    house.sim("smoke-clear", "f1.hall")
    wait_for(lambda: house.observer.value("f1-hall-smoke-1", 1) == 0, RAISE_S, "the contact is open")
    house.sim("silent", "smoke-module")
    wait_for(lambda: house.observer.point("f1-hall-smoke-1")["quality"] != "good", RAISE_S, "the detector is gone")
    house.end("facilityd", signal.SIGKILL)
    house.start_daemon()
    wait_for(lambda: house.ask("state")[0] == 0, 10, "facilityd is back")
    time.sleep(12)  # longer than any clear_for there was
    assert state(house, "3-f1.hall") == "active-unacknowledged"
    # The release stands, and writes.
    assert house.ctl("release", "3-f1.hall", "circuits-cut")[0] == 0
    wait_for(lambda: float(house.sim("get", "f1-hall-circuit").split()[-1]) == 0, 15, "cut after the release")
    refused(house, "restore", "3-f1.hall")
    assert house.ctl("reset", "3-f1.hall", "it is out")[0] == 0
    wait_for(lambda: state(house, "3-f1.hall").startswith("returned"), 5, "a person has reset it")
    wait_for(lambda: house.observer.incident("3-f1.hall")["latched"] is False, 5, "nothing latches any more")
    assert house.ctl("restore", "3-f1.hall")[0] == 0
