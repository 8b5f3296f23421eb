"""The building's own behaviour, in invented time."""

import math

import pytest
from facility_sim.building import NEVER, Building, Follow
from facility_sim.site import Point
from small_site import small_site


class Wires:
    def __init__(self):
        self.shown, self.count, self.silent, self.faulty = {}, 0, None, None

    def show(self, point, value):
        self.shown[point.id] = value
        self.count += 1

    def can_show(self, point, value):
        return True

    def silence(self, device, silent):
        self.silent = device.id if silent else None

    def fault(self, device, fault):
        self.faulty = fault


class Lab:
    """The small site, begun at 1 s."""

    def __init__(self):
        site = small_site()
        self.b, self.p, self.wires = Building(site), site.points, Wires()
        self.device = site.devices["boiler"]
        self.b.wires = self.wires
        for name, value in [("f1-supply", 1), ("f1-pressure", 3), ("f2-pressure", 3)]:
            self.b.normal(self.p[name], value)
        classes = site.classes
        follow = Follow(classes["boiler.temperature"], classes["boiler.supply"], 96, 25, 60000)
        assert self.b.follow(follow) == 1
        self.b.begin(1000)

    def shows(self, name, value):
        assert self.wires.shown[name] == pytest.approx(value, abs=1e-6)


@pytest.fixture
def lab():
    return Lab()


def test_begins(lab):
    for name, value in [("f1-pressure", 3), ("f1-contactor", 1), ("f1-temperature", 96)]:
        lab.shows(name, value)
    assert lab.b.step(1000) == NEVER


def test_sets_and_ramps(lab):
    b, p = lab.b, lab.p["f1-pressure"]
    b.set(p, 1, 0, 2000)
    lab.shows("f1-pressure", 1)
    b.set(p, 3, 2000, 2000)
    assert b.value(p) == 1
    assert b.step(2000) <= 2100
    b.step(3000)
    lab.shows("f1-pressure", 2)
    assert b.step(4000) == NEVER
    lab.shows("f1-pressure", 3)
    b.set(p, 9, 1000, 5000)
    b.unset(p, 0, 5500)
    b.step(7000)
    lab.shows("f1-pressure", 3)


def test_relays_obey(lab):
    lab.b.written(lab.p["f1-supply"], 0, 2000)
    lab.shows("f1-supply", 0)
    assert lab.b.step(2000) == 2050
    lab.b.step(2049)
    lab.shows("f1-contactor", 1)
    lab.b.step(2050)
    lab.shows("f1-contactor", 0)


def test_relays_stick(lab):
    assert lab.b.stuck(lab.p["f1-contactor"], True, 2000)
    lab.b.written(lab.p["f1-supply"], 0, 2000)
    lab.b.step(9000)
    for name, value in [("f1-supply", 0), ("f1-contactor", 1), ("f1-temperature", 96)]:
        lab.shows(name, value)
    assert lab.b.stuck(lab.p["f1-supply"], False, 10000)
    lab.b.step(10050)
    lab.shows("f1-contactor", 0)
    assert not lab.b.stuck(lab.p["f1-leak"], True, 2000)


def test_relays_stick_in_the_middle_of_their_travel(lab):
    lab.b.written(lab.p["f1-supply"], 0, 2000)
    lab.b.stuck(lab.p["f1-supply"], True, 2010)
    lab.b.step(9000)
    lab.shows("f1-contactor", 1)


def test_outputs_that_are_their_own_proof(lab):
    supply = lab.p["f1-supply"]
    supply.readback = supply
    lab.b.stuck(supply, True, 2000)
    lab.wires.shown["f1-supply"] = 0  # what the master has put in the register
    lab.b.written(supply, 0, 2000)
    lab.shows("f1-supply", 1)
    lab.b.stuck(supply, False, 3000)
    lab.b.written(supply, 0, 3000)
    lab.shows("f1-supply", 0)


def test_temperatures_follow(lab):
    b, heat = lab.b, lab.p["f1-temperature"]
    b.step(500000)  # long idle: none of it counts
    b.written(lab.p["f1-supply"], 0, 600000)
    for now in range(600000, 660051, 50):
        b.step(now)
    assert abs(b.value(heat) - (25 + 71 * math.exp(-1))) < 0.1
    b.set(heat, 110, 0, 661000)
    b.step(700000)
    lab.shows("f1-temperature", 110)
    b.unset(heat, 0, 900000)  # after a long rest
    b.step(900200)
    assert b.value(heat) > 109
    for now in range(900400, 2000001, 200):
        b.step(now)
    lab.shows("f1-temperature", 25)
    assert b.step(2000200) == NEVER


def test_a_boiler_follows_the_supply_on_its_own_device():
    """Where there is none, any in its zone."""
    site, own = small_site(), "f1-supply"
    supply, heat = site.points[own], site.points["f1-temperature"]
    others = {name: Point(name, supply.kind, heat.zone, site.devices["water"], 0, 1, writable=True)
              for name in ("first", "last")}
    site.points = {"first": others["first"], **site.points, "last": others["last"]}
    follow = Follow(heat.kind, supply.kind, 96, 25)
    for leader in (own, "first"):
        building = Building(site)
        building.follow(follow)
        assert building.states[heat].leader.point.id == leader
        site.points.pop(own, None)


def test_noise_stays_in_range(lab):
    b, p = lab.b, lab.p["f1-pressure"]
    b.noise(p, 0.5)
    seen = []
    for now in range(1000, 200000, 1000):
        b.step(now)
        seen.append(b.value(p))
    assert 2.5 <= min(seen) < 2.6 and 3.4 < max(seen) <= 3.5
    lab.shows("f2-pressure", 3)
    b.set(p, 0, 0, 200000)
    for now in range(200000, 250000, 1000):
        b.step(now)
        assert 0 <= b.value(p) <= 0.5


def test_a_step_before_its_time_costs_nothing(lab):
    lab.b.set(lab.p["f1-pressure"], 1, 10000, 2000)
    lab.b.step(2000)
    lab.wires.count = 0
    lab.b.step(2001)
    lab.b.step(2049)
    assert lab.wires.count == 0
    lab.b.step(2050)
    assert lab.wires.count == 1


def test_whatever_happens_wakes(lab):
    woken = []
    lab.b.wake = lambda: woken.append(True)
    for number, happens in enumerate([
            lambda: lab.b.set(lab.p["f1-leak"], 1, 0, 2000), lambda: lab.b.unset(lab.p["f1-leak"], 0, 2000),
            lambda: lab.b.written(lab.p["f1-supply"], 0, 2000), lambda: lab.b.stuck(lab.p["f1-supply"], True, 2000)]):
        happens()
        assert len(woken) > number


def test_resets(lab):
    lab.b.stuck(lab.p["f1-supply"], True, 2000)
    lab.b.written(lab.p["f1-supply"], 0, 2000)
    lab.b.set(lab.p["f1-leak"], 1, 0, 2000)
    lab.wires.silence(lab.device, True)
    lab.wires.faulty = "late"
    lab.b.reset(3000)
    lab.b.step(4000)
    for name, value in [("f1-supply", 1), ("f1-contactor", 1), ("f1-leak", 0)]:
        lab.shows(name, value)
    assert lab.wires.silent is None and lab.wires.faulty is None
