"""A person's connection to the broker, by paho (1.6 or 2). Nothing waits longer than it says, and whatever the broker sends
ends as Failed and not in the library."""

import os
import re
import threading
import time
from typing import NamedTuple

from facilityctl import config
from facilityctl.failed import Failed, Wrong

try:
    from paho.mqtt import client as mqtt
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCodes
except ImportError as missing:
    raise Failed("the broker is reached by a library that is not here: install python3-paho-mqtt") from missing

CONNECT_S = 5
KEEPALIVE_S = 20
MESSAGE_MAX = 4 * 1024 * 1024
REFUSED = 0x80  # reason codes of MQTT 5
USER = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
USER_MAX = 48


class Lost(Failed):
    """The connection is; another may come about."""


class Place(NamedTuple):
    host: str
    port: int
    site: str
    user: str  # names the command topics; the login where there is a password
    password_file: str = None
    ca_file: str = None

    def topic(self, name):
        return f"facility/{self.site}/{name}"


def place_of(options):
    """From the command line, or from the configuration, whose mistakes are told."""
    given, found = options.given, {}
    if "host" not in given or "site" not in given:
        found = config.run("broker", options.config)[1] or {}
    user, port = given.get("user", os.environ.get("USER", "")), given.get("port", str(found.get("port", 1883)))
    host, site = given.get("host", found.get("host")), given.get("site", found.get("site"))
    if not USER.fullmatch(user) or len(user) > USER_MAX:
        raise Wrong("who are you? --user NAME, of [a-z0-9] with - _ . between")
    if not re.fullmatch(r"\d{1,5}", port, re.A) or not 1 <= int(port) <= 65535:
        raise Wrong(f'port "{port}" is not within 1 to 65535')
    if not host or not site:
        raise Wrong("--host and --site, or a configuration with --config")
    return Place(host, int(port), site, user, given.get("password-file"), given.get("ca-file", found.get("ca_file")))


def words_of(error):
    return getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)


def password_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            line = file.readline().rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise Failed(f"{path}: {words_of(error)}") from error
    if not line:
        raise Failed(f"{path}: has no first line")
    return line


def within(seconds, call):
    """What a library may hang in, a look-up of a name for example, in a thread that is left behind then."""
    raised = []

    def run():
        try:
            call()
        except (OSError, ValueError) as error:
            raised.append(error)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Lost(f"no answer within {seconds} s")
    if raised:
        raise Lost(words_of(raised[0])) from raised[0]


class Library(mqtt.Client):
    """not_taken(code): a message was not; version 1.6 drops the reason."""

    def _handle_pubackcomp(self, cmd):
        packet = self._in_packet["packet"]
        if len(packet) > 2 and packet[2] >= REFUSED:
            self.not_taken(packet[2])
        return super()._handle_pubackcomp(cmd)


class Connection:
    """Once Lost, a new one is needed."""

    def __init__(self, place):
        options = {"callback_api_version": mqtt.CallbackAPIVersion.VERSION1} if hasattr(mqtt, "CallbackAPIVersion") else {}
        self.place, self.messages, self.failed, self.connected, self.granted = place, [], None, False, False
        self.client = client = Library(protocol=mqtt.MQTTv5, **options)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message, client.not_taken = self._on_subscribe, self._on_message, self._not_taken
        if place.password_file:
            client.username_pw_set(place.user, password_of(place.password_file))
        if place.ca_file:
            try:
                client.tls_set(place.ca_file)
            except (OSError, ValueError) as error:
                raise Failed(f"{place.ca_file}: {words_of(error)}") from error

    def open(self):
        """Connects, or raises Lost."""
        place, limits, end = self.place, Properties(PacketTypes.CONNECT), time.monotonic() + CONNECT_S
        limits.MaximumPacketSize = MESSAGE_MAX
        within(CONNECT_S, lambda: self.client.connect(place.host, place.port, KEEPALIVE_S, properties=limits))
        while not self.connected:
            self.turn(0.1)
            if time.monotonic() > end:
                raise Lost(f"no answer within {CONNECT_S} s")

    def close(self):
        self.client.disconnect()

    def _on_connect(self, _client, _data, _flags, reason, _properties=None):
        if reason.value >= REFUSED:
            self.failed = Failed(f"the broker refuses the connection: {str(reason).lower()}")
        self.connected = not self.failed

    def _on_disconnect(self, _client, _data, reason, _properties=None):
        why = str(reason).lower() if isinstance(reason, ReasonCodes) else "it has ended"
        self.failed = self.failed or Lost(why)

    def _on_subscribe(self, _client, _data, _number, reasons, _properties=None):
        if any(reason.value >= REFUSED for reason in reasons):
            self.failed = Failed("the broker does not let this account see that")
        self.granted = True

    def _not_taken(self, code):
        reason = ReasonCodes(PacketTypes.PUBACK, identifier=code)
        self.failed = Failed(f"the broker does not let this account say that: {str(reason).lower()}")

    def _on_message(self, _client, _data, message):
        prefix = self.place.topic("")
        if message.topic.startswith(prefix):
            text = message.payload.decode("utf-8", "replace")
            self.messages.append((message.topic.removeprefix(prefix), text, message.retain))

    def subscribe(self, *names):
        self.client.subscribe([(self.place.topic(name), 1) for name in names])

    def publish(self, name, text, response):
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = self.place.topic(response)
        self.client.publish(self.place.topic(name), text, 1, properties=properties)

    def turn(self, seconds):
        """Waits at most so long for something to happen. The messages that came: [(name, text, retained)]."""
        try:
            code = self.client.loop(seconds)
        except OSError as error:
            raise Lost(words_of(error)) from error
        except Exception as error:  # the library's checks of packets raise whatever comes
            raise Lost("the broker talks nonsense") from error
        if self.failed or code:
            raise self.failed or Lost(mqtt.error_string(code))
        messages, self.messages = self.messages, []
        return messages


def connect(place):
    connection = Connection(place)
    connection.open()
    return connection


def connect_first(place):
    """What is wrong is told as at a beginning, where it may be the place."""
    try:
        return connect(place)
    except Lost as lost:
        raise Failed(f"cannot reach the broker at {place.host}:{place.port}: {lost}\n"
                     "Is it running? See --host and --port, or the configuration's mqtt group.") from lost
