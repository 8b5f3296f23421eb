"""P3: an output that was cut and proved is watched as long as it is held, and nobody at the switch is fought."""

import signal
import time

import pytest
from stage import wait_for

CIRCUIT = "f1-tea-circuit"


def coil(building):
    return float(building.sim("get", CIRCUIT).split()[-1])


def step_of(building, short="16-f1.tea", step="circuits-cut"):
    incident = building.observer.incident(short)
    return next(s for s in incident["steps"] if s["id"] == step) if incident else {"action": {"state": None}}


def troubles(building):
    return [topic for topic in building.observer.retained if topic.startswith("trouble/output.")]


def intents(building):
    return [a for a in building.observer.alerts if a["event"] == "intent" and a["output"] == CIRCUIT]


def cut(building):
    building.sim("leak", "f1.tea")
    wait_for(lambda: step_of(building)["action"]["state"] == "done", 30, "cut and proved")
    wait_for(lambda: step_of(building)["status"] == "done", 5, "the step is done")


def over(building):
    building.sim("dry", "f1.tea")
    wait_for(lambda: building.observer.events("16-f1.tea", "returned"), 40, "returned")


def test_switched_on_again_at_the_cabinet(building):
    observer = building.observer
    cut(building)
    building.sim("set", CIRCUIT, "1")
    lost = wait_for(lambda: observer.events("16-f1.tea", "lost-feedback"), 15, "told")[0]
    step = next(s for s in lost["incident"]["steps"] if s["id"] == "circuits-cut")
    assert lost["step"] == "circuits-cut" and step["status"] == "open" and step["action"]["state"] == "lost"
    assert CIRCUIT in lost["note"] and lost["user"] == "facilityd"
    wait_for(lambda: troubles(building) == [f"trouble/output.{CIRCUIT}"], 5, "a trouble")
    wait_for(lambda: {role for role, notice in observer.notices if notice["event"] == "lost-feedback"}
             == {role["id"] for role in step["roles"]}, 5, "who has the step is told")
    # A person at the switch has the last word: also after a kill, and a reload.
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: building.ask("troubles")[0] == 0, 10, "back")
    wait_for(lambda: CIRCUIT in building.ask("troubles")[1], 10, "the trouble is still there")
    building.processes["facilityd"].send_signal(signal.SIGHUP)
    time.sleep(7)
    assert CIRCUIT in building.ask("troubles")[1]
    assert coil(building) == 1 and len(intents(building)) == 1, "it was written against"
    assert len({a["id"] for a in observer.events("16-f1.tea", "lost-feedback")}) == 1, "told once"
    # It is switched off again, by hand.
    building.sim("set", CIRCUIT, "0")
    wait_for(lambda: not troubles(building), 15, "the trouble ends")
    wait_for(lambda: step_of(building)["status"] == "done", 5, "and the step is done")
    assert len(intents(building)) == 1
    record = building.ask("record", "16-f1.tea")[1]
    assert "switched, and not by facilityd" in record and f"{CIRCUIT}: switched by something else" in record


@pytest.mark.third
def test_switched_on_while_the_program_was_down(building):
    cut(building)
    building.end("facilityd", signal.SIGKILL)
    building.sim("set", CIRCUIT, "1")
    building.start_daemon()
    wait_for(lambda: building.observer.events("16-f1.tea", "lost-feedback"), 30, "told after the start")
    wait_for(lambda: step_of(building)["status"] == "open", 5, "open")
    assert coil(building) == 1


@pytest.mark.third
def test_once_it_is_over_a_person_is_asked(building):
    """Nothing opens: somebody has put it back by hand, perhaps; `restore` strikes it and writes nothing."""
    observer = building.observer
    cut(building)
    over(building)
    building.sim("set", CIRCUIT, "1")
    lost = wait_for(lambda: observer.events("16-f1.tea", "lost-feedback"), 15, "told")[0]
    assert next(s for s in lost["incident"]["steps"] if s["id"] == "circuits-cut")["status"] == "done"
    assert "restore" in lost["note"]
    assert building.ctl("ack", "16-f1.tea")[0] == 0
    assert building.ctl("done", "16-f1.tea", "all")[0] == 0
    wait_for(lambda: observer.events("16-f1.tea", "closed"), 10, "closed")
    assert troubles(building) == [f"trouble/output.{CIRCUIT}"]
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: "restore" in building.ask("troubles")[1], 15, "after a kill, too")
    wait_for(lambda: building.ctl("restore", CIRCUIT)[0] == 0, 10, "struck")
    wait_for(lambda: observer.retained["held"]["held"] == [], 10, "it is on no list")
    wait_for(lambda: not troubles(building), 5, "nor a trouble")
    assert len(intents(building)) == 1 and coil(building) == 1


@pytest.mark.slow
def test_a_held_output_of_a_closed_incident(building):
    observer = building.observer
    cut(building)
    over(building)
    assert building.ctl("ack", "16-f1.tea")[0] == 0
    assert building.ctl("done", "16-f1.tea", "all")[0] == 0
    wait_for(lambda: observer.events("16-f1.tea", "closed"), 10, "closed")
    assert observer.retained["held"]["held"] == [CIRCUIT]
    building.sim("set", CIRCUIT, "1")
    wait_for(lambda: troubles(building) == [f"trouble/output.{CIRCUIT}"], 15, "told")
    assert "restore" in observer.retained[f"trouble/output.{CIRCUIT}"]["text"]["en"]
    asked = wait_for(lambda: [n for role, n in observer.notices if role == "property" and n["event"] == "lost-feedback"],
                     5, "who is asked about held outputs is told")
    assert asked[0]["output"] == CIRCUIT and "restore" in asked[0]["note"] and asked[0]["incident"] is None
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: "restore" in building.ask("troubles")[1], 15, "after a kill, too")
    time.sleep(2)
    assert len({n["id"] for _, n in observer.notices if n["event"] == "lost-feedback"}) == 1, "told once"
    building.sim("set", CIRCUIT, "0")
    wait_for(lambda: not troubles(building), 15, "it is as it was")
    assert observer.retained["held"]["held"] == [CIRCUIT]
