"""The shipped rule table in the simulated building: what each limit and each "unless" is for."""

import os
import re
import subprocess
import time

import pytest
from stage import Building, Observer, wait_for

pytestmark = pytest.mark.xdist_group("rules")  # what they share is made once

RAISE_S = 20
DELAY_S = 1
SETTLE_S = DELAY_S + 2  # a poll, and the round of the slower bus


@pytest.fixture(scope="module")
def house(build):
    """One building for all tests here, each of which leaves it as it found it."""
    building = Building(build)
    building.write_config()
    path = os.path.join(building.folder, "etc/rules.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    # What is tested here is limits and conditions; the demo's script waits for the true delays.
    text, count = re.subn(r'for = "\d+ s";', f'for = "{DELAY_S:g} s";', text)
    assert count > 10
    text, count = re.subn(r'unsuppress_after = "\d+ min";', f'unsuppress_after = "{DELAY_S:g} s";', text)
    assert count > 5
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        building.start_broker()
        building.start_simulator()
        building.start_daemon()
        building.observer = Observer(building.mqtt_port)
        wait_for(lambda: everything_good(building.observer), 20, "every point is good")
        yield building
        building.observer.close()
    finally:
        building.stop()


def everything_good(observer):
    with observer.lock:
        points = [d for t, d in observer.retained.items() if t.startswith("point/")]
    return len(points) > 100 and all(p["quality"] == "good" for p in points)


@pytest.fixture(autouse=True)
def normal_again(house):
    yield
    house.sim("all-normal")
    for short in raised(house):
        if short.startswith("3-"):
            wait_for(lambda s=short: house.ctl("reset", s, "it is out")[0] == 0, 20, f"{short} reset: a fire latches")
        wait_for(lambda s=short: (house.observer.incident(s) or {"state": "returned"})["state"].startswith("returned"),
                 40, f"{short} returned")
        house.ctl("ack", short)
        house.answer_all(house.observer, short)
        house.ctl("done", short, "all")
        wait_for(lambda s=short: not house.observer.incident(s), 10, f"{short} closed")


def raised(house):
    with house.observer.lock:
        ids = [d["id"] for t, d in house.observer.retained.items() if t.startswith("incident/")]
    return sorted(i.rsplit("-", 1)[0] for i in ids)


def expect(house, *shorts):
    wait_for(lambda: set(shorts) <= set(raised(house)), RAISE_S, f"{shorts} raised")
    assert raised(house) == sorted(shorts)


def state(house, short):
    return house.observer.incident(short)["state"]


def step(house, short, step_id):
    return next(s for s in house.observer.incident(short)["steps"] if s["id"] == step_id)


def causes(house, short):
    return {cause["rule"] for cause in house.observer.incident(short)["causes"]}


def shown(house, point, test):
    wait_for(lambda: test(house.observer.point(point)["value"]), 10, f"{point} is shown")


def test_one_phase_is_a_power_loss_and_explains_what_stands_still(house):
    house.sim("set", "mains-l2-voltage", "170", "V")
    expect(house, "1-centre")
    house.sim("lift-stop", "lift.west", "empty")
    house.sim("ac-fault", "f2")
    expect(house, "1-centre", "19-f2", "6-lift.west")
    # Recorded, and nobody is told.
    explained = {i: house.observer.incident(i) for i in ("19-f2", "6-lift.west")}
    told = {notice["incident"]["id"] for _, notice in list(house.observer.notices)}
    for incident in explained.values():
        assert incident["state"] == "suppressed-active"
        assert incident["suppressed"]["by"] == house.observer.incident("1-centre")["id"]
        assert incident["id"] not in told
    # Above the limit and yet not sound: not over, and it still explains them.
    house.sim("set", "mains-l2-voltage", "190", "V")
    shown(house, "mains-l2-voltage", lambda v: v > 180)
    time.sleep(SETTLE_S)
    assert state(house, "1-centre").startswith("active")
    assert state(house, "19-f2") == "suppressed-active"
    # Sound again, and the lift still stands: told now. The air conditioner runs: it is gone.
    house.sim("ac-sound", "f2")
    house.sim("set", "mains-l2-voltage", "230", "V")
    wait_for(lambda: state(house, "6-lift.west") == "active-unacknowledged", 30, "the lift is told")
    assert not house.observer.incident("19-f2")
    assert [a["event"] for a in house.observer.alerts if a["incident"]["id"] == explained["19-f2"]["id"]][-1] == "closed"


def test_people_in_a_lift_are_an_incident_without_mains_too(house):
    house.sim("mains-cut")
    house.sim("lift-stop", "lift.west")
    expect(house, "1-centre", "6-lift.west")
    wait_for(lambda: state(house, "6-lift.west") == "active-unacknowledged", 5, "told at once")
    assert "lift-stopped-with-people" in causes(house, "6-lift.west")
    applies = {s["id"]: s["applies"] for s in house.observer.incident("6-lift.west")["steps"]}
    assert (applies["free-between-landings"], applies["free-at-landing"]) == ("yes", "no")
    assert (applies["calm-passengers"], applies["engineer-for-empty-lift"]) == ("yes", "no")
    # Clause 1.1 sees them as well.
    steps = {s["id"]: s["applies"] for s in house.observer.incident("1-centre")["steps"]}
    assert steps["free-trapped"] == "yes"


@pytest.mark.third
def test_pan_level_has_a_hysteresis_and_only_its_unit_stops(house):
    house.sim("set", "f3-ac-pan-level", "35", "mm")
    shown(house, "f3-ac-pan-level", lambda v: v > 30)
    time.sleep(SETTLE_S)
    assert raised(house) == []
    house.sim("set", "f3-ac-pan-level", "45", "mm")
    expect(house, "19-f3")
    wait_for(lambda: house.observer.point("f3-ac-running")["value"] == 0, 10, "the unit has stopped")
    assert house.observer.point("f4-ac-running")["value"] == 1
    house.sim("set", "f3-ac-pan-level", "35", "mm")
    shown(house, "f3-ac-pan-level", lambda v: v < 38)
    time.sleep(SETTLE_S)
    assert state(house, "19-f3").startswith("active")


def test_one_detector_and_two(house):
    house.sim("set", "f2-tea-smoke", "smoke")
    house.sim("set", "f2-hall-smoke-2", "smoke")
    house.sim("set", "f3-hall-smoke-1", "smoke")
    house.sim("set", "f3-hall-smoke-2", "smoke")
    expect(house, "3-f2.hall", "3-f2.tea", "3-f3.hall")
    assert causes(house, "3-f2.tea") == causes(house, "3-f2.hall") == {"smoke-detected"}
    wait_for(lambda: causes(house, "3-f3.hall") == {"smoke-detected", "smoke-by-two-detectors"}, 10, "both rules")
    # Nothing of the floors is switched before somebody releases it.
    assert all(house.observer.point(p)["value"] == 1 for p in ("f2-tea-circuit", "f3-hall-circuit"))


def test_a_boiler_that_runs_dry_is_cut_alone(house):
    house.sim("set", "f4-tea-boiler-temperature", "106", "degC")
    expect(house, "2-f4.tea")
    wait_for(lambda: house.observer.point("f4-tea-boiler-contactor")["value"] == 0, 10, "its boiler is off")
    assert all(house.observer.point(f"f{i}-tea-boiler-contactor")["value"] == 1 for i in (1, 2, 3))
    # With water in it again, and without waiting for it to cool down.
    house.sim("set", "f4-tea-boiler-temperature", "96", "degC")
    wait_for(lambda: state(house, "2-f4.tea").startswith("returned"), 10, "returned at its usual temperature")


@pytest.mark.third
def test_a_wet_plant_room_leaves_the_fire_pump_alone(house):
    house.sim("set", "b1-plant-leak", "wet")
    expect(house, "16-b1.plant")
    wait_for(lambda: house.observer.point("b1-plant-circuit-contact")["value"] == 0, 10, "the circuit is cut")
    wait_for(lambda: step(house, "16-b1.plant", "circuits-cut")["status"] == "done", 10, "the step is done")
    outputs = {o["point"]: o["state"] for o in step(house, "16-b1.plant", "circuits-cut")["action"]["outputs"]}
    assert outputs == {"b1-plant-circuit": "confirmed", "fire-pump-supply": "refused"}
    assert house.observer.point("fire-pump-supply-contact")["value"] == 1


# What happens in the building, and the incident that it opens.
SEEN = {
    ("server-down",): "4-centre",
    ("screen-fault", "f2.hall"): "5-f2.hall",
    ("panic", "f1.hall"): "7-f1.hall",
    ("help-call", "f3.toilet"): "11-f3.toilet",
    ("limiter-trip", "f3.tea"): "12-f3.tea",
    ("marriage-panic",): "14-f2.marriage",
    ("disturbed-person",): "15-f1.hall",
    ("sewer", "f2.toilet"): "17-f2.toilet",
    ("rcd", "f4.tea"): "18-f4.tea",
    ("gate-jam",): "20-gate",
    ("holdup", "f3.hall"): "21-f3.hall",
    ("crowd", "f1.hall"): "23-f1.hall",
    ("queue",): "24-f2.marriage",
    ("quake",): "25-centre",
    ("glass", "f4.hall"): "27-f4.hall",
}


def test_everything_that_a_sensor_can_see_at_once(house):
    for event in SEEN:
        house.sim(*event)
    expect(house, *SEEN.values())
    # Our own server, not the city's line; a screen, not the copier.
    applies = {s["id"]: s["applies"] for s in house.observer.incident("4-centre")["steps"]}
    assert (applies["direct-lines"], applies["press-upwards"]) == ("yes", "no")
    assert step(house, "5-f2.hall", "call-copier-engineer")["applies"] == "no"
    # A boiler that may burst is cut at once, and alone; circuits wait for a person.
    wait_for(lambda: house.observer.point("f3-tea-boiler-contactor")["value"] == 0, 10, "its boiler is off")
    assert all(house.observer.point(f"f{i}-tea-boiler-contactor")["value"] == 1 for i in (1, 2, 4))
    for short in ("18-f4.tea", "25-centre"):
        assert step(house, short, "circuits-cut")["action"]["state"] == "awaiting"
    assert all(house.observer.point(f"f{i}-tea-circuit-contact")["value"] == 1 for i in range(1, 5))
    # The city's line goes as well: the same incident, and now its steps apply too.
    house.sim("city-line-down")
    wait_for(lambda: step(house, "4-centre", "press-upwards")["applies"] == "yes", 10, "the line's steps apply")
    wait_for(lambda: causes(house, "4-centre") == {"own-server-down", "city-line-down"}, 10, "both causes")


@pytest.mark.third
def test_one_seismic_switch_is_no_earthquake_and_two_cut_no_protected_circuit(house):
    house.sim("set", "seismic-switch-1", "shaking")
    shown(house, "seismic-switch-1", lambda v: v == 1)
    time.sleep(SETTLE_S)
    assert raised(house) == []
    house.sim("set", "seismic-switch-2", "shaking")
    expect(house, "25-centre")
    assert house.ctl("release", "25-centre", "circuits-cut")[0] == 0
    wait_for(lambda: step(house, "25-centre", "circuits-cut")["status"] == "done", 20, "every floor is cut")
    outputs = {o["point"]: o["state"] for o in step(house, "25-centre", "circuits-cut")["action"]["outputs"]}
    protected = {f"f{i}-emergency-lighting" for i in range(1, 5)} | {
        "fire-pump-supply", "lift-east-supply", "lift-west-supply"}
    assert {p for p, state in outputs.items() if state == "refused"} == protected
    assert {state for p, state in outputs.items() if p not in protected} == {"confirmed"}
    assert len(outputs) - len(protected) == 15
    assert all(house.observer.point(f"{p}-contact")["value"] == 1 for p in protected)
    # As they were, for the next test.
    house.sim("all-normal")


@pytest.mark.third
def test_people_and_cars_have_a_hysteresis(house):
    # Above the limit, the limit, and between it and what ends the incident.
    levels = {"f2-hall-people": (260, 200, 175), "marriage-queue-length": (40, 30, 25),
              "gate-queue-length": (60, 40, 30), "f1-toilet-sewer-level": (300, 200, 160)}
    for point, (high, _, _) in levels.items():
        house.sim("set", point, str(high))
    shorts = ["17-f1.toilet", "20-gate", "23-f2.hall", "24-f2.marriage"]
    expect(house, *shorts)
    for point, (_, limit, between) in levels.items():
        house.sim("set", point, str(between))
        shown(house, point, lambda v, most=limit: v < most)
    time.sleep(SETTLE_S)
    assert all(state(house, short).startswith("active") for short in shorts)


@pytest.fixture
def another(build):
    """A building of its own, for a rule table of its own."""
    building = Building(build)
    building.write_config()
    try:
        yield building
    finally:
        building.stop()


def change_rules(building, old, new):
    path = os.path.join(building.folder, "etc/rules.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert old in text
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


def test_a_zone_that_lacks_one_of_two_classes(another):
    """T6: no smoke detector in the tea room, and the rule watches it all the same."""
    change_rules(another, 'condition = "any(smoke)"; for = "2 s";',
                 'condition = "any(smoke) or any(leak)"; for = "1 s";')
    another.start_broker()
    another.start_simulator()
    another.start_daemon()
    another.observer = Observer(another.mqtt_port)
    another.sim("leak", "f2.tea")
    wait_for(lambda: another.observer.incident("3-f2.tea"), RAISE_S, "raised by the class that is there")
    assert causes(another, "3-f2.tea") == {"smoke-detected"}
    another.observer.close()


def test_all_of_nothing_is_refused_with_what_to_do(another):
    change_rules(another, 'condition = "any(smoke)"; for = "2 s";',
                 'condition = "all(smoke) or any(leak)"; for = "2 s";')
    done = subprocess.run([os.path.join(another.build, "facilityd"), "--check", "--config", another.config],
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert re.search(r'rules\.conf:\d+: rule "smoke-detected": condition, column 1: zone "[^"]+" has no point of '
                     r'class "smoke", and only any\(\) and count\(\) can do without: write a rule of its own',
                     done.stderr + done.stdout)
