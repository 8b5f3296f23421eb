"""5,000 incidents at once: more than the journal's queue holds. All are in the journal within a minute, and all come back from the broker."""

import contextlib
import json
import os
import signal
import sqlite3
import sys
import time

import pytest
from stage import ROOT, free_port, mqtt_client, wait_for

sys.path.insert(0, os.path.join(ROOT, "bench"))
from far import Daemon, Far, tcp_site  # noqa: E402 (the path comes first)

ZONES, TYPES = 200, 25
MANY = ZONES * TYPES
WITHIN_S, BACK_WITHIN_S = 60, 120

TYPE = """
  t{i}: {{ number = {i}; severity = "high"; zh = "漏水"; en = "Leak"; steps = (
    {{ id = "look"; clause = "{i}.1"; by = [ "property" ]; zh = "查看"; en = "Look"; mandatory = true; }} ); }};"""
RULE = """
  high-{i}: {{ type = "t{i}"; zh = "高"; en = "High"; each = "zone"; for = "1 s"; chatter_max = 0;
    condition = "any(level > {limit} cm)"; }};"""


class Retained:
    """What the broker retains of incidents and troubles, counted."""

    def __init__(self, port):
        self.incidents, self.troubles, self.told, self.index, self.client = {}, {}, {}, {}, mqtt_client()
        self.client.on_message = self._take
        self.client.connect("127.0.0.1", port)
        for topic in ("incident/+", "trouble/+", "incidents"):
            self.client.subscribe(f"facility/bench/{topic}", qos=1)
        self.client.loop_start()

    def _take(self, _client, _data, message):
        _, _, kind, *rest = message.topic.split("/")
        document = json.loads(message.payload) if message.payload else None
        if kind == "incidents":
            self.index = document or {}
            return
        where = self.incidents if kind == "incident" else self.troubles
        if document is None:
            where.pop(rest[0], None)
        else:
            where[rest[0]] = document.get("taken_back") if kind == "incident" else document["text"]["en"]
        if kind == "trouble" and document:
            self.told[rest[0]] = document["text"]["en"]

    def taken_back(self):
        return sum(self.incidents.values())

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Site(Daemon):
    """In each of 200 zones one register that 25 rules look at, each for a type of its own."""

    def __init__(self, build):
        super().__init__(build)
        self.port = free_port()
        self.far = Far(build, "slaves", self.port, 1, 0)
        self.retained = Retained(self.mqtt_port)

    def files(self, limit):
        files = tcp_site(self.mqtt_port, self.port, ZONES, 1, "1 s", limit=limit)
        text = files["facilityd.conf"]
        text = text[:text.index("types:")] + "types: {" + "".join(TYPE.format(i=i) for i in range(1, TYPES + 1)) + "\n};\n" \
            + "rules: {" + "".join(RULE.format(i=i, limit=limit) for i in range(1, TYPES + 1)) + "\n};\n" + text[text.index("buses:"):]
        zones = ", ".join(f'{{ id = "z-d{i}"; zh = "区"; en = "Zone"; }}' for i in range(ZONES))
        begin = text.index("zones = (")
        files["facilityd.conf"] = text[:begin] + f"zones = ( {zones} );" + text[text.index("\n", begin):]
        for name in [name for name in files if name != "facilityd.conf"]:
            for device in range(ZONES):  # each in a zone of its own
                at = files[name].find(f'd{device}: {{')
                zone = files[name].find('zone = "', at)
                if at >= 0:
                    files[name] = files[name][:zone] + f'zone = "z-d{device}"' + files[name][files[name].index(";", zone):]
        return files

    def write(self, limit):
        for name, text in self.files(limit).items():
            with open(os.path.join(self.folder, "etc", name), "w", encoding="utf-8") as file:
                file.write(text)

    def rows(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute("SELECT count(*) FROM snapshot WHERE incident_id LIKE '%-z-d%'").fetchone()[0]

    @property
    def journal(self):
        return f"{self.state}/journal.db"

    def stop(self):
        self.retained.close()
        self.far.end()
        super().stop()


@pytest.fixture
def site(build):
    one = Site(build)
    yield one
    one.stop()


@pytest.mark.third
def test_five_thousand_at_once(site):
    site.begin(site.files(65000))
    wait_for(lambda: site.far.ask()["connections"] == ZONES, 20, "every device is connected")
    time.sleep(3)
    site.write(-1)
    os.kill(site.processes["facilityd"].pid, signal.SIGHUP)
    began = time.monotonic()
    wait_for(lambda: len(site.retained.incidents) > 100, 20, "raised")
    wait_for(lambda: len(site.retained.incidents) == MANY, WITHIN_S, "all are told")
    wait_for(lambda: "more was decided at once" in site.retained.told.get("journal", ""), 10, "that they are not all kept yet is told")
    wait_for(lambda: "journal" not in site.retained.troubles, WITHIN_S, "no trouble")
    kept_s = time.monotonic() - began
    time.sleep(3)  # the index and the marker have followed
    site.end("facilityd", signal.SIGKILL)
    assert site.rows() == MANY, "no trouble, so all are there"
    assert kept_s <= WITHIN_S
    assert len(site.retained.index["incidents"]) == MANY

    # The journal is lost: what stands is taken back, marked, however many.
    for end in ("", "-wal", "-shm"):
        if os.path.exists(site.journal + end):
            os.unlink(site.journal + end)
    site.write(65000)  # or a rule that is true adopts it
    site.start_daemon()
    end = time.monotonic() + BACK_WITHIN_S
    while site.retained.taken_back() < MANY and time.monotonic() < end:
        time.sleep(1)  # whoever counts them all the time takes the processor from those that say them
    assert site.retained.taken_back() == MANY
    wait_for(lambda: f"{MANY} incidents were taken back from the broker, 0" in site.retained.troubles.get("journal.lost", ""),
             BACK_WITHIN_S, "a trouble says how many")
    wait_for(lambda: "journal" not in site.retained.troubles, WITHIN_S, "they are in the journal")
    site.end("facilityd", signal.SIGKILL)
    assert site.rows() == MANY
