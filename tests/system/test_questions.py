"""The shipped plan asks before it orders: what a person knows goes before a contact, and "if" is a question."""

import pytest
from stage import Building, Observer, wait_for

pytestmark = pytest.mark.xdist_group("questions")

SCALE = 0.1  # a minute is 6 s


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
        wait_for(lambda: (building.observer.point("lift-east-occupied") or {}).get("value") == 0, 20, "the contact is read")
        yield building
        building.observer.close()
    finally:
        building.stop()


def ctl(house, *words):
    status, answer = house.ctl(*words)
    assert status == 0, (words, answer)


def report(house, number, zone, note):
    ctl(house, "report", str(number), zone, note)
    short = f"{number}-{zone}"
    wait_for(lambda: house.observer.incident(short), 5, f"{short} is open")
    return short


def steps(house, short):
    return {step["id"]: step for step in house.observer.incident(short)["steps"]}


def facts(house, short):
    return {fact["id"]: fact for fact in house.observer.incident(short)["facts"]}


def applies(house, short, expected):
    def now():
        return {step_id: step["applies"] for step_id, step in steps(house, short).items() if step_id in expected}

    wait_for(lambda: now() == expected, 5, f"{short}: {expected}")


def end(house, short):
    """The last document of it."""
    house.answer_all(house.observer, short)
    house.ctl("done", short, "all")  # refused where nothing is open
    ctl(house, "ack", short)
    ctl(house, "over", short)
    last = wait_for(lambda: house.observer.events(short, "closed"), 5, f"{short} closed")[-1]
    return {step["id"]: step for step in last["incident"]["steps"]}


def told(house, short):
    with house.observer.lock:
        return {role for role, notice in house.observer.notices if notice["incident"]["id"].startswith(short + "-")}


def test_q1_a_child_in_the_lift_outranks_the_contact(house):
    short = report(house, 6, "lift.east", "a child is inside")
    asked = facts(house, short)["occupied"]
    assert (asked["asked"], asked["value"]) == (True, "unknown")
    rescue = {"calm-passengers": "yes", "call-rescue": "yes", "free-between-landings": "yes", "engineer-for-empty-lift": "no"}
    applies(house, short, rescue)
    # Nobody has decided it: "all" leaves it.
    ctl(house, "done", short, "all")
    assert {steps(house, short)[step]["status"] for step in rescue} == {"open"}
    # The contact comes and goes; what a person has to say nobody else says.
    ctl(house, "answer", short, "occupied", "yes")
    house.sim("set", "lift-east-occupied", "1")
    wait_for(lambda: house.observer.point("lift-east-occupied")["value"] == 1, 5, "the contact")
    house.sim("set", "lift-east-occupied", "0")
    wait_for(lambda: house.observer.point("lift-east-occupied")["value"] == 0, 5, "the contact")
    applies(house, short, {"calm-passengers": "yes", "engineer-for-empty-lift": "no"})
    ctl(house, "answer", short, "occupied", "no", "she is out")
    applies(house, short, {"calm-passengers": "no", "engineer-for-empty-lift": "yes"})
    assert end(house, short)["call-rescue"]["status"] != "done"


@pytest.mark.slow
def test_q4_nobody_is_called_for_what_has_not_happened(house):
    short = report(house, 14, "f2.hall", "they quarrel")
    rescue = ("suicide-alarm", "rescue", "tell-relatives", "handle-by-law")
    for step in ("call-police-office", "separate", "report-up", "report-on", "calm"):
        ctl(house, "done", short, step)
    assert all(steps(house, short)[step]["deadline"] is None for step in rescue)
    # Two minutes for the answer; the steps of a yes have their own time from then.
    assumed = wait_for(lambda: house.observer.events(short, "assumed"), 30, "nobody has answered")[0]
    assert assumed["fact"] == "attempt"
    due = next(s for s in assumed["incident"]["steps"] if s["id"] == "suicide-alarm")["deadline"]
    assert due is None or due > assumed["time"]
    assert not {event["step"] for event in house.observer.events(short, "overdue") if event["seq"] < assumed["seq"]} & set(rescue)
    ctl(house, "answer", short, "attempt", "no")
    applies(house, short, dict.fromkeys(rescue, "no"))
    last = end(house, short)
    assert {last[step]["status"] for step in rescue} == {"open"}


def test_q4_the_suspect_is_here_or_gone_and_never_both(house):
    short = report(house, 21, "f1.hall", "a theft")
    applies(house, short, {"contain-suspect": "yes", "protect-scene": "no"})
    ctl(house, "answer", short, "suspect-here", "no", "ran to the gate")
    applies(house, short, {"contain-suspect": "no", "protect-scene": "yes"})
    last = end(house, short)
    assert (last["contain-suspect"]["status"], last["protect-scene"]["status"]) == ("open", "done")


def test_q5_v5_a_dog_is_settled_on_the_spot(house):
    short = report(house, 13, "f1.hall", "a dog")
    assert told(house, short) == {"security", "window_service_head", "property"}
    ctl(house, "done", short, "all")
    asked = ("explain", "watch", "call-police-office", "report-on")
    assert {steps(house, short)[step]["status"] for step in asked} == {"open"}
    ctl(house, "did-not-occur", short, "call-police-office")
    assert steps(house, short)["call-police-office"]["status"] == "did-not-occur"
    assert steps(house, short)["report-on"]["clause"] == "§3.1"
    # Only where that has not succeeded do the centre's leaders hear of it.
    ctl(house, "answer", short, "settled", "no")
    applies(house, short, {"report-on": "yes"})
    wait_for(lambda: "centre_leaders" in told(house, short), 5, "the leaders are told")
    last = end(house, short)
    assert {last[step]["status"] for step in asked} == {"open", "did-not-occur", "done"}
    assert last["explain"]["status"] == last["watch"]["status"] == "open"


def test_q6_who_knows_that_it_will_last_says_so(house):
    short = report(house, 1, "centre", "dark")
    applies(house, short, {"work-by-hand": "no", "explain": "no"})
    ctl(house, "answer", short, "long", "yes", "the supply company says four hours")
    applies(house, short, {"work-by-hand": "yes", "explain": "yes"})
    assert facts(house, short)["long"]["note"] == "the supply company says four hours"
    end(house, short)
