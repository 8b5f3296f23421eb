"""Who may say what (decisions of accounts.conf): at a real broker with accounts of each kind, and behind it."""

import json
import os
import signal
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from conftest import points_good
from stage import Building, Observer, wait_for
from test_schemas import problem, validators

LOCK = ("lock", "zone:f3", "1h", "new pipes")


class Site(Building):
    """The cut of a burning floor takes two persons here."""

    def write_config(self, armed=True):
        super().write_config(armed)
        path = os.path.join(self.folder, "etc/actions.conf")
        with open(path, encoding="utf-8") as file:
            before, name, after = file.read().partition("floor-circuits-off: {")
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + name + "\n    released_by = 2;" + after)


@pytest.fixture(scope="module")
def site(build):
    """As `make demo` has it: demo is an engineer, desk an operator of the service desk, wall a viewer."""
    with Site(build, secure=True) as running:
        running.observer = Observer(running.mqtt_port, login=running.login("facilityd"))
        try:
            wait_for(lambda: points_good(running.observer), 20, "every point is good")
            yield running
        finally:
            running.observer.close()


def forge(site, user, verb, **members):
    """Past the broker's access list, as if it were wide open: what facilityd itself says of it."""
    said = {"id": uuid.uuid4().hex, "expires": (datetime.now(timezone.utc) + timedelta(minutes=1)).isoformat(timespec="milliseconds"), **members}
    site.observer.client.publish(f"{site.observer.prefix}cmd/{user}/{verb}", json.dumps(said), qos=1)
    return wait_for(lambda: next((r for r in site.observer.replies if r["id"] == said["id"]), None), 5, f"{user}: {verb}")


def test_each_kind_at_the_broker_and_behind_it(site):
    """Both know of the same table: the broker refuses first, and facilityd what it was let through."""
    assert site.ctl(*LOCK, user="demo")[0] == 0 and site.ctl("unlock", "zone:f3", user="demo")[0] == 0
    for user in ("desk", "wall", "homeassistant"):
        status, answer = site.ctl(*LOCK, user=user)
        assert status == 1 and "does not let this account s" in answer, answer
    # The same, forged: a broker of before, or one that lets everybody say everything.
    lock = {"what": "zone:f3", "until": "1h", "note": "new pipes"}
    for user, verb, members, why in (
            ("desk", "lock", lock, 'only an engineer may say "lock"'),
            ("desk", "drill", {"type": 3, "zone": "f1"}, 'only an engineer may say "drill"'),
            ("stranger", "set", {"output": "f3-tea-boiler-supply", "value": 0, "note": "x"}, "only an engineer"),
            ("wall", "ack", {"incident": "3-f1"}, "this account only looks on"),
            ("bridge", "report", {"type": 13, "zone": "f1"}, "this account only looks on"),
            ("homeassistant", "release", {"incident": "3-f1", "step": "circuits-cut"}, "homeassistant.release"),
            ("homeassistant", "report", {"type": 13, "zone": "f1"}, "Home Assistant may not say")):
        answer = forge(site, user, verb, **members)
        assert not answer["ok"] and why in answer["error"], (user, verb, answer)
    assert not site.observer.retained.get("locks", {"locks": []})["locks"]
    assert forge(site, "demo", "lock", **lock)["ok"]
    assert forge(site, "demo", "unlock", what="zone:f3")["ok"]
    # What stands nowhere is an operator, without a role.
    assert forge(site, "stranger", "report", type=13, zone="f1", note="a dog")["ok"]
    assert forge(site, "homeassistant", "ack", incident="13-f1")["ok"]
    assert forge(site, "stranger", "over", incident="13-f1")["ok"]


def release_by_two(site):
    """Two persons of people without a common role: one alone switches nothing, whoever it is."""
    circuit, members = "f1-hall-circuit", {"incident": "3-f1.hall", "step": "circuits-cut"}

    def action():
        return next(s for s in site.observer.incident("3-f1.hall")["steps"] if s["id"] == "circuits-cut")["action"]

    assert "two persons release this" in forge(site, "demo", "release", **members)["error"]
    assert "两人放行" in site.ctl("--lang", "zh", "release", "3-f1.hall", "circuits-cut")[1]
    first = forge(site, "property-desk", "release", **members)
    assert first["ok"] and first["second_until"] and first["actions"], first
    wait_for(lambda: action()["first"], 5, "the second sees the first")
    assert action()["state"] == "awaiting" and action()["first"]["by"] == "property"
    burning = site.observer.incident("3-f1.hall")
    assert not problem(validators(), f"incident/{burning['id']}", json.dumps(burning))
    next(s for s in burning["steps"] if s["id"] == "circuits-cut")["action"]["first"].pop("until")
    assert "until" in problem(validators(), f"incident/{burning['id']}", json.dumps(burning))
    assert "you have released this" in forge(site, "property-desk", "release", **members)["error"]
    # The desk of the day has the role of those nearest, as property has.
    assert "has a role of yours" in forge(site, "li-si", "release", **members)["error"]
    assert float(site.sim("get", circuit).split()[-1]) == 1
    second = forge(site, "guard-room", "release", **members)
    assert second["ok"] and "second_until" not in second, second
    wait_for(lambda: float(site.sim("get", circuit).split()[-1]) == 0, 15, "cut by both")
    assert action()["first"] is None


def test_a_reset_is_for_those_who_have_a_step(site):
    """By the account's role, in both languages; an account's kind changes with a reload."""
    site.sim("smoke", "f1.hall")
    wait_for(lambda: site.observer.incident("3-f1.hall"), 15, "the fire")
    answer = forge(site, "stranger", "reset", incident="3-f1.hall", note="it is out")
    assert not answer["ok"] and "a role with a step in the incident" in answer["error"], answer
    said = forge(site, "stranger", "over", incident="3-f1.hall", note="it is out")["error"]
    assert "a role with a step in the incident" in said
    # Whose role acts there is heard; that it still burns is another matter.
    assert "still true" in forge(site, "guard-room", "reset", incident="3-f1.hall", note="it is out")["error"]
    assert "still true" in site.ctl("--lang", "en", "reset", "3-f1.hall", "it is out")[1]
    release_by_two(site)
    path = os.path.join(site.folder, "broker/accounts.conf")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace('id = "demo"; kind = "engineer"', 'id = "demo"; kind = "operator"'))
    os.kill(site.processes["facilityd"].pid, signal.SIGHUP)
    wait_for(lambda: site.ctl(*LOCK)[0] == 1, 10, "no engineer any more")
    assert "只有工程师" in site.ctl("--lang", "zh", *LOCK)[1]
    # At the machine itself everybody is one.
    assert site.ask(*LOCK)[0] == 0 and site.ask("unlock", "zone:f3")[0] == 0
