"""A person's hand on an output: set until a stated end, never against an incident that stands, put back by a person."""

import json
import signal

import pytest
from stage import wait_for

OUTPUT, READBACK = "f3-tea-boiler-supply", "point/f3-tea-boiler-contactor"


def value(building):
    return float(building.sim("get", OUTPUT).split()[-1])


def output(building):
    return building.observer.retained.get(f"output/{OUTPUT}")


def hand(building):
    document = output(building)
    return next((c for c in document["claims"] if c["hand"]), None) if document else None


def test_a_hand_is_proved_ends_and_stays_held(building):
    status, answer = building.ctl("set", OUTPUT, "off", "1h")
    assert status == 2 and '"1h" is no reason' in answer, answer
    # What it was before is known once its read-back was read.
    wait_for(lambda: building.observer.retained.get(READBACK, {}).get("quality") == "good", 10, "it was read")
    status, answer = building.ctl("--lang", "en", "set", OUTPUT, "off", "3 s", "limescale, watching it")
    assert status == 0 and "until 20" in answer, answer
    wait_for(lambda: (hand(building) or {}).get("proved"), 10, "proved by the read-back")
    assert value(building) == 0
    claim = hand(building)
    assert (claim["incident"], claim["step"], claim["value"]) == (None, None, 0)
    assert claim["hand"]["by"] == "demo" and claim["hand"]["reason"] == "limescale, watching it"
    # The intent came first, and is of no incident.
    intent = next(a for a in building.observer.alerts if a["event"] == "intent")
    assert (intent["incident_id"], intent["step"], intent["output"], intent["user"]) == (None, None, OUTPUT, "demo")
    wait_for(lambda: hand(building)["hand"]["ended"], 10, "its end")
    assert value(building) == 0, "at its end nothing is switched"
    assert OUTPUT in building.observer.retained["held"]["held"]
    status, listed = building.ask("--lang", "en", "outputs")
    assert status == 0 and "demo, by hand, ended" in listed
    status, answer = building.ctl("restore", OUTPUT)
    assert status == 0, answer
    wait_for(lambda: not output(building), 10, "put back and off the list")
    assert value(building) == 1


def test_a_hand_yields_to_an_incident_that_stands(building):
    """Refused with its name while it stands; ended by one that begins, which its setter is told."""
    assert building.ctl("set", OUTPUT, "1", "1h", "kept on for the meeting")[0] == 0
    wait_for(lambda: (hand(building) or {}).get("proved"), 10, "found so")
    building.sim("water-cut", "f3")
    wait_for(lambda: value(building) == 0, 30, "the boiler is cut")
    told = wait_for(lambda: building.observer.events("2-f3", "claim"), 10, "the event")[0]
    assert told["note"] == f"ends the hand of demo on {OUTPUT}" and told["user"] == "facilityd"
    reply = wait_for(lambda: [r for r in building.observer.replies if "told" in r], 10, "its setter is told")[0]
    assert reply["id"] is None and reply["output"] == OUTPUT and told["incident"]["id"] in reply["told"]["en"]
    assert hand(building)["hand"]["ended"]
    status, answer = building.ctl("--lang", "en", "set", OUTPUT, "1", "I want tea")
    assert status == 1 and answer.endswith(f"{told['incident']['id']} holds this output: its condition is true or not known")
    assert value(building) == 0
    status, answer = building.ctl("--lang", "zh", "set", "f1-emergency-lighting", "0", "试灯")
    assert status == 1 and "受保护" in answer


@pytest.mark.slow
def test_a_hand_survives_a_kill(building):
    assert building.ctl("set", OUTPUT, "0", "12 s", "descaling")[0] == 0
    wait_for(lambda: (hand(building) or {}).get("proved"), 10, "proved")
    until = hand(building)["hand"]["until"]
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: building.ask("state")[0] == 0, 20, "facilityd is back")
    status, listed = building.ask("--lang", "en", "outputs")
    assert status == 0 and OUTPUT in listed and "demo, by hand" in listed
    wait_for(lambda: hand(building) and hand(building)["hand"]["ended"], 20, "its end")
    assert hand(building)["hand"]["until"][:19] == until[:19], "as it was said"
    assert value(building) == 0


@pytest.mark.third
def test_closing_names_what_is_held_and_restore_asks_again(building):
    """P2: closed with the boiler off, the answer says so; an incident that only advises it off is named."""
    building.sim("water-cut", "f3")
    wait_for(lambda: value(building) == 0, 30, "the boiler is cut")
    incident = wait_for(lambda: building.observer.incident("2-f3"), 10, "the incident")["id"]
    building.sim("water-back", "f3")
    wait_for(lambda: building.observer.incident("2-f3")["state"].startswith("returned"), 60, "over")
    assert building.ctl("ack", "2-f3")[0] == 0
    status, answer = building.ctl("--lang", "en", "done", "2-f3", "all")
    assert status == 0 and f"still held, until somebody puts it back: {OUTPUT}" in answer, answer
    wait_for(lambda: not building.observer.incident("2-f3"), 10, "closed")
    # A power loss (type 1) advises to switch every boiler off by hand.
    assert building.ctl("report", "1", "f3", "dark")[0] == 0
    other = wait_for(lambda: building.observer.incident("1-f3"), 10, "the report")["id"]
    status, answer = building.ctl("--lang", "en", "restore", OUTPUT)
    assert status == 1 and f"{other} would have it as it is" in answer, answer
    assert value(building) == 0
    status, answer = building.ctl("restore", incident, "anyway")
    assert status == 0, answer
    wait_for(lambda: value(building) == 1 and not output(building), 15, "put back")
    # The record of the closed incident has who did, and when.
    told = wait_for(lambda: [a for a in building.observer.alerts if a["event"] == "restored"], 5, "the event")[0]
    assert (told["incident_id"], told["step"], told["output"], told["value"], told["user"], told["note"]) == \
        (incident, "boilers-off", OUTPUT, 1, "demo", "")
    record = json.loads(building.ask("record", incident, "--json")[1])
    held, = record["claims"]
    assert (held["output"], held["value"], held["by"], held["until"]) == (OUTPUT, 0, "demo", told["time"]) and held["proved"]


@pytest.mark.slow
def test_what_is_no_longer_armed_is_struck(building):
    assert building.ctl("set", OUTPUT, "0", "5 s", "trial")[0] == 0
    wait_for(lambda: (hand(building) or {}).get("proved"), 10, "proved")
    path = f"{building.folder}/etc/devices-cabinet.conf"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    armed = 'writable = true; armed = true; readback = "f3-tea-boiler-contactor";'
    assert armed in text
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(armed, armed.replace("armed = true; ", "")))
    assert building.ctl("strike", OUTPUT, "too early")[0] == 1
    building.processes["facilityd"].send_signal(signal.SIGHUP)
    wait_for(lambda: output(building)["stuck"] == "not armed", 20, "the reason is shown")
    status, answer = building.ctl("restore", OUTPUT)
    wait_for(lambda: OUTPUT in building.observer.retained["held"]["held"], 5, "it is not forgotten")
    assert building.ctl("strike", OUTPUT, "the electrician has it")[0] == 0
    wait_for(lambda: OUTPUT not in building.observer.retained["held"]["held"] and not output(building), 10, "struck")
    assert value(building) == 0
