"""A whole building for tests and the demo: a broker, the simulator and facilityd.

Each on free loopback ports, in a temporary folder, ended by pid. The shipped
configuration is used as it is but for connections.conf: its addresses, its main switch
of all outputs, which is on because this building is a simulated one, and that the
machine's clock is right, which the kernel need not say where tests run.
"""

import contextlib
import ctypes
import glob
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import paho.mqtt.client as mqtt

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PR_SET_PDEATHSIG = 1


_reserved = []  # sockets whose names say that a port is ours until this process ends


def free_port():
    """A loopback port for a server to be started later, and again, by this process.

    Below those that the kernel gives to whoever connects, and by a name that only one process of
    the machine can hold: else another may take it before the server does, or while it is down.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first_given = int(file.read().split()[0])
    for port in random.sample(range(10000, max(first_given, 20000)), 2000):
        name = socket.socket(socket.AF_UNIX)
        with contextlib.closing(socket.socket()) as probe:
            try:
                name.bind(f"\0facilityd-port-{port}")
                probe.bind(("127.0.0.1", port))
            except OSError:
                name.close()
                continue
        _reserved.append(name)
        return port
    raise OSError("no free loopback port among 2000 that were tried")


def _end_with_parent():
    """Children end when this program does, even when it is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def wait_for(condition, timeout_s, what):
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.02)


def mqtt_client(**options):
    """paho 1 and 2 alike."""
    if hasattr(mqtt, "CallbackAPIVersion"):
        options["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION1
    return mqtt.Client(protocol=mqtt.MQTTv5, **options)


class Observer:
    """A consumer of everything below facility/<site>/: what a dashboard would know."""

    def __init__(self, port, site="centre", login=None):
        self.prefix = f"facility/{site}/"
        self.lock = threading.Lock()
        self.alerts, self.notices, self.replies = [], [], []
        self.retained = {}
        self.client = mqtt_client()
        if login:
            self.client.username_pw_set(login.user, login.password())
            self.client.tls_set(login.ca_file, tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.listens = False  # connected and subscribed: what is said now is heard
        self.client.on_subscribe = lambda *_: setattr(self, "listens", True)
        self.client.on_disconnect = lambda *_: setattr(self, "listens", False)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("localhost" if login else "127.0.0.1", port)
        self.client.loop_start()

    def _on_connect(self, client, *_):
        client.subscribe(self.prefix + "#", qos=1)

    def _on_message(self, _client, _data, message):
        topic = message.topic[len(self.prefix):]
        if topic.startswith("cmd/"):
            return  # what people send, not what facilityd says; some of it is rubbish on purpose
        payload = json.loads(message.payload) if message.payload else None
        with self.lock:
            if topic == "alert":
                self.alerts.append(payload)
            elif topic.startswith("notify/"):
                self.notices.append((topic[7:], payload))
            elif topic.startswith("reply/"):
                self.replies.append(payload)
            elif payload is None:
                self.retained.pop(topic, None)
            else:
                self.retained[topic] = payload

    def incident(self, short):
        """The open incident "<number>-<zone>", or None."""
        with self.lock:
            for topic, document in self.retained.items():
                if topic.startswith(f"incident/{short}-"):
                    return document
        return None

    def events(self, short, name=None):
        with self.lock:
            return [a for a in self.alerts if a.get("incident", {}).get("id", "").startswith(short + "-")
                    and name in (None, a["event"])]

    def point(self, point):
        with self.lock:
            return self.retained.get(f"point/{point}")

    def value(self, point, unknown):
        """Of a point that is good; `unknown` where it is not, or not told yet."""
        value = (self.point(point) or {}).get("value")
        return unknown if value is None else value

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Login:
    """An account of a broker that facility-broker made."""

    def __init__(self, folder, user):
        self.user = user
        self.ca_file = os.path.join(folder, "ca.pem")
        self.password_file = os.path.join(folder, "passwords", user)

    def password(self):
        with open(self.password_file, encoding="utf-8") as file:
            return file.readline().strip()


# Who gives commands here, beside those of the sample; and at a broker with passwords.
ACCOUNTS = {"demo": ("engineer",), "chen": ("engineer",), "wu": ("engineer",)}
SECURE_ACCOUNTS = {"demo": ("engineer",), "desk": ("operator", "service_desk"), "wall": ("viewer",),
                   "homeassistant": ("homeassistant",), "bridge": ("notifier",)}


class Building:
    """Start with start(), end with stop(). `log_dir`/*.log hold what the programs print."""

    def __init__(self, build, config=None, scenario=None, keep=False, secure=False):
        self.build = os.path.join(ROOT, build)
        self.folder = tempfile.mkdtemp(prefix="facilityd-")
        self.keep = keep
        self.secure = secure  # TLS, accounts, and who may do what, as a site has it
        self.shipped = config or os.path.join(ROOT, "config/etc")
        self.scenario = scenario or os.path.join(ROOT, "sim/building.sim")
        self.mqtt_port, self.websocket_port, self.modbus_port = free_port(), free_port(), free_port()
        self.control = os.path.join(self.folder, "sim.sock")
        self.socket = os.path.join(self.folder, "facilityd.sock")
        self.config = os.path.join(self.folder, "etc/facilityd.conf")
        self.state = os.path.join(self.folder, "state")
        self.processes = {}

    # Files ----------------------------------------------------------------

    clock = "rtc"  # who says that it is right

    def write_config(self, armed=True):
        shutil.copytree(self.shipped, os.path.join(self.folder, "etc"))
        os.makedirs(self.state, exist_ok=True)
        self._be_patient()
        path = os.path.join(self.folder, "etc/connections.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = self._set(text, "daemon", "actions_armed", "true" if armed else "false")
        text = text.replace("daemon: {", f'daemon: {{\n  clock = "{self.clock}";', 1)
        text = self._set(text, "mqtt", "host", '"127.0.0.1"')
        text = self._set(text, "mqtt", "port", self.mqtt_port)
        if self.secure:
            text = self._secure(text)
        text = self._set(text, "gateway", "host", '"127.0.0.1"')
        text = self._set(text, "gateway", "port", self.modbus_port)
        text = self._set(text, "cabinet", "path", f'"{self.folder}/cabinet"')
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.add_accounts(ACCOUNTS)

    def _be_patient(self):
        """The time-outs of the shipped devices are of a building; a loaded machine's simulator answers later."""
        for path in glob.glob(os.path.join(self.folder, "etc/devices-*.conf")):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            text = re.sub('timeout = "(250|300) ms";', 'timeout = "1 s";', text)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def add_accounts(self, accounts):
        """{name: (kind, role, ...)} to accounts.conf, before those of the sample."""
        path = os.path.join(self.folder, "etc/accounts.conf")
        if not os.path.exists(path):  # a configuration of before
            return
        rows = "".join(f'  {{ id = "{name}"; kind = "{kind}";' + (f" roles = {json.dumps(roles)};" if roles else "") +
                       " },\n" for name, (kind, *roles) in accounts.items())
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("accounts: (\n", "accounts: (\n" + rows)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def login(self, user):
        return Login(os.path.join(self.folder, "broker"), user)

    def _secure(self, text):
        """The lines that the sample has in comments, with our files."""
        login = self.login("facilityd")
        for key, value in (("username", login.user), ("password_file", login.password_file),
                           ("ca_file", login.ca_file)):
            text = re.sub(rf'# {key} = "[^"]*";', f'{key} = "{value}";', text)
            text = self._set(text, "mqtt", key, f'"{value}"')
        return self._set(text, "mqtt", "host", '"localhost"')  # the name in the certificate

    def set_deadline_scale(self, scale):
        """Deadlines, reminders and the chain run so much faster, from the daemon's next start on."""
        path = os.path.join(self.folder, "etc/connections.conf")
        with open(path, encoding="utf-8") as file:
            text = self._set(file.read(), "daemon", "deadline_scale", scale)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def _set(text, group, key, value):
        """In `group: { ... }` of connections.conf, `key = value;`, which must be there."""
        pattern = re.compile(rf"(^[ \t]*{group}[ \t]*:\s*\{{[^}}]*?\b{key}[ \t]*=[ \t]*)[^;]+;", re.M)
        text, count = pattern.subn(lambda m: f"{m.group(1)}{value};", text)
        if count != 1:
            raise ValueError(f"connections.conf: {group}.{key} is not there once, but {count} times")
        return text

    def make_secure_broker(self):
        """As on a site; the websockets are plain, on loopback, as behind a proxy."""
        folder = os.path.join(self.folder, "broker")
        tool = os.path.join(ROOT, "config/broker/facility-broker")
        page = ["--dashboard", self.page()] if self.page() else []
        for words in (["init", folder, "--site", "centre", "--host", "localhost", "--port", str(self.mqtt_port),
                       "--web-port", str(self.websocket_port), "--bind", "127.0.0.1", "--plain-web", "--standalone",
                       *page],
                      *(["account", folder, name, *words] for name, words in SECURE_ACCOUNTS.items())):
            subprocess.run([tool, *words], check=True, stdout=subprocess.DEVNULL)
        ours = os.path.join(self.folder, "etc/accounts.conf")
        if not os.path.islink(ours):
            os.remove(ours)
            os.symlink(os.path.join(folder, "accounts.conf"), ours)
        return os.path.join(folder, "mosquitto.conf")

    def page(self):
        """The folder of the dashboard's page; None where it is not built."""
        folder = os.path.join(self.build, "dashboard")
        return folder if os.path.exists(os.path.join(folder, "index.html")) else None

    def write_broker_config(self):
        if self.secure:
            return self.make_secure_broker()
        path = os.path.join(self.folder, "mosquitto.conf")
        http_dir = f"http_dir {self.page()}\n" if self.page() else ""
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"listener {self.mqtt_port} 127.0.0.1\n"
                       f"listener {self.websocket_port} 127.0.0.1\nprotocol websockets\n{http_dir}"
                       "allow_anonymous true\n"
                       f"persistence true\npersistence_location {self.folder}/\n"
                       "autosave_on_changes true\nautosave_interval 1\n"
                       "user root\n")
        return path

    # Programs -------------------------------------------------------------

    def _spawn(self, name, argv, **options):
        log = open(os.path.join(self.folder, name + ".log"), "ab")
        options.setdefault("stdout", log)
        options.setdefault("stderr", log)
        self.processes[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True,
                                                preexec_fn=_end_with_parent, **options)
        log.close()
        return self.processes[name]

    def log(self, name):
        with open(os.path.join(self.folder, name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def start_broker(self):
        mosquitto = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
        self._spawn("mosquitto", [mosquitto, "-c", self.write_broker_config()])
        # Both ports: a page that comes before the websockets are there is turned away.
        wait_for(lambda: self._ended("mosquitto") or all(map(self._listens, (self.mqtt_port, self.websocket_port))), 30,
                 "the broker listens")
        if self._ended("mosquitto"):
            raise RuntimeError("mosquitto ended:\n" + self.log("mosquitto"))

    @staticmethod
    def _listens(port):
        with contextlib.closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def start_simulator(self):
        argv = [self.program("facility-sim"), "--config", self.config, "--scenario", self.scenario,
                "--control", self.control]
        self._spawn("facility-sim", argv)
        wait_for(lambda: "ready" in self.log("facility-sim") or self._ended("facility-sim"), 10,
                 "facility-sim is ready")
        if self._ended("facility-sim"):
            raise RuntimeError("facility-sim ended:\n" + self.log("facility-sim"))

    def start_daemon(self, *options):
        argv = [self.program("facilityd"), "--config", self.config, "--state-dir", self.state,
                "--socket", self.socket, *options]
        self._spawn("facilityd", argv)

    def _ended(self, name):
        return self.processes[name].poll() is not None

    def program(self, name):
        return os.path.join(self.build, name)

    def start(self):
        self.write_config()
        self.start_broker()
        self.start_simulator()
        self.start_daemon()
        return self

    def hurry(self, scale):
        """Restart the daemon with other deadlines; open incidents go on."""
        self.set_deadline_scale(scale)
        self.end("facilityd")
        self.start_daemon()
        wait_for(lambda: os.path.exists(self.socket) and self.ask("state")[0] == 0, 10, "facilityd is back")

    def end(self, name, number=signal.SIGTERM, timeout_s=15):
        """End one program; its exit status."""
        process = self.processes.pop(name, None)
        if not process:
            return None
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def stop(self):
        for name in ("watch", "facilityd", "facility-sim", "mosquitto"):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.end(name)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    # What a person does ---------------------------------------------------

    def sim(self, *words):
        """An event of the building, or "get POINT": what facility-sim answers."""
        result = subprocess.run([self.program("facility-sim"), "--control", self.control, "do", *words],
                                capture_output=True, text=True, check=False, timeout=10)
        if result.returncode != 0:
            raise RuntimeError((result.stderr or result.stdout).strip())
        return result.stdout.strip()

    def ask(self, *words):
        """A question at the daemon's own socket: (status, answer)."""
        result = subprocess.run([self.program("facilityctl"), "--socket", self.socket, *words],
                                capture_output=True, text=True, check=False, timeout=20)
        return result.returncode, (result.stdout + result.stderr).rstrip()

    def as_user(self, user):
        """The options of facilityctl that make one this user."""
        options = ["--config", self.config, "--user", user]
        return options + (["--password-file", self.login(user).password_file] if self.secure else [])

    def ctl(self, *words, user="demo"):
        result = subprocess.run([self.program("facilityctl"), *self.as_user(user), *words],
                                capture_output=True, text=True, check=False, timeout=20)
        return result.returncode, (result.stdout + result.stderr).strip()

    def answer_all(self, observer, short, value="no"):
        """What nobody has said of an incident, all in the same way: then "all" leaves no step that applies."""
        for fact in (observer.incident(short) or {"facts": []})["facts"]:
            if fact["value"] == "unknown" or fact["assumed"]:
                self.ctl("answer", short, fact["id"], value, "as all else")
