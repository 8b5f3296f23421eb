"""facilityctl watch: what happens, until Ctrl-C or SIGTERM."""

import signal
import sys
import time

from facilityctl import broker
from facilityctl.show import Show

TURN_S, PAUSE_S = 1, 1


def end(_number, _frame):
    sys.exit(0)


def shown(show, name, text, retained):
    """As a person reads it; "" where there is nothing to read."""
    if name == "alert":
        return show.document(show.alert, text)
    if name == "state":
        return show.document(show.state, text)
    if name.startswith("trouble/"):
        return show.document(show.trouble, text) if text else show.trouble_over(name.removeprefix("trouble/"))
    if name.startswith("incident/") and retained:
        return show.document(show.open_incident, text)
    return ""


def again(place):
    """A connection as soon as there can be one; a broker that refuses ends it."""
    while True:
        try:
            return broker.connect(place)
        except broker.Lost:
            time.sleep(PAUSE_S)


def say(text):
    print(text, end="", flush=True)


def follow(connection, show):
    connection.subscribe("state", "alert", "trouble/+", "incident/+")
    while True:
        for message in connection.turn(TURN_S):
            say(shown(show, *message))


def run(options):
    place, show = broker.place_of(options), Show(options)
    connection = broker.connect_first(place)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    while True:
        try:
            follow(connection, show)
        except broker.Lost:
            say(show.word("ctl", "lost") + "\n")
            connection = again(place)
            say(show.word("ctl", "again") + "\n")
        finally:
            connection.close()
