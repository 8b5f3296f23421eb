"""Q8: one detector sends somebody to look; what makes it a fire, and what a no is good for."""

import signal
import time

import pytest
from stage import Building, Observer, wait_for

pytestmark = pytest.mark.xdist_group("stages")

SCALE = 0.05
STAGE_S = 180 * SCALE
RAISE_S = 20
LOOKERS = {"security", "nearest_staff", "property"}


@pytest.fixture(scope="module")
def house(build):
    building = Building(build)
    building.write_config()
    building.set_deadline_scale(SCALE)
    try:
        building.start_broker()
        building.start_simulator()
        building.start_daemon()
        building.observer = Observer(building.mqtt_port)
        for point in ("f4-tea-smoke", "f4-tea-heat", "fire-panel-alarm"):
            wait_for(lambda point=point: building.observer.value(point, None) == 0, RAISE_S, f"{point} is read")
        yield building
        building.observer.close()
    finally:
        building.stop()


def smoke(house, zone, state="smoke"):
    house.sim("set", zone.replace(".", "-") + "-smoke", state)


def stage(house, short):
    return (house.observer.incident(short) or {"stage": "none"})["stage"]


def question(incident):
    return next(fact for fact in incident["facts"] if fact["id"] == "stage")


def asked(house, short):
    return question(house.observer.incident(short))


def steps(house, short):
    return {step["id"] for step in house.observer.incident(short)["steps"] if step["applies"] == "yes"}


def action(house, short):
    return next(s for s in house.observer.incident(short)["steps"] if s["id"] == "circuits-cut")["action"]["state"]


def told(house, short, event):
    """Who was told of this event; not whom the chain has called."""
    with house.observer.lock:
        return {role for role, notice in house.observer.notices
                if notice["event"] == event and notice["incident"]["id"].startswith(short + "-")}


def full_by(house, short, event, within_s=RAISE_S):
    """The alert that made it full, and the one that says so."""
    turned = wait_for(lambda: [e for e in house.observer.events(short, "stage") if e["incident"]["stage"] == "full"],
                      within_s, f"{short} is full")[-1]
    why = [e for e in house.observer.events(short, event) if e["seq"] < turned["seq"]][-1]
    assert turned["incident"]["state"] == "active-unacknowledged"
    now = {step["id"] for step in turned["incident"]["steps"] if step["applies"] == "yes"}
    assert "go-and-look" not in now and "evacuate" in now
    return why, turned


def test_one_detector_sends_somebody_and_a_second_is_a_fire(house):
    smoke(house, "f2.tea")
    wait_for(lambda: stage(house, "3-f2.tea") == "first", RAISE_S, "the first stage")
    assert steps(house, "3-f2.tea") == {"go-and-look"}
    assert action(house, "3-f2.tea") == "idle"
    assert asked(house, "3-f2.tea")["asked"] is True
    wait_for(lambda: told(house, "3-f2.tea", "raised") == LOOKERS, 5, "who goes and looks is told, and nobody else")
    status, answer = house.ctl("answer", "3-f2.tea", "stage", "no")
    assert status == 1 and "reason" in answer, answer
    assert house.ctl("ack", "3-f2.tea")[0] == 0
    house.sim("heat", "f2.tea")
    why, turned = full_by(house, "3-f2.tea", "fact")
    assert (why["fact"], turned["user"]) == ("stage", "facilityd")
    wait_for(lambda: action(house, "3-f2.tea") == "awaiting", 5, "the cut waits for its release")
    wait_for(lambda: LOOKERS | {"centre_leaders", "window_service_head"} <= told(house, "3-f2.tea", "stage"), 5, "all are told")


@pytest.mark.slow
def test_nobody_has_said_no_in_its_time(house):
    smoke(house, "f3.tea")
    raised = wait_for(lambda: house.observer.events("3-f3.tea", "raised"), RAISE_S, "raised")[0]
    at = time.monotonic()
    assert raised["incident"]["stage"] == "first"
    smoke(house, "f3.tea", "clear")  # the time runs on
    why, _ = full_by(house, "3-f3.tea", "assumed", STAGE_S + 10)
    assert why["fact"] == "stage" and time.monotonic() - at > STAGE_S - 3
    # People act upon what is assumed; a machine when somebody has said it.
    status, answer = house.ctl("release", "3-f3.tea", "circuits-cut")
    assert status == 1 and "answer the question first" in answer, answer
    assert house.ctl("answer", "3-f3.tea", "stage", "yes")[0] == 0
    wait_for(lambda: action(house, "3-f3.tea") == "awaiting", 5, "the cut waits for its release")


def test_a_report_is_full(house):
    assert house.ctl("report", "3", "f4.hall", "flames")[0] == 0
    wait_for(lambda: stage(house, "3-f4.hall") == "full", 5, "full at once")
    assert "evacuate" in steps(house, "3-f4.hall")
    assert asked(house, "3-f4.hall")["by"] == "demo"


@pytest.mark.third
def test_a_no_is_for_what_is_there_now(house):
    short = "3-f1.tea"
    smoke(house, "f1.tea")
    wait_for(lambda: stage(house, short) == "first", RAISE_S, "the first stage")
    assert house.ctl("answer", short, "stage", "no", "steam of the boiler")[0] == 0
    wait_for(lambda: asked(house, short)["value"] == "no", 5, "said")
    house.end("facilityd", signal.SIGKILL)
    house.start_daemon()
    wait_for(lambda: house.ask("state")[0] == 0, 10, "facilityd is back")
    time.sleep(STAGE_S + 2)
    assert (stage(house, short), asked(house, short)["note"]) == ("first", "steam of the boiler")
    assert "still true" in house.ctl("reset", short, "aired")[1]
    # It clears, and comes again: that is not what the no was about.
    smoke(house, "f1.tea", "clear")
    wait_for(lambda: house.observer.value("f1-tea-smoke", 1) == 0, RAISE_S, "clear")
    smoke(house, "f1.tea")
    wait_for(lambda: asked(house, short)["asked"] is True, RAISE_S, "asked anew")
    assert house.ctl("answer", short, "stage", "no", "steam again")[0] == 0
    smoke(house, "f1.tea", "clear")
    wait_for(lambda: house.observer.value("f1-tea-smoke", 1) == 0, RAISE_S, "clear")
    assert house.ctl("reset", short, "aired")[0] == 0
    assert house.ctl("done", short, "go-and-look")[0] == 0
    assert house.ctl("ack", short)[0] == 0
    wait_for(lambda: not house.observer.incident(short), 5, "closed: nothing else was to be done")


@pytest.mark.slow
def test_a_partner_that_cannot_confirm(house):
    """Locked, and dead: full at once."""
    assert house.ctl("lock", "point:f4-tea-heat", "quiet", "3", "30 min", "it is painted")[0] == 0
    smoke(house, "f4.tea")
    raised = wait_for(lambda: house.observer.events("3-f4.tea", "raised"), RAISE_S, "raised")[0]
    assert raised["incident"]["stage"] == "full"
    assert question(raised["incident"])["assumed"] is True
    smoke(house, "f2.archive")
    wait_for(lambda: stage(house, "3-f2.archive") == "first", RAISE_S, "the first stage")
    house.sim("silent", "fire-panel")
    full_by(house, "3-f2.archive", "assumed", STAGE_S - 1)
