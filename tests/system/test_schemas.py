"""Every message on every topic of a busy building, against the JSON Schema of its topic (docs/schemas)."""

import json
import os
import threading

import jsonschema
import pytest
from stage import Building, Observer, mqtt_client, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCHEMAS = os.path.join(ROOT, "docs/schemas")
TOPICS = {"state": "state", "plan": "plan", "alert": "alert", "incident": "incident", "incidents": "incidents", "notify": "notify",
          "point": "point", "trouble": "trouble", "stats": "stats", "troubles": "troubles", "reply": "reply",
          "held": "held", "locks": "locks", "output": "output", "cmd": "command",
          "facilityd": "facilityd"}


def load(name):
    with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
        return json.load(file)


def strict(schema):
    """Consumers take members and words that they do not know; here each must be in the schema, and in the table."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: strict(part) for key, part in schema.items()}
    if "x-words" in schema:
        schema["enum"] = schema["examples"]
    if "properties" in schema and isinstance(schema["properties"], dict):
        schema.setdefault("additionalProperties", False)
    return schema


def validators():
    store = {name: strict(load(name)) for name in sorted(os.listdir(SCHEMAS))}
    for schema in store.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver("", {}, store=store)
    return {topic: jsonschema.Draft202012Validator(store[f"{name}.json"], resolver=resolver)
            for topic, name in TOPICS.items()}


def problem(checks, topic, payload):
    """What is wrong with a message below facility/<site>/; None: nothing."""
    check = checks.get(topic.split("/")[0])
    if not check:
        return f"{topic}: no schema covers this topic"
    if not payload:
        return None  # a retained topic is cleared
    error = jsonschema.exceptions.best_match(check.iter_errors(json.loads(payload)))
    return error and f"{topic}: {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


class Everything:
    """All messages of the broker, as (topic below facility/<site>/, payload)."""

    def __init__(self, port):
        self.messages, self.lock = [], threading.Lock()
        self.client = mqtt_client()
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _take(self, _client, _data, message):
        with self.lock:
            self.messages.append((message.topic.removeprefix("facility/centre/"), message.payload))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def play(building, observer):
    """Something of everything: causes, actions, reports, shelves, maintenance, the chain, a drill, troubles."""
    wait_for(lambda: observer.point("f3-water-pressure") and observer.point("f3-water-pressure")["value"], 20, "readings")
    building.sim("silent", "water-f2")
    assert building.ctl("drill", "2", "f3")[0] == 0
    assert building.ctl("out-of-service", "17", "f1.toilet", "1h", "new pipes")[0] == 0
    assert building.ctl("in-service", "17-f1.toilet")[0] == 0
    building.sim("water-cut", "f3")
    wait_for(lambda: observer.events("drill-2-f3", "closed"), 20, "the real one ends the exercise")
    building.sim("mains-cut")
    building.sim("server-down")
    wait_for(lambda: observer.events("1-centre", "escalated"), 30, "the chain is called")
    wait_for(lambda: observer.events("1-centre", "overdue"), 30, "a step is overdue")
    assert building.ctl("lock", "zone:f3", "quiet", "2h", "new pipes")[0] == 0
    wait_for(lambda: observer.retained["locks"]["locks"], 5, "the lock is retained")
    assert building.ctl("unlock", "zone:f3")[0] == 0
    for words in (("report", "13", "f1.hall", "a dog"), ("accept", "13-f1.hall", "all"),
                  ("fail", "13-f1.hall", "ask-out", "they laughed"), ("shelve", "2-f3", "30m", "a test"),
                  ("unshelve", "2-f3"), ("skip", "2-f3", "notices", "told by voice"), ("over", "13-f1.hall"),
                  ("hand-over", "1-centre", "the grid")):
        assert building.ctl(*words)[0] == 0, words
    assert building.ctl("ack", "99-nowhere")[0] == 1
    wait_for(lambda: observer.events("4-centre", "suppressed"), 30, "explained by the mains")
    building.sim("all-normal")
    building.sim("answers", "water-f2")
    wait_for(lambda: observer.events("1-centre", "closed"), 40, "closed after the hand-over")
    # Whoever made all normal has switched on what is held off: that is asked about until it is struck.
    wait_for(lambda: building.ctl("restore", "2-f3")[0] == 0, 60, "put back")
    wait_for(lambda: not [t for t in observer.retained if t.startswith("trouble/")], 60, "no trouble is left")


def test_everything_published_is_as_its_schema_says(build):
    checks = validators()
    building = Building(build)
    try:
        building.write_config()
        building.set_deadline_scale(0.03)
        building.start_broker()
        everything = Everything(building.mqtt_port)
        observer = Observer(building.mqtt_port)
        building.start_simulator()
        building.start_daemon()
        play(building, observer)
        observer.close()
        everything.close()
    finally:
        building.stop()
    problems = {problem(checks, *message) for message in everything.messages} - {None}
    assert not problems, "\n".join(sorted(problems))
    topics = {topic.split("/")[0] for topic, _ in everything.messages}
    assert topics == set(TOPICS), f"no message on {set(TOPICS) - topics}"
    events = {json.loads(payload)["event"] for topic, payload in everything.messages if topic == "alert"}
    assert len(events) >= 14, events
    print(f"{len(everything.messages)} messages on {len(topics)} kinds of topics, {len(events)} events")


@pytest.mark.parametrize("topic, payload", [
    ("elsewhere", "{}"),
    ("state", "{}"),
    ("state", '{"v":2,"status":"online","site":{"id":"c","zh":"","en":""},"version":"1","since":null}'),
    ("state", '{"v":1,"status":"online","site":{"id":"c","zh":"","en":""},"version":"1","since":null,"more":1}'),
    ("reply/li", '{"v":1,"id":null,"ok":1,"error":null,"time":"2026-11-24T03:02:00.000+08:00"}'),
    ("trouble/x", '{"v":1,"id":"x","text":{"zh":"","en":""},"since":"yesterday"}'),
])
def test_what_is_wrong_is_found(topic, payload):
    assert problem(validators(), topic, payload)
