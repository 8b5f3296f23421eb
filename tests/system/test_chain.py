"""T5 and T7: each failing to act calls the chain from its first level, however far another call has gone."""

import signal
from datetime import datetime, timedelta, timezone

import pytest
from stage import Building, Observer, wait_for


@pytest.fixture
def house(build):
    building = Building(build)
    try:
        building.write_config()
        building.set_deadline_scale(0.01)  # the chain: after 1.8 s, and after 4.8 s
        building.start_broker()
        building.observer = Observer(building.mqtt_port)
        building.start_simulator()
        building.start_daemon()
        wait_for(lambda: building.ask("state")[0] == 0, 10, "facilityd is there")
        yield building
        building.observer.close()
    finally:
        building.stop()


def calls(house, why):
    """Roles and levels that were called for this reason; what is told again has the same id."""
    with house.observer.lock:
        found = {notice["id"]: (notice["level"], role) for role, notice in house.observer.notices
                 if notice["event"] == "escalated" and why in notice["note"]}
    return list(found.values())


def test_a_step_that_is_taken_back_has_its_whole_time(house):
    """T7: done before a re-raise, and its first deadline is long past."""
    assert house.ctl("report", "27", "f1.hall", "a pane")[0] == 0
    assert house.ctl("done", "27-f1.hall", "all")[0] == 0
    steps = wait_for(lambda: house.observer.incident("27-f1.hall"), 5, "it is open")["steps"]
    step = next(s for s in steps if s["mandatory"] and s["deadline"])
    wait_for(lambda: datetime.now(timezone.utc) > datetime.fromisoformat(step["deadline"]), 30, "its time is over")
    assert house.ctl("over", "27-f1.hall")[0] == 0
    assert house.ctl("report", "27", "f1.hall", "another pane")[0] == 0
    assert house.ctl("reopen", "27-f1.hall", step["id"])[0] == 0
    now = datetime.now(timezone.utc)
    again = wait_for(lambda: next((s for s in house.observer.incident("27-f1.hall")["steps"]
                                   if s["id"] == step["id"] and s["status"] == "open"), None), 5, "it is open")
    assert datetime.fromisoformat(again["deadline"]) > max(now - timedelta(seconds=1),
                                                           datetime.fromisoformat(step["deadline"]))


FIRST = [(1, "property"), (1, "window_service_head")]
SECOND = [(2, "centre_leaders"), (2, "service_centre_3")]


@pytest.mark.slow
def test_a_failed_step_after_the_acknowledgement(house):
    assert house.ctl("report", "27", "f1.hall", "a pane")[0] == 0
    house.answer_all(house.observer, "27-f1.hall")
    assert house.ctl("done", "27-f1.hall", "all")[0] == 0
    wait_for(lambda: len(calls(house, "not acknowledged")) == 4, 20, "the chain is called to its end")
    assert sorted(calls(house, "not acknowledged")) == FIRST + SECOND
    assert house.ctl("ack", "27-f1.hall")[0] == 0
    step = next(s for s in house.observer.incident("27-f1.hall")["steps"] if s["mandatory"])["id"]
    assert house.ctl("fail", "27-f1.hall", step, "no broom")[0] == 0
    wait_for(lambda: len(calls(house, "a step has failed")) == 2, 5, "called at once, from the first level")
    house.end("facilityd", signal.SIGKILL)
    house.start_daemon()
    wait_for(lambda: len(calls(house, "a step has failed")) == 4, 20, "and then the next, over a restart")
    assert sorted(calls(house, "a step has failed")) == FIRST + SECOND  # each once
    document = house.observer.incident("27-f1.hall")
    assert next(s for s in document["steps"] if s["id"] == step)["level"] == 2
    assert document["escalation"] == {"level": 2, "of": 2, "next": None}
