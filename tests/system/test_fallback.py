"""Nobody answers: a siren on a real relay, on and off again, whatever happens in between."""

import json
import os
import re
import signal
import threading
import time

import pytest
from stage import ROOT, Building, Observer, mqtt_client, wait_for

SIREN, BEACON = "f1-duty-siren", "f1-duty-beacon"
TIMES = {"acknowledge_within": "6 s", "unheard_after": "2 s", "broker_away_after": "3 s"}
QUIET = {"acknowledge_within": "1 h", "unheard_after": "1 h", "broker_away_after": "1 h"}
TROUBLE = "trouble/fallback"


def edit_fallback(building, change):
    path = os.path.join(building.folder, "etc/fallback.conf")
    with open(path, encoding="utf-8") as file:
        text = change(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def set_times(building, **times):
    def change(text):
        for key, value in {**TIMES, **times}.items():
            text, count = re.subn(rf'^(  {key} = )"[^"]*"', rf'\1"{value}"', text, flags=re.M)
            assert count == 1, key
        return text

    edit_fallback(building, change)


def remove_section(building):
    edit_fallback(building, lambda text: re.sub(r"^fallback: \{.*?^\};\n", "", text, flags=re.S | re.M))


class Site(Building):
    """The sample building with short times, and nobody who listens until somebody is asked for."""

    def __init__(self, build, armed=True, scenario=None, **times):
        super().__init__(build, scenario=scenario)
        self.armed, self.times, self.observer = armed, times, None

    def start(self):
        self.write_config(self.armed)
        set_times(self, **self.times)
        self.start_broker()
        self.start_simulator()
        self.start_daemon()
        self.is_up()
        return self

    def is_up(self):
        wait_for(lambda: os.path.exists(self.socket) and self.ask("state")[0] == 0, 15, "facilityd answers")

    def stop(self):
        if self.observer:
            self.observer.close()
        super().stop()

    def listen(self):
        self.observer = Observer(self.mqtt_port)
        wait_for(lambda: self.observer.listens and "state" in self.observer.retained, 10, "somebody listens")
        return self.observer

    def value(self, point):
        return float(self.sim("get", point).split()[-1])

    def sounds(self):
        return self.value(SIREN) == 1 and self.value(BEACON) == 1

    def silent(self):
        return self.value(SIREN) == 0 and self.value(BEACON) == 0

    def order(self, *words):
        status, answer = self.ask(*words)
        assert status == 0, answer

    def report(self, number="11", zone="f1.hall"):
        self.order("report", number, zone, "somebody has fallen")

    def intents(self):
        """What was recorded before each write of ours: (output, value)."""
        with self.observer.lock:
            intents = {a["id"]: a for a in self.observer.alerts if a["event"] == "intent"}
        return [(a["output"], a["value"]) for a in intents.values()]

    def trouble(self):
        with self.observer.lock:
            return self.observer.retained.get(TROUBLE)

    def proved(self):
        """How many outputs the trouble calls on."""
        return len(re.findall(rf"({SIREN}|{BEACON}) on", self.trouble()["text"]["en"])) if self.trouble() else 0

    def restart(self, number):
        self.end("facilityd", number)
        self.start_daemon()
        self.is_up()


@pytest.fixture
def site(build):
    with Site(build) as running:
        yield running


def test_nobody_listens_until_it_is_acknowledged(site):
    site.report()
    wait_for(site.sounds, 15, "the siren sounds")
    assert "nobody listened to alerts: one of 11-f1.hall-" in site.log("facilityd"), "it was asked once more before"
    # Whoever looks now sees why, and that somebody looks is no answer.
    site.listen()
    wait_for(lambda: site.proved() == 2, 5, "both are proved")
    incident = site.observer.incident("11-f1.hall")["id"]
    assert site.trouble()["text"]["en"] == f"nobody answers {incident} (nobody listens); {SIREN} on, {BEACON} on"
    assert f"无人应答：{incident}（无人接收）；{SIREN} 已接通，{BEACON} 已接通" == site.trouble()["text"]["zh"]
    time.sleep(3)
    assert site.sounds()
    site.order("ack", "11-f1.hall")
    wait_for(site.silent, 10, "acknowledged: silent")
    wait_for(lambda: not site.trouble(), 5, "no trouble is left")
    wait_for(lambda: site.intents() == [(SIREN, 0), (BEACON, 0)], 5, "these were recorded while somebody listened")
    # The record of the incident has it all: on and off, each before it was written.
    record = json.loads(site.ask("record", "11-f1.hall", "--json")[1])
    assert [(e["output"], e["value"]) for e in record["timeline"] if e["event"] == "intent"] == [
        (SIREN, 1), (BEACON, 1), (SIREN, 0), (BEACON, 0)]
    assert f"{SIREN} = 1" in site.ask("--lang", "en", "record", "11-f1.hall")[1]


def test_a_page_that_connects_again_sounds_nothing(site):
    site.report()
    wait_for(lambda: "nobody is listening" in site.log("facilityd"), 5, "nobody listens")
    observer = site.listen()
    raised = wait_for(lambda: observer.events("11-f1.hall", "raised"), 5, "the alert is sent again")
    assert raised[0]["replayed"] is True
    time.sleep(1)
    assert site.silent() and not site.trouble()
    assert "trouble/mqtt.unheard" not in observer.retained


@pytest.mark.slow
def test_a_bridge_to_telephones_is_somebody(site):
    """It hears notices and no alerts: so only the time to acknowledge counts."""
    bridge = mqtt_client()
    bridge.on_connect = lambda client, *_: client.subscribe("facility/centre/notify/#", qos=1)
    subscribed = threading.Event()
    bridge.on_subscribe = lambda *_: subscribed.set()
    bridge.connect("127.0.0.1", site.mqtt_port)
    bridge.loop_start()
    try:
        assert subscribed.wait(5)
        site.report()
        wait_for(lambda: "nobody is listening" in site.log("facilityd"), 5, "nobody listens to the alert")
        time.sleep(3.5)
        assert site.silent()
        wait_for(site.sounds, 10, "nobody acknowledged")
        assert "calls: unacknowledged" in site.log("facilityd")
    finally:
        bridge.disconnect()
        bridge.loop_stop()


def test_not_acknowledged_in_time(site):
    observer = site.listen()
    site.report()
    site.report("7", "f3")
    time.sleep(3)
    assert site.silent(), "not before its time"
    wait_for(site.sounds, 10, "the siren sounds")
    wait_for(lambda: site.trouble() and site.trouble()["text"]["en"].count("(not acknowledged)") == 2, 5, "why")
    intents = [a for a in observer.alerts if a["event"] == "intent"]
    assert {(a["output"], a["value"], a["step"], a["user"], a["incident_id"]) for a in intents} == {
        (output, 1, None, "facilityd", observer.incident("11-f1.hall")["id"]) for output in (SIREN, BEACON)}
    # One siren for both: it is silent when the last is answered, however that is.
    site.order("ack", "11-f1.hall")
    wait_for(lambda: "11-f1.hall" not in site.trouble()["text"]["en"], 5, "one is left")
    time.sleep(2)
    assert site.sounds()
    site.order("shelve", "7-f3", "10m", "the police are there already")
    wait_for(site.silent, 10, "silent")
    wait_for(lambda: not site.trouble(), 5, "no trouble is left")
    wait_for(lambda: sorted(site.intents()) == sorted([(SIREN, 1), (BEACON, 1), (SIREN, 0), (BEACON, 0)]), 5,
             "each on and off once")


@pytest.mark.third
def test_never_for_an_exercise_or_a_small_matter(site):
    """Nobody listens, and the times are long over."""
    site.order("drill", "11", "f1.hall", "the yearly one")
    site.order("report", "13", "f1.hall", "a dog")
    time.sleep(9)
    assert site.silent()
    assert "fallback" not in site.log("facilityd")


def test_the_broker_is_away(build):
    with Site(build, acknowledge_within="1 h", unheard_after="1 h") as site:
        site.listen()
        site.report()
        time.sleep(1)
        site.end("mosquitto", signal.SIGKILL)
        time.sleep(1.5)
        assert site.silent(), "not before its time"
        wait_for(site.sounds, 15, "the siren sounds")
        site.start_broker()
        wait_for(lambda: site.observer.listens and site.trouble(), 20, "the broker is back and has the trouble")
        assert "(no broker)" in site.trouble()["text"]["en"]
        assert site.sounds(), "that the broker is back is no answer"
        site.end("mosquitto", signal.SIGKILL)
        site.order("ack", "11-f1.hall")
        wait_for(site.silent, 10, "acknowledged at the local socket: silent")


def test_killed_while_it_sounds(site):
    """It goes on, nothing is written twice, and the new process puts off what the old one has switched on."""
    site.listen()
    site.report()
    wait_for(lambda: site.proved() == 2, 15, "both are proved")
    told = site.intents()
    site.restart(signal.SIGKILL)
    wait_for(lambda: site.proved() == 2, 15, "proved anew")
    time.sleep(2)
    assert site.sounds()
    assert site.intents() == told, "nothing is written twice"
    site.order("ack", "11-f1.hall")
    wait_for(site.silent, 10, "silent")
    wait_for(lambda: len(site.intents()) == 4, 5, "each is put off once")
    # And an orderly end is no end of it either.
    site.report("7", "f3")
    wait_for(site.sounds, 15, "the siren sounds")
    site.restart(signal.SIGTERM)
    time.sleep(2)
    assert site.sounds()
    site.order("ack", "7-f3")
    wait_for(site.silent, 10, "silent")


@pytest.mark.third
def test_killed_before_it_is_proved(build, tmp_path):
    """Written, and the contact has not answered yet: what is about to be written is known before."""
    slow = tmp_path / "slow.sim"
    with open(os.path.join(ROOT, "sim/building.sim"), encoding="utf-8") as file:
        slow.write_text(file.read().replace("\nrelay 50ms\n", "\nrelay 3s\n"), encoding="utf-8")
    with Site(build, scenario=str(slow)) as site:
        site.report()
        wait_for(site.sounds, 15, "both are written")
        site.end("facilityd", signal.SIGKILL)
        remove_section(site)
        site.start_daemon()
        wait_for(site.silent, 15, "put off, though its contact may not have shown that it was on")
        time.sleep(4)
        assert site.silent()


@pytest.mark.third
def test_not_needed_any_more_after_the_restart(site):
    """Killed, and the section is gone from the configuration: what is on is put off all the same."""
    site.report()
    wait_for(site.sounds, 15, "the siren sounds")
    wait_for(lambda: site.log("facilityd").count("to 1 by facilityd") == 2, 5, "recorded")
    site.end("facilityd", signal.SIGKILL)
    remove_section(site)
    assert site.sounds()
    site.start_daemon()
    wait_for(site.silent, 20, "put off")
    time.sleep(2)  # that it is proved to be off is kept, too
    site.restart(signal.SIGKILL)
    site.sim("set", SIREN, "1")
    time.sleep(4)
    assert site.value(SIREN) == 1, "what is on now is somebody else's"


@pytest.mark.third
def test_reload_while_it_sounds(site):
    site.listen()
    site.report()
    wait_for(site.sounds, 15, "the siren sounds")
    set_times(site, **QUIET)
    site.processes["facilityd"].send_signal(signal.SIGHUP)
    wait_for(lambda: "reload: 201 points" in site.log("facilityd"), 10, "reloaded")
    time.sleep(2)
    assert site.sounds()
    wait_for(lambda: len(site.intents()) == 2, 5, "nothing is written twice")
    remove_section(site)
    site.processes["facilityd"].send_signal(signal.SIGHUP)
    wait_for(site.silent, 15, "without the section it is put off")
    wait_for(lambda: not site.trouble(), 5, "no trouble is left")


def test_what_somebody_has_switched_is_theirs(site):
    site.listen()
    site.sim("set", SIREN, "1")
    site.report()
    wait_for(lambda: site.value(BEACON) == 1, 15, "the beacon, which nobody has switched")
    wait_for(lambda: site.proved() == 2, 10, "both are on")
    wait_for(lambda: site.intents() == [(BEACON, 1)], 5, "one was written")
    # Put off by hand: it stays off, and so does the beacon.
    site.sim("set", BEACON, "0")
    time.sleep(4)
    assert site.value(BEACON) == 0
    site.order("ack", "11-f1.hall")
    wait_for(lambda: not site.trouble(), 10, "answered")
    wait_for(lambda: site.intents() == [(BEACON, 1), (BEACON, 0)], 5, "what was ours is put off, also behind a switch")
    time.sleep(1)
    assert (site.value(SIREN), site.value(BEACON)) == (1, 0)


def test_a_siren_that_does_not_obey(site):
    site.listen()
    site.sim("stuck", SIREN)
    site.report()
    wait_for(lambda: f"trouble/output.{SIREN}" in site.observer.retained, 30, "its own trouble")
    wait_for(lambda: f"{SIREN} not on" in site.trouble()["text"]["en"], 5, "and why")
    assert f"{BEACON} on" in site.trouble()["text"]["en"]
    site.sim("unstuck", SIREN)
    wait_for(lambda: f"{SIREN} on" in site.trouble()["text"]["en"], 30, "it is tried again")
    wait_for(lambda: f"trouble/output.{SIREN}" not in site.observer.retained, 5, "the trouble ends")
    site.order("ack", "11-f1.hall")
    wait_for(site.silent, 10, "silent")


def test_not_armed(build):
    """As shipped: the main switch is off. The trouble says so, and nothing is written."""
    with Site(build, armed=False) as site:
        site.listen()
        site.report()
        wait_for(lambda: site.trouble() and site.trouble()["text"]["en"].count("actions are not armed") == 2, 20,
                 "the trouble says why")
        assert site.silent() and not site.intents()
        site.order("ack", "11-f1.hall")
        wait_for(lambda: not site.trouble(), 5, "no trouble is left")
        assert site.silent() and not site.intents()
