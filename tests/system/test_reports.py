"""Q2: what only a person reported switches nothing by itself, and a wide zone is asked for the place."""

import time

import pytest
from stage import wait_for


def value(building, point):
    return float(building.sim("get", point).split()[-1])


def action(building, short, step):
    incident = building.observer.incident(short)
    return incident and next(one for one in incident["steps"] if one["id"] == step)["action"]


def state(building, short, step):
    return (action(building, short, step) or {}).get("state")


def released(building):
    return [place["id"] for place in action(building, "16-centre", "circuits-cut")["released"]]


def intents(building):
    return [one["output"] for one in building.observer.alerts if one["event"] == "intent"]


def test_a_leak_that_is_reported_for_the_whole_site_darkens_nothing(building):
    status, answer = building.ctl("report", "16", "centre", "the roof leaks")
    assert status == 0 and "f3.tea" in answer, answer
    wait_for(lambda: state(building, "16-centre", "circuits-cut") == "awaiting", 10, "waits for a release")
    asked = action(building, "16-centre", "circuits-cut")
    assert asked["outputs"] == [] and {"f3.tea", "f1.hall"} <= {place["id"] for place in asked["places"]}
    assert next(place for place in asked["places"] if place["id"] == "f3.tea")["outputs"] == ["f3-tea-circuit"]
    time.sleep(8)
    assert intents(building) == [] and value(building, "f3-tea-circuit") == 1
    # Nor does a release that says no place; its answer offers them.
    status, answer = building.ctl("release", "16-centre", "circuits-cut")
    assert status == 1 and "which place" in answer and "f3.tea" in answer, answer
    status, answer = building.ctl("--lang", "zh", "release", "16-centre", "circuits-cut", "f3.tea")
    assert status == 0 and "三层茶水间回路" in answer, answer
    wait_for(lambda: state(building, "16-centre", "circuits-cut") == "done", 15, "cut there")
    assert set(intents(building)) == {"f3-tea-circuit"}
    assert released(building) == ["f3.tea"] and value(building, "f1-hall-circuit") == 1
    # The hall is wet, too: it is cut beside the tea room, which is not written again.
    assert "f1.hall" in {place["id"] for place in action(building, "16-centre", "circuits-cut")["places"]}
    status, answer = building.ctl("release", "16-centre", "circuits-cut", "f1.hall")
    assert status == 0 and "Floor 1" in answer and "Floor 3" not in answer, answer
    wait_for(lambda: value(building, "f1-hall-circuit") == 0, 15, "cut there, too")
    wait_for(lambda: state(building, "16-centre", "circuits-cut") == "done", 15, "both are proved")
    assert sorted(intents(building)) == ["f1-hall-circuit", "f3-tea-circuit"] and value(building, "f3-tea-circuit") == 0
    status, answer = building.ctl("release", "16-centre", "circuits-cut", "f3.tea")
    assert status == 1 and "already" in answer, answer
    # It is these places over a restart, too.
    building.end("facilityd")
    building.start_daemon()
    wait_for(lambda: building.observer.retained["state"]["status"] == "online", 15, "online again")
    time.sleep(3)
    assert sorted(intents(building)) == ["f1-hall-circuit", "f3-tea-circuit"]
    assert released(building) == ["f3.tea", "f1.hall"]


@pytest.mark.slow
def test_what_a_person_reported_is_done_when_a_rule_finds_it_too(building):
    assert building.ctl("report", "16", "f3.tea", "a puddle")[0] == 0
    wait_for(lambda: state(building, "16-f3.tea", "circuits-cut") == "awaiting", 10, "waits for a release")
    waits = action(building, "16-f3.tea", "circuits-cut")
    assert waits["places"] == [] and [one["point"] for one in waits["outputs"]] == ["f3-tea-circuit"]
    time.sleep(3)
    assert value(building, "f3-tea-circuit") == 1
    building.sim("leak", "f3.tea")
    wait_for(lambda: state(building, "16-f3.tea", "circuits-cut") == "done", 30, "cut for the rule")
    assert value(building, "f3-tea-circuit") == 0


def test_the_boiler_of_a_floor_is_found_from_its_toilet(building):
    status, answer = building.ctl("report", "2", "f3.toilet", "no water")
    assert status == 0 and "Floor 3 boiler supply" in answer, answer
    wait_for(lambda: state(building, "2-f3.toilet", "boilers-off") == "awaiting", 10, "waits for a release")
    assert [one["point"] for one in action(building, "2-f3.toilet", "boilers-off")["outputs"]] == ["f3-tea-boiler-supply"]
    assert building.ctl("release", "2-f3.toilet", "boilers-off")[0] == 0
    wait_for(lambda: state(building, "2-f3.toilet", "boilers-off") == "done", 15, "off and proved")
    assert value(building, "f3-tea-boiler-supply") == 0 and value(building, "f2-tea-boiler-supply") == 1
