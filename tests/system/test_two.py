"""Field case I2: two facilityd of one site. One tells and writes, the other stands by, and takes over the telling."""

import json
import os
import signal
import threading
import time

import pytest
from conftest import points_good
from stage import Building, Observer, mqtt_client, wait_for


class Emptied:
    """Every retained topic of an incident that was emptied, from now on."""

    def __init__(self, port):
        self.topics, self.states, self.client = [], [], mqtt_client()
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        self.client.subscribe("facility/centre/#", qos=1)
        self.client.loop_start()

    def _take(self, _client, _data, message):
        topic = message.topic.removeprefix("facility/centre/")
        if topic.startswith("incident/") and not message.payload:
            self.topics.append(topic)
        if topic == "state" and message.payload:
            self.states.append(json.loads(message.payload))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Second:
    """A second facilityd of the same site, as of a copied card: its own journal, its own socket."""

    def __init__(self, building):
        self.building, self.socket = building, os.path.join(building.folder, "second.sock")
        self.state = os.path.join(building.folder, "second-state")

    def start(self):
        os.makedirs(self.state, exist_ok=True)
        self.building._spawn("second", [self.building.program("facilityd"), "--config", self.building.config,
                                        "--state-dir", self.state, "--socket", self.socket])
        wait_for(lambda: os.path.exists(self.socket), 20, "the second's socket")
        return self

    def ask(self, *words):
        own, self.building.socket = self.building.socket, self.socket
        try:
            return self.building.ask(*words)
        finally:
            self.building.socket = own

    def stands_by(self):
        return "standing-by" in self.ask("troubles")[1]

    def has_taken_over(self):
        return "taken-over" in self.ask("troubles")[1]


@pytest.fixture
def two(building):
    building.emptied = Emptied(building.mqtt_port)
    building.second = Second(building)
    yield building
    building.emptied.close()
    building.end("second")


def status(building):
    return building.observer.retained.get("state", {})


@pytest.mark.slow
def test_the_second_stands_by_and_takes_over_the_telling(two):
    """Nothing of the elder is ever emptied; without him actions wait for a person; when he is back all is as before."""
    elder = status(two)["instance"]
    two.sim("water-cut", "f3")
    wait_for(lambda: two.observer.incident("2-f3"), 20, "the elder's incident")
    incident = two.observer.incident("2-f3")["id"]
    boiler = "f3-tea-boiler-supply"
    wait_for(lambda: two.sim("get", boiler).split()[-1] == "0", 15, "the elder cuts")
    wait_for(lambda: [s for s in two.observer.incident("2-f3")["steps"] if s["action"] and s["action"]["state"] == "done"],
             10, "and has told that it is proved")
    two.second.start()
    wait_for(two.second.stands_by, 20, "the second stands by")
    alerts = len(two.observer.alerts)
    wait_for(lambda: "2-f3" in two.second.ask("incidents")[1], 20, "the second decides, and tells at its socket")
    time.sleep(12)
    assert status(two)["instance"] == elder
    assert len(two.observer.alerts) == alerts
    assert two.log("facilityd").count("lost") == 0 and "standing" not in two.log("facilityd")

    # The elder hangs: its will says so, and after 15 s the second tells.
    os.killpg(two.processes["facilityd"].pid, signal.SIGSTOP)
    wait_for(two.second.has_taken_over, 40, "the second takes over")
    wait_for(lambda: status(two).get("instance") not in (None, elder) and status(two)["status"] == "online", 10, "its state")
    two.sim("water-cut", "f2")
    wait_for(lambda: two.observer.incident("2-f2"), 30, "it tells what is new")
    time.sleep(3)
    assert two.sim("get", "f2-tea-boiler-supply").split()[-1] == "1"  # and writes nothing by itself
    steps = {s["id"]: s for s in two.observer.incident("2-f2")["steps"]}
    assert steps["boilers-off"]["action"]["state"] == "awaiting"

    # He is back: the second yields, and what he has told stands.
    os.killpg(two.processes["facilityd"].pid, signal.SIGCONT)
    wait_for(two.second.stands_by, 40, "the second yields")
    wait_for(lambda: status(two).get("instance") == elder and status(two)["status"] == "online", 20, "the elder's state")
    wait_for(lambda: two.sim("get", "f2-tea-boiler-supply").split()[-1] == "0", 30, "the elder acts")
    assert f"incident/{incident}" in two.observer.retained
    assert f"incident/{incident}" not in two.emptied.topics


@pytest.mark.third
def test_a_person_turns_the_order_round(two):
    """`takeover` at the second: the elder yields, and nothing that was open is emptied. Killed, it is followed by the elder again."""
    observer = two.observer
    elder = status(two)["instance"]
    assert two.ctl("report", "18", "f2", "somebody was hurt")[0] == 0
    incident = wait_for(lambda: observer.incident("18-f2"), 10, "the elder's incident")["id"]
    assert two.ctl("lock", "zone:f2.tea", "1h", "an electrician")[0] == 0
    two.second.start()
    wait_for(two.second.stands_by, 20, "the second stands by")
    assert "standing by" in two.second.ask("--lang", "en", "state")[1] and "online" in two.ask("--lang", "en", "state")[1]
    wait_for(lambda: "zone:f2.tea" in two.second.ask("locks")[1], 10, "what the elder has locked holds there too")

    assert two.second.ask("takeover")[0] == 0
    wait_for(lambda: status(two).get("instance") not in (None, elder) and status(two)["status"] == "online", 20, "the second tells")
    wait_for(lambda: "standing-by" in two.ask("troubles")[1], 30, "the elder stands by")
    assert "standing by" in two.ask("--lang", "en", "state")[1]
    wait_for(lambda: f"trouble/found.{incident}" in observer.retained, 30, "a person says what lies there")
    assert two.ctl("adopt", incident)[0] == 0
    wait_for(lambda: observer.events("18-f2", "adopted"), 10, "adopted")
    status_code, answer = two.ctl("--lang", "en", "set", "f2-tea-boiler-supply", "off", "5 min", "try")
    assert status_code == 1 and "locked by zone:f2.tea" in answer

    # Killed: the elder tells in its place; until a person says so at its machine, only as persons release.
    two.end("second", signal.SIGKILL)
    wait_for(lambda: "taken-over" in two.ask("troubles")[1], 40, "the elder takes over")
    wait_for(lambda: status(two).get("instance") == elder and status(two)["status"] == "online", 10, "its state")
    assert two.ask("takeover")[0] == 0
    wait_for(lambda: "taken-over" not in two.ask("troubles")[1], 10, "as before")
    assert observer.incident("18-f2")["id"] == incident
    assert f"incident/{incident}" not in two.emptied.topics
