#!/usr/bin/python3
"""The building for the page's tests: one JSON array a line asks, one line of JSON answers.

  ["start", {"accounts": true, "daemon": true}]   broker, simulator, facilityd; answers the ports
  ["sim", "water-cut", "f3"]   ["ctl", "ack", "2-f3"]   an event, a command
  ["end", "mosquitto", 9]      ["broker"]   ["daemon"]   end one, start it again
  ["publish", TOPIC, TEXT|null, RETAIN]   ["many", [[TOPIC, TEXT], ...]]   below facility/centre/
  ["elsewhere", TOPIC, TEXT]   retained, a whole topic
  ["messages", "cmd/"]         what was published below that since the last such question: [[TOPIC,
                               TEXT, RETAINED, when it came in ms], ...]
  ["log", "facilityd"]         ["stop"]

With accounts, the broker is one of facility-broker: li and wang are engineers, an is an operator, wall
a viewer; else the broker lets everybody say everything, and they are to facilityd what they are there.
"""

import datetime
import json
import os
import subprocess
import sys
import time

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from stage import Building, mqtt_client  # noqa: E402

PREFIX = "facility/centre/"
SENT_LIMIT_S = 30  # the broker saves itself at each message, and a disk may be slow
ACCOUNTS = {"li": "engineer", "wang": "engineer", "an": "operator", "wall": "viewer"}


class Stage(Building):
    def __init__(self, build):
        super().__init__(build)
        self.client, self.heard, self.greets = None, [], False

    def make_secure_broker(self):
        """Once: a broker that comes back has the accounts that it had."""
        folder = os.path.join(self.folder, "broker")
        if os.path.exists(folder):
            return os.path.join(folder, "mosquitto.conf")
        path = super().make_secure_broker()
        for name, kind in ACCOUNTS.items():
            subprocess.run([os.path.join(ROOT, "config/broker/facility-broker"), "account", folder, name, kind],
                           check=True, stdout=subprocess.DEVNULL)
        return path

    def listen(self):
        self.client = mqtt_client()
        if self.secure:
            login = self.login("facilityd")
            self.client.username_pw_set(login.user, login.password())
            self.client.tls_set(login.ca_file)
        self.client.on_connect = lambda client, *_: client.subscribe(PREFIX + "#", qos=1)
        self.client.on_message = self.hear
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("localhost" if self.secure else "127.0.0.1", self.mqtt_port)
        self.client.loop_start()

    def hear(self, client, _data, message):
        topic = message.topic[len(PREFIX):]
        self.heard.append([topic, message.payload.decode("utf-8", "replace"), bool(message.retain),
                           round(time.time() * 1000)])
        if self.greets and topic.endswith("/hello"):
            self.greet(client, message)

    @staticmethod
    def greet(client, message):
        """What facilityd would answer, where there is none."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = message.properties.CorrelationData
        answer = {"v": 1, "id": json.loads(message.payload)["id"], "ok": True, "error": None,
                  "time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")}
        client.publish(message.properties.ResponseTopic, json.dumps(answer), qos=1, properties=properties)

    def begin(self, options):
        self.secure = options.get("accounts", False)
        self.greets = not options.get("daemon", True)
        self.write_config()
        if not self.secure:
            self.add_accounts({name: (kind,) for name, kind in ACCOUNTS.items()})
        self.start_broker()
        self.listen()
        if options.get("daemon", True):
            self.start_simulator()
            self.start_daemon()
        passwords = {name: self.login(name).password() for name in ACCOUNTS} if self.secure else {}
        return {"port": self.websocket_port, "passwords": passwords}

    @staticmethod
    def wait_sent(sent):
        """paho's own wait says nothing when the broker has not taken it."""
        sent.wait_for_publish(SENT_LIMIT_S)
        if not sent.is_published():
            raise TimeoutError(f"the broker has not taken it within {SENT_LIMIT_S} s")

    def elsewhere(self, topic, text):
        self.wait_sent(self.client.publish(topic, text, qos=1, retain=True))

    def publish(self, topic, text, retain):
        self.wait_sent(self.client.publish(PREFIX + topic, text, qos=1, retain=retain))

    def publish_many(self, messages):
        sent = [self.client.publish(PREFIX + topic, text, qos=1, retain=True) for topic, text in messages]
        for one in sent:
            self.wait_sent(one)

    def command(self, *words):
        status, answer = self.ctl(*words)
        if status != 0:
            raise RuntimeError(f"facilityctl {' '.join(words)}: status {status}: {answer}")

    def messages(self, start):
        heard, self.heard = self.heard, []  # in one go: another thread appends
        return [m for m in heard if m[0].startswith(start)]

    def obey(self, verb, *words):
        if verb == "start":
            return self.begin(*words)
        if verb == "broker":
            return self.start_broker()
        if verb == "daemon":
            return self.start_daemon()
        if verb == "many":
            return self.publish_many(words[0])
        verbs = {"sim": self.sim, "ctl": self.command, "end": self.end, "log": self.log, "publish": self.publish,
                 "elsewhere": self.elsewhere, "messages": self.messages}
        return verbs[verb](*words)

    def stop(self):
        if self.client:
            self.client.disconnect()
            self.client.loop_stop()
        super().stop()


def main():
    stage = Stage(sys.argv[1])
    try:
        for line in sys.stdin:
            words = json.loads(line)
            if words[0] == "stop":
                break
            try:
                answer = {"ok": stage.obey(*words)}
            except Exception as error:  # told to the test, which fails with it
                answer = {"error": f"{type(error).__name__}: {error}"}
            print(json.dumps(answer, default=str), flush=True)
    finally:
        stage.stop()
        print(json.dumps({"ok": None}), flush=True)


if __name__ == "__main__":
    main()
