"""One lane of tests/kills.py: facilityd with all around it, loaded and killed again and again."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from kills_site import FLOORS, Slave, config_text
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from stage import _end_with_parent, free_port, mqtt_client, wait_for

ANSWER_S, READY_S, SETTLE_S = 5, 10, 20
LOAD_S, EARLY_S = 0.5, 0.12  # a kill comes so late at most: under load, or while it starts


class Consumer:
    """Hears every stream message, once or more, over all outages of the broker."""

    def __init__(self, port):
        self.lock, self.heard, self.listens = threading.Lock(), [], False
        self.client = mqtt_client(client_id="consumer")
        self.client.on_connect = lambda client, *_: client.subscribe([("facility/centre/alert", 1),
                                                                      ("facility/centre/notify/+", 1)])
        self.client.on_subscribe = lambda *_: setattr(self, "listens", True)
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", port, keepalive=5, clean_start=False, properties=properties)
        self.client.loop_start()

    def _on_message(self, _client, _data, message):
        with self.lock:
            self.heard.append((message.topic.split("/", 2)[2], json.loads(message.payload)))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Lane:
    def __init__(self, build, number, kills, seed):
        self.build, self.number, self.kills = build, number, kills
        self.chance = random.Random(f"{seed}/{number}")
        self.folder = tempfile.mkdtemp(prefix="facilityd-kills-")
        self.slave, self.mqtt_port = Slave(), free_port()
        self.daemon = self.broker = None
        self.answered = []  # (verb, incident id, note) that were answered with ok
        self.pairs = []  # what was open before a kill and after it, each with its time
        self.starts, self.kills_done, self.notes = [], 0, 0
        self.waits = []  # how long an order waited for its answer
        self.open_ids, self.wakers = [], []

    # Programs ---------------------------------------------------------------

    def path(self, name):
        return os.path.join(self.folder, name)

    def _spawn(self, name, argv):
        with open(self.path(name + ".log"), "ab") as log:
            return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                    preexec_fn=_end_with_parent)

    def start_broker(self):
        with open(self.path("mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write(f"listener {self.mqtt_port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
                       f"persistence_location {self.folder}/\nmax_queued_messages 0\nmax_inflight_messages 100\n"
                       "user root\nset_tcp_nodelay true\n")
        self.broker = self._spawn("mosquitto", [shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c",
                                                self.path("mosquitto.conf")])

        def listens():
            with contextlib.closing(socket.socket()) as probe:
                return probe.connect_ex(("127.0.0.1", self.mqtt_port)) == 0
        wait_for(listens, 10, "the broker listens")

    def start_daemon(self):
        self.daemon = self._spawn("facilityd", [
            os.path.join(self.build, "facilityd"), "--config", self.path("facilityd.conf"), "--state-dir",
            self.path("state"), "--socket", self.path("facilityd.sock")])

    def is_ready(self):
        if self.daemon.poll() is not None:
            with open(self.path("facilityd.log"), encoding="utf-8", errors="replace") as file:
                raise RuntimeError("facilityd ended by itself:\n" + file.read()[-3000:])
        answer = self.ask({"verb": "state"})
        return answer and answer["ok"]

    def kill(self):
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait()
        self.kills_done += 1

    # People -----------------------------------------------------------------

    def ask(self, request):
        """The answer; None: there was none."""
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(ANSWER_S)
                link.connect(self.path("facilityd.sock"))
                link.sendall(json.dumps(request).encode() + b"\n")
                answer = b""
                while not answer.endswith(b"\n"):
                    more = link.recv(65536)
                    if not more:
                        return None
                    answer += more
                return json.loads(answer)
        except OSError:
            return None

    def order(self, verb, **members):
        begin = time.monotonic()
        answer = self.ask({"verb": verb, **members})
        if answer and answer["ok"]:
            self.waits.append(time.monotonic() - begin)
            self.answered.append((verb, members.get("incident"), members.get("note")))

    def incidents(self):
        """(time, {id: document}) of what is open; None: no answer."""
        answer = self.ask({"verb": "incidents"})
        if not answer:
            return None
        self.open_ids = [d["id"] for d in answer["result"]]
        return answer["time"], {d["id"]: d for d in answer["result"]}

    def deed(self):
        chance, floor = self.chance, self.chance.choice(FLOORS)
        self.notes += 1
        note = f"note {self.number}.{self.notes}."
        which = chance.choice(self.open_ids or ["none"])
        step = chance.choice(["mop", "call", "ask", "all"])

        def leak():
            self.slave.leaks[FLOORS.index(floor)] ^= 1
        chance.choice([
            leak, leak, leak, leak,
            lambda: self.order("report", type=13, zone=floor, note=note),
            lambda: self.order("report", type=16, zone=floor, note=note),
            lambda: self.order("ack", incident=which), lambda: self.order("ack", incident=which),
            lambda: self.order("over", incident=which), lambda: self.order("over", incident=which),
            lambda: self.order("done", incident=which, step=step, note=note),
            lambda: self.order("done", incident=which, step="all"),
            lambda: self.order("accept", incident=which, step=step),
            lambda: self.order("fail", incident=which, step=step, note=note),
            lambda: self.order("skip", incident=which, step=step, note=note),
            lambda: self.order("shelve", incident=which, minutes=60, note=note),
            lambda: self.order("unshelve", incident=which),
            lambda: self.order("out-of-service", type=16, zone=floor, until="1 s", note=note),
            lambda: self.order("in-service", incident=f"16-{floor}"),
            lambda: self.order("drill", type=13, zone=floor, note=note),
            lambda: self.order("drill-end", incident=which, note=note),
            self.incidents,
        ])()

    # The play ---------------------------------------------------------------

    def outage(self):
        """Sometimes the broker hangs for a while, or is started anew."""
        choice = self.chance.random()
        if choice < 0.12:
            self.broker.send_signal(signal.SIGSTOP)
            self.wakers.append(threading.Timer(
                self.chance.uniform(0, 1.5), self.broker.send_signal, [signal.SIGCONT]))
            self.wakers[-1].start()
        elif choice < 0.18:
            for waker in self.wakers:
                waker.join()
            self.broker.terminate()
            self.broker.wait()
            self.broker = None
            self.broker_at = time.monotonic() + self.chance.uniform(0, 1.5)

    def end_outage(self):
        # Here and not in a thread of its own: what a thread has started ends with it.
        if not self.broker and time.monotonic() > self.broker_at:
            self.start_broker()

    def cycle(self, before):
        begin = time.monotonic()
        self.start_daemon()
        if self.chance.random() < 0.15:
            time.sleep(self.chance.uniform(0, EARLY_S))
            self.kill()
            return before
        wait_for(self.is_ready, READY_S, "it answers")
        self.starts.append(time.monotonic() - begin)
        after = self.incidents()
        if before and after:
            self.pairs.append((before, after))
        if self.broker:
            self.outage()
        end, seen = time.monotonic() + self.chance.uniform(0, LOAD_S), after
        killer = threading.Timer(end - time.monotonic(), self.kill)
        killer.start()
        quiet = self.chance.random() < 0.3  # then only time does something, and more can be compared
        while killer.is_alive():
            self.end_outage()
            if quiet:
                time.sleep(0.02)
            else:
                self.deed()
            if self.chance.random() < 0.3:
                seen = self.incidents() or seen
        killer.join()
        return seen

    def settle(self):
        """All is sent, and what is left is on disk."""
        if not self.broker:
            self.start_broker()
        self.broker.send_signal(signal.SIGCONT)
        self.start_daemon()
        wait_for(self.is_ready, READY_S, "it answers")
        count, end = -1, time.monotonic() + SETTLE_S
        while len(self.consumer.heard) != count and time.monotonic() < end:
            count = len(self.consumer.heard)
            time.sleep(2.5)
        self.daemon.terminate()
        self.daemon.wait()
        time.sleep(0.3)

    def run(self):
        with open(self.path("facilityd.conf"), "w", encoding="utf-8") as file:
            file.write(config_text(self.mqtt_port, self.slave.port))
        os.makedirs(self.path("state"))
        self.start_broker()
        self.consumer = Consumer(self.mqtt_port)
        wait_for(lambda: self.consumer.listens, 10, "the consumer listens")
        before = None
        while self.kills_done < self.kills:
            before = self.cycle(before)
        self.settle()

    def stop(self, keep):
        for process in (self.daemon, self.broker):
            if process and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        self.slave.close()
        if hasattr(self, "consumer"):
            self.consumer.close()
        if keep:
            print(f"lane {self.number}: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
