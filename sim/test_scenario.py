"""Scenario files: what is refused, with its line, and what the rest does."""

import pytest
from facility_sim.building import Building
from facility_sim.scenario import Scenario
from facility_sim.words import Refusal
from small_site import small_site

GOOD = """\
relay 80 ms # slow
normal class water.pressure 3.2bar
normal point f2-pressure 3 bar
normal class boiler.supply on
follow class boiler.temperature output boiler.supply 96 25 tau 0s
event water-cut ZONE=f1 : set class water.pressure in ZONE 0.1 over 2 s
event water-back :
	set class water.pressure normal
event burst ZONE wide :
	set class leak in ZONE wet

	set class water.pressure in ZONE 1
event burst ZONE=f2 :
	set class leak in ZONE 1
event lift ZONE=f1 empty : set class leak in ZONE 1
event stuck POINT : stuck POINT
event wet POINT : set point POINT 1
event silent DEVICE: silent DEVICE
event broken DEVICE : fault DEVICE noise times 2
event too-much : set point f1-pressure 1000
"""


@pytest.mark.parametrize("text, error", [
    ("nomal class leak 1\n", '1: "nomal" begins no line'),
    ("\n# x\nnormal class leek 1\n", '3: unknown class "leek" (did you mean "leak"?)'),
    ("normal class leak damp\n", '1: "damp" is not a state of leak: 0 (dry) or 1 (wet)'),
    ("normal class water.pressure 3 psi\n", '1: "psi" is one word too many'),
    ("normal class water.pressure 3psi\n", '1: "3psi" is not a value of water.pressure (bar)'),
    ("normal class water.pressure nan\n", '1: "nan" is not a value'),
    ("normal class water.pressure\n", "1: a value of water.pressure is missing"),
    ("normal point f9-leak 1\n", '1: unknown point "f9-leak" (did you mean'),
    ("normal f1-leak 1\n", '1: expected "class" or "point"'),
    ("normal class leak in f7 1\n", '1: unknown zone "f7"'),
    ("normal class leak in ZONE 1\n", "1: ZONE is no parameter of this event"),
    ("noise class leak 1\n", "1: leak is a state and cannot be noisy"),
    ("noise class water.pressure -1\n", "1: noise must not be negative"),
    ("relay 50\n", '1: "50" needs a unit: ms, s, min or h'),
    ("relay soon\n", '1: "soon" is not a duration'),
    ("relay -1s\n", '1: "-1s" is not a duration'),
    ("follow class boiler.temperature output boiler.suply 96 25\n",
     '1: unknown class "boiler.suply" (did you mean "boiler.supply"?)'),
    ("follow class boiler.temperature boiler.supply 96 25\n", '1: expected "output"'),
    ("follow class boiler.temperature output boiler.supply 96 25 5s\n", '1: expected "tau"'),
    ("event flood ZONE\n", '1: a ":" must follow the event\'s name'),
    ("event : reset\n", "1: an event begins with its name"),
    ("event ZONE flood : reset\n", "1: an event begins with its name"),
    ("event flood PLACE : reset\n", '1: "PLACE" is no kind of parameter: ZONE, POINT or DEVICE'),
    ("event flood ZONE=f12 : reset\n", '1: unknown zone "f12"'),
    ("event a b c d e f g : reset\n", "1: more than 6 words"),
    ("event flood :\n\n\tmake class leak 1\n", '3: "make" is no effect'),
    ("event flood :\n\tset class leak in ZONE 1\n", "2: ZONE is no parameter of this event"),
    ("event flood POINT :\n\tset class leak in POINT 1\n", "2: POINT is no parameter of this event"),
    ("event flood : stuck\n", "1: the name of a point is missing"),
    ("event flood : silent watr\n", '1: unknown device "watr" (did you mean "water"?)'),
    ("event flood : set class leak 1 over\n", "1: a duration is missing"),
    ("event flood : fault water\n", "1: the kind of the fault is missing"),
    ("event flood : reset now\n", '1: "now" is one word too many'),
    ("\treset\n", "1: an indented line needs an event above it"),
    ("event a : reset\nrelay 1s\n\treset\n", "3: an indented line needs an event above it"),
])
def test_refuses(text, error):
    (found,) = Scenario(small_site()).read(text.splitlines(keepends=True), "t.sim")
    assert found.startswith("t.sim:" + error)


def test_refuses_all_in_one_run():
    lines = ["relay x\n", "y" * 1000 + "\n", "normal class leak 7\n", "relay" + " 1" * 34 + "\n"]
    errors = Scenario(small_site()).read(lines, "t.sim")
    assert len(errors) == 4
    assert errors[1] == "t.sim:2: the line is too long"
    assert errors[2].startswith('t.sim:3: "7" is not a state')
    assert errors[3] == "t.sim:4: too many words"


class Wires:
    def __init__(self):
        self.silent, self.faulty = {}, {}

    def show(self, point, value):
        pass

    def can_show(self, point, value):
        return value < 100

    def silence(self, device, silent):
        self.silent[device.id] = silent

    def fault(self, device, fault):
        self.faulty[device.id] = fault


class Lab:
    def __init__(self):
        self.site = small_site()
        self.scenario, self.b = Scenario(self.site), Building(self.site)
        assert self.scenario.read(GOOD.splitlines(keepends=True), "t.sim") == []
        self.b.wires = self.wires = Wires()
        self.scenario.begin(self.b, 0)

    def do(self, command, now_ms):
        self.scenario.do(self.b, command.split(), now_ms)

    def value(self, point):
        return round(self.b.value(self.site.points[point]), 6)


@pytest.fixture
def lab():
    return Lab()


def test_begins(lab):
    assert lab.b.relay_ms == 80
    for point, value in [("f1-pressure", 3.2), ("f2-pressure", 3), ("f1-supply", 1), ("f1-contactor", 1),
                         ("f1-temperature", 96)]:
        assert lab.value(point) == value


def test_events(lab):
    lab.do("water-cut f2", 0)
    lab.b.step(1000)
    assert (lab.value("f2-pressure"), lab.value("f1-pressure")) == (1.55, 3.2)
    lab.do("water-cut", 3000)  # its own floor
    lab.b.step(5000)
    assert lab.value("f1-pressure") == 0.1
    lab.do("water-back", 6000)
    assert (lab.value("f1-pressure"), lab.value("f2-pressure")) == (3.2, 3)
    lab.do("burst", 6000)
    assert (lab.value("f2-leak"), lab.value("f1-leak")) == (1, 0)
    lab.do("burst f1 wide", 6000)
    assert (lab.value("f1-leak"), lab.value("f1-pressure")) == (1, 1)
    lab.do("silent boiler", 6000)
    assert lab.wires.silent == {"boiler": True}
    lab.do("stuck f1-supply", 6000)
    assert lab.b.states[lab.site.points["f1-supply"]].stuck
    lab.do("wet f2-leak", 6000)


def test_an_optional_word_may_lack_before_another(lab):
    lab.do("lift empty", 0)
    assert (lab.value("f1-leak"), lab.value("f2-leak")) == (1, 0)
    lab.do("lift f2 empty", 0)
    assert lab.value("f2-leak") == 1


def test_a_fault_is_counted_anew_each_time(lab):
    lab.do("broken water", 0)
    lab.wires.faulty["water"].left = 1
    lab.do("broken water", 0)
    assert lab.wires.faulty["water"].left == 2


def test_events_where_a_sensor_lacks(lab):
    """A tea room has a leak sensor and no pressure: what is there is moved."""
    lab.do("burst f1.tea wide", 0)
    assert (lab.value("f1-leak"), lab.value("f1-pressure")) == (1, 3.2)


@pytest.mark.parametrize("command, why", [
    ("water-ct", 'unknown event "water-ct" (did you mean "water-cut"?)'),
    ("", "an event is missing"),
    ("water-cut f22", 'unknown zone "f22" (did you mean "f2"?)'),
    ("water-cut f1 now", "expected: water-cut ZONE=f1"),
    ("water-back f1", "expected: water-back"),
    ("burst wide", 'unknown zone "wide"'),
    ("stuck", "expected: stuck POINT"),
    ("stuck f1-suply", 'unknown point "f1-suply" (did you mean "f1-supply"?)'),
    ("stuck f1-leak", "f1-leak is neither an output nor the read-back of one"),
    ("silent boilr", 'unknown device "boilr" (did you mean "boiler"?)'),
    ("water-cut f1.tea", "there is no water.pressure in f1.tea"),
    ("too-much", "f1-pressure has no register that holds 1000"),
])
def test_events_refused(lab, command, why):
    with pytest.raises(Refusal) as refusal:
        lab.do(command, 0)
    assert str(refusal.value) == why
