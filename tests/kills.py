#!/usr/bin/python3
"""Kills facilityd at random moments, hundreds of times, while sensors, people and the broker keep it busy.

    tests/kills.py [--build DIR] [--kills N] [--lanes N] [--seed N] [--keep]

Each lane is a building of its own: a broker, a Modbus slave, one consumer with a session that outlives
outages, people at the local socket, and facilityd, which is started, loaded and killed again and again.
Afterwards what the consumer heard, what the journal has, what people were answered and what facilityd
said before and after each kill are compared. Prints one line of figures; status 1 when anything was
lost, told twice or changed by a kill. `--seed` repeats the choices, not the machine's timing.
"""

import argparse
import collections
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "sim"))

from stage import _end_with_parent, free_port, mqtt_client, wait_for  # noqa: E402
from paho.mqtt.packettypes import PacketTypes  # noqa: E402
from paho.mqtt.properties import Properties  # noqa: E402

SLACK = timedelta(seconds=0.3)
FLOORS = ("f1", "f2", "f3", "f4")
ANSWER_S, READY_S, SETTLE_S = 5, 10, 20
LOAD_S, EARLY_S = 0.5, 0.12  # a kill comes so late at most: under load, or while it starts

CONFIG = """
site: {{ id = "centre"; zh = "中心"; en = "Centre"; }};
mqtt: {{ host = "127.0.0.1"; port = {mqtt_port}; }};
daemon: {{ actions_armed = true; deadline_scale = 0.05; record_within = "10 s"; }};
zones = ( {zones} );
classes = (
  {{ id = "leak"; kind = "state"; off_zh = "干"; off_en = "dry"; on_zh = "湿"; on_en = "wet"; zh = "漏水"; en = "Leak"; }},
  {{ id = "circuit"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "回路"; en = "Circuit"; }},
  {{ id = "contact"; kind = "state"; off_zh = "断"; off_en = "off"; on_zh = "通"; on_en = "on"; zh = "触点"; en = "Contact"; }}
);
buses: {{ gateway: {{ adapter = "modbus-tcp"; zh = "网关"; en = "Gateway"; host = "127.0.0.1"; port = {modbus_port}; }}; }};
devices: {{ module: {{ bus = "gateway"; zone = "f1"; poll = "20 ms"; zh = "模块"; en = "Module";
  unit = 1; address_base = "4xxxx"; points: {{ {points} }}; }}; }};
roles: {{ guards: {{ zh = "保安"; en = "Guards"; }}; head: {{ zh = "负责人"; en = "Head"; }}; }};
chain: {{ remind = "30 s"; levels = ( {{ roles = [ "head" ]; after = "40 s"; }} ); }};
actions: {{ cut: {{ class = "circuit"; scope = "zone"; value = 0; mode = "auto"; confirm = "5 s"; zh = "切断"; en = "Cut"; }}; }};
types: {{
  leak: {{ number = 16; severity = "high"; zh = "漏水"; en = "Leak"; steps = (
    {{ id = "cut"; clause = "16.1"; roles = [ "guards" ]; deadline = "50 s"; mandatory = true; zh = "切断"; en = "Cut"; action = "cut"; }},
    {{ id = "mop"; clause = "16.2"; roles = [ "guards" ]; deadline = "20 s"; mandatory = true; zh = "拖地"; en = "Mop"; }},
    {{ id = "call"; clause = "16.3"; roles = [ "head" ]; after = "10 s"; deadline = "30 s"; zh = "报告"; en = "Call"; }} ); }};
  pet: {{ number = 13; severity = "low"; zh = "宠物"; en = "Pet"; steps = (
    {{ id = "ask"; clause = "13.1"; roles = [ "guards" ]; deadline = "20 s"; mandatory = true; zh = "劝离"; en = "Ask it out"; }} ); }};
}};
rules: {{ wet: {{ type = "leak"; zh = "漏水"; en = "Wet"; condition = "any(leak)"; for = "30 ms"; clear_for = "60 ms";
  each = "zone"; chatter_max = 0; }}; }};
"""


def config_text(mqtt_port, modbus_port):
    zones = ", ".join(f'{{ id = "{f}"; zh = "{f}"; en = "{f}"; }}' for f in FLOORS)
    points = "".join(f"""
      {f}-leak: {{ class = "leak"; zone = "{f}"; register = {10001 + i}; zh = "x"; en = "x"; }};
      {f}-contact: {{ class = "contact"; zone = "{f}"; register = {10011 + i}; zh = "x"; en = "x"; }};
      {f}-circuit: {{ class = "circuit"; zone = "{f}"; register = {1 + i}; writable = true; armed = true;
        readback = "{f}-contact"; zh = "x"; en = "x"; }};""" for i, f in enumerate(FLOORS))
    return CONFIG.format(mqtt_port=mqtt_port, modbus_port=modbus_port, zones=zones, points=points)


class Slave:
    """Leaks as discrete inputs 0.., circuits as coils 0.., whose contacts are discrete inputs 10.. ."""

    def __init__(self):
        self.leaks, self.coils = [0] * len(FLOORS), [1] * len(FLOORS)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _inputs(self):
        return self.leaks + [0] * (10 - len(FLOORS)) + self.coils + [0] * 50

    def _answer(self, function, data):
        address, count = struct.unpack(">HH", data[:4])
        if function == 5:
            self.coils[address] = int(count == 0xFF00)
            return data[:4]
        bits = (self._inputs() if function == 2 else self.coils + [0] * 60)[address:address + count]
        size = (count + 7) // 8
        return bytes([size]) + sum(bit << i for i, bit in enumerate(bits)).to_bytes(size, "little")

    def _serve(self, link):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        with contextlib.suppress(OSError), link:
            while more := link.recv(4096):
                buffer += more
                while len(buffer) >= 6 and len(buffer) >= 6 + struct.unpack(">H", buffer[4:6])[0]:
                    length = struct.unpack(">H", buffer[4:6])[0]
                    head, unit, pdu = buffer[:4], buffer[6:7], buffer[7:6 + length]
                    buffer = buffer[6 + length:]
                    body = unit + pdu[:1] + self._answer(pdu[0], pdu[1:])
                    link.sendall(head + struct.pack(">H", len(body)) + body)

    def close(self):
        self.listener.close()


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
            lambda: self.order("out-of-service", type=16, zone=floor, note=note),
            lambda: self.order("in-service", incident=which),
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

    # The verdict ------------------------------------------------------------

    def judge(self):
        with contextlib.closing(sqlite3.connect(self.path("state/journal.db"))) as journal:
            kept = {i: json.loads(p) for i, p in journal.execute(
                "SELECT event_id, payload FROM entry WHERE topic IS NOT NULL")}
            waiting = journal.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return Verdict(self, kept, waiting)


EVENTS = {
    "ack": ("acknowledged",), "report": ("raised", "cause", "reraised", "suppressed"), "over": ("returned", "cause"),
    "done": ("step",), "accept": ("step",), "fail": ("step",), "skip": ("step",), "shelve": ("shelved",),
    "unshelve": ("unshelved",), "out-of-service": ("out-of-service",), "in-service": ("in-service", "raised", "closed"),
    "drill": ("raised",), "drill-end": ("closed",),
}


class Verdict:
    """What went wrong, as texts: `lost`, `doubled`, `changed`."""

    def __init__(self, lane, kept, waiting):
        self.lost, self.doubled, self.changed = [], [], []
        self.compared = 0
        heard = lane.consumer.heard
        self.all = {d["id"]: d for _, d in heard} | kept
        self.alerts = sorted((d for d in self.all.values() if "incident" in d), key=lambda d: d["seq"])
        ids = {d["id"] for _, d in heard}
        self.lost += [f"not heard: {i}" for i in kept if i not in ids]
        self.lost += [f"not in the journal: {d['id']} {d['event']}" for d in self.all.values() if d["id"] not in kept]
        self.lost += [f"{waiting} still in the outbox"] if waiting else []
        self.orders(lane)
        self.twice(heard)
        self.kills(lane)

    def orders(self, lane):
        topics = {d["id"]: t for t, d in lane.consumer.heard}
        self.stream = [d for d in self.alerts if topics.get(d["id"], "alert") == "alert" and "site" in d
                       and "level" not in d]
        by_note, counts = collections.defaultdict(set), collections.Counter()
        for alert in self.stream:
            text = json.dumps(alert["incident"]) + alert["note"]
            counts[alert["incident"]["id"], alert["event"]] += alert["user"] != "facilityd"
            for word in text.split("note ")[1:]:
                by_note[word.split(".", 2)[0] + "." + word.split(".", 2)[1]].add(alert["event"])
        wanted = collections.Counter()
        for verb, incident, note in lane.answered:
            if note:
                if not by_note[note[5:-1]] & set(EVENTS[verb]):
                    self.lost.append(f"answered, and not there: {verb} {incident} {note}")
            elif incident:
                wanted[incident, EVENTS[verb]] += 1
        for (incident, events), count in wanted.items():
            if sum(counts[incident, event] for event in events) < 1:
                self.lost.append(f"answered {count} times, and not there: {events} {incident}")

    def twice(self, heard):
        numbers, topics = collections.defaultdict(set), {}
        for topic, document in heard:
            numbers[document["seq"]].add(document["id"])
            topics[document["id"]] = topic
        self.doubled += [f"number {n}: {i}" for n, i in numbers.items() if len(i) > 1]
        seen = collections.defaultdict(set)
        for alert in self.stream:
            incident, event = alert["incident"], alert["event"]
            if event == "raised":
                seen[incident["id"], "raised"].add(alert["id"])
            elif event != "cause":
                seen[incident["id"], event, alert["step"], alert["time"], alert["note"], incident["state"]].add(
                    alert["id"])
        self.doubled += [f"{what}: {i}" for what, i in seen.items() if len(i) > 1]
        self.incidents = len({alert["incident"]["id"] for alert in self.stream})
        closed = set()
        for alert in self.stream:
            incident = alert["incident"]["id"]
            if incident in closed:
                self.doubled.append(f"after its end: {incident} {alert['event']}")
            if alert["event"] == "closed":
                closed.add(incident)

    @staticmethod
    def exact(document):
        """What a kill must not change; how an output stands is read anew."""
        document = json.loads(json.dumps(document))
        for step in document["steps"]:
            if step["action"]:
                step["action"].pop("outputs")
        for cause in document["causes"]:
            cause.pop("readings")
        return document

    def kills(self, lane):
        moved = collections.defaultdict(list)
        for document in self.all.values():
            incident = document["incident"]["id"] if "incident" in document else document.get("incident_id")
            moved[incident].append(datetime.fromisoformat(document["time"]))
        for (before, old), (after, new) in lane.pairs:
            before, after = datetime.fromisoformat(before), datetime.fromisoformat(after)
            for incident, document in old.items():
                # A delay that ends is told with the time at which it was due, which may be before the question.
                if any(before - SLACK <= moment <= after for moment in moved[incident]):
                    continue
                self.compared += 1
                if incident not in new:
                    self.changed.append(f"{incident} was open at {before}, and is not at {after}")
                elif self.exact(document) != self.exact(new[incident]):
                    self.changed.append(f"{incident} at {before}: {self.difference(document, new[incident])}")
            for incident in new:
                if incident not in old and not any(moment <= after for moment in moved[incident]):
                    self.lost.append(f"{incident} is open at {after}, and nobody was told")

    def difference(self, old, new):
        old, new = self.exact(old), self.exact(new)
        return {k: (old[k], new.get(k)) for k in old if old[k] != new.get(k)}


def report(lanes, verdicts, took_s):
    starts = sorted(s for lane in lanes for s in lane.starts)
    waits = sorted(w for lane in lanes for w in lane.waits)
    total = {name: sum(len(getattr(v, name)) for v in verdicts) for name in ("lost", "doubled", "changed")}
    for lane, verdict in zip(lanes, verdicts):
        for name in total:
            for text in getattr(verdict, name)[:10]:
                print(f"lane {lane.number}: {name}: {text}")
    middle, late = (lambda v: v[len(v) // 2] * 1000 if v else 0), (lambda v: v[len(v) * 99 // 100] * 1000 if v else 0)
    print(f"{sum(lane.kills_done for lane in lanes)} kills in {took_s:.0f} s, "
          f"{sum(len(v.all) for v in verdicts)} messages, {sum(len(v.stream) for v in verdicts)} transitions, "
          f"{sum(v.incidents for v in verdicts)} incidents, {sum(len(lane.answered) for lane in lanes)} orders "
          f"answered, {sum(v.compared for v in verdicts)} open incidents compared: "
          f"{total['lost']} lost, {total['doubled']} doubled, {total['changed']} changed "
          f"(start {middle(starts):.0f} ms, order {middle(waits):.1f} ms, 99 %: {late(waits):.1f} ms)")
    return sum(total.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", action="store_true", help="leave the folders of the lanes")
    arguments = parser.parse_args()
    print(f"--seed {arguments.seed}", flush=True)
    build = os.path.join(ROOT, arguments.build)
    lanes = [Lane(build, i, -(-arguments.kills // arguments.lanes), arguments.seed) for i in range(arguments.lanes)]
    failures, begin = [], time.monotonic()

    def run(lane):
        try:
            lane.run()
        except Exception as error:  # noqa: BLE001 - told below, after all lanes have ended
            failures.append(f"lane {lane.number}: {error!r}")
    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for failure in failures:
            print(failure)
        if failures:
            return 1
        return 1 if report(lanes, [lane.judge() for lane in lanes], time.monotonic() - begin) else 0
    finally:
        for lane in lanes:
            lane.stop(arguments.keep)


if __name__ == "__main__":
    sys.exit(main())
