"""Promise 5 on real buses: what is written, what is never written, and what is proved."""

import json
import os
import re
import signal
import subprocess
import time

import pytest
from stage import ROOT, Building, Observer, wait_for


def value(building, point):
    return float(building.sim("get", point).split()[-1])


def action(building, short, step):
    incident = building.observer.incident(short)
    return incident and next(s for s in incident["steps"] if s["id"] == step)["action"]


def test_boilers_off_and_proved(building):
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "the incident")
    wait_for(lambda: action(building, "2-f3", "boilers-off")["state"] == "done", 15, "done")
    outputs = action(building, "2-f3", "boilers-off")["outputs"]
    assert outputs and all(o["state"] == "confirmed" for o in outputs)
    assert all(value(building, o["point"]) == 0 for o in outputs)
    # Other floors keep theirs.
    assert value(building, "f2-tea-boiler-supply") == 1
    # The intent was recorded before: on the broker and on disk.
    assert [a for a in building.observer.alerts if a["event"] == "intent"]


def test_a_relay_that_does_not_obey_is_a_trouble(building):
    building.sim("stuck", "f3-tea-boiler-supply")
    building.sim("water-cut", "f3")
    wait_for(lambda: (action(building, "2-f3", "boilers-off") or {}).get("state") == "failed", 40, "failed")
    troubles = [t for t in building.observer.retained if t.startswith("trouble/output.")]
    assert troubles == ["trouble/output.f3-tea-boiler-supply"]
    step = next(s for s in building.observer.incident("2-f3")["steps"] if s["id"] == "boilers-off")
    assert step["status"] == "open", "a step that was not proved is not done"


def test_nothing_is_restored_while_the_condition_lasts(building):
    building.sim("water-cut", "f3")
    wait_for(lambda: (action(building, "2-f3", "boilers-off") or {}).get("state") == "done", 30, "done")
    status, answer = building.ctl("restore", "2-f3")
    assert status == 1 and "still true" in answer
    assert value(building, "f3-tea-boiler-supply") == 0


def test_silent_device_is_a_trouble_and_raises_nothing(building):
    """Promise 1: missing data raise nothing but their own trouble; neighbours are not held up."""
    device = "water-f2"
    building.sim("silent", device)
    wait_for(lambda: f"trouble/device.{device}" in building.observer.retained, 20, "the trouble")
    wait_for(lambda: building.observer.point("f2-water-pressure")["quality"] != "good", 20, "no good value")
    assert building.observer.point("f2-water-pressure")["value"] is None
    assert not building.observer.incident("2-f2")
    # The neighbour on the same gateway is seen as quickly as ever.
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "the neighbour's incident")
    building.sim("answers", device)
    wait_for(lambda: f"trouble/device.{device}" not in building.observer.retained, 45, "the trouble ends")
    wait_for(lambda: building.observer.point("f2-water-pressure")["quality"] == "good", 10, "good again")


def test_an_echo_is_never_called_proved(build):
    """P6: the read-back is the relay module's own coil. --check warns; the relay's word is shown as such."""
    building = Building(build)
    try:
        building.write_config()
        path = os.path.join(building.folder, "etc/devices-cabinet.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = text.replace('readback = "f3-tea-boiler-contactor";', 'readback = "f3-tea-boiler-coil";').replace(
            "    f3-tea-boiler-contactor: {", """    f3-tea-boiler-coil: {
      class = "boiler.contactor"; register = 1; zh = "线圈"; en = "Coil"; };
    f3-tea-boiler-contactor: {""")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        checked = subprocess.run([building.program("facilityd"), "--check", "--config", building.config],
                                 capture_output=True, text=True, check=False)
        assert checked.returncode == 0
        line = next(i for i, row in enumerate(text.splitlines(), 1) if "f3-tea-boiler-supply: {" in row)
        assert (f'devices-cabinet.conf:{line}: warning: output "f3-tea-boiler-supply": its readback "f3-tea-boiler-coil" '
                "is an echo") in checked.stderr + checked.stdout
        building.start_broker()
        building.start_simulator()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        building.sim("water-cut", "f3")
        done = wait_for(lambda: (a := action(building, "2-f3", "boilers-off")) and a["state"] not in ("wanted", "idle") and a,
                        40, "the end of the action")
        assert done["state"] == "failed", "the step stays open, somebody goes and looks"
        assert [(o["state"], o["error"]) for o in done["outputs"]] == [("unproven", "the relay says off")]
        assert value(building, "f3-tea-boiler-supply") == 0
        output = wait_for(lambda: building.observer.retained.get("output/f3-tea-boiler-supply"), 10, "the claim")
        assert output["claims"][0]["proved"] is None and output["read_back"]["echo"] is True
        incident = building.observer.incident("2-f3")["id"]
        for language, words in (("en", "the relay says off"), ("zh", "继电器自报已断开")):
            record = building.ask("--lang", language, "record", incident)[1]
            assert words in record and "proved by read-back" not in record
        building.observer.close()
    finally:
        building.stop()


def test_two_actions_that_contradict_each_other_need_an_order(build):
    """P5: --check names the line, until one of them says that it goes before the other."""
    building = Building(build)
    try:
        building.write_config()
        path = os.path.join(building.folder, "etc/actions.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = text.replace('scope = "site"; value = 0; mode = "advise";', 'scope = "site"; value = 1; mode = "confirm";')
        line = next(i for i, row in enumerate(text.splitlines(), 1) if "boilers-off-by-hand: {" in row)

        def check(more):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace('value = 1; mode = "confirm";', 'value = 1; mode = "confirm"; ' + more))
            done = subprocess.run([building.program("facilityd"), "--check", "--config", building.config],
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stderr + done.stdout

        status, said = check("")
        assert status == 2
        assert f'actions.conf:{line}: action "boilers-off-by-hand": wants output "' in said and 'over = [ "boilers-off" ]' in said
        assert check('over = [ "boilers-off" ];')[0] == 0
    finally:
        building.stop()


def test_nothing_is_written_when_not_armed(build):
    """As shipped: the main switch is off."""
    building = Building(build)
    try:
        building.write_config(armed=False)
        building.start_broker()
        building.start_simulator()
        building.observer = Observer(building.mqtt_port)
        building.start_daemon()
        building.sim("water-cut", "f3")
        wait_for(lambda: (action(building, "2-f3", "boilers-off") or {}).get("state") == "refused", 30, "refused")
        assert value(building, "f3-tea-boiler-supply") == 1
        building.observer.close()
    finally:
        building.stop()


def test_what_a_closed_incident_holds_is_put_back_from_the_list(building):
    """P2: closed with the circuit off: named, listed, kept over a kill, and put back by its own name."""
    observer, circuit = building.observer, "f1-tea-circuit"
    building.sim("leak", "f1.tea")
    wait_for(lambda: shown(building, "16-f1.tea", "circuits-cut") == "done", 30, "cut")
    assert circuit in observer.retained["held"]["held"]
    status, answer = building.ctl("restore", circuit)
    assert status == 1 and re.search(r"16-f1\.tea-\w+ holds this output: its condition is true", answer)
    building.sim("dry", "f1.tea")
    returned(building, "16-f1.tea")
    incident = observer.incident("16-f1.tea")["id"]
    assert building.ctl("ack", "16-f1.tea")[0] == 0
    assert building.ctl("done", "16-f1.tea", "all")[0] == 0
    closed = wait_for(lambda: observer.events("16-f1.tea", "closed"), 10, "closed")[0]
    assert closed["held"] == [circuit]
    assert off(building, circuit)
    time.sleep(1.3)
    building.end("facilityd", signal.SIGKILL)
    building.start_daemon()
    wait_for(lambda: observer.retained["state"]["status"] == "online", 15, "online again")
    listed = json.loads(building.ask("outputs", "--json")[1])
    assert [one["id"] for one in listed] == [circuit] and listed[0]["claims"][0]["incident"] == incident
    assert incident in building.ask("outputs")[1]
    time.sleep(3)
    assert off(building, circuit), "nothing is put back silently"
    assert observer.retained[f"output/{circuit}"]["wanted"] == 0
    status, answer = building.ctl("restore", circuit)
    assert (status, answer.strip()) == (0, "ok")
    wait_for(lambda: not off(building, circuit), 15, "put back")
    wait_for(lambda: f"output/{circuit}" not in observer.retained and observer.retained["held"]["held"] == [], 10, "struck")
    intents = [a for a in observer.alerts if a["event"] == "intent" and a["output"] == circuit]
    assert intents[-1]["incident_id"] == incident and intents[-1]["value"] == 1
    status, answer = building.ctl("restore", incident)
    assert status == 1 and "no open incident" in answer


def test_the_shipped_main_switch_is_off():
    with open(os.path.join(ROOT, "config/etc/connections.conf"), encoding="utf-8") as file:
        assert "  actions_armed = false;" in file.read()


def off(building, point):
    return value(building, point) == 0


def shown(building, short, step):
    return (action(building, short, step) or {}).get("state")


def returned(building, short):
    wait_for(lambda: building.observer.events(short, "returned"), 40, f"{short} returned")


def test_what_another_incident_claims_is_not_put_back(building):
    """P1, B1: the boiler stays off until the last incident that wants it off has given it up."""
    boiler = "f3-tea-boiler-supply"
    building.sim("water-cut", "f3")
    wait_for(lambda: shown(building, "2-f3", "boilers-off") == "done", 30, "cut for the water")
    building.sim("limiter-trip", "f3.tea")
    wait_for(lambda: shown(building, "12-f3.tea", "boiler-cut") == "done", 30, "found off for the limiter")
    building.sim("water-back", "f3")
    returned(building, "2-f3")
    status, answer = building.ctl("restore", "2-f3")
    assert status == 0 and building.observer.incident("12-f3.tea")["id"] in answer, answer
    wait_for(lambda: shown(building, "2-f3", "boilers-off") == "restored", 10, "given up")
    time.sleep(5)
    assert off(building, boiler)
    assert building.ctl("restore", "2-f3")[0] == 1, "it claims nothing any more"
    status, answer = building.ctl("restore", "12-f3.tea")
    assert status == 1 and "still true" in answer
    building.sim("limiter-reset", "f3.tea")
    returned(building, "12-f3.tea")
    status, answer = building.ctl("restore", "12-f3.tea")
    assert (status, answer.strip()) == (0, "ok")
    wait_for(lambda: not off(building, boiler), 15, "on again, by the one that has written nothing")


@pytest.mark.slow
def test_what_is_over_does_not_undo_a_released_action(building):
    """The same with 16 and 18: the leak is restored while somebody lies there under a released cut."""
    circuit = "f1-tea-circuit"
    building.sim("leak", "f1.tea")
    wait_for(lambda: shown(building, "16-f1.tea", "circuits-cut") == "done", 30, "cut for the leak")
    assert building.ctl("report", "18", "f1.tea", "somebody lies there")[0] == 0
    wait_for(lambda: shown(building, "18-f1.tea", "circuits-cut") == "awaiting", 10, "waits for a release")
    assert building.ctl("release", "18-f1.tea", "circuits-cut")[0] == 0
    wait_for(lambda: shown(building, "18-f1.tea", "circuits-cut") == "done", 15, "found off")
    building.sim("dry", "f1.tea")
    returned(building, "16-f1.tea")
    status, answer = building.ctl("--lang", "zh", "restore", "16-f1.tea")
    assert status == 0 and f"仍由 {building.observer.incident('18-f1.tea')['id']} 占用" in answer
    time.sleep(5)
    assert off(building, circuit)
    assert building.ctl("over", "18-f1.tea")[0] == 0
    assert building.ctl("restore", "18-f1.tea")[0] == 0
    wait_for(lambda: not off(building, circuit), 15, "on again")
