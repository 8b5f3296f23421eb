"""M3: a step that was skipped by mistake has its action back when it is reopened."""

import pytest
from stage import wait_for


def step_of(building, short, step):
    incident = building.observer.incident(short)
    return next((s for s in incident["steps"] if s["id"] == step), None) if incident else None


def state(building, short, step):
    found = step_of(building, short, step)
    return found and found["action"]["state"]


def value(building, point):
    return float(building.sim("get", point).split()[-1])


def test_an_automatic_action_acts(building):
    """Cut, put back once it was dry, skipped while dry; wet again, and then somebody sees the mistake."""
    circuit, step = "f1-tea-circuit", "circuits-cut"
    building.sim("leak", "f1.tea")
    wait_for(lambda: state(building, "16-f1.tea", step) == "done", 30, "cut")
    building.sim("dry", "f1.tea")
    wait_for(lambda: building.observer.events("16-f1.tea", "returned"), 40, "returned")
    assert building.ctl("restore", "16-f1.tea")[0] == 0
    wait_for(lambda: state(building, "16-f1.tea", step) == "restored", 20, "put back")
    assert building.ctl("skip", "16-f1.tea", step, "it is dry")[0] == 0
    building.sim("leak", "f1.tea")
    wait_for(lambda: building.observer.events("16-f1.tea", "reraised"), 30, "wet again")
    assert value(building, circuit) == 1, "what a person has skipped the machine does not do"
    assert building.ctl("reopen", "16-f1.tea", step)[0] == 0
    wait_for(lambda: state(building, "16-f1.tea", step) == "done", 20, "cut again")
    assert value(building, circuit) == 0


@pytest.mark.slow
def test_one_that_waits_for_a_release_waits_again(building):
    building.sim("smoke", "f1.hall")
    wait_for(lambda: state(building, "3-f1.hall", "circuits-cut") == "awaiting", 30, "waits for a release")
    assert building.ctl("skip", "3-f1.hall", "circuits-cut", "people are in the lift")[0] == 0
    wait_for(lambda: state(building, "3-f1.hall", "circuits-cut") == "overtaken", 5, "given up")
    assert building.ctl("reopen", "3-f1.hall", "circuits-cut")[0] == 0
    wait_for(lambda: state(building, "3-f1.hall", "circuits-cut") == "awaiting", 5, "waits again")
    assert building.ctl("release", "3-f1.hall", "circuits-cut")[0] == 0
    wait_for(lambda: state(building, "3-f1.hall", "circuits-cut") in ("wanted", "done"), 20, "released")
