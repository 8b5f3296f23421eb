"""People behind the roles: who is on duty, whom the chain tells instead, and that no topic names a person."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import time

import pytest
from stage import Building, Observer, mqtt_client, wait_for

PEOPLE = """people: {{
  zhou-secret: {{
    zh = "周某某"; en = "Zhou Nobody"; phone = "+86 000 0000 0901"; account = "{account}";
    roles = [ "property", "centre" ];
  }};
  wu-secret: {{
    zh = "吴某某"; en = "Wu Nobody"; phone = "+86 000 0000 0902"; account = "wu-secret-account";
    roles = [ "window_service_head", "security" ];
  }};
  zheng-secret: {{
    zh = "郑某某"; en = "Zheng Nobody"; phone = "+86 000 0000 0903";
    roles = [ "service_desk" ]; duty = [ {hours} ];
  }};
}};
"""
SECRETS = ["周某某", "吴某某", "郑某某", "Nobody", "secret", "0901", "0902", "0903"]


def login_name():
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def off_duty():
    """Hours of a day that is neither today nor tomorrow."""
    day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][(time.localtime().tm_wday + 3) % 7]
    return f'"{day} 09:00-10:00"'


class Everything:
    """Every message on every topic, as it came."""

    def __init__(self, port):
        self.messages = []
        self.client = mqtt_client()
        self.client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self.client.on_message = lambda _c, _d, m: self.messages.append((m.topic, m.payload.decode()))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def house(build):
    building = Building(build)
    building.write_config()
    building.account = login_name()
    path = os.path.join(building.folder, "etc/people.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(PEOPLE.format(hours=off_duty(), account=building.account))
    try:
        building.start_broker()
        building.everything = Everything(building.mqtt_port)
        building.start_simulator()
        building.start_daemon()
        building.observer = Observer(building.mqtt_port)
        wait_for(lambda: "stats" in building.observer.retained, 20, "facilityd is there")
        yield building
        building.observer.close()
        building.everything.close()
    finally:
        building.stop()


def ctl(building, *words, lang="en"):
    done = subprocess.run([building.program("facilityctl"), "--socket", building.socket, "--lang", lang, *words],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def listing(building, *words):
    return json.loads(ctl(building, words[0], "--json", *words[1:]))


def notices(building, role):
    with building.observer.lock:
        return [n for r, n in building.observer.notices if r == role]


def raise_by_sensor(building, short="2-f3"):
    building.sim("water-cut", "f3")
    return wait_for(lambda: building.observer.incident(short), 30, "the incident")


def test_the_local_socket_lists_people(house):
    people = {p["id"]: p for p in listing(house, "people")}
    assert set(people) == {"zhou-secret", "wu-secret", "zheng-secret"}
    assert people["zhou-secret"]["phone"] == "+86 000 0000 0901"
    assert (people["zhou-secret"]["on_duty"], people["zhou-secret"]["until"]) == (True, None)
    assert people["zheng-secret"]["on_duty"] is False
    assert re.search(r"T09:00:00\.000", people["zheng-secret"]["until"])
    assert [p["id"] for p in listing(house, "people", "property")] == ["zhou-secret"]
    assert [p["id"] for p in listing(house, "people", "吴")] == ["wu-secret"]
    table = ctl(house, "people", "service_desk").splitlines()
    assert len(table) == 2 and "Zheng Nobody" in table[1] and "+86 000 0000 0903" in table[1] and " no " in table[1]
    assert "不在岗" in ctl(house, "people", "service_desk", lang="zh")
    assert ctl(house, "people", "nobody-of-this-name") == "no such person\n"


def test_a_role_with_nobody_on_duty(house):
    """Who is told knows that nobody is there, and the chain has it at once, not after its 3 minutes."""
    raise_by_sensor(house)
    own = wait_for(lambda: notices(house, "service_desk"), 10, "the desk has its notice all the same")[0]
    assert own["on_duty"] is False and own["note"] == ""
    first = wait_for(lambda: [n for n in notices(house, "window_service_head") if "nobody of" in n["note"]], 10,
                     "the chain is told")[0]
    assert first["note"] == "nobody of service_desk is on duty"
    assert (first["event"], first["level"], first["on_duty"]) == ("raised", 0, True)
    wanted = {s["id"] for s in own["steps"]}
    assert {s["id"] for s in first["steps"]} == wanted
    wait_for(lambda: any(n["note"] == first["note"] for n in notices(house, "property")), 5, "both of the level")
    # Nobody is configured for these, so nobody is missed.
    assert notices(house, "centre_leaders")[0]["on_duty"] is None
    assert not any("nobody of" in n["note"] for n in notices(house, "centre_leaders"))


def test_no_topic_names_a_person(house):
    """A whole incident, every order by an account that is known, then every payload on every topic."""
    short = "2-f3"
    raise_by_sensor(house)
    ctl(house, "report", "2", "f3", "no water here")
    ctl(house, "ack", short)
    ctl(house, "accept", short, "all")
    ctl(house, "fail", short, "notices", "printer is broken")
    ctl(house, "shelve", short, "30 min", "plumber is coming")
    ctl(house, "unshelve", short)
    wait_for(lambda: house.observer.events(short, "action"), 30, "what the machine did is proved")
    ctl(house, "hand-over", short, "water works")
    house.sim("water-back", "f3")
    wait_for(lambda: not house.observer.incident(short), 60, "closed")
    ctl(house, "out-of-service", "16", "f2.tea", "1h", "new pipes")
    ctl(house, "in-service", "16", "f2.tea")
    ctl(house, "drill", "3", "f2", "an exercise")
    ctl(house, "drill-end", "drill-3-f2")
    status, answer = house.ctl("report", "9", "f1", user="wu-secret-account")
    assert status == 0, answer
    ctl(house, "ack", "9-f1")
    wait_for(lambda: house.observer.events("9-f1", "acknowledged"), 10, "the last of it")
    messages = list(house.everything.messages)
    assert len(messages) > 200
    shown = [m for m in messages if not re.search(r"/(cmd|reply)/", m[0])]
    found = [(topic, secret) for topic, payload in shown for secret in SECRETS if secret in payload + topic]
    assert not found
    # The account of this test is "root" or a person's name: it stands nowhere as a text of its own.
    assert not [t for t, p in shown if f'"{house.account}"' in p]
    users = {json.loads(p)["user"] for t, p in shown if t.endswith("/alert")}
    assert users == {"facilityd", "property", "window_service_head"}
    shown = wait_for(lambda: (house.observer.incident("9-f1") or {}).get("acknowledged") and
                     house.observer.incident("9-f1"), 10, "the document says so too")
    assert shown["acknowledged"]["by"] == "property"
    assert shown["causes"][0]["by"] == "window_service_head"
    # At the machine it is known who it was.
    [incident] = listing(house, "incidents")
    assert incident["acknowledged"]["by"] == house.account
    assert incident["causes"][0]["by"] == "wu-secret-account"
    house.end("facilityd")
    with contextlib.closing(sqlite3.connect(os.path.join(house.state, "journal.db"))) as journal:
        users = {user for user, in journal.execute("SELECT user FROM entry WHERE kind = 'alert'")}
    assert users == {"facilityd", house.account, "wu-secret-account"}
