"""Who may do what, at a real broker made by facility-broker: every forbidden publish and subscribe is refused."""

import json
import os
import re
import shutil
import ssl
import stat
import subprocess
import threading

import pytest
from stage import ROOT, free_port, mqtt_client, wait_for

pytestmark = pytest.mark.xdist_group("access")  # what they share is made once

TOOL = os.path.join(ROOT, "config/broker/facility-broker")
NOT_AUTHORISED = 0x87

ACCOUNTS = {"wall": ("viewer",), "li": ("operator", "property"), "desk": ("operator",), "chen": ("engineer",),
            "bridge": ("notifier",), "homeassistant": ("homeassistant",)}

# What each may see and say; all else of TOPICS is refused. {} stands for the account's own name.
VIEW = {"state", "stats", "plan", "troubles", "point/#", "point/f3-water-pressure", "point/other/more", "incident/+",
        "incident/2-f3-1", "trouble/#", "trouble/x", "held", "output/#", "output/f3-tea-boiler-supply"}
NOTICES = {"notify/#", "notify/property", "notify/security", "notify/service_desk"}
OWN = {"alert", "reply/{}", "reply/{}/#"}
SEES = {"wall": VIEW, "li": VIEW | OWN | {"notify/property"}, "desk": VIEW | OWN | NOTICES, "chen": VIEW | OWN | NOTICES,
        "bridge": {"state"} | NOTICES, "homeassistant": VIEW | (OWN - {"alert"})}
OPERATE = {"cmd/{}/hello", "cmd/{}/ack", "cmd/{}/done", "cmd/{}/report", "cmd/{}/shelve", "cmd/{}/release"}
SAYS = {"wall": set(), "li": OPERATE, "desk": OPERATE, "chen": OPERATE | {"cmd/{}/drill", "cmd/{}/out-of-service"},
        "bridge": set(), "homeassistant": {"cmd/{}/ack"}}
FORBIDDEN = {"#", "+/+", "cmd/#", "cmd/{}/#", "cmd/other/ack", "cmd/facilityd/ack", "cmd/{}/nonsense", "reply/other",
             "reply/#", "elsewhere", "facilityd/cafe0123", "facilityd/#"}
TOPICS = sorted(FORBIDDEN.union(*SEES.values(), *SAYS.values()))


def run(*words):
    return subprocess.run([TOOL, *words], capture_output=True, text=True, check=False)


class Broker:
    def __init__(self, folder):
        self.folder, self.port, self.web_port = str(folder), free_port(), free_port()
        made = run("init", self.folder, "--site", "centre", "--host", "localhost", "--host", "127.0.0.1", "--port",
                   str(self.port), "--web-port", str(self.web_port), "--bind", "127.0.0.1", "--plain-web",
                   "--standalone")
        assert made.returncode == 0, made.stderr
        for name, kind in ACCOUNTS.items():
            assert run("account", self.folder, name, *kind).returncode == 0
        self.start()

    def start(self):
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        with open(os.path.join(self.folder, "broker.log"), "wb") as log:
            self.process = subprocess.Popen([mosquitto, "-c", os.path.join(self.folder, "mosquitto.conf")],
                                            stdout=log, stderr=log)
        probe = ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{self.port}"]
        wait_for(lambda: subprocess.run(probe, capture_output=True, check=False).returncode == 0, 5, "the broker")

    def stop(self):
        self.process.terminate()
        self.process.wait(5)

    def password(self, name):
        with open(os.path.join(self.folder, "passwords", name), encoding="utf-8") as file:
            return file.readline().strip()


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    running = Broker(tmp_path_factory.mktemp("broker"))
    yield running
    running.stop()


class Person:
    """A client of this account; each call waits for the broker's reason code."""

    def __init__(self, broker, name, password=None, **tls):
        self.codes, self.messages, self.done = [], [], threading.Event()
        self.client = mqtt_client()
        self.client.username_pw_set(name, password or broker.password(name))
        self.client.tls_set(tls.get("ca", os.path.join(broker.folder, "ca.pem")))
        self.client.on_connect = lambda _c, _d, _f, code, *_: self._take([code])
        self.client.on_subscribe = lambda _c, _d, _m, codes, *_: self._take(codes)
        self.client.on_publish = lambda *_: self._take([0])
        self.client.on_message = lambda _c, _d, message: self.messages.append(message)
        self.client.connect(tls.get("host", "localhost"), broker.port)
        self.client.loop_start()
        self.connected = self._wait()

    def _take(self, codes):
        self.codes = [getattr(code, "value", code) for code in codes]
        self.done.set()

    def _wait(self):
        assert self.done.wait(5), "the broker says nothing"
        self.done.clear()
        return self.codes[0]

    def subscribe(self, topic):
        self.client.subscribe(topic, qos=1)
        return self._wait()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


def full(topic, name):
    """Below facility/<site>/, or where it begins with "/" the whole topic."""
    return topic[1:] if topic.startswith("/") else "facility/centre/" + topic.format(name)


def published(broker, name, topic):
    """mosquitto_pub says which reason code the acknowledgement carries."""
    result = subprocess.run(["mosquitto_pub", "-V", "5", "-q", "1", "-h", "localhost", "-p", str(broker.port),
                             "--cafile", os.path.join(broker.folder, "ca.pem"), "-u", name, "-P",
                             broker.password(name), "-t", full(topic, name), "-m", "{}"],
                            capture_output=True, text=True, check=False, timeout=10)
    return "not authorized" not in (result.stderr + result.stdout).lower()


def test_every_subscription(broker):
    """With wildcards too: what goes beyond what an account may see is refused as a whole."""
    table = {}
    for name in ACCOUNTS:
        person = Person(broker, name)
        assert person.connected == 0
        table[name] = {topic for topic in TOPICS if person.subscribe(full(topic, name)) < 0x80}
        person.close()
    assert table == SEES


@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_publish(broker, name):
    for topic in [t for t in TOPICS if "#" not in t and "+" not in t]:
        assert published(broker, name, topic) == (topic in SAYS[name]), f"{name} on {topic}"


def test_what_home_assistant_is_told(broker):
    """Its discovery comes from facilityd alone; of its own it says only whether it is there."""
    person = Person(broker, "homeassistant")
    assert person.subscribe("homeassistant/+/+/+/config") < 0x80
    assert person.subscribe("homeassistant/status") < 0x80
    person.close()
    wall = Person(broker, "wall")
    assert wall.subscribe("homeassistant/#") >= 0x80
    wall.close()
    for name, topic, allowed in (("facilityd", "homeassistant/device/facility_centre/x/config", True),
                                 ("homeassistant", "homeassistant/status", True),
                                 ("homeassistant", "homeassistant/device/facility_centre/x/config", False),
                                 ("wall", "homeassistant/status", False)):
        assert published(broker, name, "/" + topic) == allowed, (name, topic)


def test_what_was_refused_reaches_nobody(broker):
    daemon, wall = Person(broker, "facilityd"), Person(broker, "wall")
    assert daemon.subscribe("facility/centre/cmd/#") < 0x80
    assert not published(broker, "wall", "cmd/wall/ack")
    assert not published(broker, "li", "cmd/chen/drill")
    assert published(broker, "li", "cmd/{}/ack")
    wait_for(lambda: daemon.messages, 5, "the command that is allowed")
    assert [m.topic for m in daemon.messages] == ["facility/centre/cmd/li/ack"]
    daemon.close()
    wall.close()


def test_nobody_comes_in_without_a_password(broker):
    stranger = Person(broker, "li", password="guess")
    assert stranger.connected == NOT_AUTHORISED
    stranger.close()
    anonymous = subprocess.run(["mosquitto_sub", "-V", "5", "-h", "localhost", "-p", str(broker.port), "--cafile",
                                os.path.join(broker.folder, "ca.pem"), "-t", "#", "-W", "2"],
                               capture_output=True, text=True, check=False)
    assert "not authorized" in (anonymous.stderr + anonymous.stdout).lower()


def test_the_certificate_is_checked(broker, tmp_path):
    other = tmp_path / "other"
    assert run("init", str(other), "--site", "x", "--host", "elsewhere").returncode == 0
    for tls in ({"ca": str(other / "ca.pem")},):
        with pytest.raises(ssl.SSLError):
            Person(broker, "li", **tls)


@pytest.mark.parametrize("name, words, why", [
    ("wall", ["ack", "2-f3"], "does not let this account see that"),
    ("li", ["drill", "2", "f3"], "does not let this account say that"),
])
def test_facilityctl_says_what_is_not_allowed(broker, build, name, words, why):
    result = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "--host", "localhost", "--port",
                             str(broker.port), "--site", "centre", "--user", name, "--password-file",
                             os.path.join(broker.folder, "passwords", name), "--ca-file",
                             os.path.join(broker.folder, "ca.pem"), *words],
                            capture_output=True, text=True, check=False, timeout=9)
    assert result.returncode == 1 and why in result.stderr, result.stderr


def test_only_root_reads_secrets(broker):
    for name in ("ca-key.pem", "server-key.pem", "dynamic-security.json", "passwords/li"):
        mode = os.stat(os.path.join(broker.folder, name)).st_mode
        assert stat.S_IMODE(mode) == 0o600, name
    with open(os.path.join(broker.folder, "dynamic-security.json"), encoding="utf-8") as file:
        text = file.read()
    assert broker.password("li") not in text


def test_commands_are_the_daemons(build, tmp_path):
    """What the tool lets each kind say is what the daemon's own table says of it."""
    listed = run("list", str(tmp_path / "absent"))
    assert listed.returncode == 1 and "facility-broker init" in listed.stderr
    told = subprocess.run([os.path.join(ROOT, build, "facilityctl"), "help", "--json"], capture_output=True, text=True,
                          check=True)
    orders = json.loads(told.stdout)
    with open(TOOL, encoding="utf-8") as file:
        text = file.read()
    for whose, name in ({"operator", "involved"}, "OPERATES"), ({"engineer"}, "ENGINEERS"):
        said = json.loads(re.search(rf"^{name} = (\[.*?\])", text, flags=re.M | re.S).group(1))
        assert sorted(said) == sorted(order["verb"] for order in orders if order["who"] in whose)


@pytest.mark.parametrize("words, why", [
    (["init", "{}", "--site", "A B", "--host", "x"], "as site.id"),
    (["account", "{}", "Li", "viewer"], "1 to 32 of a-z"),
    (["account", "{}", "facilityd", "viewer"], "machine's own account"),
    (["account", "{}", "li", "viewer", "property"], "only an operator and an engineer have roles"),
    (["account", "{}", "li", "operator", "property", "property"], "as in roles.conf"),
    (["account", "{}", "li", "engineer", "--release"], "is for homeassistant"),
    (["account", "{}", "li", "king"], "invalid choice"),
    (["account", "{}", "li", "homeassistant"], "is named homeassistant"),
    (["account", "{}", "homeassistant", "viewer"], "is named homeassistant"),
    (["remove", "{}", "nobody"], "no account"),
    (["remove", "{}", "facilityd"], "no account"),
])
def test_wrong_use(broker, words, why):
    result = run(*[word.format(broker.folder) for word in words])
    assert result.returncode != 0 and why in result.stderr, result.stderr


def test_facilityd_is_told_of_the_accounts(tmp_path):
    """accounts.conf: kind and roles of each, from the first moment on, and again where only the broker knew them."""
    folder, path = str(tmp_path / "b"), tmp_path / "b/accounts.conf"
    assert run("init", folder, "--site", "centre", "--host", "h").returncode == 0
    assert path.read_text(encoding="utf-8").endswith("accounts: (\n);\n")
    for words in (["wu", "operator", "security", "property"], ["chen", "engineer", "property"],
                  ["homeassistant", "homeassistant", "--release"]):
        assert run("account", folder, *words).returncode == 0
    told = path.read_text(encoding="utf-8")
    assert told.splitlines()[-4:] == ['  { id = "wu"; kind = "operator"; roles = [ "security", "property" ]; },',
                                      '  { id = "chen"; kind = "engineer"; roles = [ "property" ]; },',
                                      '  { id = "homeassistant"; kind = "homeassistant"; }', ");"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    listed = run("list", folder).stdout
    assert "cmd/homeassistant/ack cmd/homeassistant/release " in listed and "notify/security notify/property " in listed
    path.unlink()
    assert run("init", folder, "--site", "centre", "--host", "h").returncode == 0
    assert path.read_text(encoding="utf-8") == told


def test_an_account_is_changed_and_removed(tmp_path):
    folder = str(tmp_path / "b")
    assert run("init", folder, "--site", "centre", "--host", "h").returncode == 0
    assert run("account", folder, "li", "operator").returncode == 0
    first = (tmp_path / "b/passwords/li").read_text(encoding="utf-8")
    assert run("account", folder, "li", "viewer").returncode == 0
    assert (tmp_path / "b/passwords/li").read_text(encoding="utf-8") != first
    listed = run("list", folder).stdout
    assert "li: viewer" in listed and "cmd/li" not in listed
    # Once more leaves accounts and the CA as they are.
    authority = (tmp_path / "b/ca.pem").read_bytes()
    assert "left as they are" in run("init", folder, "--site", "centre", "--host", "other").stdout
    assert (tmp_path / "b/ca.pem").read_bytes() == authority
    assert run("remove", folder, "li").returncode == 0
    assert "li" not in run("list", folder).stdout.replace("facilityd", "")
    assert not (tmp_path / "b/passwords/li").exists()
