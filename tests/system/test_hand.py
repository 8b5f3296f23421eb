"""A person's hand on an output: set until a stated end, never against an incident that stands, put back by a person."""

import signal

from stage import wait_for

OUTPUT = "f3-tea-boiler-supply"


def value(building):
    return float(building.sim("get", OUTPUT).split()[-1])


def output(building):
    return building.observer.retained.get(f"output/{OUTPUT}")


def hand(building):
    document = output(building)
    return next((c for c in document["claims"] if c["hand"]), None) if document else None


def test_a_hand_is_proved_ends_and_stays_held(building):
    status, answer = building.ctl("set", OUTPUT, "off", "3 s", "limescale, watching it")
    assert status == 0, answer
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
    assert building.ctl("restore", OUTPUT)[0] == 0
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
