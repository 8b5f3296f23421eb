#!/usr/bin/python3
"""The building for the page's tests: one JSON array a line asks, one line of JSON answers.

  ["start", {"accounts": true, "daemon": true}]   broker, simulator, facilityd; answers the ports
  ["sim", "water-cut", "f3"]   ["ctl", "ack", "2-f3"]   an event, a command
  ["end", "mosquitto", 9]      ["broker"]   ["daemon"]   end one, start it again
  ["publish", TOPIC, TEXT|null, RETAIN]   ["many", [[TOPIC, TEXT], ...]]   below facility/centre/
  ["messages", "cmd/"]         what was published below that since the last such question
  ["log", "facilityd"]         ["stop"]

With accounts, the websocket listener has the access list of docs/dashboard.md: li and wang may
command, wall may only look; the other listener is facilityd's.
"""

import datetime
import json
import os
import subprocess
import sys

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from stage import Building, mqtt_client  # noqa: E402

PREFIX = "facility/centre/"
PASSWORDS = {"li": "li-secret", "wang": "wang-secret", "wall": "wall-secret"}


class Stage(Building):
    def __init__(self, build):
        super().__init__(build)
        self.accounts = False
        self.client, self.heard, self.greets = None, [], False

    def write_broker_config(self):
        path = super().write_broker_config()
        if not self.accounts:
            return path
        passwords, acl = os.path.join(self.folder, "passwords"), os.path.join(self.folder, "acl")
        with open(passwords, "w", encoding="utf-8") as file:
            file.writelines(f"{user}:{password}\n" for user, password in PASSWORDS.items())
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
        with open(acl, "w", encoding="utf-8") as file, \
                open(os.path.join(ROOT, "docs/dashboard.md"), encoding="utf-8") as document:
            file.write(document.read().split("<!-- acl -->\n```\n", 1)[1].split("```", 1)[0])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write("per_listener_settings true\n" + text.replace(
                f"listener {self.websocket_port}", f"allow_anonymous true\nlistener {self.websocket_port}").replace(
                "protocol websockets\n", f"protocol websockets\npassword_file {passwords}\nacl_file {acl}\n").replace(
                "allow_anonymous true\npersistence", "allow_anonymous false\npersistence"))
        return path

    def listen(self):
        self.client = mqtt_client()
        self.client.on_connect = lambda client, *_: client.subscribe(PREFIX + "#", qos=1)
        self.client.on_message = self.hear
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", self.mqtt_port)
        self.client.loop_start()

    def hear(self, client, _data, message):
        topic = message.topic[len(PREFIX):]
        self.heard.append([topic, message.payload.decode("utf-8", "replace"), bool(message.retain)])
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
        self.accounts = options.get("accounts", False)
        self.greets = not options.get("daemon", True)
        self.write_config()
        self.start_broker()
        self.listen()
        if options.get("daemon", True):
            self.start_simulator()
            self.start_daemon()
        return {"port": self.websocket_port, "mqtt": self.mqtt_port, "passwords": PASSWORDS}

    def publish(self, topic, text, retain):
        self.client.publish(PREFIX + topic, text, qos=1, retain=retain).wait_for_publish(5)

    def publish_many(self, messages):
        sent = [self.client.publish(PREFIX + topic, text, qos=1, retain=True) for topic, text in messages]
        for one in sent:
            one.wait_for_publish(10)

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
        return {"sim": self.sim, "ctl": self.ctl, "end": self.end, "publish": self.publish, "messages": self.messages,
                "log": self.log}[verb](*words)

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
