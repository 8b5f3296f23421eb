"""The link to the broker: what ends its process, brokers that fail, and how soon alerts are out again."""

import contextlib
import json
import os
import signal
import socket
import threading
import time

import pytest
from stage import Building, Observer, mqtt_client, wait_for

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 1, 3, 8, 12
CONNACK = bytes.fromhex("2003000000")

# A property that Debian 12's libmosquitto does not know ends the process that it is in: sent for a packet of the
# type behind it.
STRANGE = {
    "CONNACK": (CONNECT, "20050000027f01"),
    "SUBACK": (SUBSCRIBE, "90060001027f0101"),
    "PUBACK": (PUBLISH, "4006000100027f01"),
    "PUBLISH": (SUBSCRIBE, "30090003662f61027f0178"),
    "DISCONNECT": (SUBSCRIBE, "e0048b027f01"),
    "AUTH": (SUBSCRIBE, "f00418027f01"),
}


class FakeBroker:
    """Lets everybody in and answers nothing, but what `answers` has for a type of packet."""

    def __init__(self, port):
        self.answers, self.connections, self.packets = {CONNECT: CONNACK, PINGREQ: b"\xd0\x00"}, 0, []
        self.listener = socket.create_server(("127.0.0.1", port))
        self.client = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                self.client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            with self.client:
                try:
                    while self._packet():
                        pass
                except OSError:
                    pass

    def _take(self, count):
        taken = b""
        while len(taken) < count:
            more = self.client.recv(count - len(taken))
            if not more:
                raise OSError
            taken += more
        return taken

    def _packet(self):
        kind, length, shift = self._take(1)[0] >> 4, 0, 0
        while True:
            byte = self._take(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        self.packets.append((kind, self._take(length)))
        self.client.sendall(self.answers.get(kind, b""))
        return True

    def hang_up(self):
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.hang_up()
        self.thread.join(5)


@pytest.fixture
def lonely(build):
    """A building without a broker."""
    building = Building(build)
    building.write_config()
    building.start_simulator()
    try:
        yield building
    finally:
        building.stop()


def supply(building, floor):
    return float(building.sim("get", f"{floor}-tea-boiler-supply").split()[-1])


def troubles(building):
    status, answer = building.ask("troubles", "--json")
    assert status == 0, answer
    return {t["id"]: t for t in json.loads(answer)}


@pytest.mark.parametrize("names", [
    ("CONNACK", "SUBACK", "PUBACK"),
    pytest.param(("PUBLISH", "DISCONNECT", "AUTH"), marks=pytest.mark.third),
])
def test_what_ends_the_library_ends_no_daemon(lonely, names):
    """Machine steps go on, the trouble is told, and the link comes back when the broker does well."""
    fake = FakeBroker(lonely.mqtt_port)
    lonely.start_daemon()
    wait_for(lambda: fake.connections, 10, "the link connects")
    for count, name in enumerate(names, 1):
        asked, packet = STRANGE[name]
        fake.answers[asked] = bytes.fromhex(packet)
        aborted = lonely.log("facilityd").count("facility-link fails: Aborted")
        fake.hang_up()  # the next connection gets the packet
        lonely.sim("water-cut", f"f{count}")
        wait_for(lambda n=aborted: lonely.log("facilityd").count("facility-link fails: Aborted") > n, 25,
                 f"{name}: the link dies")
        told = str(troubles(lonely)["mqtt"])
        assert "facility-link fails: Aborted" in told and "连接程序已停止" in told
        wait_for(lambda: supply(lonely, f"f{count}") == 0, 25, f"{name}: the boiler is off")
        fake.answers[asked] = CONNACK if asked == CONNECT else b""
        assert lonely.processes["facilityd"].poll() is None
    fake.stop()
    lonely.start_broker()
    observer = Observer(lonely.mqtt_port)
    for count, _ in enumerate(names, 1):
        wait_for(lambda n=count: observer.incident(f"2-f{n}"), 15, "the incident arrives")
    wait_for(lambda: "mqtt" not in troubles(lonely), 5, "the trouble has ended")
    observer.close()


@pytest.mark.third
def test_a_full_outbox_is_told(lonely):
    """Stream messages are dropped, the oldest first: people are told, whom no broker reaches."""
    path = os.path.join(lonely.folder, "etc/connections.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("mqtt: {", "mqtt: { outbox_max = 100;", 1))
    lonely.start_daemon()
    wait_for(lambda: os.path.exists(lonely.socket), 10, "facilityd runs")
    assert "mqtt.dropped" not in troubles(lonely)
    for number in range(60):  # each is an alert when it begins and ends, and several notices
        zone = f"f{number % 4 + 1}"
        assert lonely.ask("drill", "2", zone)[0] == 0
        assert lonely.ask("drill-end", f"drill-2-{zone}")[0] == 0
        if "mqtt.dropped" in troubles(lonely):
            break
    told = wait_for(lambda: troubles(lonely).get("mqtt.dropped"), 10, "the trouble")
    assert "messages dropped" in str(told) and "丢弃" in str(told)


def test_alerts_are_out_a_second_after_the_broker_is_back(building):
    """Measured from where the broker listens, at a subscriber who is there then."""
    building.end("mosquitto", signal.SIGKILL)
    building.sim("water-cut", "f3")
    wait_for(lambda: supply(building, "f3") == 0, 25, "the incident was raised")
    time.sleep(3)
    heard = []

    def on_connect(client, *_):
        client.subscribe("facility/centre/alert", 1)

    def on_message(_client, _data, message):
        heard.append((time.monotonic(), json.loads(message.payload)))

    client = mqtt_client()
    client.on_connect, client.on_message = on_connect, on_message
    building.start_broker()
    listens = time.monotonic()
    client.connect("127.0.0.1", building.mqtt_port)
    client.loop_start()
    wait_for(lambda: any(a["event"] == "raised" for _, a in heard), 5, "the alert")
    client.loop_stop()
    assert heard[0][0] - listens <= 1.0
    assert heard[0][1]["replayed"] is True


def test_each_point_once_after_a_reconnect(building):
    """What waited of a point and what is published anew are one message."""
    building.end("mosquitto", signal.SIGKILL)
    building.sim("set", "f3-water-pressure", "0.31")
    time.sleep(3)
    fake = FakeBroker(building.mqtt_port)
    wait_for(lambda: sum(kind == PUBLISH for kind, _ in fake.packets) >= 20, 10, "the window is sent")
    # It acknowledges what it got, so that all comes.
    acknowledged = 0
    until = time.monotonic() + 4
    while time.monotonic() < until:
        published = [body for kind, body in list(fake.packets) if kind == PUBLISH]
        for body in published[acknowledged:]:
            topic = int.from_bytes(body[:2], "big")
            fake.client.sendall(b"\x40\x02" + body[2 + topic:4 + topic])
            acknowledged += 1
        time.sleep(0.02)
    published = [body for kind, body in fake.packets if kind == PUBLISH]
    fake.stop()
    values = {}
    for body in published:
        topic = body[2:2 + int.from_bytes(body[:2], "big")].decode()
        if "/point/" in topic:
            values.setdefault(topic, []).append(json.loads(body[body.index(b'{"v"'):])["value"])
    assert len(values) > 20
    # A value that changes is published again; one that does not is not.
    assert not {topic: seen for topic, seen in values.items()
                if any(one == next for one, next in zip(seen, seen[1:]))}
