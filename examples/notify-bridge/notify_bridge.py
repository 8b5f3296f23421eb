#!/usr/bin/python3
"""notify-bridge: what facilityd tells the roles (notify/<role>) reaches telephones, by webhooks of WeCom, DingTalk, ntfy.

A notice is on this machine's disk before the broker gets its acknowledgement, and the broker keeps what comes while
the bridge is away: so none is lost while one of the two lives. A webhook that does not answer is tried again, ever
more slowly; when its limit of messages makes notices wait, they go together as one message. An event that comes twice
is sent once.
"""

import argparse
import configparser
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import texts
import webhooks

SESSION_S = 7 * 24 * 3600  # the broker keeps notices for a bridge that is away for so long
SEEN_MAX = 100000          # event ids that are remembered
WRONG_MAX = 5              # tries of a message that the service calls wrong
PAUSE_MIN_S, PAUSE_MAX_S = 1, 300
TOGETHER_MAX = 30          # notices in one message
IDLE_S = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (n INTEGER PRIMARY KEY, event TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS queue (n INTEGER PRIMARY KEY, webhook TEXT, notice TEXT, came REAL, tries INTEGER DEFAULT 0);
"""


def log(text):
    print(text, file=sys.stderr, flush=True)


class Full(Exception):
    """There is no room: the broker is to keep it."""


class Queue:
    """Notices on disk that no webhook has taken yet. Each thread has a connection of its own."""

    def __init__(self, folder, limit):
        self.path, self.limit = os.path.join(folder, "queue.db"), limit
        self.local = threading.local()
        self.more = threading.Condition()
        with self.database() as database:
            database.executescript(SCHEMA)

    def database(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = sqlite3.connect(self.path, timeout=10)
            self.local.connection.execute("PRAGMA journal_mode=WAL")
            self.local.connection.execute("PRAGMA synchronous=FULL")
        return self.local.connection

    def count(self):
        return self.database().execute("SELECT count(*) FROM queue").fetchone()[0]

    def put(self, event, names, notice):
        """False: it came before. On disk when this returns."""
        if self.count() + len(names) > self.limit:
            raise Full
        with self.database() as database:
            if not database.execute("INSERT OR IGNORE INTO seen (event) VALUES (?)", (event,)).rowcount:
                return False
            database.executemany("INSERT INTO queue (webhook, notice, came) VALUES (?, ?, ?)",
                                 [(name, notice, time.time()) for name in names])
            database.execute("DELETE FROM seen WHERE n <= (SELECT max(n) FROM seen) - ?", (SEEN_MAX,))
        with self.more:
            self.more.notify_all()
        return True

    def first(self, name, most):
        return self.database().execute("SELECT n, notice, came, tries FROM queue WHERE webhook = ? ORDER BY n LIMIT ?",
                                       (name, most)).fetchall()

    def remove(self, rows):
        with self.database() as database:
            database.executemany("DELETE FROM queue WHERE n = ?", [(row[0],) for row in rows])

    def tried(self, rows):
        with self.database() as database:
            database.executemany("UPDATE queue SET tries = tries + 1 WHERE n = ?", [(row[0],) for row in rows])


class Sender(threading.Thread):
    """Empties the queue of one webhook, within its limit."""

    def __init__(self, hook, queue, language, keep_s, ending):
        super().__init__(daemon=True)
        self.hook, self.queue, self.language, self.keep_s, self.ending = hook, queue, language, keep_s, ending
        self.sent, self.pause_s, self.down = [], 0.0, False

    def run(self):
        while not self.ending.is_set():
            try:
                wait_s = self.turn()
            except sqlite3.Error as error:
                log(f"webhook {self.hook.name}: the queue cannot be read: {error}")
                wait_s = 5
            if wait_s is None:
                with self.queue.more:
                    self.queue.more.wait(IDLE_S)
            else:
                self.ending.wait(wait_s)

    def budget_s(self):
        """Seconds until the limit allows a message."""
        now = time.monotonic()
        self.sent = [at for at in self.sent if at > now - 60]
        return 0 if len(self.sent) < self.hook.per_minute else self.sent[0] + 60 - now + 0.01

    def turn(self):
        """Send one message, if there is any; seconds to wait then (None: until something comes)."""
        wait_s = self.budget_s()
        if wait_s > 0:
            return wait_s
        rows = self.queue.first(self.hook.name, TOGETHER_MAX)
        if not rows:
            return None
        # One by one, unless there are more than the limit allows one by one.
        if len(rows) <= self.hook.per_minute - len(self.sent) or rows[0][3]:
            rows = rows[:1]
        return self.send(rows)

    def send(self, rows):
        self.sent.append(time.monotonic())
        try:
            notices = [json.loads(row[1]) for row in rows]
            self.hook.post(*texts.message(notices, self.language, self.hook.size), notices)
        except webhooks.Failed as failure:
            return self.failed(rows, failure)
        self.queue.remove(rows)
        if self.down:
            log(f"webhook {self.hook.name}: takes notices again")
        self.pause_s, self.down = 0.0, False
        return 0

    def failed(self, rows, failure):
        self.queue.tried(rows)
        if failure.wrong and rows[0][3] + 1 >= WRONG_MAX or time.time() - rows[0][2] > self.keep_s:
            log(f"webhook {self.hook.name}: {len(rows)} given up: {failure}")
            self.queue.remove(rows)
            return 0
        if not self.down:
            log(f"webhook {self.hook.name}: {failure}; notices wait, and it is tried again")
        self.down = True
        self.pause_s = min(max(self.pause_s * 2, PAUSE_MIN_S), PAUSE_MAX_S)
        return min(failure.after_s or self.pause_s * random.uniform(0.75, 1.25), 2 * PAUSE_MAX_S)


class Bridge:
    """The side of the broker; one thread."""

    def __init__(self, config, queue, routes):
        broker = config["broker"]
        self.queue, self.routes, self.ending = queue, routes, threading.Event()
        self.host, self.port = broker["host"], broker.getint("port", 1883)
        self.prefix = f"facility/{broker['site']}/notify/"
        options = {"callback_api_version": mqtt.CallbackAPIVersion.VERSION1} if hasattr(mqtt, "CallbackAPIVersion") else {}
        self.client = mqtt.Client(client_id=broker.get("client_id", "notify-bridge"), protocol=mqtt.MQTTv5, **options)
        if broker.get("username"):
            self.client.username_pw_set(broker["username"], webhooks.secret(broker, "password"))
        if broker.get("ca_file"):
            self.client.tls_set(broker["ca_file"], broker.get("cert_file"), broker.get("key_file"))
        self.client.on_connect, self.client.on_message = self.on_connect, self.on_message
        self.client.on_subscribe = self.on_subscribe

    def on_connect(self, client, _data, flags, code, *_):
        if code != 0:
            log(f"broker: refuses: {code}")
            return
        # The session is the same, and so are its subscriptions; new roles of the configuration are added.
        client.subscribe([(self.prefix + role, 1) for role in self.routes] if "*" not in self.routes
                         else [(self.prefix + "+", 1)])
        log("broker: connected" + ("" if flags.get("session present") else ", a new session"))

    @staticmethod
    def on_subscribe(_client, _data, _mid, codes, *_):
        if any(getattr(code, "value", code) >= 0x80 for code in codes):
            log("broker: does not let this account read the notices of every role: facility-broker account ... notifier")

    def on_message(self, _client, _data, message):
        """Whatever is raised here keeps the acknowledgement back: the broker sends it again."""
        role = message.topic[len(self.prefix):]
        names = self.routes.get(role, self.routes.get("*", ()))
        try:
            notice = json.loads(message.payload)
            event = f"{role} {notice['id']}"
            texts.message([notice], "zh", 2000)  # what cannot be said is told now, once
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log(f"{message.topic}: not a notice, left out: {type(error).__name__}")
            return
        self.queue.put(event, names, message.payload.decode())

    def connect(self):
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_S
        self.client.connect(self.host, self.port, keepalive=20, clean_start=False, properties=properties)

    def run(self):
        pause_s = PAUSE_MIN_S
        while not self.ending.is_set():
            try:
                self.connect()
                while self.client.loop(0.5) == mqtt.MQTT_ERR_SUCCESS and not self.ending.is_set():
                    pause_s = PAUSE_MIN_S if self.client.is_connected() else pause_s
                why = "the connection was lost"
            except Full:
                why = f"{self.queue.limit} notices wait on disk: the broker keeps further ones"
            except (OSError, ValueError, sqlite3.Error) as error:
                why = str(error)
            with contextlib.suppress(Exception):
                self.client.disconnect()
                self.client.loop(0.1)
            if self.ending.is_set():
                return
            log(f"broker: {why}; tried again in {pause_s:.0f} s")
            self.ending.wait(pause_s * random.uniform(0.75, 1.25))
            pause_s = min(pause_s * 2, 30)


def load(path):
    """(configuration, webhooks by name, webhooks' names by role); ValueError says what is wrong."""
    config = configparser.ConfigParser(interpolation=None)
    with open(path, encoding="utf-8") as file:
        config.read_file(file)
    for section, key in (("broker", "host"), ("broker", "site"), ("bridge", "state"), ("roles", None)):
        if section not in config or key and key not in config[section]:
            raise ValueError(f"[{section}] {key or ''} is missing")
    if config["bridge"].get("language", "zh") not in texts.LANGUAGES:
        raise ValueError(f"[bridge] language is one of {', '.join(texts.LANGUAGES)}")
    hooks = {name[8:]: webhooks.Webhook(name[8:], config[name]) for name in config.sections()
             if name.startswith("webhook ")}
    routes = {role: names.replace(",", " ").split() for role, names in config["roles"].items()}
    for role, names in routes.items():
        for name in names:
            if name not in hooks:
                raise ValueError(f"[roles] {role}: there is no [webhook {name}]")
    return config, hooks, routes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="/etc/notify-bridge.conf")
    parser.add_argument("--check", action="store_true", help="read the configuration and end")
    options = parser.parse_args()
    try:
        config, hooks, routes = load(options.config)
    except (OSError, ValueError, KeyError, configparser.Error) as error:
        sys.exit(f"{options.config}: {error}")
    if options.check:
        print(f"configuration OK: {len(routes)} roles, {len(hooks)} webhooks")
        return
    own = config["bridge"]
    os.makedirs(own["state"], exist_ok=True)
    queue = Queue(own["state"], own.getint("queue_max", 10000))
    bridge = Bridge(config, queue, routes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: bridge.ending.set())
    for hook in hooks.values():
        Sender(hook, queue, own.get("language", "zh"), own.getfloat("give_up_hours", 24) * 3600, bridge.ending).start()
    bridge.run()


if __name__ == "__main__":
    main()
