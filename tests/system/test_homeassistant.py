"""What is published for Home Assistant: documented keys only, and its templates do what they should.

Home Assistant itself is not there. Its templates are Jinja2 with some names of its own; here they are rendered
by Jinja2 in the same kind of sandbox, with those names, against what the daemon really publishes.
"""

import datetime
import json
import os
import re
import signal
import threading

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment
from stage import ROOT, Building, Observer, mqtt_client, wait_for

OBJECT_ID = re.compile(r"^[a-zA-Z0-9_-]+$")


class HomeAssistant:
    """A client that keeps everything retained, and renders templates as Home Assistant does."""

    def __init__(self, port, prefix="homeassistant", login=None):
        self.lock, self.retained, self.replies, self.live = threading.Lock(), {}, [], []
        self.prefix = prefix
        self.environment = ImmutableSandboxedEnvironment()
        self.environment.globals.update(now=lambda: datetime.datetime.now().astimezone(),
                                        timedelta=datetime.timedelta)
        self.client = mqtt_client()
        if login:
            self.client.username_pw_set(login.user, login.password())
            self.client.tls_set(login.ca_file)
        self.client.on_connect = self._subscribe
        self.client.on_message = self._take
        self.client.connect("localhost" if login else "127.0.0.1", port)
        self.client.loop_start()

    def _subscribe(self, client, *_):
        client.subscribe([(f"{self.prefix}/+/+/config", 1), (f"{self.prefix}/+/+/+/config", 1)])
        client.subscribe([(f"facility/centre/{t}", 1) for t in ("state", "stats", "troubles", "held", "point/#", "incident/#",
                                                                "reply/homeassistant")])

    def _take(self, _client, _data, message):
        with self.lock:
            payload = message.payload.decode()
            if "/reply/" in message.topic:
                self.replies.append(json.loads(payload))
            elif message.payload:
                self.retained[message.topic] = payload
            else:
                self.retained.pop(message.topic, None)
            if not message.retain:
                self.live.append((message.topic, payload))

    def configs(self):
        with self.lock:
            return {t: json.loads(p) for t, p in self.retained.items() if t.startswith(self.prefix + "/")}

    def payload(self, topic):
        with self.lock:
            return self.retained.get(topic)

    def render(self, template, payload):
        """An empty payload is no JSON: value_json is not there then."""
        names = {"value": payload}
        try:
            names["value_json"] = json.loads(payload)
        except ValueError:
            pass
        return self.environment.from_string(template).render(names)

    def state(self, component):
        """(available, state), as Home Assistant would show it; state None: unknown."""
        answers = []
        for source in component.get("availability", []):
            payload = self.payload(source["topic"])
            answers.append(payload is not None and self.render(source["value_template"], payload) == "online")
        if len(answers) > 1:
            assert component["availability_mode"] == "all"
        payload = self.payload(component["state_topic"])
        state = None if payload is None else self.render(component["value_template"], payload)
        return all(answers), state

    def press(self, button):
        self.client.publish(button["command_topic"], self.render(button["command_template"], "PRESS"),
                            qos=button["qos"])

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def documented():
    keys, required = {}, {}
    with open(os.path.join(ROOT, "tests/homeassistant-keys.tsv"), encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                where, key, needed = line.rstrip("\n").split("\t")
                keys.setdefault(where, set()).add(key)
                required.setdefault(where, set()).update({key} if needed == "yes" else set())
    return keys, required


def problems(topic, config, keys, required):
    found = []

    def check(where, mapping):
        for key in set(mapping) - keys[where]:
            found.append(f"{topic}: {where} has the unknown key {key}")
        for key in required.get(where, set()) - set(mapping):
            found.append(f"{topic}: {where} lacks {key}")

    def entity(platform, mapping):
        check(platform, mapping)
        for source in mapping.get("availability", []):
            check("availability", source)
        if not mapping.get("unique_id") or not mapping.get("name"):
            found.append(f"{topic}: no unique_id or name")

    levels = topic.split("/")[-3:-1]
    found += [f"{topic}: {level} is no id there" for level in levels if not OBJECT_ID.match(level)]
    check("origin", config["origin"])
    check("device", config["device"])
    if "components" not in config:
        entity(topic.split("/")[-4], config)
        return found
    check("document", config)
    for component in config["components"].values():
        entity(component["platform"], component)
    return found


def components(configs):
    return {c["unique_id"]: c for config in configs.values() for c in config.get("components", {}).values()}


def buttons(configs):
    return {t: c for t, c in configs.items() if "/button/" in t}


def enable(building, language="en", prefix="homeassistant"):
    """The section that the sample has in comments."""
    path = os.path.join(building.folder, "etc/connections.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    section = re.search(r"^# homeassistant: \{\n(?:#  .*\n)+# \};\n", text, re.M)
    assert section, "the sample shows the section"
    lines = re.sub(r"^# ?", "", section.group(0), flags=re.M)
    lines = lines.replace('"zh"', f'"{language}"').replace('prefix = "homeassistant"', f'prefix = "{prefix}"')
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(section.group(0), lines))


def edit(building, name, change):
    path = os.path.join(building.folder, "etc", name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    changed = change(text)
    assert changed != text
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)


def restart(building):
    building.end("facilityd")
    building.start_daemon()


@pytest.fixture(name="home")
def fixture_home(build):
    """A building whose configuration has the section, and what Home Assistant would see of it."""
    building = Building(build)
    try:
        building.write_config()
        enable(building)
        building.start_broker()
        building.observer = Observer(building.mqtt_port)
        building.start_simulator()
        building.start_daemon()
        building.ha = HomeAssistant(building.mqtt_port)
        wait_for(lambda: len(building.ha.configs()) > 30, 20, "discovery")
        wait_for(lambda: all(building.ha.state(c)[0] for c in components(building.ha.configs()).values()), 20,
                 "everything is available")
        yield building
        building.ha.close()
        building.observer.close()
    finally:
        building.stop()


def test_every_document_has_documented_keys_only(home):
    home.sim("water-cut", "f3")
    wait_for(lambda: buttons(home.ha.configs()), 20, "a button")
    keys, required = documented()
    configs = home.ha.configs()
    found = [line for topic, config in configs.items() for line in problems(topic, config, keys, required)]
    assert not found, "\n".join(found)
    ids = [c["unique_id"] for config in configs.values()
           for c in list(config.get("components", {}).values()) + ([config] if "components" not in config else [])]
    assert len(ids) == len(set(ids)) and len(ids) > 200
    devices = {config["device"]["identifiers"][0]: config["device"] for config in configs.values()}
    assert all(d.get("via_device", "facility_centre") in devices for d in devices.values())
    assert devices["facility_centre_water-f3"]["suggested_area"] == "Floor 3"


@pytest.mark.slow
def test_every_template_against_what_is_published(home):
    """Each point's component says what the point's document says."""
    ha = home.ha
    known = components(ha.configs())
    points = {t.removeprefix("facility/centre/point/"): json.loads(p) for t, p in list(ha.retained.items())
              if "/point/" in t}
    assert len(points) > 150
    for point in points:
        component = known.pop(f"facility_centre_{point}")

        def agrees(component=component):
            """The building goes on: its next document may have come between the two."""
            document = json.loads(ha.payload(component["state_topic"]))
            available, state = ha.state(component)
            if available != (document["quality"] == "good"):
                return False
            if component["platform"] == "binary_sensor":
                return state == {0: "OFF", 1: "ON"}[document["value"]]
            return float(state) == document["value"]

        wait_for(agrees, 2, point)
    assert known.pop("facility_centre__connection") and len(known) > 30
    for name, component in known.items():
        assert ha.state(component) == (True, "OFF" if component["platform"] == "binary_sensor" else "0"), name
    pressure = components(ha.configs())["facility_centre_f3-water-pressure"]
    assert (pressure["unit_of_measurement"], pressure["device_class"], pressure["state_class"]) == \
        ("bar", "pressure", "measurement")


def test_a_cleared_topic_is_off_and_not_available(home):
    """An empty payload, as Home Assistant gets it when a topic is cleared."""
    for name, component in components(home.ha.configs()).items():
        for source in component.get("availability", []):
            assert home.ha.render(source["value_template"], "") != "online", name
        if component["state_topic"].startswith("facility/centre/point/"):
            assert home.ha.render(component["value_template"], "") in ("", "None"), name


@pytest.mark.third
def test_what_fails_is_told(home):
    ha = home.ha
    known = components(ha.configs())
    leak = known["facility_centre_f2-tea-leak"]
    home.sim("leak", "f2.tea")
    wait_for(lambda: ha.state(leak) == (True, "ON"), 10, "wet")
    home.sim("silent", "water-f2")
    problem = known["facility_centre__problem_water-f2"]
    wait_for(lambda: ha.state(problem) == (True, "ON"), 30, "the device cannot be read")
    wait_for(lambda: not ha.state(known["facility_centre_f2-water-pressure"])[0], 30, "its point is not available")
    assert ha.state(known["facility_centre__problem_water-f3"]) == (True, "OFF")
    assert int(ha.state(known["facility_centre__troubles"])[1]) >= 1
    attributes = ha.render(known["facility_centre__troubles"]["json_attributes_template"],
                           ha.payload("facility/centre/troubles"))
    assert "device.water-f2" in json.loads(attributes)["troubles"]
    # Home Assistant that starts now knows at once that the others are well.
    late = HomeAssistant(home.mqtt_port)
    wait_for(lambda: late.payload("facility/centre/troubles"), 5, "the list is retained")
    assert late.state(known["facility_centre__problem_water-f3"])[1] == "OFF"
    late.close()
    home.sim("answers", "water-f2")
    wait_for(lambda: ha.state(problem) == (True, "OFF"), 40, "it is read again")
    home.end("facilityd")
    wait_for(lambda: ha.state(known["facility_centre__connection"]) == (True, "OFF"), 10, "facilityd is away")
    assert not ha.state(leak)[0]


@pytest.mark.third
def test_a_button_acknowledges(home):
    ha, observer = home.ha, home.observer
    home.sim("water-cut", "f3")
    topic, button = wait_for(lambda: next(iter(buttons(ha.configs()).items()), None), 20, "a button")
    assert button["name"].startswith("Acknowledge: ") and "/2-f3-" in topic
    counts = components(ha.configs())
    wait_for(lambda: ha.state(counts["facility_centre__unacknowledged"])[1] == "1", 15, "one waits")
    attributes = lambda: json.loads(ha.render(button["json_attributes_template"], ha.payload(button["json_attributes_topic"]) or ""))
    assert (attributes()["taken_back"], attributes()["stage"]) == (False, None)
    wait_for(lambda: "f3-tea-boiler-supply" in attributes()["held_outputs"], 15, "what it holds")
    # The same in numbers, and not among the diagnoses of the monitoring.
    wait_for(lambda: int(ha.state(counts["facility_centre__held"])[1]) == len(attributes()["held_outputs"]), 15, "held")
    asked = [f["question"]["en"] for f in observer.incident("2-f3")["facts"] if f["asked"]]
    assert attributes()["questions"] == asked
    wait_for(lambda: ha.state(counts["facility_centre__questions"])[1] == str(len(asked)), 15, "questions")
    assert [name for name, c in sorted(counts.items()) if c["unique_id"].startswith("facility_centre__")
            and "entity_category" not in c] == [f"facility_centre__{what}" for what in ("held", "incidents", "questions", "unacknowledged")]
    assert json.loads(ha.render(button["json_attributes_template"], "")) == {"taken_back": False, "stage": None, "held_outputs": [], "questions": []}
    available = lambda: all(ha.render(s["value_template"], ha.payload(s["topic"]) or "") == "online"
                            for s in button["availability"])
    wait_for(available, 5, "it can be pressed")
    ha.press(button)
    acknowledged = wait_for(lambda: observer.events("2-f3", "acknowledged"), 5, "acknowledged")
    assert acknowledged[0]["user"] == "homeassistant"
    wait_for(lambda: not available(), 5, "it cannot be pressed any more")
    ha.press(button)
    wait_for(lambda: len(ha.replies) == 2, 5, "two answers")
    assert [r["ok"] for r in ha.replies] == [True, False] and "used" not in ha.replies[1]["error"]
    wait_for(lambda: [ha.state(counts[f"facility_centre__{what}"])[1] for what in ("unacknowledged", "incidents")] ==
             ["0", "1"], 15, "none waits, one is open")
    home.sim("water-back", "f3")
    wait_for(lambda: observer.events("2-f3", "returned"), 40, "returned")
    assert home.ctl("done", "2-f3", "all")[0] == 0
    wait_for(lambda: not buttons(ha.configs()), 10, "it goes with its incident")


@pytest.mark.slow
def test_what_leaves_the_configuration_leaves_the_broker(home):
    ha = home.ha
    topic = "homeassistant/device/facility_centre/people-counter/config"
    home.sim("water-cut", "f3")
    wait_for(lambda: buttons(ha.configs()), 20, "a button")
    # A point of a device, and a whole device that no rule needs.
    edit(home, "devices-it.conf", lambda text: re.sub(r"    f4-hall-people: \{.*?\n.*?\n.*?\};\n", "", text, flags=re.S))
    restart(home)
    wait_for(lambda: ha.configs()[topic]["components"].get("f4-hall-people") == {"platform": "sensor"}, 20,
             "the point is told as removed")
    wait_for(lambda: ha.payload("facility/centre/point/f4-hall-people") is None, 10, "its document is cleared")
    restart(home)
    wait_for(lambda: "f4-hall-people" not in ha.configs()[topic]["components"], 20, "and then not named any more")
    # While facilityd is away, the broker forgets nothing; without the section everything of it goes.
    other = "homeassistant/device/other_site/x/config"
    ha.client.publish(other, "{}", qos=1, retain=True)
    edit(home, "connections.conf", lambda text: re.sub(r"^homeassistant: \{.*?^\};\n", "", text, flags=re.S | re.M))
    restart(home)
    wait_for(lambda: set(ha.configs()) == {other}, 20, "nothing of ours is left, and all of others")


def test_a_reload_tells_what_has_changed(home):
    """Without a restart, and without a word of the broker's: the manifest is in memory."""
    ha = home.ha
    topic = "homeassistant/device/facility_centre/people-counter/config"
    daemon = home.processes["facilityd"]
    whole = len(ha.configs())
    edit(home, "devices-it.conf", lambda text: re.sub(r"    f4-hall-people: \{.*?\n.*?\n.*?\};\n", "", text, flags=re.S))
    daemon.send_signal(signal.SIGHUP)
    wait_for(lambda: ha.configs()[topic]["components"].get("f4-hall-people") == {"platform": "sensor"}, 20,
             "the point is told as removed")
    edit(home, "connections.conf", lambda text: text.replace('language = "en"', 'language = "zh"'))
    daemon.send_signal(signal.SIGHUP)
    wait_for(lambda: ha.configs()[topic]["device"]["name"] == "人数统计系统", 20, "in the other language")
    assert "f4-hall-people" not in ha.configs()[topic]["components"] and len(ha.configs()) == whole
    edit(home, "connections.conf", lambda text: re.sub(r"^homeassistant: \{.*?^\};\n", "", text, flags=re.S | re.M))
    daemon.send_signal(signal.SIGHUP)
    wait_for(lambda: not ha.configs(), 20, "nothing is left")


@pytest.mark.parametrize("language, name", [
    ("zh", "三层水压变送器"), pytest.param("en", "Floor 3 water transmitter", marks=pytest.mark.slow)])
def test_with_an_account(build, language, name):
    """At a broker with accounts: what facility-broker allows is enough, for both."""
    building = Building(build, secure=True)
    try:
        building.write_config()
        enable(building, language)
        building.start_broker()
        building.start_simulator()
        building.start_daemon()
        ha = HomeAssistant(building.mqtt_port, login=building.login("homeassistant"))
        configs = wait_for(lambda: len(ha.configs()) > 30 and ha.configs(), 20, "discovery")
        device = configs["homeassistant/device/facility_centre/water-f3/config"]["device"]
        assert device["name"] == name
        building.sim("water-cut", "f3")
        button = wait_for(lambda: next(iter(buttons(ha.configs()).values()), None), 20, "a button")
        ha.press(button)
        wait_for(lambda: ha.replies, 10, "an answer")
        assert ha.replies[0]["ok"], ha.replies
        ha.close()
    finally:
        building.stop()
