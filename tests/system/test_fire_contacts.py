"""The contacts of the fire-alarm system: call points, heat detectors, the panel itself; and two of three seismic switches."""

from stage import wait_for


def awaiting(building, short):
    incident = building.observer.incident(short)
    action = incident and next(one for one in incident["steps"] if one["id"] == "circuits-cut")["action"]
    return action if action and action["state"] == "awaiting" else None


def test_a_call_point_and_heat_are_fires_where_they_are(building):
    building.sim("call-point", "f2.hall")
    building.sim("heat", "f3.tea")
    for short, rule in (("3-f2.hall", "call-point-pressed"), ("3-f3.tea", "heat-detected")):
        incident = wait_for(lambda short=short: building.observer.incident(short), 20, short)
        assert incident["causes"][0]["rule"] == rule and incident["latched"] is True
    # Each contact is read at an address of its own: nothing else is raised by them.
    with building.observer.lock:
        raised = {t.split("/")[1][:2] for t in building.observer.retained if t.startswith("incident/")}
    assert raised == {"3-"}
    building.sim("call-point-reset", "f2.hall")
    assert awaiting(building, "3-f2.hall")["places"] == []


def test_the_panel_speaks_for_the_whole_building_and_a_release_names_the_floor(building):
    building.sim("fire-panel")
    asked = wait_for(lambda: awaiting(building, "3-centre"), 20, "the panel's fire")
    assert asked["outputs"] == [] and {"f1", "f2", "f3", "f4"} <= {place["id"] for place in asked["places"]}
    status, answer = building.ctl("release", "3-centre", "circuits-cut")
    assert status == 1 and "which place" in answer, answer
    building.sim("fire-panel-fault")
    wait_for(lambda: building.observer.incident("5-f1.hall"), 30, "its fault")


def test_two_of_three_seismic_switches(building):
    building.sim("set", "seismic-switch-1", "shaking")
    wait_for(lambda: (building.observer.point("seismic-switch-1") or {}).get("value") == 1, 20, "one")
    building.sim("set", "seismic-switch-3", "shaking")
    wait_for(lambda: building.observer.incident("25-centre"), 20, "two of three")
