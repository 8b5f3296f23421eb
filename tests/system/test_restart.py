"""Promises 2 and 6 in the sample building: what was decided survives kill -9, and a restart changes nothing."""

import json
import signal
import time

import pytest
from stage import mqtt_client, wait_for
from test_outage import in_seconds


def step(building, short, step_id):
    return next(s for s in building.observer.incident(short)["steps"] if s["id"] == step_id)


def restart(building, number):
    before = building.observer.retained["state"]["instance"]
    building.end("facilityd", number)
    building.start_daemon()

    def is_back():
        state = building.observer.retained["state"]
        return state["status"] == "online" and state["instance"] != before

    wait_for(is_back, 15, "online again")


def cut_and_handled(building):
    """Water loss on floor 3, boilers off, acknowledged, one step done: then a second for the journal's sweep."""
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "the incident")
    wait_for(lambda: step(building, "2-f3", "boilers-off")["status"] == "done", 15, "boilers off")
    assert building.ctl("ack", "2-f3")[0] == 0
    assert building.ctl("done", "2-f3", "notices")[0] == 0
    time.sleep(1.3)


def test_an_open_incident_goes_on(building):
    cut_and_handled(building)
    observer = building.observer
    for number in (signal.SIGKILL, signal.SIGTERM):
        before, told = observer.incident("2-f3"), len(observer.alerts)
        restart(building, number)
        time.sleep(3)
        after = observer.incident("2-f3")
        for member in ("id", "state", "raised", "acknowledged"):
            assert after[member] == before[member], member
        for old, new in zip(before["steps"], after["steps"]):
            assert {k: new[k] for k in ("status", "by", "deadline")} == {k: old[k] for k in ("status", "by", "deadline")}
        assert len(observer.alerts) == told, "nothing is said anew"
    building.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), 40, "returned")
    assert building.ctl("restore", "2-f3")[0] == 0
    wait_for(lambda: building.sim("get", "f3-tea-boiler-supply").split()[-1] == "1", 15,
             "what the last run has switched is put back")
    assert building.ctl("done", "2-f3", "all")[0] == 0
    wait_for(lambda: observer.events("2-f3", "closed"), 5, "closed")
    assert len(observer.events("2-f3", "raised")) == 1


def test_killed_at_the_write_it_can_be_put_back(building):
    """M5: whoever proves it after the start, and with whatever read-back, knows that it was switched and what it was."""
    observer, boiler = building.observer, "f3-tea-boiler-supply"
    building.sim("water-cut", "f3")
    wait_for(lambda: building.sim("get", boiler).split()[-1] == "0", 30, "written")
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: step(building, "2-f3", "boilers-off")["status"] == "done", 40, "proved by the next run")
    building.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), 40, "returned")
    status, answer = building.ctl("restore", "2-f3")
    assert status == 0, answer
    wait_for(lambda: building.sim("get", boiler).split()[-1] == "1", 15, "put back")


@pytest.mark.slow
def test_a_write_that_was_not_proved_is_a_trouble_after_a_restart_too(building):
    """M4"""
    trouble = "trouble/output.f3-tea-boiler-supply"
    building.sim("stuck", "f3-tea-boiler-supply")
    building.sim("water-cut", "f3")
    wait_for(lambda: trouble in building.observer.retained, 40, "not proved")
    for number in (signal.SIGTERM, signal.SIGKILL):
        time.sleep(1.3)
        restart(building, number)
        time.sleep(2)
        assert trouble in building.observer.retained
        assert "f3-tea-boiler-supply" in building.ask("troubles")[1]


def test_a_command_counts_once_over_a_kill_and_others(building):
    """Promise 4, W5: the same bytes are refused after a kill, and after 1,100 commands of another account."""
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "the incident")
    client, answers = mqtt_client(), {}
    client.on_message = lambda _, __, message: answers.setdefault(
        (message.topic, json.loads(message.payload)["id"]), []).append(json.loads(message.payload))
    client.connect("127.0.0.1", building.mqtt_port)
    client.subscribe("facility/centre/reply/#", qos=1)
    client.loop_start()
    once = json.dumps({"id": "once", "incident": "2-f3", "expires": in_seconds(500)})

    def send(user, verb, payload):
        key = "facility/centre/reply/" + user, json.loads(payload)["id"]
        before = len(answers.get(key, []))
        client.publish(f"facility/centre/cmd/{user}/{verb}", payload, qos=1)
        return wait_for(lambda: len(answers.get(key, [])) > before and answers[key][-1], 20, "the answer")

    try:
        assert send("demo", "ack", once)["ok"]
        for i in range(1100):
            other = json.dumps({"id": str(i), "incident": "9-nowhere", "expires": in_seconds(500)})
            client.publish("facility/centre/cmd/other/ack", other, qos=1)
        wait_for(lambda: len(answers) == 1101, 60, "all are answered")
        assert "repeated" in send("demo", "ack", once)["error"]
        restart(building, signal.SIGKILL)
        wait_for(lambda: building.ask("state")[0] == 0, 20, "it runs again")
        for user, payload in (("demo", once), ("other", other)):
            assert "repeated" in send(user, "ack", payload)["error"]
        assert send("new", "ack", once)["error"] != ""
        assert "repeated" not in answers["facility/centre/reply/new", "once"][-1]["error"]
    finally:
        client.loop_stop()


def test_an_orderly_end_repeats_nothing(building):
    """What the broker has acknowledged until the very end is not sent by the next run."""
    observer = building.observer
    for short in ("13-f1.hall", "13-f2.hall", "13-f3.hall", "13-f4.hall"):
        assert building.ctl("report", "13", short[3:], "a dog")[0] == 0
        restart(building, signal.SIGTERM)
    wait_for(lambda: observer.events("13-f4.hall", "raised"), 10, "the last report")
    time.sleep(1)
    ids = [alert["id"] for alert in observer.alerts] + [notice["id"] for _, notice in observer.notices]
    assert len(ids) == len(set(ids))


@pytest.mark.third
def test_a_later_incident_has_another_name(building):
    cut_and_handled(building)
    first = building.observer.incident("2-f3")["id"]
    building.sim("water-back", "f3")
    wait_for(lambda: building.observer.events("2-f3", "returned"), 40, "returned")
    building.ctl("done", "2-f3", "all")
    wait_for(lambda: not building.observer.incident("2-f3"), 10, "closed")
    restart(building, signal.SIGTERM)
    building.sim("water-cut", "f3")
    assert wait_for(lambda: building.observer.incident("2-f3"), 20, "again")["id"] != first


def test_what_the_broker_has_not_had_is_sent_after_a_restart(building):
    """Decided while the broker was away, then killed: it arrives all the same, marked, under its first id."""
    observer = building.observer
    building.end("mosquitto", signal.SIGKILL)
    building.sim("leak", "f2.tea")
    wait_for(lambda: building.sim("get", "f2-tea-circuit").split()[-1] == "0", 25, "the circuit is cut")
    time.sleep(1)
    building.end("facilityd", signal.SIGKILL)
    building.start_broker()
    wait_for(lambda: observer.listens, 10, "somebody listens")
    building.start_daemon()
    raised = wait_for(lambda: observer.events("16-f2.tea", "raised"), 20, "the alert of the run before")
    assert len(raised) == 1 and raised[0]["replayed"] is True
    wait_for(lambda: observer.events("16-f2.tea", "action"), 10, "what the machine did")
    time.sleep(1)
    assert len(observer.events("16-f2.tea", "raised")) == 1
