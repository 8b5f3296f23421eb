"""Promises 2, 4 and 9 with a real broker that dies, and commands that must change nothing."""

import contextlib
import json
import os
import resource
import signal
import socket
import time

import pytest
from conftest import points_good
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from stage import Building, Observer, mqtt_client, wait_for


def link_of(building):
    """The process that talks to the broker."""
    daemon = building.processes["facilityd"].pid
    with open(f"/proc/{daemon}/task/{daemon}/children", encoding="ascii") as file:
        children = file.read().split()
    for child in children:
        with open(f"/proc/{child}/comm", encoding="ascii") as file:
            if file.read().startswith("facility-link"):
                return int(child)
    raise AssertionError("no facility-link")


def test_broker_away_while_an_incident_is_raised(building):
    """Everything arrives afterwards, in order, once per event id."""
    observer = building.observer
    building.end("mosquitto", signal.SIGKILL)
    building.sim("water-cut", "f3")
    building.sim("leak", "f2.tea")
    # The machine's steps do not wait for the broker: the record on disk has the intent.
    wait_for(lambda: building.sim("get", "f3-tea-boiler-supply").split()[-1] in ("0", "0.0"), 25,
             "the boiler is off although the broker is away")
    time.sleep(1)
    # The link is as fast as the observer: which of them the broker has first would be chance.
    link = link_of(building)
    os.kill(link, signal.SIGSTOP)
    building.start_broker()
    wait_for(lambda: observer.listens, 10, "somebody listens")
    os.kill(link, signal.SIGCONT)
    incident = wait_for(lambda: observer.incident("2-f3"), 15, "the incident arrives")
    wait_for(lambda: observer.incident("16-f2.tea"), 15, "the other incident arrives")
    assert incident["state"] == "active-unacknowledged"
    raised = wait_for(lambda: observer.events("2-f3", "raised"), 10, "the alert arrives")
    assert len(raised) == 1
    assert raised[0]["replayed"] is True
    wait_for(lambda: observer.events("2-f3", "action"), 10, "what the machine did arrives")
    numbers = [a["seq"] for a in observer.alerts]
    assert numbers == sorted(set(numbers)), "in order, once"


@pytest.mark.slow
def test_broker_absent_at_start(build):
    building = Building(build)
    try:
        building.write_config()
        building.write_broker_config()
        building.start_simulator()
        building.start_daemon()
        building.sim("water-cut", "f1")
        time.sleep(2)
        assert building.processes["facilityd"].poll() is None
        building.start_broker()
        observer = Observer(building.mqtt_port)
        wait_for(lambda: observer.incident("2-f1"), 30, "the incident arrives")
        wait_for(lambda: observer.retained.get("state", {}).get("status") == "online", 5, "the birth")
        observer.close()
    finally:
        building.stop()


def test_will_when_killed_and_offline_when_ended(building):
    observer = building.observer
    assert observer.retained["state"]["status"] == "online"
    building.end("facilityd", signal.SIGKILL)
    wait_for(lambda: observer.retained["state"]["status"] == "offline", 5, "the last will")
    building.start_daemon()
    wait_for(lambda: observer.retained["state"]["status"] == "online", 10, "the birth")
    assert building.end("facilityd") == 0
    wait_for(lambda: observer.retained["state"]["status"] == "offline", 5, "the good-bye")


def test_nothing_retained_is_left_behind(building):
    observer = building.observer
    for topic in ("incident/2-f9-old", "trouble/device.gone", "point/gone"):
        observer.client.publish(observer.prefix + topic, '{"v":1,"quality":"good"}', qos=1, retain=True)
    wait_for(lambda: "point/gone" in observer.retained, 5, "the strangers are retained")
    building.end("facilityd")
    building.start_daemon()
    wait_for(lambda: not {"incident/2-f9-old", "trouble/device.gone", "point/gone"} & set(observer.retained), 10,
             "the strangers are cleared")


def test_a_broker_without_its_store_is_told_all_again(building):
    """Mosquitto comes back empty: what is retained is published anew."""
    observer = building.observer
    building.sim("water-cut", "f3")
    wait_for(lambda: observer.incident("2-f3"), 20, "the incident")
    building.end("mosquitto", signal.SIGKILL)
    os.unlink(os.path.join(building.folder, "mosquitto.db"))
    observer.retained.clear()
    building.start_broker()
    wait_for(lambda: observer.incident("2-f3"), 15, "the incident again")
    wait_for(lambda: points_good(observer), 15, "every point again")
    # What is retained comes in the broker's order, not in that in which it was published.
    wait_for(lambda: observer.retained.get("state", {}).get("status") == "online", 15, "online again")


def command(building, verb, payload, retain=False, user="demo"):
    building.observer.replies.clear()
    text = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
    building.observer.client.publish(f"{building.observer.prefix}cmd/{user}/{verb}", text, qos=1, retain=retain)
    return wait_for(lambda: building.observer.replies and building.observer.replies[0], 5, "an answer")


def in_seconds(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@pytest.fixture
def cut(building):
    building.sim("water-cut", "f3")
    wait_for(lambda: building.observer.incident("2-f3"), 20, "the incident")
    return building


def test_refused_commands_change_nothing(cut):
    good = {"id": "n1", "incident": "2-f3", "expires": in_seconds(30)}
    refused = [
        ("ack", {**good, "expires": in_seconds(-5)}, "expired"),
        ("ack", {**good, "expires": in_seconds(86400)}, ""),
        ("ack", {"id": "n2", "incident": "2-f3"}, "expires"),
        ("ack", {"incident": "2-f3", "expires": in_seconds(30)}, "id"),
        ("ack", {**good, "id": "n3", "incident": "2-f9"}, ""),
        ("ack", {**good, "id": "n4", "colour": "red"}, "colour"),
        ("akc", {**good, "id": "n5"}, "ack"),
        ("skip", {**good, "id": "n6", "step": "all"}, "note"),
        ("ack", "{not json", ""),
        ("ack", "x" * 5000, ""),
    ]
    for verb, payload, word in refused:
        answer = command(cut, verb, payload)
        assert answer["ok"] is False, (verb, payload)
        assert word in answer["error"], answer
    assert cut.observer.incident("2-f3")["state"] == "active-unacknowledged"


def test_a_command_counts_once(cut):
    good = {"id": "once", "incident": "2-f3", "expires": in_seconds(30)}
    assert command(cut, "ack", good)["ok"] is True
    wait_for(lambda: cut.observer.incident("2-f3")["state"] == "active-acknowledged", 5, "acknowledged")
    assert cut.observer.incident("2-f3")["acknowledged"]["by"] == "demo"
    again = command(cut, "ack", good)
    assert again["ok"] is False and "repeated" in again["error"]


def test_a_retained_command_is_refused(cut):
    """As a dashboard with the retain flag set would leave it on the broker."""
    cut.end("facilityd")
    observer = cut.observer
    observer.client.publish(observer.prefix + "cmd/demo/ack",
                            json.dumps({"id": "r1", "incident": "2-f3", "expires": in_seconds(300)}),
                            qos=1, retain=True).wait_for_publish(5)
    cut.start_daemon()
    wait_for(lambda: "retained" in cut.log("facilityd"), 10, "it is refused")
    time.sleep(1)
    assert observer.incident("2-f3")["state"] == "active-unacknowledged"


@pytest.mark.slow
def test_witness_mosquitto_sub(building):
    """A consumer that is not ours sees the same."""
    import subprocess

    witness = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(building.mqtt_port), "-V", "mqttv5",
                                "-t", "facility/centre/alert", "-C", "1", "-W", "30"], stdout=subprocess.PIPE)
    time.sleep(0.5)
    building.sim("smoke", "f1.hall")
    alert = json.loads(witness.communicate(timeout=40)[0])
    assert alert["event"] == "raised"
    assert alert["incident"]["type"] == 3


def test_mqtt5_properties_of_an_answer(building):
    """Correlation data come back to the response topic that was asked for."""
    got = []
    client = mqtt_client()
    client.on_message = lambda *a: got.append(a[-1])
    client.connect("127.0.0.1", building.mqtt_port)
    client.subscribe("facility/centre/reply/demo/panel7", qos=1)
    client.loop_start()
    properties = Properties(PacketTypes.PUBLISH)
    properties.ResponseTopic = "facility/centre/reply/demo/panel7"
    properties.CorrelationData = b"42"
    client.publish("facility/centre/cmd/demo/ack", json.dumps({"id": "p", "incident": "9-x", "expires": in_seconds(9)}),
                   qos=1, properties=properties)
    wait_for(lambda: got, 5, "the answer")
    assert got[0].properties.CorrelationData == b"42"
    client.loop_stop()


def test_without_descriptors_one_caller_is_served_and_nothing_ends(building):
    """M11: not even many connections end the program; one at a time is answered, by his name."""
    pid = building.processes["facilityd"].pid
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")), hard))
    callers = []
    for _ in range(12):
        callers.append(socket.socket(socket.AF_UNIX))
        callers[-1].connect(building.socket)
    callers[0].sendall(b'{"verb":"state"}\n')
    callers[0].settimeout(10)
    assert json.loads(callers[0].recv(65536))["ok"] is True
    for _ in range(100):
        with contextlib.suppress(BlockingIOError):
            caller = socket.socket(socket.AF_UNIX)
            caller.setblocking(False)
            caller.connect(building.socket)
            caller.close()
    time.sleep(2)
    for caller in callers:
        caller.close()
    assert wait_for(lambda: building.ask("state")[0] == 0, 20, "the next is served")
    assert building.log("facilityd").count("no connection: Too many open files") < 40
