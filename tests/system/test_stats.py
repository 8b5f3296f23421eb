"""Alarm hygiene in the running building: counts, a flood, a rule that chatters, a restart."""

import json
import os
import signal
import subprocess
import time

import pytest
from stage import Building, Observer, wait_for


@pytest.fixture
def house(build):
    """Everything within seconds, so that what takes hours can be seen."""
    building = Building(build)
    building.write_config()
    edit(building, "connections.conf", "daemon: {", 'daemon: { standing_after = "8 s"; stale_after = "14 s"; ')
    edit(building, "rules.conf", "  leak-detected: {",
         '  leak-detected: { chatter_max = 2; chatter_within = "12 s";')
    edit(building, "rules.conf", 'condition = "any(leak)"; for = "2 s";', 'condition = "any(leak)"; for = "0 s";')
    edit(building, "rules.conf", '"not any(leak)"; clear_for = "10 s";', '"not any(leak)"; clear_for = "0 s";')
    try:
        building.start_broker()
        building.start_simulator()
        building.start_daemon()
        building.observer = Observer(building.mqtt_port)
        wait_for(lambda: stats(building), 20, "the first figures")
        yield building
        building.observer.close()
    finally:
        building.stop()


def edit(building, name, old, new):
    path = os.path.join(building.folder, "etc", name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert old in text, f"{name}: {old}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


def stats(building):
    with building.observer.lock:
        return building.observer.retained.get("stats")


def trouble(building, name):
    with building.observer.lock:
        return building.observer.retained.get(f"trouble/{name}")


def ctl(building, *words, lang="en"):
    done = subprocess.run([building.program("facilityctl"), "--socket", building.socket, "--lang", lang, *words],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def asked(building):
    [document] = json.loads(ctl(building, "stats", "--json"))
    return document


def test_shape_and_quiet(house):
    assert list(stats(house)) == ["v", "time", "open", "raised", "flood", "chattering", "standing", "stale",
                                  "most_frequent"]
    assert stats(house)["raised"] == {"last_10_min": 0, "last_hour": 0, "last_day": 0, "average_per_10_min": 0,
                                      "peak_10_min": 0, "peak_time": None}
    assert stats(house)["flood"] == {"active": False, "since": None, "limit": 10, "percent_of_day": 0}
    first = stats(house)["time"]
    time.sleep(11)
    assert stats(house)["time"] == first, "nothing has changed, so nothing is published"


@pytest.mark.third
def test_what_lasts(house):
    ctl(house, "drill", "3", "f2", "an exercise")
    assert asked(house)["open"]["drills"] == 1
    ctl(house, "drill-end", "drill-3-f2")
    ctl(house, "report", "13", "f1")
    raised = house.observer.incident("13-f1") or wait_for(lambda: house.observer.incident("13-f1"), 5, "open")
    published = wait_for(lambda: stats(house)["open"]["active"] and stats(house), 12, "within 10 s")
    assert published["raised"]["last_day"] == 1, "an exercise does not count"
    assert published["most_frequent"] == [{"type": 13, "zone": "f1", "raises": 1}]
    wait_for(lambda: asked(house)["stale"], 20, "it is stale")
    assert [s["incident"] for s in asked(house)["standing"]] == [raised["id"]]
    ctl(house, "ack", "13-f1")
    assert asked(house)["standing"] and asked(house)["open"]["unacknowledged"] == 0
    ctl(house, "shelve", "13-f1", "30m", "the owner was told")
    assert asked(house)["open"]["shelved"] == 1 and asked(house)["open"]["active"] == 0
    assert asked(house)["standing"] == [] and asked(house)["stale"] == []


def test_a_flood_and_a_restart(house):
    for number in (9, 10, 13):
        for zone in ("f1", "f2", "f3", "f4"):
            ctl(house, "report", str(number), zone)
    told = wait_for(lambda: trouble(house, "flood"), 5, "the flood is a trouble at once")
    assert "incidents were raised in the last 10 minutes" in told["text"]["en"]
    assert "告警泛滥" in told["text"]["zh"]
    before = asked(house)
    assert before["flood"]["active"] and before["raised"]["last_10_min"] == 12 == before["raised"]["peak_10_min"]
    assert "too many (more than 10)" in ctl(house, "stats")
    assert "过多（>10）" in ctl(house, "stats", lang="zh")
    time.sleep(1)
    house.processes["facilityd"].send_signal(signal.SIGKILL)
    house.end("facilityd")
    house.start_daemon()
    after = wait_for(lambda: tries(house), 10, "it answers again")
    assert after["raised"]["last_day"] == 12 and after["flood"]["active"]
    assert after["most_frequent"] == before["most_frequent"]
    wait_for(lambda: trouble(house, "flood"), 5, "it still is one")


def tries(house):
    try:
        return asked(house)
    except AssertionError:
        return None


@pytest.mark.third
def test_a_rule_that_chatters_is_a_trouble(house):
    for _ in range(4):
        house.sim("leak", "f2.tea")
        time.sleep(1.5)
        house.sim("dry", "f2.tea")
        time.sleep(1.5)
    told = wait_for(lambda: trouble(house, "rule.leak-detected.f2.tea"), 10, "a trouble")
    assert "chatters in" in told["text"]["en"] and "反复触发" in told["text"]["zh"]
    [chatter] = asked(house)["chattering"]
    assert (chatter["rule"], chatter["zone"]) == ("leak-detected", "f2.tea") and chatter["raises"] >= 3
    wait_for(lambda: not trouble(house, "rule.leak-detected.f2.tea"), 40, "over when it stays away")
